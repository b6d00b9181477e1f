{# Payments per day, kind, status and currency: what stays of them. #}
{{ config(enabled=var('supabase_enabled')) }}

with payments as (
    select * from {{ ref('stg_supabase_transaction') }}
)

select
    (payments.occurred_at at time zone 'UTC')::date as transaction_date,
    payments.kind,
    payments.status,
    payments.currency,
    count(*) as transaction_count,
    sum(payments.amount) as amount,
    count(*) as _rows
from payments
group by 1, 2, 3, 4
