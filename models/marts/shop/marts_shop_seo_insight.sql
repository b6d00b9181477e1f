{# What would help pages to be found, and what became of it. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'insight_id'],
) }}

with insights as (
    select * from {{ ref('stg_shop_seo_insight') }}
)

select
    insights.store_id,
    insights.insight_id,
    insights.page_path,
    insights.insight_type,
    insights.severity,
    insights.status,
    insights.lost_click_count,
    insights.found_at,
    insights.updated_at,
    insights._version_at,
    insights._gone_at,
    {{ as_of() }} as _loaded_at
from insights
