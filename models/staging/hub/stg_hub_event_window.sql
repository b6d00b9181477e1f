{# The newest version of each window. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    materialized='latest_version',
    unique_key=['window_id'],
) }}

with event_windows as (
    select * from {{ ref('raw_hub_event_window') }}
)

select
    event_windows."id" as window_id,
    event_windows."eventId" as event_id,
    event_windows."opensAt" at time zone 'UTC' as opens_at,
    event_windows."closesAt" at time zone 'UTC' as closes_at,
    case
        when event_windows."closesAt" < event_windows."opensAt"
            then 'closesAt is before opensAt'
    end as _issues,
    event_windows._extracted_at as _version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from event_windows
