{# shop."OrderFlag" by name, without "note". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    flags."id",
    flags."storeId",
    flags."orderId",
    flags."type",
    flags."severity",
    flags."status",
    flags."closedAt",
    flags."createdAt",
    flags."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'OrderFlag') }} as flags
