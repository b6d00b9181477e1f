{# Lines of log per day and level: what stays of the logs. #}
{{ config(enabled=var('render_jobs_enabled')) }}

with logs as (
    select * from {{ ref('stg_render_jobs_job_log') }}
)

select
    (logs.logged_at at time zone 'UTC')::date as logged_date,
    coalesce(logs.log_level, '') as log_level,
    count(*) as line_count,
    sum(logs.message_length) as character_count,
    count(*) as _rows
from logs
group by 1, 2
