{# Each topic of each store: what was asked for, and what comes. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with calls as (
    select * from {{ ref('marts_shop_webhook_event') }}
),

registrations as (
    select * from {{ ref('marts_shop_webhook_registry') }}
),

stores as (
    select * from {{ ref('marts_shop_dim_store') }}
),

called as (
    select
        calls.store_id,
        calls.topic_key,
        max(calls.received_at) as last_received_at,
        count(*) filter (
            where calls.received_at >= {{ as_of() }} - interval '720 hours'
        ) as call_count_30d,
        count(*) filter (
            where calls.received_at >= {{ as_of() }} - interval '720 hours'
            and calls.status = 'FAILED'
        ) as failed_count_30d,
        -- One that went before it was taken up waits for nothing any more.
        count(*) filter (
            where calls.status = 'PENDING' and calls._gone_at is null
            and calls.received_at < {{ as_of() }} - interval '1 hour'
        ) as stuck_count
    from calls
    group by 1, 2
),

-- A shop system may hold two registrations of a topic, under two names.
registered as (
    select
        registrations.store_id,
        registrations.topic_key,
        bool_or(registrations.is_active) as is_active,
        max(registrations.last_received_at) as last_received_at
    from registrations
    where registrations._gone_at is null
    group by 1, 2
),

both_sides as (
    select
        coalesce(registered.store_id, called.store_id) as store_id,
        coalesce(registered.topic_key, called.topic_key) as topic_key,
        registered.store_id is not null as is_registered,
        coalesce(registered.is_active, false) as is_active,
        greatest(
            registered.last_received_at, called.last_received_at
        ) as last_received_at,
        coalesce(called.call_count_30d, 0) as call_count_30d,
        coalesce(called.failed_count_30d, 0) as failed_count_30d,
        coalesce(called.stuck_count, 0) as stuck_count
    from registered
    full outer join called
        on
        registered.store_id = called.store_id
        and registered.topic_key = called.topic_key
)

select
    both_sides.store_id,
    both_sides.topic_key,
    case
        when not both_sides.is_registered then 'not_registered'
        when not both_sides.is_active then 'switched_off'
        when both_sides.last_received_at is null then 'never_called'
        when both_sides.stuck_count > 0 then 'stuck'
        when both_sides.failed_count_30d * 10 > both_sides.call_count_30d
            then 'failing'
        when both_sides.last_received_at < {{ as_of() }} - interval '168 hours'
            then 'silent'
        else 'healthy'
    end as diagnosis,
    both_sides.is_registered,
    both_sides.is_active,
    both_sides.last_received_at,
    both_sides.call_count_30d,
    both_sides.failed_count_30d,
    both_sides.stuck_count
from both_sides
inner join stores on both_sides.store_id = stores.store_id
where stores._gone_at is null
