{# shop."AiDraft" by name, without "body". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    drafts."id",
    drafts."storeId",
    drafts."ticketMessageId",
    drafts."model",
    drafts."version",
    drafts."approved",
    drafts."rewardScore",
    drafts."reviewedAt",
    drafts."createdAt",
    drafts."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'AiDraft') }} as drafts
