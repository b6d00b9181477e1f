{# Taps per day, event, window and redirect: what stays for ever. #}
{{ config(enabled=var('hub_enabled')) }}

with taps as (
    select * from {{ ref('stg_hub_tap_log') }}
)

select
    (taps.tapped_at at time zone 'UTC')::date as tap_date,
    taps.event_id,
    coalesce(taps.window_id, '') as window_id,
    left(coalesce(taps.redirect_url, ''), 500) as redirect_url,
    count(*) as tap_count,
    count(*) as _rows
from taps
group by 1, 2, 3, 4
