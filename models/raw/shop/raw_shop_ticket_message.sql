{# shop."TicketMessage" by name, without "body". #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['storeId', 'id'],
    partition_grain='month',
) }}

select
    messages."id",
    messages."storeId",
    messages."ticketId",
    messages."author",
    messages."authorEmail",
    messages."createdAt",
    {{ ages_from('messages."createdAt" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('shop', 'TicketMessage') }} as messages
