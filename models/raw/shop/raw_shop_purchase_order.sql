{# shop."PurchaseOrder" by name, without "supplierName", "supplierEmail". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    orders."id",
    orders."storeId",
    orders."productId",
    orders."status",
    orders."quantity",
    orders."quantityReceived",
    orders."unitCost",
    orders."orderedAt",
    orders."expectedAt",
    orders."receivedAt",
    orders."createdAt",
    orders."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'PurchaseOrder') }} as orders
