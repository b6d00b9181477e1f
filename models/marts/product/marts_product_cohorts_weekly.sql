{# Users by the week in which they first came, and how many came again in each
   week after it: a triangle, with a row also where nobody did. #}
{{ config(enabled=var('analytics_enabled')) }}

with user_events as (
    select * from {{ ref('marts_product_user_events_daily') }}
),

active_weeks as (
    select
        user_events.user_key,
        user_events.is_demo,
        date_trunc('week', user_events.event_date::timestamp)::date
            as week_start_date,
        sum(user_events.event_count)::bigint as event_count
    from user_events
    where
        user_events.user_key <> ''
        and user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
    group by 1, 2, 3
),

members as (
    select
        active_weeks.user_key,
        active_weeks.is_demo,
        min(active_weeks.week_start_date) as cohort_week
    from active_weeks
    group by 1, 2
),

cohorts as (
    select
        members.cohort_week,
        members.is_demo,
        count(*) as cohort_users
    from members
    group by 1, 2
),

triangle as (
    select
        cohorts.*,
        series.week::date as week_start_date
    from cohorts
    cross join
        generate_series(
            cohorts.cohort_week::timestamp,
            {{ as_of() }} at time zone 'UTC',
            interval '7 days'
        ) as series (week)
),

activity as (
    select
        members.cohort_week,
        members.is_demo,
        active_weeks.week_start_date,
        count(*) as active_users,
        sum(active_weeks.event_count)::bigint as event_count
    from members
    inner join active_weeks
        on members.user_key = active_weeks.user_key
        and members.is_demo = active_weeks.is_demo
    group by 1, 2, 3
)

select
    triangle.cohort_week,
    (triangle.week_start_date - triangle.cohort_week) / 7 as week_number,
    triangle.is_demo,
    triangle.cohort_users,
    coalesce(activity.active_users, 0) as active_users,
    coalesce(activity.event_count, 0) as event_count,
    (coalesce(activity.active_users, 0)::numeric / triangle.cohort_users)
    ::numeric(5, 4) as active_share,
    triangle.week_start_date + 7
    <= ({{ as_of() }} at time zone 'UTC')::date as is_complete
from triangle
left outer join activity
    on triangle.cohort_week = activity.cohort_week
    and triangle.is_demo = activity.is_demo
    and triangle.week_start_date = activity.week_start_date
