{# shop."StoreSecret" by name, without "cipherText", "iv", "authTag",
   "keyVersion", "lastRotatedAt", "createdAt", "updatedAt". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    secrets."id",
    secrets."storeId",
    secrets."name",
    secrets."rotationReminderAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'StoreSecret') }} as secrets
