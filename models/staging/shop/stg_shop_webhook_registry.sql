{# What stores asked to be told of, without addresses and keys. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'registration_id'],
) }}

with registrations as (
    select * from {{ ref('raw_shop_webhook_registry') }}
)

select
    registrations."storeId" as store_id,
    registrations."id" as registration_id,
    registrations."topicKey" as topic_key,
    registrations."isActive" as is_active,
    registrations."lastReceivedAt" at time zone 'UTC' as last_received_at,
    registrations."createdAt" at time zone 'UTC' as registered_at,
    registrations."updatedAt" at time zone 'UTC' as updated_at,
    null::text as _issues,
    registrations._extracted_at as _version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from registrations
