{# Drafts outlive their text: the approval rate is of all there ever were. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'draft_id'],
) }}

with drafts as (
    select * from {{ ref('stg_shop_ai_draft') }}
)

select
    drafts.store_id,
    drafts.draft_id,
    drafts.draft_model,
    drafts.draft_version,
    drafts.is_approved,
    drafts.reward_score,
    drafts.reviewed_at,
    drafts.drafted_at,
    drafts._version_at,
    drafts._gone_at,
    {{ as_of() }} as _loaded_at
from drafts
