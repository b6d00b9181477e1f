{# Stores, without the names of their owners. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id'],
) }}

with stores as (
    select * from {{ ref('raw_shop_store') }}
),

treated as (
    select
        stores."id" as store_id,
        {{ hash_pii('stores."shopDomain"', 'shop') }} as shop_domain_hash,
        {{ hash_pii('stores."ownerEmail"', 'email') }} as email_hash,
        stores."plan" as store_plan,
        stores."country",
        stores."currency",
        stores."installedAt" at time zone 'UTC' as installed_at,
        stores."uninstalledAt" at time zone 'UTC' as uninstalled_at,
        stores."updatedAt" at time zone 'UTC' as updated_at,
        stores._extracted_at as _version_at
    from stores
)

select
    treated.store_id,
    treated.shop_domain_hash,
    treated.email_hash,
    treated.store_plan,
    treated.country,
    treated.currency,
    treated.installed_at,
    treated.uninstalled_at,
    treated.updated_at,
    case
        when treated.uninstalled_at < treated.installed_at
            then 'uninstalledAt is before installedAt'
    end as _issues,
    treated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from treated
