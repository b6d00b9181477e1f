{# risk_distribution of the hourly row, one row per key, for charts. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('marts_product_events_hourly') }}
)

select
    events.hour,
    events.risk_mode,
    events.is_demo,
    sum(events.event_count)::bigint as event_count
from events
where events.risk_mode <> ''
group by 1, 2, 3
