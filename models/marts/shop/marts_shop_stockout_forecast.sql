{# When each product runs out, at the faster of its two paces, with what is on
   its way. An order that comes after the shelf is empty is too late; one that
   should have come already is not counted on. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with products as (
    select * from {{ ref('marts_shop_product_velocity') }}
),

orders as (
    select * from {{ ref('marts_shop_purchase_order') }}
),

stores as (
    select * from {{ ref('marts_shop_dim_store') }}
),

shelves as (
    select
        products.*,
        greatest(products.on_hand_units, 0) as units,
        -- Whole units, so that nothing is lost in a division.
        coalesce(greatest(
            products.units_sold_7d::bigint * 4, products.units_sold_28d
        ), 0) as units_per_28d
    from products
    inner join stores on products.store_id = stores.store_id
    where
        products._gone_at is null
        and stores._gone_at is null
),

open_orders as (
    select
        orders.store_id,
        orders.product_id,
        orders.purchase_order_id,
        orders.quantity_units - orders.received_units as units,
        orders.expected_at,
        coalesce(orders.expected_at >= {{ as_of() }}, false) as is_on_time
    from orders
    where
        orders._gone_at is null
        and orders.status in ('ORDERED', 'SHIPPED')
        and orders.quantity_units > orders.received_units
),

-- Before each arrival: what there was until then, and how long that lasts.
arrivals as (
    select
        shelves.store_id,
        shelves.product_id,
        extract(epoch from open_orders.expected_at - {{ as_of() }})
        / 86400 as arrives_in_days,
        28.0 * (shelves.units + coalesce(
            sum(open_orders.units) over (
                partition by shelves.store_id, shelves.product_id
                order by open_orders.expected_at, open_orders.purchase_order_id
                rows between unbounded preceding and 1 preceding
            ), 0
        )) / nullif(shelves.units_per_28d, 0) as lasts_days
    from shelves
    inner join open_orders
        on
        shelves.store_id = open_orders.store_id
        and shelves.product_id = open_orders.product_id
    where open_orders.is_on_time
),

gaps as (
    select
        arrivals.store_id,
        arrivals.product_id,
        min(arrivals.lasts_days) as empty_in_days
    from arrivals
    where arrivals.lasts_days < arrivals.arrives_in_days
    group by 1, 2
),

on_their_way as (
    select
        open_orders.store_id,
        open_orders.product_id,
        coalesce(
            sum(open_orders.units) filter (where open_orders.is_on_time), 0
        ) as incoming_units,
        coalesce(
            sum(open_orders.units) filter (where not open_orders.is_on_time), 0
        ) as late_units,
        min(open_orders.expected_at)
        filter (where open_orders.is_on_time) as next_arrival_at
    from open_orders
    group by 1, 2
),

forecasts as (
    select
        shelves.*,
        coalesce(on_their_way.incoming_units, 0)::bigint as incoming_units,
        coalesce(on_their_way.late_units, 0)::bigint as late_units,
        on_their_way.next_arrival_at,
        28.0 * shelves.units
        / nullif(shelves.units_per_28d, 0) as days_of_cover,
        coalesce(
            gaps.empty_in_days,
            28.0 * (shelves.units + coalesce(on_their_way.incoming_units, 0))
            / nullif(shelves.units_per_28d, 0)
        ) as empty_in_days
    from shelves
    left outer join on_their_way
        on
        shelves.store_id = on_their_way.store_id
        and shelves.product_id = on_their_way.product_id
    left outer join gaps
        on
        shelves.store_id = gaps.store_id
        and shelves.product_id = gaps.product_id
),

dated as (
    select
        forecasts.*,
        -- Nobody knows what sells in ten years.
        case
            when forecasts.empty_in_days < 3650
                then (
                    {{ as_of() }} at time zone 'UTC'
                    + forecasts.empty_in_days * interval '24 hours'
                )::date
        end as stockout_date
    from forecasts
)

select
    dated.store_id,
    dated.product_id,
    dated.sku,
    case
        when dated.on_hand_units <= 0 then 'out_of_stock'
        when dated.units_per_28d = 0 then 'not_selling'
        when dated.empty_in_days < dated.lead_time_days then 'order_now'
        else 'covered'
    end as stock_status,
    dated.on_hand_units,
    (dated.units_per_28d / 28.0)::numeric(14, 3) as units_per_day,
    dated.days_of_cover::numeric(14, 1) as days_of_cover,
    dated.incoming_units,
    dated.late_units,
    dated.next_arrival_at,
    dated.stockout_date,
    dated.stockout_date - dated.lead_time_days as order_by_date,
    dated.computed_at
from dated
