{% macro demo_people(since, until) %}
    -- The people who signed up in [since, until): the same ones whenever it is
    -- asked, however the time is cut. More of them every season.
    select
        person.name as person,
        md5('user ' || person.name)::uuid as user_id,
        'person-' || person.name || '@mail.example' as email,
        person.signed_up_at,
        -- How long they stay: days, weeks, or a year and more.
        case
            when person.draw % 100 < 25 then 1 + person.draw / 100 % 7
            when person.draw % 100 < 60 then 8 + person.draw / 100 % 53
            else 61 + person.draw / 100 % 440
        end::int as active_days,
        'tag_' || person.draw % 400 as tag_id
    from (
        select
            to_char(days.day, 'YYYYMMDD') || '-' || n as name,
            (
                days.day
                + abs(hashtextextended(days.day || 'time' || n, 1)) % 86400000
                * interval '1 millisecond'
            ) at time zone 'UTC' as signed_up_at,
            abs(hashtextextended(days.day || 'draw' || n, 2)) % 1000000 as draw
        from generate_series(
            date_trunc('day', {{ since }} at time zone 'UTC'),
            {{ until }} at time zone 'UTC',
            interval '1 day'
        ) as days (day)
        cross join lateral generate_series(
            1,
            ceil({{ var('demo_scale') }} * (
                6 + greatest(0, days.day::date - date '2024-01-01') / 90
            ))::int
        ) as n
    ) as person
    where person.signed_up_at >= {{ since }}
    and person.signed_up_at < {{ until }}
{% endmacro %}
