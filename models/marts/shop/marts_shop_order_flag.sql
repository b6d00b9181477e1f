{# Flags on orders, from the day they were set to the day they were closed. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'flag_id'],
) }}

with flags as (
    select * from {{ ref('stg_shop_order_flag') }}
)

select
    flags.store_id,
    flags.flag_id,
    flags.order_id,
    flags.flag_type,
    flags.severity,
    flags.status,
    flags.flagged_at,
    flags.closed_at,
    flags.updated_at,
    flags._version_at,
    flags._gone_at,
    {{ as_of() }} as _loaded_at
from flags
