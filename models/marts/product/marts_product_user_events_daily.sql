{# What each user did per day: the memory of growth, cohorts, retention and the
   funnel, which look back further than events are kept. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('stg_analytics_event') }}
)

select
    (events.occurred_at at time zone 'UTC')::date as event_date,
    coalesce(events.user_key, '') as user_key,
    events.event_type,
    events.is_demo,
    count(*) as event_count,
    count(*) as _rows
from events
group by 1, 2, 3, 4
