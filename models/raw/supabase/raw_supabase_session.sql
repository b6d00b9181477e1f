{# supabase.sessions as the application wrote them, a row per version. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    sessions.id,
    sessions.user_id,
    sessions.created_at,
    sessions.expires_at,
    sessions.ip,
    sessions.user_agent,
    {{ hash_pii('sessions.id::text', 'session') }} as _key,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'sessions') }} as sessions
