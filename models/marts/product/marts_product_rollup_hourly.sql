{# The hourly row that an endpoint returns as it is. #}
{{ config(enabled=var('analytics_enabled')) }}

with events as (
    select * from {{ ref('marts_product_events_hourly') }}
),

sessions as (
    select * from {{ ref('marts_product_sessions_hourly') }}
),

by_type as (
    select
        events.hour,
        events.event_type,
        sum(events.event_count)::bigint as event_count
    from events
    group by 1, 2
),

types as (
    select
        by_type.hour,
        jsonb_object_agg(by_type.event_type, by_type.event_count)
            as event_counts
    from by_type
    group by 1
),

by_tool as (
    select
        events.hour,
        events.tool_name,
        sum(events.event_count)::bigint as event_count
    from events
    where events.tool_name <> ''
    group by 1, 2
),

tools as (
    select
        by_tool.hour,
        jsonb_object_agg(by_tool.tool_name, by_tool.event_count) as tool_usage
    from by_tool
    group by 1
),

by_risk_mode as (
    select
        events.hour,
        events.risk_mode,
        sum(events.event_count)::bigint as event_count
    from events
    where events.risk_mode <> ''
    group by 1, 2
),

risk_modes as (
    select
        by_risk_mode.hour,
        jsonb_object_agg(by_risk_mode.risk_mode, by_risk_mode.event_count)
            as risk_distribution
    from by_risk_mode
    group by 1
),

session_counts as (
    select
        sessions.hour,
        count(distinct sessions.session_key) as unique_sessions,
        count(distinct sessions.session_key) filter (
            where sessions.is_demo
        ) as demo_unique_sessions
    from sessions
    where sessions.session_key <> ''
    group by 1
),

totals as (
    select
        events.hour,
        sum(events.event_count)::bigint as total_events,
        coalesce(sum(events.event_count) filter (where events.is_demo), 0)
        ::bigint as demo_total_events
    from events
    group by 1
)

select
    totals.hour,
    types.event_counts,
    coalesce(tools.tool_usage, '{}'::jsonb) as tool_usage,
    coalesce(risk_modes.risk_distribution, '{}'::jsonb) as risk_distribution,
    coalesce(session_counts.unique_sessions, 0) as unique_sessions,
    totals.total_events,
    coalesce(session_counts.demo_unique_sessions, 0) as demo_unique_sessions,
    totals.demo_total_events
from totals
inner join types on totals.hour = types.hour
left outer join tools on totals.hour = tools.hour
left outer join risk_modes on totals.hour = risk_modes.hour
left outer join session_counts on totals.hour = session_counts.hour
-- The last hours lie side by side.
order by 1
