{# How many drafts of each model and version people sent, of those they looked
   at, and what they were scored. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with drafts as (
    select * from {{ ref('marts_shop_ai_draft') }}
),

looked_at as (
    select
        drafts.*,
        -- Who approves has looked, whether or not it was written down.
        drafts.is_approved or drafts.reviewed_at is not null as is_reviewed
    from drafts
)

select
    looked_at.draft_model,
    looked_at.draft_version,
    count(*) as draft_count,
    count(*) filter (where looked_at.is_reviewed) as reviewed_count,
    count(*) filter (where looked_at.is_approved) as approved_count,
    (
        count(*) filter (where looked_at.is_approved)::numeric
        / nullif(count(*) filter (where looked_at.is_reviewed), 0)
    )::numeric(5, 4) as approval_rate,
    count(looked_at.reward_score) as scored_count,
    avg(looked_at.reward_score)::numeric(5, 4) as mean_reward,
    min(looked_at.drafted_at) as first_drafted_at,
    max(looked_at.drafted_at) as last_drafted_at
from looked_at
group by 1, 2
