{# How often each event was tapped. The counts stay when the event has gone; its
   name does not. #}
{{ config(enabled=var('hub_enabled') and var('engagement_enabled')) }}

with taps as (
    select * from {{ ref('marts_engagement_tap_summary_daily') }}
),

events as (
    select * from {{ ref('marts_engagement_dim_events') }}
),

counted as (
    select
        taps.event_id,
        sum(taps.tap_count) as tap_count,
        count(distinct taps.tap_date) as day_count,
        min(taps.tap_date) as first_tap_date,
        max(taps.tap_date) as last_tap_date
    from taps
    group by 1
)

select
    counted.event_id,
    case when events._gone_at is null then events.event_name end as event_name,
    events.event_id is not null and events._gone_at is null as is_there,
    counted.tap_count::bigint as tap_count,
    counted.day_count,
    counted.first_tap_date,
    counted.last_tap_date
from counted
left outer join events on counted.event_id = events.event_id
