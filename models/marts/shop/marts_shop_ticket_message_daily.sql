{# Messages per UTC day, store and kind of author. #}
{{ config(enabled=var('shop_enabled')) }}

with messages as (
    select * from {{ ref('stg_shop_ticket_message') }}
)

select
    (messages.written_at at time zone 'UTC')::date as written_date,
    messages.store_id,
    messages.author_kind,
    count(*) as message_count,
    count(*) as _rows
from messages
group by 1, 2, 3
