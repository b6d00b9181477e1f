{# How old the newest row of each captured table is. What it reads are accounts
   and clocks, found without a ref; so it says here what has to be built before
   it is counted: each mart that reads staging (tests/unit/test_project.py
   names one that is missing). #}
{{ config(enabled=var('operations_enabled')) }}

{% if var('supabase_enabled') %}
-- depends_on: {{ ref('marts_core_application_logs_daily') }}
-- depends_on: {{ ref('marts_core_auth_events') }}
-- depends_on: {{ ref('marts_core_security_audits_daily') }}
-- depends_on: {{ ref('marts_core_transactions_daily') }}
-- depends_on: {{ ref('marts_core_user_accounts') }}
-- depends_on: {{ ref('marts_core_user_activity_daily') }}
{% endif %}
{% if var('hub_enabled') and var('engagement_enabled') %}
-- depends_on: {{ ref('marts_engagement_dim_event_windows') }}
-- depends_on: {{ ref('marts_engagement_dim_events') }}
-- depends_on: {{ ref('marts_engagement_taps_hourly') }}
{% endif %}
{% if var('hub_enabled') %}
-- depends_on: {{ ref('marts_engagement_tap_summary_daily') }}
{% endif %}
{% if var('render_jobs_enabled') %}
-- depends_on: {{ ref('marts_operations_render_job_logs_daily') }}
-- depends_on: {{ ref('marts_operations_render_jobs') }}
{% endif %}
{% if var('analytics_enabled') %}
-- depends_on: {{ ref('marts_product_events_hourly') }}
-- depends_on: {{ ref('marts_product_sessions_hourly') }}
-- depends_on: {{ ref('marts_product_user_events_daily') }}
-- depends_on: {{ ref('marts_product_visits_daily') }}
{% endif %}
{% if var('shop_enabled') %}
-- depends_on: {{ ref('marts_shop_ai_draft') }}
-- depends_on: {{ ref('marts_shop_connection_daily') }}
-- depends_on: {{ ref('marts_shop_dim_store') }}
-- depends_on: {{ ref('marts_shop_order_flag') }}
-- depends_on: {{ ref('marts_shop_product_velocity') }}
-- depends_on: {{ ref('marts_shop_purchase_order') }}
-- depends_on: {{ ref('marts_shop_secret') }}
-- depends_on: {{ ref('marts_shop_seo_insight') }}
-- depends_on: {{ ref('marts_shop_ticket') }}
-- depends_on: {{ ref('marts_shop_ticket_message_daily') }}
-- depends_on: {{ ref('marts_shop_webhook_event') }}
-- depends_on: {{ ref('marts_shop_webhook_registry') }}
{% endif %}

with newest as (
    {{ newest_rows() }}
),

accounts as (
    select
        loaded.relation,
        max(loaded.loaded_at) as last_captured_at
    from {{ retention_table('load') }} as loaded
    group by 1
),

dated as (
    select
        newest.source_name,
        newest.table_name,
        newest.newest_row_at,
        accounts.last_captured_at,
        coalesce(
            newest.newest_row_at, accounts.last_captured_at
        ) as newest_at
    from newest
    left outer join accounts on newest.raw_relation = accounts.relation
)

select
    dated.source_name,
    dated.table_name,
    dated.newest_row_at,
    dated.last_captured_at,
    -- A row may be dated in the future, by a day at most.
    case
        when dated.newest_at is not null
            then round(greatest(
                0, extract(epoch from {{ as_of() }} - dated.newest_at) / 3600
            ), 2)
    end::numeric(12, 2) as hours_old,
    {{ as_of() }} as measured_at
from dated
