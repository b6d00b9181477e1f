{% macro analytics__generate(schema, since, until) %}
-- Events that arrive in [since, until): the same ones however the time is cut.
-- Users come in sessions, as the one world has it; the first one is the visit
-- in which they sign up. Others only look. A few events come days late, and a
-- few so late that their day was let go of long ago.
with people as (
    {{ demo_active_people(
        '(' ~ since ~ " - interval '24 hours')",
        '(' ~ until ~ " + interval '24 hours')"
    ) }}
),

visits as (
    select
        people.user_id::text as user_id,
        people.email,
        people.person || '/' || people.active_on || '/' || n as visit,
        people.signed_up_at,
        n = 1 and people.active_on
            = (people.signed_up_at at time zone 'UTC')::date as is_sign_up,
        case
            when people.active_on
                = (people.signed_up_at at time zone 'UTC')::date
                then people.signed_up_at at time zone 'UTC'
                    + (n - 1) * interval '47 minutes'
            -- Most come in the evening.
            else people.active_on
                + abs(hashtextextended(
                    people.person || people.active_on, n + 10
                )) % 50400000 * interval '1 millisecond'
                + interval '7 hours'
        end as came_at
    from people
    cross join lateral generate_series(
        1,
        -- One in eight comes twice.
        1 + (
            abs(hashtextextended(people.person || people.active_on, 20)) % 8 = 0
        )::int
    ) as n
    -- The others are there with another application that day.
    where people.active_on = (people.signed_up_at at time zone 'UTC')::date
    or abs(hashtextextended(people.person || people.active_on, 22)) % 2 = 0

    union all

    -- Who only looks.
    select
        null,
        null,
        'visitor/' || days.day || '/' || n,
        null,
        false,
        days.day
            + abs(hashtextextended('visitor' || days.day || n, 21))
                % 86400000 * interval '1 millisecond'
    from generate_series(
        date_trunc('day', {{ since }} at time zone 'UTC' - interval '24 hours'),
        {{ until }} at time zone 'UTC',
        interval '1 day'
    ) as days (day)
    cross join lateral generate_series(
        1, ceil({{ var('demo_scale') }} * 24)::int
    ) as n
),

steps as (
    select
        visits.*,
        n,
        -- Numbers from 0 to 9,999, drawn from the event's own name.
        abs(hashtextextended(visits.visit || n, 1)) % 10000 as a,
        abs(hashtextextended(visits.visit || n, 2)) % 10000 as b,
        abs(hashtextextended(visits.visit || n, 3)) % 10000 as c,
        abs(hashtextextended(visits.visit, 4)) % 10000 as of_visit
    from visits
    cross join lateral generate_series(
        1,
        1 + visits.is_sign_up::int
            + abs(hashtextextended(visits.visit, 5)) % 3
    ) as n
),

typed as (
    select
        steps.*,
        case
            when n = 1 then 'page_viewed'
            when is_sign_up and n = 2 then 'signed_up'
            when user_id is null then 'page_viewed'
            when n = 2 and of_visit < 400 then 'plan_selected'
            when n = 3 and of_visit < 160 then 'upgraded'
            when a < 4400 then 'tool_used'
            when a < 7200 then 'cache_hit'
            when a < 8500 then 'feature_interaction'
            when a < 9300 then 'risk_mode_changed'
            else 'page_viewed'
        end as event_type,
        came_at
            + (n - 1) * interval '40 seconds'
            + b * interval '3 milliseconds' as sent_at,
        case
            when is_sign_up or c >= 150 then 0
            when c < 20 then 31 + c * 3
            else 1 + c % 20
        end as days_late
    from steps
),

inserted as (
    insert into {{ schema }}."AnalyticsEvent" (
        "id", "userId", "sessionId", "eventType", "toolName", "action",
        "properties", "demoMode", "timestamp", "receivedAt"
    )
    select
        'c' || left(md5('event' || visit || '/' || n), 24),
        -- Nobody is known before they have signed up.
        case when not (is_sign_up and n = 1) then user_id end,
        's' || left(md5('session' || visit), 24),
        event_type,
        case
            when event_type = 'tool_used'
                then (array['Start/Sit', 'Start/Sit', 'FAAB', 'Decisions'])
                    [1 + b % 4]
        end,
        case event_type
            when 'tool_used' then (array['opened', 'ran', 'saved'])[1 + c % 3]
            when 'feature_interaction' then 'clicked'
        end,
        case
            -- What must never go on: a person, in a key that nobody named.
            when c % 100 = 7 and email is not null
                then jsonb_build_object('email', email, 'riskMode', 'neutral')
            when event_type = 'risk_mode_changed' then jsonb_build_object(
                'riskMode',
                case
                    when b % 500 = 0 then 'yolo'
                    else (array['protect', 'neutral', 'neutral', 'chase'])
                        [1 + b % 4]
                end
            )
            when event_type = 'cache_hit'
                then jsonb_build_object('milliseconds', b % 40)
            when event_type = 'page_viewed' then jsonb_build_object(
                'path', (array['/', '/tools', '/pricing'])[1 + b % 3]
            )
        end,
        -- A fifth of the people only try things out.
        abs(hashtextextended(coalesce(user_id, visit), 6)) % 5 = 0,
        -- Nobody did anything before they had signed up.
        greatest(
            sent_at - days_late * interval '1 day',
            signed_up_at at time zone 'UTC'
        ),
        sent_at + c % 2000 * interval '1 millisecond'
    from typed
    where sent_at + c % 2000 * interval '1 millisecond'
        >= {{ since }} at time zone 'UTC'
    and sent_at + c % 2000 * interval '1 millisecond'
        < {{ until }} at time zone 'UTC'
    returning "id"
)

select count(*) from inserted
{% endmacro %}
