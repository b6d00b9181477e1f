{# Sessions without the people. Of a session that is renewed for longer than 90
   days, where its user was goes at the source and in raw; what is made of it
   here stays as long as the session does. #}
{{ config(
    enabled=var('supabase_enabled'),
    materialized='latest_version',
    unique_key=['session_key'],
) }}

with sessions as (
    select * from {{ ref('raw_supabase_session') }}
),

treated as (
    select
        sessions._key as session_key,
        {{ hash_pii('sessions.user_id::text', 'user') }} as user_key,
        {{ hash_pii('host(sessions.ip)', 'ip') }} as ip_hash,
        {{ ip_network('host(sessions.ip)') }} as ip_network,
        {{ user_agent_family('sessions.user_agent') }} as user_agent_family,

        sessions.created_at as started_at,
        sessions.expires_at,
        sessions._extracted_at as _version_at
    from sessions
)

select
    treated.session_key,
    treated.user_key,
    treated.ip_hash,
    treated.ip_network,
    treated.user_agent_family,
    treated.started_at,
    treated.expires_at,
    case
        when treated.expires_at < treated.started_at
            then 'expires_at is before created_at'
    end as _issues,
    treated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from treated
