{# What workers said about jobs: when, how loud and how long, not what. #}
{{ config(enabled=var('render_jobs_enabled'), unique_key=['job_log_id']) }}

with logs as (
    select * from {{ ref('raw_render_jobs_job_log') }}
)

select
    logs."id" as job_log_id,
    logs."jobId" as job_id,
    logs."messageLevel" as log_level,
    logs."messageLength" as message_length,
    logs."createdAt" at time zone 'UTC' as logged_at,
    case
        when logs."createdAt" at time zone 'UTC' > logs._clock
            then 'createdAt was in the future'
    end as _issues,
    logs._clock,
    {{ as_of() }} as _loaded_at
from logs
