{# Looks at connections, typed. #}
{{ config(
    enabled=var('shop_enabled'),
    unique_key=['store_id', 'connection_event_id'],
) }}

with looks as (
    select * from {{ ref('raw_shop_connection_event') }}
),

typed as (
    select
        looks."storeId" as store_id,
        looks."id" as connection_event_id,
        looks."integration",
        looks."status",
        looks."errorCode" as error_code,
        looks."durationMs" as duration_as_written,
        case when looks."durationMs" >= 0 then looks."durationMs" end
            as duration_ms,
        looks."createdAt" at time zone 'UTC' as looked_at,
        looks._clock
    from looks
)

select
    typed.store_id,
    typed.connection_event_id,
    typed.integration,
    typed.status,
    typed.error_code,
    typed.duration_ms,
    typed.looked_at,
    nullif(concat_ws(
        '; ',
        case
            when typed.duration_as_written < 0 then 'durationMs is below zero'
        end,
        case
            when typed.looked_at > typed._clock
                then 'createdAt was in the future'
        end
    ), '') as _issues,
    typed._clock,
    {{ as_of() }} as _loaded_at
from typed
