{# Which secrets there are, and when to renew them; never the secret. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'secret_id'],
) }}

with secrets as (
    select * from {{ ref('raw_shop_store_secret') }}
)

select
    secrets."storeId" as store_id,
    secrets."id" as secret_id,
    secrets."name" as secret_name,
    secrets."rotationReminderAt" at time zone 'UTC' as rotation_reminder_at,
    null::text as _issues,
    secrets._extracted_at as _version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from secrets
