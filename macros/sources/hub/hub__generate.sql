{% macro hub__generate(schema, since, until) %}
-- Taps that arrive in [since, until): the same ones whenever it is asked for
-- the same days. Most are of their day; some come late, and a few so late that
-- their day was let go of long ago. A third are of one hot event.
with days as (
    select generate_series(
        date_trunc('day', {{ since }} at time zone 'UTC'),
        {{ until }} at time zone 'UTC',
        interval '1 day'
    ) as arrived_on
),

arrivals as (
    select
        days.arrived_on,
        n,
        -- Four numbers from 0 to 9,999, drawn from the tap's own name.
        abs(hashtextextended('tap' || days.arrived_on || n, 1)) % 10000 as a,
        abs(hashtextextended('tap' || days.arrived_on || n, 2)) % 10000 as b,
        abs(hashtextextended('tap' || days.arrived_on || n, 3)) % 10000 as c,
        abs(hashtextextended('tap' || days.arrived_on || n, 4)) % 10000 as d
    from days
    cross join lateral generate_series(
        1,
        -- More at the weekend, and more every week.
        (350 + 150 * (extract(isodow from days.arrived_on) in (6, 7))::int
            + (extract(epoch from days.arrived_on)::bigint / 604800) % 100)::int
    ) as n
),

drawn as (
    select
        arrivals.*,
        case when a < 3333 then 1 else 2 + b % 39 end as event,
        arrived_on
            + c * interval '8.64 seconds'
            + d * interval '0.864 milliseconds' as arrived_at,
        case
            when d < 10 then 95 + c % 30
            when d < 100 then 1 + c % 20
            else 0
        end as days_late
    from arrivals
),

inserted as (
    insert into {{ schema }}."TapLog" (
        "id", "eventId", "windowId", "redirectUrl", "tagId", "ipAddress",
        "userAgent", "tappedAt"
    )
    select
        'c' || left(md5('tap' || arrived_on || n), 24),
        'event_' || event,
        case when b % 4 > 0 then 'window_' || event || '_' || b % 3 end,
        case
            when c % 5 = 0 then null
            when c % 50 = 1 then 'https://shop.example/e/' || event
                || '?mail=visitor' || d || '%40mail.example&utm_source=tag'
            when c % 50 = 2 then
                'https://visitor' || d || ':secret@shop.example/e/' || event
            else 'https://shop.example/e/' || event || '?utm_source=tag#top'
        end,
        'tag_' || d % 400,
        case
            when a % 10 = 0 then '2001:db8:' || to_hex(c) || '::' || to_hex(d + 1)
            else '198.51.' || c % 256 || '.' || d % 256
        end,
        (array[
            'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) '
            || 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 '
            || 'Mobile/15E148 Safari/604.1',
            'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 '
            || '(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
            'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) '
            || 'Gecko/20100101 Firefox/133.0',
            'curl/8.11.0'
        ])[1 + b % 4],
        arrived_at - days_late * interval '1 day'
    from drawn
    where arrived_at >= {{ since }} at time zone 'UTC'
    and arrived_at < {{ until }} at time zone 'UTC'
    returning "id"
)

select count(*) from inserted
{% endmacro %}
