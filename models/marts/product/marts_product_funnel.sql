{# From a visit to a paid plan, by the week in which it began. Visitors have no
   id, so the first step counts visits; from signing up on it counts users, and
   a step counts only after the one before it. #}
{{ config(enabled=var('analytics_enabled')) }}

with visits as (
    select * from {{ ref('marts_product_visits_daily') }}
),

user_events as (
    select * from {{ ref('marts_product_user_events_daily') }}
),

sessions as (
    select
        visits.session_key,
        visits.is_demo,
        min(visits.visit_date) as visit_date
    from visits
    where
        visits.session_key <> ''
        and visits.page_views > 0
        and visits.visit_date <= ({{ as_of() }} at time zone 'UTC')::date
    group by 1, 2
),

signed_up as (
    select
        user_events.user_key,
        user_events.is_demo,
        min(user_events.event_date) as signed_up_date
    from user_events
    where
        user_events.user_key <> ''
        and user_events.event_type = 'signed_up'
        and user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
    group by 1, 2
),

plan_selected as (
    select
        signed_up.user_key,
        signed_up.is_demo,
        signed_up.signed_up_date,
        min(user_events.event_date) as plan_selected_date
    from signed_up
    inner join user_events
        on signed_up.user_key = user_events.user_key
        and signed_up.is_demo = user_events.is_demo
        and signed_up.signed_up_date <= user_events.event_date
    where
        user_events.event_type = 'plan_selected'
        and user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
    group by 1, 2, 3
),

upgraded as (
    select distinct
        plan_selected.user_key,
        plan_selected.is_demo,
        plan_selected.signed_up_date
    from plan_selected
    inner join user_events
        on plan_selected.user_key = user_events.user_key
        and plan_selected.is_demo = user_events.is_demo
        and plan_selected.plan_selected_date <= user_events.event_date
    where
        user_events.event_type = 'upgraded'
        and user_events.event_date <= ({{ as_of() }} at time zone 'UTC')::date
),

reached as (
    select
        1 as step_number,
        sessions.visit_date as began_on,
        sessions.is_demo
    from sessions
    union all
    select
        2 as step_number,
        signed_up.signed_up_date as began_on,
        signed_up.is_demo
    from signed_up
    union all
    select
        3 as step_number,
        plan_selected.signed_up_date as began_on,
        plan_selected.is_demo
    from plan_selected
    union all
    select
        4 as step_number,
        upgraded.signed_up_date as began_on,
        upgraded.is_demo
    from upgraded
),

counted as (
    select
        reached.step_number,
        date_trunc('week', reached.began_on::timestamp)::date
            as week_start_date,
        reached.is_demo,
        count(*) as reached_count
    from reached
    group by 1, 2, 3
),

weeks as (
    select distinct
        counted.week_start_date,
        counted.is_demo
    from counted
),

steps as (
    select
        weeks.week_start_date,
        weeks.is_demo,
        funnel.step_number,
        funnel.step,
        coalesce(counted.reached_count, 0) as reached_count
    from weeks
    cross join (
        values
        (1, 'visited'),
        (2, 'signed_up'),
        (3, 'plan_selected'),
        (4, 'upgraded')
    ) as funnel (step_number, step)
    left outer join counted
        on weeks.week_start_date = counted.week_start_date
        and weeks.is_demo = counted.is_demo
        and funnel.step_number = counted.step_number
),

compared as (
    select
        steps.*,
        lag(steps.reached_count) over step_before as previous_count
    from steps
    window step_before as (
        partition by steps.week_start_date, steps.is_demo
        order by steps.step_number
    )
)

select
    compared.week_start_date,
    compared.is_demo,
    compared.step_number,
    compared.step,
    compared.reached_count,
    (compared.reached_count::numeric / nullif(compared.previous_count, 0))
    ::numeric(12, 4) as share_of_previous
from compared
