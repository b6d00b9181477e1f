{% macro supabase__generate(schema, since, until) %}
{%- set drawn = supabase__draw -%}
{#- demo_people signs nobody up for longer than 500 days; what comes after, a
    deletion, comes within 30 more. -#}
{%- set still_here = '(' ~ since ~ " - interval '12720 hours')" -%}
drop table if exists pg_temp.demo_written;
drop table if exists pg_temp.demo_days;
create temporary table demo_written (rows bigint not null) on commit drop;

-- 1. Who was there before the table: all who may still come back, and one in
-- five of those who left longer ago, some of them years.
with people as (
    select
        person.*,
        {{ drawn('person.person', 'user') }} as draw
    from (
        {{ demo_people('(' ~ since ~ " - interval '24000 hours')", since) }}
    ) as person
    where not exists (select from {{ schema }}.users)
),

written as (
    insert into {{ schema }}.users (
        id, email, created_at, updated_at, last_sign_in_at, email_confirmed_at
    )
    select
        people.user_id,
        people.email,
        people.signed_up_at,
        seen.last_sign_in_at,
        seen.last_sign_in_at,
        people.signed_up_at + interval '5 minutes'
    from people
    cross join lateral (
        select greatest(
            people.signed_up_at,
            least(
                people.signed_up_at
                    + (people.active_days - 1) * interval '24 hours',
                {{ since }} - (1 + people.draw % 120) * interval '1 hour'
            )
        ) as last_sign_in_at
    ) as seen
    where people.signed_up_at >= {{ still_here }}
    or people.draw % 5 = 0
    returning id
)

insert into demo_written select count(*) from written;

-- 2. Who signs up now.
with written as (
    insert into {{ schema }}.users (
        id, email, created_at, updated_at, email_confirmed_at
    )
    select
        people.user_id,
        people.email,
        people.signed_up_at,
        people.signed_up_at,
        case
            when {{ drawn('people.person', 'confirmed') }} % 10 > 0
                then people.signed_up_at + interval '5 minutes'
        end
    from ({{ demo_people(since, until) }}) as people
    returning id
)

insert into demo_written select count(*) from written;

-- What people typed in: some addresses in capitals or with spaces around them.
update {{ schema }}.users
set
    email = case draw % 50
        when 0 then initcap(email)
        when 1 then ' ' || email || ' '
        else email
    end,
    phone = case
        when draw % 5 < 2
            then '+49 151 ' || lpad((draw * 7919 % 10000000)::text, 7, '0')
    end,
    raw_user_meta_data = jsonb_build_object(
        'name',
        (array['Ada', 'Bo', 'Chloé', 'Dana', 'Emre', 'Fay', 'Gil'])[1 + draw % 7]
        || ' '
        || (array['Winter', 'Sommer', 'O''Neill', 'Yıldız'])[1 + draw / 7 % 4]
    )
from (
    select
        fresh.id,
        {{ drawn('fresh.id::text', 'typed') }} as draw
    from {{ schema }}.users as fresh
    where fresh.raw_user_meta_data = '{}'
) as drawn
where users.id = drawn.id;

-- 3. The days on which people are there, with the moment at which each begins.
create temporary table demo_days on commit drop as
select
    days.*,
    -- The next midnight, in five parts: all that a day holds is of that day.
    (
        (days.active_on + 1)::timestamp at time zone 'UTC' - days.starts_at
    ) / 5 as fifth,
    md5('session ' || days.person || (
        (days.active_on - (days.signed_up_at at time zone 'UTC')::date) / 120
    ))::uuid as session_id,
    '198.51.' || days.draw % 100 || '.' || 1 + days.draw % 250 as ip,
    (array[
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) '
        || 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 '
        || 'Mobile/15E148 Safari/604.1',
        'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 '
        || '(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) '
        || 'Gecko/20100101 Firefox/133.0'
    ])[1 + days.draw % 3] as user_agent
from (
    select
        active.*,
        case
            when active.active_on = (active.signed_up_at at time zone 'UTC')::date
                then active.signed_up_at
            else (
                active.active_on
                + interval '5 hours'
                + {{ drawn('active.person || active.active_on', 'time') }}
                * interval '5 seconds'
            ) at time zone 'UTC'
        end as starts_at,
        {{ drawn('active.person', 'device') }} as draw,
        {{ drawn('active.person || active.active_on', 'day') }} as day_draw,
        active.active_on = (active.signed_up_at at time zone 'UTC')::date
            as is_first_day
    from ({{ demo_active_people(since, until) }}) as active
) as days;

