{% macro hub__generate(schema, since, until) %}
{%- set now = '(' ~ until ~ " at time zone 'UTC')" -%}
-- Events as they are at `until`: some have gone, some have another name.
delete from {{ schema }}."Event" as event
where event."id" ~ '^(event|campaign)_[0-9]+$'
and not exists (
    select from (
        {{- hub__demo_events(until) }}
    ) as there
    where there.id = event."id"
);

insert into {{ schema }}."Event" as event ("id", "name", "createdAt")
select there.id, there.name, there.created_at
from (
    {{- hub__demo_events(until) }}
) as there
on conflict ("id") do update
set "name" = excluded."name", "createdAt" = excluded."createdAt"
where (event."name", event."createdAt")
    is distinct from (excluded."name", excluded."createdAt");

insert into {{ schema }}."EventWindow" as open (
    "id", "eventId", "opensAt", "closesAt"
)
select
    replace(there.id, 'event', 'window') || '_' || n,
    there.id,
    there.created_at + n * interval '30 days',
    there.created_at + (n + 1) * interval '30 days'
from (
    {{- hub__demo_events(until) }}
) as there
cross join lateral generate_series(0, there.windows - 1) as n
on conflict ("id") do update
set "opensAt" = excluded."opensAt", "closesAt" = excluded."closesAt"
where open."opensAt" <> excluded."opensAt";

-- Password resets: asked for, and some of those asked for before now used.
insert into {{ schema }}."PasswordResetToken" (
    "id", "userId", "tokenHash", "expiresAt", "usedAt"
)
select
    tokens.id,
    tokens.user_id,
    tokens.token_hash,
    tokens.expires_at,
    case when tokens.used_at < {{ now }} then tokens.used_at end
from (
    {{- hub__demo_tokens(since, until) }}
) as tokens;

update {{ schema }}."PasswordResetToken" as token
set "usedAt" = tokens.used_at
from (
    {{- hub__demo_tokens('(' ~ since ~ " - interval '1 hour')", since) }}
) as tokens
where token."id" = tokens.id
and token."usedAt" is null
and tokens.used_at < {{ now }};

-- What people did that must be told later.
insert into {{ schema }}."AuditLog" (
    "id", "actorId", "action", "targetType", "targetId", "ipAddress",
    "createdAt"
)
select
    'a' || left(md5('audit' || did.person || did.active_on), 24),
    case when did.draw % 25 > 0 then did.user_id::text end,
    (array[
        'user.signed_in', 'user.signed_in', 'user.sign_in_failed',
        'event.updated', 'event.exported'
    ])[1 + did.draw % 5],
    case when did.draw % 5 < 3 then 'User' else 'Event' end,
    case
        when did.draw % 5 < 3 then did.user_id::text
        else 'event_' || 1 + did.draw % 40
    end,
    '203.0.113.' || did.draw % 256,
    did.done_at
from (
    select
        people.*,
        people.active_on
            + abs(hashtextextended('audit at' || people.person || active_on, 1))
            % 86400000 * interval '1 millisecond' as done_at,
        abs(hashtextextended('audit' || people.person || active_on, 2))
            % 10000 as draw
    from (
        {{- demo_active_people(since, until) }}
    ) as people
) as did
where did.draw % 3 = 0
and did.done_at >= {{ since }} at time zone 'UTC'
and did.done_at < {{ until }} at time zone 'UTC'
and did.done_at >= did.signed_up_at at time zone 'UTC';

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
        ({{ var('demo_scale') }} * (
            350
            + 150 * (extract(isodow from days.arrived_on) in (6, 7))::int
            + (extract(epoch from days.arrived_on)::bigint / 604800) % 100
        ))::int
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
