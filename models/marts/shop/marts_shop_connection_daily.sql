{# Looks at connections per day: what stays when they are gone. #}
{{ config(enabled=var('shop_enabled')) }}

with looks as (
    select * from {{ ref('stg_shop_connection_event') }}
)

select
    (looks.looked_at at time zone 'UTC')::date as looked_date,
    looks.store_id,
    looks.integration,
    looks.status,
    count(*) as look_count,
    count(looks.duration_ms) as measured_count,
    coalesce(sum(looks.duration_ms), 0)::bigint as duration_ms,
    max(looks.looked_at) as last_looked_at,
    count(*) as _rows
from looks
group by 1, 2, 3, 4
