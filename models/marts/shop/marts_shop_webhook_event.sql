{# Calls outlive their originals: outcomes stay when what is done has gone. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'webhook_id'],
) }}

with calls as (
    select * from {{ ref('stg_shop_webhook_event') }}
)

select
    calls.store_id,
    calls.webhook_id,
    calls.topic_key,
    calls.status,
    calls.attempt_count,
    calls.received_at,
    calls.processed_at,
    calls._version_at,
    calls._gone_at,
    {{ as_of() }} as _loaded_at
from calls
