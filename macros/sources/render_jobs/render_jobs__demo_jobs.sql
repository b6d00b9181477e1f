{% macro render_jobs__demo_jobs(since, until) %}
    -- Jobs created in [since, until), with all that will become of them: the
    -- same ones however the time is cut. Fewer at the weekend, more every week.
    select
        job.*,
        case
            -- The worker that had it died, and nobody noticed.
            when job.a % 100 = 99 then null
            else job.started_at + (
                5000 + case
                    when job.a % 20 = 0 then job.b % 10 * 1000000
                    else job.b % 900 * 1000
                end + job.a % 1000
            ) * interval '1 millisecond'
        end as completed_at,
        case
            when job.a % 100 < 86 then 'SUCCEEDED'
            when job.a % 100 < 94 then 'FAILED'
            else 'CANCELLED'
        end as outcome
    from (
        select
            drawn.*,
            drawn.created_at
                + (1 + drawn.b % 120) * interval '1 second' as started_at
        from (
            select
                'j' || left(md5('job' || days.day || n), 24) as id,
                days.day
                    + abs(hashtextextended('job' || days.day || n, 1))
                    % 86400000 * interval '1 millisecond' as created_at,
                abs(hashtextextended('job' || days.day || n, 2)) % 10000 as a,
                abs(hashtextextended('job' || days.day || n, 3)) % 10000 as b
            from generate_series(
                date_trunc('day', {{ since }} at time zone 'UTC'),
                {{ until }} at time zone 'UTC',
                interval '1 day'
            ) as days (day)
            cross join lateral generate_series(
                1,
                ceil({{ var('demo_scale') }} * (
                    case when extract(isodow from days.day) in (6, 7)
                        then 8 else 24
                    end + greatest(0, days.day::date - date '2024-01-01') / 60
                ))::int
            ) as n
        ) as drawn
    ) as job
    where job.created_at >= {{ since }} at time zone 'UTC'
    and job.created_at < {{ until }} at time zone 'UTC'
{% endmacro %}
