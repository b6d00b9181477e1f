{# shop."ConnectionEvent" by name, without "errorMessage". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    looks."id",
    looks."storeId",
    looks."integration",
    looks."status",
    looks."durationMs",
    looks."errorCode",
    looks."createdAt",
    {{ ages_from('looks."createdAt" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'ConnectionEvent') }} as looks
