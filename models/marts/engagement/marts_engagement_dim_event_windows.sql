{# Every window that ever was, as it was last seen. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    materialized='latest_version',
    unique_key=['window_id'],
) }}

with event_windows as (
    select * from {{ ref('stg_hub_event_window') }}
)

select
    event_windows.window_id,
    event_windows.event_id,
    event_windows.opens_at,
    event_windows.closes_at,
    event_windows._version_at,
    event_windows._gone_at,
    {{ as_of() }} as _loaded_at
from event_windows
