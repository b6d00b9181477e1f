{# Of the users who signed up in a week or month, how many were there in each
   one since. Only those whose every day is on record: who signed up before the
   first activity that is known would look as if they had stayed away. #}
{{ config(enabled=var('supabase_enabled'), materialized='table') }}

with accounts as (
    select * from {{ ref('marts_core_user_accounts') }}
),

activity as (
    select * from {{ ref('marts_core_user_activity_daily') }}
),

grains as (
    select grain.cohort_grain
    from (values ('week'), ('month')) as grain (cohort_grain)
),

today as (
    select
        ({{ as_of() }} at time zone 'UTC')::date as as_of_date,
        ({{ as_of() }} at time zone 'UTC' - interval '5 years')::date
            as kept_from
),

members as (
    select
        grains.cohort_grain,
        accounts.user_key,
        date_trunc(
            grains.cohort_grain, accounts.signed_up_at at time zone 'UTC'
        ) as cohort_start
    from accounts
    cross join grains
    where
        (accounts.signed_up_at at time zone 'UTC')::date
        >= (select min(activity.activity_date) from activity)
),

active_periods as (
    select distinct
        grains.cohort_grain,
        activity.user_key,
        date_trunc(
            grains.cohort_grain, activity.activity_date::timestamp
        ) as period_start
    from activity
    cross join grains
    where activity.activity_count > 0
),

cohorts as (
    select
        members.cohort_grain,
        members.cohort_start,
        count(*) as cohort_size
    from members
    group by 1, 2
),

active as (
    select
        members.cohort_grain,
        members.cohort_start,
        active_periods.period_start,
        count(*) as active_users
    from members
    inner join active_periods
        on members.cohort_grain = active_periods.cohort_grain
        and members.user_key = active_periods.user_key
    group by 1, 2, 3
),

-- Each period of each cohort until today, those without anybody, too.
periods as (
    select
        cohorts.*,
        series.period_start,
        (series.position - 1)::integer as period_index
    from cohorts
    cross join today
    cross join lateral generate_series(
        cohorts.cohort_start,
        today.as_of_date::timestamp,
        ('1 ' || cohorts.cohort_grain)::interval
    ) with ordinality as series (period_start, position)
)

select
    periods.cohort_grain,
    periods.cohort_start::date as cohort_start,
    periods.period_index,
    periods.period_start::date as period_start,
    periods.cohort_size,
    coalesce(active.active_users, 0) as active_users,
    round(coalesce(active.active_users, 0)::numeric / periods.cohort_size, 4)
        as retention_rate,
    periods.period_start + ('1 ' || periods.cohort_grain)::interval
    <= today.as_of_date as is_complete
from periods
cross join today
left outer join active
    on periods.cohort_grain = active.cohort_grain
    and periods.cohort_start = active.cohort_start
    and periods.period_start = active.period_start
where periods.cohort_start >= today.kept_from
