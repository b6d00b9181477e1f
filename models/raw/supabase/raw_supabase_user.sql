{# supabase.users as the application wrote them, a row per version. The name and
   what else the sign-up form asked for stay where they are. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    users.id,
    users.email,
    users.phone,
    users.created_at,
    users.updated_at,
    users.last_sign_in_at,
    users.email_confirmed_at,
    users.inactivity_warned_at,
    users.deleted_at,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'users') }} as users
