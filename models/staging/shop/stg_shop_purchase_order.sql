{# Orders at suppliers, typed, without the supplier. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'purchase_order_id'],
) }}

with orders as (
    select * from {{ ref('raw_shop_purchase_order') }}
),

typed as (
    select
        orders."storeId" as store_id,
        orders."id" as purchase_order_id,
        orders."productId" as product_id,
        orders."status",
        orders."quantity" as quantity_units,
        orders."quantityReceived" as received_units,
        orders."unitCost" as unit_cost,
        orders."orderedAt" at time zone 'UTC' as ordered_at,
        orders."expectedAt" at time zone 'UTC' as expected_at,
        orders."receivedAt" at time zone 'UTC' as received_at,
        orders."updatedAt" at time zone 'UTC' as updated_at,
        orders._extracted_at as _version_at
    from orders
)

select
    typed.store_id,
    typed.purchase_order_id,
    typed.product_id,
    typed.status,
    typed.quantity_units,
    typed.received_units,
    typed.unit_cost,
    typed.ordered_at,
    typed.expected_at,
    typed.received_at,
    typed.updated_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.quantity_units < 0 or typed.received_units < 0
                then 'a quantity is below zero'
        end,
        case
            when typed.received_units > typed.quantity_units
                then 'more was received than ordered'
        end,
        case
            when
                typed.status in ('ORDERED', 'SHIPPED')
                and typed.expected_at is null
                then 'on its way without expectedAt'
        end
    ), '') as _issues,
    typed._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from typed
