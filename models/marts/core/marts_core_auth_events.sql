{# Each auth event by itself, without where it came from: a fact of its own,
   because dashboards read marts only. It goes with its original. #}
{{ config(
    enabled=var('supabase_enabled'),
    materialized='append_only',
    full_refresh=false,
    unique_key=['auth_event_id'],
) }}

with auth_events as (
    select * from {{ ref('stg_supabase_auth_event') }}
)

select
    auth_events.auth_event_id,
    (auth_events.occurred_at at time zone 'UTC')::date as event_date,
    auth_events.user_key,
    auth_events.event_type,
    {{ is_activity('auth_events.event_type') }} as is_activity,
    auth_events.user_agent_family,
    auth_events.occurred_at,
    auth_events._clock,
    {{ as_of() }} as _loaded_at
from auth_events
