{# Tickets by the UTC day on which they were opened. #}
{{ config(enabled=var('shop_enabled'), materialized='table') }}

with tickets as (
    select * from {{ ref('marts_shop_ticket') }}
)

select
    (tickets.opened_at at time zone 'UTC')::date as opened_date,
    tickets.store_id,
    tickets.channel,
    count(*) as ticket_count,
    count(*) filter (where tickets.priority = 'URGENT') as urgent_count,
    count(tickets.closed_at) as closed_count,
    coalesce(
        sum(extract(epoch from tickets.closed_at - tickets.opened_at)), 0
    )::numeric(18, 3) as seconds_to_close
from tickets
group by 1, 2, 3
