{# Lines of logs per day, service and level: what stays of them. #}
{{ config(enabled=var('supabase_enabled')) }}

with log_lines as (
    select * from {{ ref('stg_supabase_application_log') }}
)

select
    (log_lines.logged_at at time zone 'UTC')::date as log_date,
    log_lines.service,
    log_lines.log_level,
    count(*) as line_count,
    sum(log_lines.message_length)::bigint as message_length,
    count(*) as _rows
from log_lines
group by 1, 2, 3
