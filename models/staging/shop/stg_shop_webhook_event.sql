{# Calls of shop systems, typed, without what they told: one row each, however
   often the same one came. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'webhook_id'],
) }}

with calls as (
    select * from {{ ref('raw_shop_webhook_event') }}
),

typed as (
    select
        calls."storeId" as store_id,
        calls."webhookId" as webhook_id,
        calls."topicKey" as topic_key,
        calls."status",
        case when calls."attempts" >= 0 then calls."attempts" end
            as attempt_count,
        calls."receivedAt" at time zone 'UTC' as received_at,
        calls."processedAt" at time zone 'UTC' as processed_at,
        calls._extracted_at as _version_at
    from calls
)

select
    typed.store_id,
    typed.webhook_id,
    typed.topic_key,
    typed.status,
    typed.attempt_count,
    typed.received_at,
    typed.processed_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.attempt_count is null then 'attempts is below zero'
        end,
        case
            when
                typed.status in ('SUCCEEDED', 'SKIPPED')
                and typed.processed_at is null
                then 'done without processedAt'
        end,
        case
            when typed.processed_at < typed.received_at
                then 'processedAt is before receivedAt'
        end
    ), '') as _issues,
    typed._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from typed
