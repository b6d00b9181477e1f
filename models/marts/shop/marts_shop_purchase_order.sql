{# What was ordered at suppliers, and whether it came. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'purchase_order_id'],
) }}

with orders as (
    select * from {{ ref('stg_shop_purchase_order') }}
)

select
    orders.store_id,
    orders.purchase_order_id,
    orders.product_id,
    orders.status,
    orders.quantity_units,
    orders.received_units,
    orders.unit_cost,
    orders.ordered_at,
    orders.expected_at,
    orders.received_at,
    orders.updated_at,
    orders._version_at,
    orders._gone_at,
    {{ as_of() }} as _loaded_at
from orders
