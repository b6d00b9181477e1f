{# Events per hour, by all that the hourly numbers are broken down by. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('stg_analytics_event') }}
)

select
    date_trunc('hour', events.occurred_at at time zone 'UTC')
    at time zone 'UTC' as hour,  -- noqa: RF04
    events.event_type,
    coalesce(events.tool_name, '') as tool_name,
    coalesce(events.risk_mode, '') as risk_mode,
    events.is_demo,
    count(*) as event_count,
    count(*) as _rows
from events
group by 1, 2, 3, 4, 5
