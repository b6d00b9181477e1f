{# What supabase last said of each account, and nothing that the clock changes:
   it stays when the account and its copies have gone, so that cohorts do. #}
{{ config(
    enabled=var('supabase_enabled'),
    materialized='latest_version',
    full_refresh=false,
    unique_key=['user_key'],
) }}

with accounts as (
    select * from {{ ref('stg_supabase_user') }}
)

select
    accounts.user_key,
    accounts.signed_up_at,
    accounts.email_confirmed_at,
    accounts.last_sign_in_at,
    accounts.inactivity_warned_at,
    accounts.deleted_at,
    accounts._version_at,
    accounts._gone_at,
    {{ as_of() }} as _loaded_at
from accounts
