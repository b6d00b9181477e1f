{# The users as of this build: a stage of life depends on the clock, so all of
   it is worked out each time, from what does not. #}
{{ config(enabled=var('supabase_enabled'), materialized='table') }}

with accounts as (
    select * from {{ ref('marts_core_user_accounts') }}
),

activity as (
    select * from {{ ref('marts_core_user_activity_daily') }}
),

active_days as (
    select
        activity.user_key,
        min(activity.activity_date) as first_active_date,
        max(activity.activity_date) as last_active_date,
        count(*) as active_day_count
    from activity
    where activity.activity_count > 0
    group by 1
),

dated as (
    select
        accounts.*,
        active_days.active_day_count,
        (accounts.signed_up_at at time zone 'UTC')::date as signed_up_date,
        least(
            (accounts.signed_up_at at time zone 'UTC')::date,
            active_days.first_active_date
        ) as first_seen_date,
        greatest(
            (accounts.signed_up_at at time zone 'UTC')::date,
            (accounts.last_sign_in_at at time zone 'UTC')::date,
            active_days.last_active_date
        ) as last_seen_date,
        (accounts.deleted_at is not null or accounts._gone_at is not null)
            as is_deleted,
        ({{ as_of() }} at time zone 'UTC')::date as stage_date
    from accounts
    left outer join active_days on accounts.user_key = active_days.user_key
)

select
    dated.user_key,
    {{ lifecycle_stage(
        'dated.signed_up_date', 'dated.last_seen_date', 'dated.is_deleted',
        'dated.stage_date'
    ) }} as lifecycle_stage,
    dated.stage_date,
    dated.signed_up_at,
    dated.signed_up_date,
    date_trunc('week', dated.signed_up_date::timestamp)::date as cohort_week,
    date_trunc('month', dated.signed_up_date::timestamp)::date as cohort_month,
    dated.first_seen_date,
    dated.last_seen_date,
    coalesce(dated.active_day_count, 0) as active_day_count,
    dated.last_sign_in_at,
    dated.email_confirmed_at is not null as is_email_confirmed,
    dated.inactivity_warned_at,
    dated.deleted_at,
    dated._gone_at as gone_at
from dated
