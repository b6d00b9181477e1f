{# Lines of logs per day, service and level: what stays of them. #}
{{ config(enabled=var('supabase_enabled')) }}

with lines as (
    select * from {{ ref('stg_supabase_application_log') }}
)

select
    (lines.logged_at at time zone 'UTC')::date as log_date,
    lines.service,
    lines.level,
    count(*) as line_count,
    sum(lines.message_length)::bigint as message_length,
    count(*) as _rows
from lines
group by 1, 2, 3
