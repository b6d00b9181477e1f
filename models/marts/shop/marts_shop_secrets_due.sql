{# Secrets to renew: overdue, or due in the next 14 days (S6). #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with secrets as (
    select * from {{ ref('marts_shop_secret') }}
),

stores as (
    select * from {{ ref('marts_shop_dim_store') }}
)

select
    secrets.store_id,
    secrets.secret_id,
    secrets.secret_name,
    case
        when secrets.rotation_reminder_at < {{ as_of() }} then 'overdue'
        else 'due'
    end as rotation_status,
    secrets.rotation_reminder_at,
    (secrets.rotation_reminder_at at time zone 'UTC')::date
    - ({{ as_of() }} at time zone 'UTC')::date as due_in_days
from secrets
inner join stores on secrets.store_id = stores.store_id
where
    secrets._gone_at is null
    and stores._gone_at is null
    and secrets.rotation_reminder_at < {{ as_of() }} + interval '336 hours'
