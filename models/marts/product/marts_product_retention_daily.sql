{# Of those who came for the first time on a day: how many came 1, 7 and 30 days
   later, once that day is over. #}
{{ config(enabled=var('analytics_enabled')) }}

with user_events as (
    select * from {{ ref('marts_product_user_events_daily') }}
),

active_days as (
    select distinct
        user_events.user_key,
        user_events.is_demo,
        user_events.event_date
    from user_events
    where
        user_events.user_key <> ''
        and user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
),

members as (
    select
        active_days.user_key,
        active_days.is_demo,
        min(active_days.event_date) as cohort_date
    from active_days
    group by 1, 2
),

later as (
    select
        members.*,
        spans.day_number,
        members.cohort_date + spans.day_number as event_date
    from members
    cross join (values (1), (7), (30)) as spans (day_number)
)

select
    later.cohort_date,
    later.day_number,
    later.is_demo,
    count(*) as new_users,
    count(active_days.user_key) as retained_users,
    (count(active_days.user_key)::numeric / count(*))::numeric(5, 4)
        as retained_share
from later
left outer join active_days
    on later.user_key = active_days.user_key
    and later.is_demo = active_days.is_demo
    and later.event_date = active_days.event_date
where later.event_date < ({{ as_of() }} at time zone 'UTC')::date
group by 1, 2, 3
