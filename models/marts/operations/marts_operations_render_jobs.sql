{# Every job that ever was, for the week that its original is kept and the years
   after: what came of it, and nothing of whom it was for. #}
{{ config(
    enabled=var('render_jobs_enabled'),
    materialized='latest_version',
    unique_key=['job_id'],
) }}

with jobs as (
    select * from {{ ref('stg_render_jobs_job') }}
)

select
    jobs.job_id,
    coalesce(jobs.job_status, '') as job_status,
    jobs.created_at,
    jobs.completed_at,
    -- Not alone: `greatest` leaves out what is NULL.
    case
        when jobs.completed_at is not null
            then greatest(
                0, extract(epoch from jobs.completed_at - jobs.created_at)
            )
    end::numeric(16, 3) as seconds_taken,
    jobs._version_at,
    jobs._gone_at,
    {{ as_of() }} as _loaded_at
from jobs
