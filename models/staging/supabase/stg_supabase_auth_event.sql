{# Sign-ups, sign-ins, renewals and failed tries, without the people. #}
{{ config(enabled=var('supabase_enabled'), unique_key=['auth_event_id']) }}

with auth_events as (
    select * from {{ ref('raw_supabase_auth_event') }}
),

treated as (
    select
        auth_events.id as auth_event_id,
        {{ hash_pii('auth_events.user_id::text', 'user') }} as user_key,
        {{ hash_pii('host(auth_events.ip)', 'ip') }} as ip_hash,
        {{ ip_network('host(auth_events.ip)') }} as ip_network,
        {{ user_agent_family('auth_events.user_agent') }} as user_agent_family,
        auth_events.event_type,
        auth_events.occurred_at,
        auth_events._clock,
        {{ as_of() }} as _loaded_at
    from auth_events
)

select
    treated.auth_event_id,
    treated.user_key,
    treated.event_type,
    treated.ip_hash,
    treated.ip_network,
    treated.user_agent_family,
    treated.occurred_at,
    case
        when treated.occurred_at > treated._clock
            then 'occurred_at was in the future'
    end as _issues,
    treated._clock,
    treated._loaded_at
from treated
