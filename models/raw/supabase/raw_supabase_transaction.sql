{# supabase.transactions, without the free text of their description. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    payments.id,
    payments.user_id,
    payments.kind,
    payments.status,
    payments.amount,
    payments.currency,
    payments.created_at,
    {{ ages_from('payments.created_at') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'transactions') }} as payments
