{# Tickets, without the customer: how many, about what, how long. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'ticket_id'],
) }}

with tickets as (
    select * from {{ ref('stg_shop_ticket') }}
)

select
    tickets.store_id,
    tickets.ticket_id,
    tickets.channel,
    tickets.priority,
    tickets.status,
    tickets.opened_at,
    tickets.closed_at,
    tickets.updated_at,
    tickets._version_at,
    tickets._gone_at,
    {{ as_of() }} as _loaded_at
from tickets
