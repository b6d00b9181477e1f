{# The reminders of secrets; never a secret. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'secret_id'],
) }}

with secrets as (
    select * from {{ ref('stg_shop_store_secret') }}
)

select
    secrets.store_id,
    secrets.secret_id,
    secrets.secret_name,
    secrets.rotation_reminder_at,
    secrets._version_at,
    secrets._gone_at,
    {{ as_of() }} as _loaded_at
from secrets
