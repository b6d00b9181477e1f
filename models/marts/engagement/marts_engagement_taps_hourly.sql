{# Taps per hour: the grain that the hour of the day is counted from. #}
{{ config(enabled=var('hub_enabled') and var('engagement_enabled')) }}

with taps as (
    select * from {{ ref('stg_hub_tap_log') }}
)

select
    date_trunc('hour', taps.tapped_at, 'UTC') as tap_hour_at,
    count(*) as tap_count,
    count(*) as _rows
from taps
group by 1
