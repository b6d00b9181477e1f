{# Daily, weekly and monthly active users, counted exactly, each user once, and
   in one pass: a user counts from an active day until the window after it ends
   or the next active day takes over, so a running sum of who begins and who
   ends is the number of users. A count per day would read 37 days for each. #}
{{ config(enabled=var('supabase_enabled'), materialized='table') }}

with activity as (
    select * from {{ ref('marts_core_user_activity_daily') }}
),

accounts as (
    select * from {{ ref('marts_core_user_accounts') }}
),

today as (
    select
        ({{ as_of() }} at time zone 'UTC')::date as kpi_date,
        ({{ as_of() }} at time zone 'UTC' - interval '5 years')::date
            as kept_from
),

active_days as (
    select
        activity.activity_date,
        lead(activity.activity_date) over (
            partition by activity.user_key
            order by activity.activity_date
        ) as next_date
    from activity
    where
        activity.activity_count > 0
        and activity.user_key <> ''
),

changes as (
    select
        active_days.activity_date as kpi_date,
        1 as daily,
        1 as weekly,
        1 as monthly
    from active_days
    union all
    select
        least(
            active_days.activity_date + 7, active_days.next_date
        ) as kpi_date,
        0 as daily,
        -1 as weekly,
        0 as monthly
    from active_days
    union all
    select
        least(
            active_days.activity_date + {{ active_user_days() }},
            active_days.next_date
        ) as kpi_date,
        0 as daily,
        0 as weekly,
        -1 as monthly
    from active_days
),

changes_by_day as (
    select
        changes.kpi_date,
        sum(changes.daily) as daily,
        sum(changes.weekly) as weekly,
        sum(changes.monthly) as monthly
    from changes
    group by 1
),

sign_ups as (
    select
        (accounts.signed_up_at at time zone 'UTC')::date as kpi_date,
        count(*) as new_users
    from accounts
    group by 1
),

-- Every day from the first record to today, quiet ones, too.
days as (
    select generate_series(
        (select min(activity.activity_date) from activity)::timestamp,
        (select today.kpi_date from today)::timestamp,
        interval '1 day'
    )::date as kpi_date
),

counted as (
    select
        days.kpi_date,
        coalesce(changes_by_day.daily, 0) as daily,
        sum(changes_by_day.weekly) over (order by days.kpi_date) as weekly,
        sum(changes_by_day.monthly) over (order by days.kpi_date) as monthly
    from days
    left outer join changes_by_day on days.kpi_date = changes_by_day.kpi_date
)

select
    counted.kpi_date,
    counted.daily::bigint as daily_active_users,
    coalesce(counted.weekly, 0)::bigint as weekly_active_users,
    coalesce(counted.monthly, 0)::bigint as monthly_active_users,
    round(counted.daily / nullif(counted.monthly, 0)::numeric, 4) as stickiness,
    coalesce(sign_ups.new_users, 0) as new_users,
    counted.kpi_date < today.kpi_date as is_complete
from counted
cross join today
left outer join sign_ups on counted.kpi_date = sign_ups.kpi_date
where counted.kpi_date >= today.kept_from
