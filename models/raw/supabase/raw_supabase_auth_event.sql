{# supabase.auth_events as the application wrote them. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    events.id,
    events.user_id,
    events.event_type,
    events.occurred_at,
    events.ip,
    events.user_agent,
    {{ ages_from('events.occurred_at') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'auth_events') }} as events
