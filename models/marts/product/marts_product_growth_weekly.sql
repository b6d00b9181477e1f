{# Weeks beside the weeks before them. A week in which nobody came is a row,
   too, or the one after it would be compared with the wrong one. #}
{{ config(enabled=var('analytics_enabled')) }}

with user_events as (
    select * from {{ ref('marts_product_user_events_daily') }}
),

-- What a browser whose clock runs ahead dates tomorrow is not yet activity.
past as (
    select
        date_trunc('week', user_events.event_date::timestamp)::date
            as week_start_date,
        user_events.is_demo,
        user_events.user_key,
        user_events.event_count
    from user_events
    where user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
),

spans as (
    select
        past.is_demo,
        min(past.week_start_date) as first_week
    from past
    group by 1
),

weeks as (
    select
        series.week::date as week_start_date,
        spans.is_demo
    from spans
    cross join
        generate_series(
            spans.first_week::timestamp,
            {{ as_of() }} at time zone 'UTC',
            interval '7 days'
        ) as series (week)
),

first_weeks as (
    select
        past.user_key,
        past.is_demo,
        min(past.week_start_date) as week_start_date
    from past
    where past.user_key <> ''
    group by 1, 2
),

new_users as (
    select
        first_weeks.week_start_date,
        first_weeks.is_demo,
        count(*) as new_users
    from first_weeks
    group by 1, 2
),

activity as (
    select
        past.week_start_date,
        past.is_demo,
        count(distinct nullif(past.user_key, '')) as active_users,
        sum(past.event_count)::bigint as event_count
    from past
    group by 1, 2
),

counted as (
    select
        weeks.week_start_date,
        weeks.is_demo,
        coalesce(activity.active_users, 0) as active_users,
        coalesce(new_users.new_users, 0) as new_users,
        coalesce(activity.event_count, 0) as event_count
    from weeks
    left outer join activity
        on weeks.week_start_date = activity.week_start_date
        and weeks.is_demo = activity.is_demo
    left outer join new_users
        on weeks.week_start_date = new_users.week_start_date
        and weeks.is_demo = new_users.is_demo
),

compared as (
    select
        counted.*,
        lag(counted.active_users) over previous_week as previous_active_users,
        lag(counted.event_count) over previous_week as previous_event_count
    from counted
    window previous_week as (
        partition by counted.is_demo order by counted.week_start_date
    )
)

select
    compared.week_start_date,
    compared.is_demo,
    compared.active_users,
    compared.new_users,
    compared.event_count,
    compared.previous_active_users,
    compared.previous_event_count,
    (
        compared.active_users::numeric
        / nullif(compared.previous_active_users, 0) - 1
    )::numeric(12, 4) as active_users_growth,
    (
        compared.event_count::numeric
        / nullif(compared.previous_event_count, 0) - 1
    )::numeric(12, 4) as event_count_growth,
    compared.week_start_date + 7
    <= ({{ as_of() }} at time zone 'UTC')::date as is_complete
from compared
