{# What became of the calls of each UTC day. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with calls as (
    select * from {{ ref('marts_shop_webhook_event') }}
)

select
    (calls.received_at at time zone 'UTC')::date as received_date,
    calls.store_id,
    calls.topic_key,
    calls.status,
    count(*) as call_count,
    coalesce(sum(calls.attempt_count), 0)::bigint as attempt_count,
    count(calls.processed_at) as processed_count,
    coalesce(
        sum(extract(epoch from calls.processed_at - calls.received_at)), 0
    )::numeric(18, 3) as processing_seconds
from calls
group by 1, 2, 3, 4
