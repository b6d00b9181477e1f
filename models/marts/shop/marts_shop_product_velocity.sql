{# How fast each product sells, as last counted. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'product_id'],
) }}

with products as (
    select * from {{ ref('stg_shop_product_velocity') }}
)

select
    products.store_id,
    products.product_id,
    products.sku,
    products.units_sold_7d,
    products.units_sold_28d,
    products.on_hand_units,
    products.lead_time_days,
    products.computed_at,
    products._version_at,
    products._gone_at,
    {{ as_of() }} as _loaded_at
from products
