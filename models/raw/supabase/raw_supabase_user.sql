{# supabase.users as the application wrote them, a row per version. The name and
   what else the sign-up form asked for stay where they are. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    people.id,
    people.email,
    people.phone,
    people.created_at,
    people.updated_at,
    people.last_sign_in_at,
    people.email_confirmed_at,
    people.inactivity_warned_at,
    people.deleted_at,
    {{ hash_pii('people.id::text', 'user') }} as _key,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'users') }} as people
