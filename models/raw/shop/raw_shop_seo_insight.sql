{# shop."SeoInsight" by name, without "recommendation". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    insights."id",
    insights."storeId",
    insights."pageUrl",
    insights."type",
    insights."severity",
    insights."status",
    insights."clicksLost",
    insights."createdAt",
    insights."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'SeoInsight') }} as insights
