{# shop."WebhookEvent" by name, without "id", "payload", "errorMessage". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'webhookId'],
    partition_grain='month',
) }}

select
    calls."storeId",
    calls."topicKey",
    calls."webhookId",
    calls."status",
    calls."attempts",
    calls."receivedAt",
    calls."processedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'WebhookEvent') }} as calls
