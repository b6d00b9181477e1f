{# What stores asked to be told of. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'registration_id'],
) }}

with registrations as (
    select * from {{ ref('stg_shop_webhook_registry') }}
)

select
    registrations.store_id,
    registrations.registration_id,
    registrations.topic_key,
    registrations.is_active,
    registrations.last_received_at,
    registrations.registered_at,
    registrations.updated_at,
    registrations._version_at,
    registrations._gone_at,
    {{ as_of() }} as _loaded_at
from registrations
