{# Events per hour and session. A distinct count cannot be added up, so it is
   counted over these, and stays exact when an event comes late for an hour
   whose events are long gone. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('stg_analytics_event') }}
)

select
    date_trunc('hour', events.occurred_at at time zone 'UTC')
    at time zone 'UTC' as hour,  -- noqa: RF04
    coalesce(events.session_key, '') as session_key,
    events.is_demo,
    count(*) as event_count,
    count(*) as _rows
from events
group by 1, 2, 3
