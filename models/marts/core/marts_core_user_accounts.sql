{# What supabase last said of each account, and nothing that the clock changes:
   it stays when the account and its copies have gone, so that cohorts do. #}
{{ config(
    enabled=var('supabase_enabled'),
    materialized='latest_version',
    full_refresh=false,
    unique_key=['user_key'],
) }}

with users as (
    select * from {{ ref('stg_supabase_user') }}
)

select
    users.user_key,
    users.signed_up_at,
    users.email_confirmed_at,
    users.last_sign_in_at,
    users.inactivity_warned_at,
    users.deleted_at,
    users._version_at,
    users._gone_at,
    {{ as_of() }} as _loaded_at
from users
