{# Every event that ever was, as it was last seen: names for the summaries,
   which only know ids. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    materialized='latest_version',
    unique_key=['event_id'],
) }}

with events as (
    select * from {{ ref('stg_hub_event') }}
)

select
    events.event_id,
    events.event_name,
    events.created_at,
    events._version_at,
    events._gone_at,
    {{ as_of() }} as _loaded_at
from events
