{# Events without the people. Of `properties`, in which anything may be, one key
   goes on: riskMode, where it is one of its three values. #}
{{ config(enabled=var('analytics_enabled'), unique_key=['event_id']) }}

with events as (
    select * from {{ ref('raw_analytics_event') }}
),

treated as (
    select
        events."id" as event_id,

        {{ hash_pii('events."userId"', 'user') }} as user_key,
        {{ hash_pii('events."sessionId"', 'session') }} as session_key,

        events."eventType" as event_type,
        events."toolName" as tool_name,
        events."action" as action,  -- noqa: RF04
        events."properties" ->> 'riskMode' as given_risk_mode,
        events."demoMode" as is_demo,

        events."timestamp" at time zone 'UTC' as occurred_at,
        events."receivedAt" at time zone 'UTC' as received_at,
        events._clock,
        {{ as_of() }} as _loaded_at
    from events
    -- A fence: without it, what `validated` names twice is worked out twice.
    offset 0  -- noqa: AM09
),

validated as (
    select
        treated.*,
        case
            when treated.given_risk_mode in ('protect', 'neutral', 'chase')
                then treated.given_risk_mode
        end as risk_mode,
        nullif(concat_ws(
            '; ',
            case
                when treated.session_key is null
                    then 'sessionId is empty'
            end,
            -- The value is not quoted here: it may be anything.
            case
                when
                    treated.given_risk_mode
                    not in ('protect', 'neutral', 'chase')
                    then 'properties.riskMode is no known mode'
            end,
            case
                when treated.occurred_at > treated._clock
                    then 'timestamp was in the future'
            end
        ), '') as _issues
    from treated
)

select
    validated.event_id,
    validated.user_key,
    validated.session_key,
    validated.event_type,
    validated.tool_name,
    validated.action,
    validated.risk_mode,
    validated.is_demo,
    validated.occurred_at,
    validated.received_at,
    validated._issues,
    validated._clock,
    validated._loaded_at
from validated
