{# Flags on orders, typed, without the note. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'flag_id'],
) }}

with flags as (
    select * from {{ ref('raw_shop_order_flag') }}
),

typed as (
    select
        flags."storeId" as store_id,
        flags."id" as flag_id,
        flags."orderId" as order_id,
        flags."type" as flag_type,
        flags."severity",
        flags."status",
        flags."closedAt" at time zone 'UTC' as closed_at,
        flags."createdAt" at time zone 'UTC' as flagged_at,
        flags."updatedAt" at time zone 'UTC' as updated_at,
        flags._extracted_at as _version_at
    from flags
)

select
    typed.store_id,
    typed.flag_id,
    typed.order_id,
    typed.flag_type,
    typed.severity,
    typed.status,
    typed.closed_at,
    typed.flagged_at,
    typed.updated_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.status <> 'OPEN' and typed.closed_at is null
                then 'closed without closedAt'
        end,
        case
            when typed.closed_at < typed.flagged_at
                then 'closedAt is before createdAt'
        end
    ), '') as _issues,
    typed._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from typed
