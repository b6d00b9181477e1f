{# How fast products sell, typed. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'product_id'],
) }}

with products as (
    select * from {{ ref('raw_shop_product_velocity') }}
),

typed as (
    select
        products."storeId" as store_id,
        products."productId" as product_id,
        products."sku",
        case when products."unitsSold7d" >= 0 then products."unitsSold7d" end
            as units_sold_7d,
        case when products."unitsSold28d" >= 0 then products."unitsSold28d" end
            as units_sold_28d,
        products."onHand" as on_hand_units,
        case when products."leadTimeDays" >= 0 then products."leadTimeDays" end
            as lead_time_days,
        products."computedAt" at time zone 'UTC' as computed_at,
        products._extracted_at as _version_at
    from products
)

select
    typed.store_id,
    typed.product_id,
    typed.sku,
    typed.units_sold_7d,
    typed.units_sold_28d,
    typed.on_hand_units,
    typed.lead_time_days,
    typed.computed_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.units_sold_7d is null then 'unitsSold7d is below zero'
        end,
        case
            when typed.units_sold_28d is null then 'unitsSold28d is below zero'
        end,
        case
            when typed.units_sold_7d > typed.units_sold_28d
                then 'more was sold in 7 days than in 28'
        end,
        case
            when typed.lead_time_days is null then 'leadTimeDays is below zero'
        end
    ), '') as _issues,
    typed._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from typed
