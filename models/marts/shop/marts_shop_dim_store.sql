{# Stores, for joins. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id'],
) }}

with stores as (
    select * from {{ ref('stg_shop_store') }}
)

select
    stores.store_id,
    stores.store_plan,
    stores.country,
    stores.currency,
    stores.installed_at,
    stores.uninstalled_at,
    stores.uninstalled_at is null as is_installed,
    stores._version_at,
    stores._gone_at,
    {{ as_of() }} as _loaded_at
from stores
