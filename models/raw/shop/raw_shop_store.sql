{# shop."Store" by name, without "name", "accessToken", "scope". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    stores."id",
    stores."shopDomain",
    stores."ownerEmail",
    stores."plan",
    stores."country",
    stores."currency",
    stores."installedAt",
    stores."uninstalledAt",
    stores."createdAt",
    stores."updatedAt",
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'Store') }} as stores
