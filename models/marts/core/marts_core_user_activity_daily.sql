{# Who was there on which day. Over the auth events, not those of analytics:
   these know their user, are kept for two years, and ask for no consent. #}
{{ config(enabled=var('supabase_enabled')) }}

with auth_events as (
    select * from {{ ref('stg_supabase_auth_event') }}
)

select
    (auth_events.occurred_at at time zone 'UTC')::date as activity_date,
    coalesce(auth_events.user_key, '') as user_key,
    count(*) as event_count,
    count(*) filter (
        where {{ is_activity('auth_events.event_type') }}
    ) as activity_count,
    count(*) filter (
        where auth_events.event_type in ('signed_up', 'signed_in')
    ) as sign_in_count,
    count(*) filter (
        where auth_events.event_type = 'sign_in_failed'
    ) as failed_sign_in_count,
    count(*) as _rows
from auth_events
group by 1, 2
