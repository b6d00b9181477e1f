{# Drafts, typed, without their text: what models proposed, and what people
   thought of it. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'draft_id'],
) }}

with drafts as (
    select * from {{ ref('raw_shop_ai_draft') }}
),

typed as (
    select
        drafts."storeId" as store_id,
        drafts."id" as draft_id,
        drafts."ticketMessageId" as message_id,
        drafts."model" as draft_model,
        drafts."version" as draft_version,
        drafts."approved" as is_approved,
        case
            when drafts."rewardScore" between 0 and 1
                then drafts."rewardScore"::numeric(7, 6)
        end as reward_score,
        drafts."rewardScore" is not null as has_score,
        drafts."reviewedAt" at time zone 'UTC' as reviewed_at,
        drafts."createdAt" at time zone 'UTC' as drafted_at,
        drafts."updatedAt" at time zone 'UTC' as updated_at,
        drafts._extracted_at as _version_at
    from drafts
)

select
    typed.store_id,
    typed.draft_id,
    typed.message_id,
    typed.draft_model,
    typed.draft_version,
    typed.is_approved,
    typed.reward_score,
    typed.reviewed_at,
    typed.drafted_at,
    typed.updated_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.has_score and typed.reward_score is null
                then 'rewardScore is not between 0 and 1'
        end,
        case
            when typed.is_approved and typed.reviewed_at is null
                then 'approved without reviewedAt'
        end,
        case
            when typed.reviewed_at < typed.drafted_at
                then 'reviewedAt is before createdAt'
        end
    ), '') as _issues,
    typed._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from typed
