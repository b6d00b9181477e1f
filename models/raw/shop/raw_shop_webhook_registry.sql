{# shop."WebhookRegistry" by name, without "shopDomain", "callbackUrl",
   "signingSecret". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    registrations."id",
    registrations."storeId",
    registrations."topicKey",
    registrations."isActive",
    registrations."lastReceivedAt",
    registrations."createdAt",
    registrations."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'WebhookRegistry') }} as registrations
