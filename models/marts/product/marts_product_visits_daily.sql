{# Events per day and session: the top of the funnel, where nobody is known by
   a user's id yet. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('stg_analytics_event') }}
)

select
    (events.occurred_at at time zone 'UTC')::date as visit_date,
    coalesce(events.session_key, '') as session_key,
    events.is_demo,
    count(*) as event_count,
    count(*) filter (where events.event_type = 'page_viewed') as page_views,
    count(*) as _rows
from events
group by 1, 2, 3
