{# Messages of tickets, without who wrote them and what. #}
{{ config(enabled=var('shop_enabled'), unique_key=['store_id', 'message_id']) }}

with messages as (
    select * from {{ ref('raw_shop_ticket_message') }}
),

treated as (
    select
        messages."storeId" as store_id,
        messages."id" as message_id,
        messages."ticketId" as ticket_id,
        messages."author" as author_kind,
        {{ hash_pii('messages."authorEmail"', 'email') }} as email_hash,
        messages."createdAt" at time zone 'UTC' as written_at,
        messages._clock
    from messages
)

select
    treated.store_id,
    treated.message_id,
    treated.ticket_id,
    treated.author_kind,
    treated.email_hash,
    treated.written_at,
    case
        when treated.written_at > treated._clock
            then 'createdAt was in the future'
    end as _issues,
    treated._clock,
    {{ as_of() }} as _loaded_at
from treated
