{# How each connection is now. The latest success and failure are as old as they
   are; rates are of the last 30 UTC days, today among them. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with looks as (
    select * from {{ ref('marts_shop_connection_daily') }}
),

stores as (
    select * from {{ ref('marts_shop_dim_store') }}
),

recent as (
    select
        looks.*,
        looks.looked_date
        > ({{ as_of() }} at time zone 'UTC')::date - 30 as is_recent
    from looks
),

per_connection as (
    select
        recent.store_id,
        recent.integration,
        max(recent.last_looked_at)
        filter (where recent.status = 'SUCCESS') as last_success_at,
        max(recent.last_looked_at)
        filter (where recent.status = 'FAILURE') as last_failure_at,
        coalesce(
            sum(recent.look_count) filter (where recent.is_recent), 0
        )::bigint as look_count_30d,
        coalesce(
            sum(recent.look_count)
            filter (where recent.is_recent and recent.status = 'SUCCESS'),
            0
        )::bigint as success_count_30d,
        sum(recent.duration_ms) filter (where recent.is_recent) as duration_ms,
        sum(recent.measured_count)
        filter (where recent.is_recent) as measured_count
    from recent
    inner join stores on recent.store_id = stores.store_id
    where stores._gone_at is null
    group by 1, 2
)

select
    per_connection.store_id,
    per_connection.integration,
    case
        when greatest(
            per_connection.last_success_at, per_connection.last_failure_at
        ) < {{ as_of() }} - interval '24 hours' then 'silent'
        when per_connection.last_failure_at >= coalesce(
            per_connection.last_success_at, '-infinity'
        ) then 'failing'
        when
            per_connection.success_count_30d * 10
            < per_connection.look_count_30d * 9 then 'unsteady'
        else 'healthy'
    end as health,
    per_connection.last_success_at,
    per_connection.last_failure_at,
    per_connection.look_count_30d,
    per_connection.success_count_30d,
    (
        per_connection.success_count_30d::numeric
        / nullif(per_connection.look_count_30d, 0)
    )::numeric(5, 4) as success_rate_30d,
    (
        per_connection.duration_ms::numeric
        / nullif(per_connection.measured_count, 0)
    )::numeric(12, 1) as mean_duration_ms_30d
from per_connection
