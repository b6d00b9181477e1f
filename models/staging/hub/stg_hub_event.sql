{# The newest version of each event. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    materialized='latest_version',
    unique_key=['event_id'],
) }}

with events as (
    select * from {{ ref('raw_hub_event') }}
)

select
    events."id" as event_id,
    nullif(trim(events."name"), '') as event_name,
    events."createdAt" at time zone 'UTC' as created_at,
    case when trim(events."name") = '' then 'name is empty' end as _issues,
    events._extracted_at as _version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from events
