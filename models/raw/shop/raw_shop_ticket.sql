{# shop."Ticket" by name, without "subject", "customerName". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    tickets."id",
    tickets."storeId",
    tickets."channel",
    tickets."priority",
    tickets."status",
    tickets."customerEmail",
    tickets."closedAt",
    tickets."createdAt",
    tickets."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'Ticket') }} as tickets
