{# Tickets, without the customer and what they asked. #}
{{ config(
    enabled=var('shop_enabled'),
    materialized='latest_version',
    unique_key=['store_id', 'ticket_id'],
) }}

with tickets as (
    select * from {{ ref('raw_shop_ticket') }}
),

treated as (
    select
        tickets."storeId" as store_id,
        tickets."id" as ticket_id,
        {{ hash_pii('tickets."customerEmail"', 'email') }} as email_hash,
        tickets."channel",
        tickets."priority",
        tickets."status",
        tickets."closedAt" at time zone 'UTC' as closed_at,
        tickets."createdAt" at time zone 'UTC' as opened_at,
        tickets."updatedAt" at time zone 'UTC' as updated_at,
        tickets._extracted_at as _version_at
    from tickets
)

select
    treated.store_id,
    treated.ticket_id,
    treated.email_hash,
    treated.channel,
    treated.priority,
    treated.status,
    treated.closed_at,
    treated.opened_at,
    treated.updated_at,
    nullif(concat_ws(
        '; ',
        case
            when
                treated.status in ('CLOSED', 'ARCHIVED')
                and treated.closed_at is null
                then 'closed without closedAt'
        end,
        case
            when treated.closed_at < treated.opened_at
                then 'closedAt is before createdAt'
        end
    ), '') as _issues,
    treated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from treated
