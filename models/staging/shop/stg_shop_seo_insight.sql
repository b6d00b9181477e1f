{# What would help pages to be found, typed, without the advice in words. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'insight_id'],
) }}

with insights as (
    select * from {{ ref('raw_shop_seo_insight') }}
),

treated as (
    select
        insights."storeId" as store_id,
        insights."id" as insight_id,
        -- Without the shop's name, too, which is often its owner's.
        regexp_replace(
            {{ url_without_person('insights."pageUrl"') }},
            '^[a-z]+://[^/]*', '', 'i'
        ) as page_path,
        insights."type" as insight_type,
        insights."severity",
        insights."status",
        case when insights."clicksLost" >= 0 then insights."clicksLost" end
            as lost_click_count,
        insights."createdAt" at time zone 'UTC' as found_at,
        insights."updatedAt" at time zone 'UTC' as updated_at,
        insights._extracted_at as _version_at
    from insights
)

select
    treated.store_id,
    treated.insight_id,
    treated.page_path,
    treated.insight_type,
    treated.severity,
    treated.status,
    treated.lost_click_count,
    treated.found_at,
    treated.updated_at,
    case
        when treated.lost_click_count is null then 'clicksLost is below zero'
    end as _issues,
    treated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from treated
