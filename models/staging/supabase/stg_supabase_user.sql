{# Accounts without the people: an address is a salted hash, a name is not. #}
{{ config(
    enabled=var('supabase_enabled'),
    materialized='latest_version',
    unique_key=['user_key'],
) }}

with accounts as (
    select * from {{ ref('raw_supabase_user') }}
),

treated as (
    select
        accounts._key as user_key,
        {{ hash_pii('accounts.email', 'email') }} as email_hash,
        {{ hash_pii('accounts.phone', 'phone') }} as phone_hash,
        accounts.email like '%_@_%' as is_an_address,

        accounts.created_at as signed_up_at,
        accounts.updated_at,
        accounts.email_confirmed_at,
        accounts.last_sign_in_at,
        accounts.inactivity_warned_at,
        accounts.deleted_at,
        accounts._extracted_at as _version_at
    from accounts
),

validated as (
    select
        treated.*,
        nullif(concat_ws(
            '; ',
            case
                when treated.email_hash is null then 'email is missing'
                when not treated.is_an_address then 'email is no address'
            end,
            case
                when treated.signed_up_at > treated._version_at
                    then 'created_at was in the future'
            end,
            case
                when treated.last_sign_in_at < treated.signed_up_at
                    then 'last_sign_in_at is before created_at'
            end,
            case
                when treated.deleted_at < treated.signed_up_at
                    then 'deleted_at is before created_at'
            end
        ), '') as _issues
    from treated
)

select
    validated.user_key,
    validated.email_hash,
    validated.phone_hash,
    validated.signed_up_at,
    validated.updated_at,
    validated.email_confirmed_at,
    validated.last_sign_in_at,
    validated.inactivity_warned_at,
    validated.deleted_at,
    validated._issues,
    validated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from validated
