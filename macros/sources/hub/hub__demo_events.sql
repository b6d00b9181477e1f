{% macro hub__demo_events(moment) %}
    -- The events that there are at a moment. Forty have taps; each is renamed
    -- once a year, and every tenth is away for two months of it, and comes
    -- back. A campaign begins every month, sells out, and is deleted after four.
    select
        'event_' || n as id,
        (array[
            'City run', 'Book fair', 'Night market', 'Open studio', 'Jazz week',
            'Film days', 'Garden show', 'Science day'
        ])[1 + n % 8] || ' ' || n || ', '
            || to_char(now_at - n * interval '216 hours', 'YYYY') as name,
        case
            when n % 10 = 0 then
                date_trunc('day', now_at) - day_of_season * interval '24 hours'
            else timestamp '2024-01-01' + n * interval '9 hours'
        end as created_at,
        3 as windows
    from (
        select
            n,
            now_at,
            (extract(epoch from now_at)::bigint / 86400 + n * 9) % 365
                as day_of_season
        from generate_series(1, 40) as n
        cross join (select {{ moment }} at time zone 'UTC') as clock (now_at)
    ) as regular
    where n % 10 > 0
    or day_of_season < 300
    union all
    select
        'campaign_' || to_char(month, 'YYYYMM'),
        'Campaign of ' || to_char(month, 'FMMonth YYYY') || case
            when now_at >= month + interval '10 days' then ' (sold out)' else ''
        end,
        month,
        1
    from (select {{ moment }} at time zone 'UTC') as clock (now_at)
    cross join lateral generate_series(
        date_trunc('month', now_at) - interval '3 months',
        date_trunc('month', now_at),
        interval '1 month'
    ) as months (month)
{% endmacro %}
