{# When people tap: all days laid over each other. #}
{{ config(enabled=var('hub_enabled') and var('engagement_enabled')) }}

with taps as (
    select * from {{ ref('marts_engagement_taps_hourly') }}
),

hours as (
    select generate_series as hour_of_day from generate_series(0, 23)
),

placed as (
    select
        extract(hour from taps.tap_hour_at at time zone 'UTC') as hour_of_day,
        extract(isodow from taps.tap_hour_at at time zone 'UTC')
        in (6, 7) as is_weekend,
        taps.tap_count
    from taps
),

counted as (
    select
        hours.hour_of_day,
        coalesce(sum(placed.tap_count), 0) as tap_count,
        coalesce(sum(placed.tap_count) filter (
            where not placed.is_weekend
        ), 0) as weekday_tap_count,
        coalesce(sum(placed.tap_count) filter (
            where placed.is_weekend
        ), 0) as weekend_tap_count
    from hours
    left outer join placed on hours.hour_of_day = placed.hour_of_day
    group by 1
)

select
    counted.hour_of_day,
    counted.tap_count::bigint as tap_count,
    counted.weekday_tap_count::bigint as weekday_tap_count,
    counted.weekend_tap_count::bigint as weekend_tap_count,
    coalesce(
        round(counted.tap_count / nullif(sum(counted.tap_count) over (), 0), 4),
        0
    )::numeric(5, 4) as share_of_taps
from counted
