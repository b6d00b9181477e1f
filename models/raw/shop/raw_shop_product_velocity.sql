{# shop."ProductVelocity" by name, without "id", "title". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'productId'],
    partition_grain='month',
) }}

select
    products."storeId",
    products."productId",
    products."sku",
    products."unitsSold7d",
    products."unitsSold28d",
    products."onHand",
    products."leadTimeDays",
    products."computedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'ProductVelocity') }} as products
