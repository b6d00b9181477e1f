{# Payments and refunds, without the people and what the payment was for. #}
{{ config(enabled=var('supabase_enabled'), unique_key=['transaction_id']) }}

with payments as (
    select * from {{ ref('raw_supabase_transaction') }}
)

select
    payments.id as transaction_id,
    {{ hash_pii('payments.user_id::text', 'user') }} as user_key,
    payments.kind,
    payments.status,
    payments.amount,
    upper(payments.currency) as currency,
    payments.created_at as occurred_at,
    nullif(concat_ws(
        '; ',
        case when payments.amount < 0 then 'amount is below zero' end,
        case
            when payments.created_at > payments._clock
                then 'created_at was in the future'
        end
    ), '') as _issues,
    payments._clock,
    {{ as_of() }} as _loaded_at
from payments