update {{ schema }}.users
set
    last_sign_in_at = seen.starts_at,
    updated_at = seen.starts_at
from (
    select user_id, max(starts_at) as starts_at
    from demo_days
    where starts_at >= {{ since }} and starts_at < {{ until }}
    group by 1
) as seen
where users.id = seen.user_id;

-- A session of a user is renewed by each visit, for 120 days at most.
with written as (
    insert into {{ schema }}.sessions as sessions
        (id, user_id, created_at, expires_at, ip, user_agent)
    select
        session_id,
        user_id,
        min(starts_at),
        max(starts_at) + interval '720 hours',
        min(ip)::inet,
        min(user_agent)
    from demo_days
    where starts_at >= {{ since }} and starts_at < {{ until }}
    and user_id in (select id from {{ schema }}.users)
    group by 1, 2
    on conflict (id) do update
    set expires_at = greatest(sessions.expires_at, excluded.expires_at)
    returning id
)

insert into demo_written select count(*) from written;

-- 4. What is recorded of each of those days, and what strangers try.
with events as (
    select
        md5('auth ' || person || active_on || n)::uuid as id,
        user_id,
        case
            when n = 0 then 'sign_in_failed'
            when n = 1 and is_first_day then 'signed_up'
            when n = 1 then 'signed_in'
            when n = 4 then 'signed_out'
            else 'token_refreshed'
        end as event_type,
        starts_at + (n - 1) * least(fifth, interval '61 minutes') as occurred_at,
        ip,
        user_agent
    from demo_days
    cross join generate_series(0, 4) as n
    where n = 1
    or n between 2 and 1 + day_draw % 4
    -- Before the first of the day: a typo, not on the day of the sign-up.
    or n = 0 and day_draw % 20 = 0 and not is_first_day
    union all
    select
        md5('stranger ' || days.day || n)::uuid,
        null,
        'sign_in_failed',
        (
            days.day
            + {{ drawn("days.day || '-' || n", 'time') }}
            * interval '8.64 seconds'
        ) at time zone 'UTC',
        '203.0.113.' || n,
        'python-requests/2.32'
    from generate_series(
        date_trunc('day', {{ since }} at time zone 'UTC'),
        {{ until }} at time zone 'UTC',
        interval '1 day'
    ) as days (day)
    cross join generate_series(1, 4) as n
),

written as (
    insert into {{ schema }}.auth_events
        (id, user_id, event_type, occurred_at, ip, user_agent)
    select id, user_id, event_type, occurred_at, ip::inet, user_agent
    from events
    where occurred_at >= {{ since }} and occurred_at < {{ until }}
    returning id
)

insert into demo_written select count(*) from written;

with tokens as (
    select *
    from demo_days
    where starts_at >= {{ since }} and starts_at < {{ until }}
),

verifications as (
    insert into {{ schema }}.email_verifications (
        id, user_id, email, token_hash, created_at, expires_at, confirmed_at
    )
    select
        md5('verification ' || person)::uuid,
        user_id,
        email,
        encode(sha256(convert_to('verification ' || person, 'UTF8')), 'hex'),
        starts_at,
        starts_at + interval '24 hours',
        case when day_draw % 10 > 0 then starts_at + interval '5 minutes' end
    from tokens
    where is_first_day
    returning id
),

resets as (
    insert into {{ schema }}.password_resets
        (id, user_id, token_hash, created_at, expires_at, used_at)
    select
        md5('reset ' || person || active_on)::uuid,
        user_id,
        encode(sha256(convert_to('reset ' || person || active_on, 'UTF8')), 'hex'),
        starts_at,
        starts_at + interval '1 hour',
        case when day_draw % 3 > 0 then starts_at + interval '4 minutes' end
    from tokens
    where day_draw % 20 = 0 and not is_first_day
    returning id
),

links as (
    insert into {{ schema }}.magic_links
        (id, email, token_hash, created_at, expires_at, used_at)
    select
        md5('link ' || person || active_on)::uuid,
        email,
        encode(sha256(convert_to('link ' || person || active_on, 'UTF8')), 'hex'),
        starts_at,
        starts_at + interval '15 minutes',
        starts_at + interval '1 minute'
    from tokens
    where day_draw % 12 = 1
    returning id
),

limits as (
    insert into {{ schema }}.rate_limits
        (id, identifier, action, hits, created_at, expires_at)
    select
        md5('limit ' || person || active_on)::uuid,
        case when draw % 2 = 0 then email else ip end,
        'sign_in',
        1 + day_draw % 9,
        starts_at,
        starts_at + interval '10 minutes'
    from tokens
    where day_draw % 20 = 0
    returning id
),

payments as (
    insert into {{ schema }}.transactions
        (id, user_id, kind, status, amount, description, created_at)
    select
        md5('transaction ' || person || active_on)::uuid,
        user_id,
        case when day_draw % 160 = 2 then 'refund' else 'charge' end,
        case when day_draw % 32 = 2 then 'failed' else 'succeeded' end,
        (array[4.99, 9.99, 49.9])[1 + draw % 3],
        'Plan of ' || email,
        starts_at
    from tokens
    where day_draw % 16 = 2
    returning id
),

audited as (
    insert into {{ schema }}.security_audit_logs
        (id, actor_id, action, target_type, target_id, ip, details, created_at)
    select
        md5('audit ' || person || active_on)::uuid,
        user_id,
        (array[
            'password_changed', 'mfa_enabled', 'api_key_created', 'role_changed'
        ])[1 + day_draw / 40 % 4],
        'user',
        user_id::text,
        ip::inet,
        jsonb_build_object('email', email),
        starts_at
    from tokens
    where day_draw % 40 = 3
    returning id
)

insert into demo_written
select count(*) from verifications
union all select count(*) from resets
union all select count(*) from links
union all select count(*) from limits
union all select count(*) from payments
union all select count(*) from audited;

with lines as (
    select
        md5('log ' || days.day || n)::uuid as id,
        {{ drawn("days.day || '-' || n", 'log') }} as draw,
        days.day + n * interval '24 hours' / lines_of_a_day.count as logged_at
    from (
        select ceil({{ var('demo_scale') }} * 200)::int as count
    ) as lines_of_a_day
    cross join generate_series(
        date_trunc('day', {{ since }} at time zone 'UTC'),
        {{ until }} at time zone 'UTC',
        interval '1 day'
    ) as days (day)
    cross join lateral generate_series(0, lines_of_a_day.count - 1) as n
),

written as (
    insert into {{ schema }}.application_logs
        (id, level, service, message, context, created_at)
    select
        id,
        case
            when draw % 100 < 2 then 'error'
            when draw % 100 < 10 then 'warn'
            when draw % 100 < 80 then 'info'
            else 'debug'
        end,
        (array['api', 'auth', 'mailer', 'worker'])[1 + draw % 4],
        'handled for person-' || draw || '@mail.example in ' || draw % 900
        || ' ms',
        jsonb_build_object('ip', '198.51.100.' || draw % 250),
        logged_at at time zone 'UTC'
    from lines
    where logged_at at time zone 'UTC' >= {{ since }}
    and logged_at at time zone 'UTC' < {{ until }}
    returning id
)

insert into demo_written select count(*) from written;

-- 5. Of those who have left, one in twelve deletes the account, within three
-- weeks; and who has not been seen for 700 days is warned.
with leaving as (
    select
        people.user_id,
        people.signed_up_at
        + (people.active_days * 24 + draws.draw % 500) * interval '1 hour'
            as deleted_at
    from ({{ demo_people(
        '(' ~ since ~ " - interval '24000 hours')", until
    ) }}) as people
    cross join lateral (
        select {{ drawn('people.person', 'leaving') }} as draw
    ) as draws
    where draws.draw % 12 = 0
)

update {{ schema }}.users
set
    deleted_at = leaving.deleted_at,
    updated_at = greatest(users.updated_at, leaving.deleted_at)
from leaving
where users.id = leaving.user_id
and users.deleted_at is null
and leaving.deleted_at > users.last_sign_in_at
and leaving.deleted_at < {{ until }};

update {{ schema }}.users
set
    inactivity_warned_at = last_sign_in_at + interval '16800 hours',
    updated_at = greatest(
        updated_at, last_sign_in_at + interval '16800 hours'
    )
where inactivity_warned_at is null
and deleted_at is null
and last_sign_in_at + interval '16800 hours' < {{ until }}
and {{ drawn('id::text', 'warned') }} % 10 < 7;

select sum(rows)::bigint from demo_written
{% endmacro %}
