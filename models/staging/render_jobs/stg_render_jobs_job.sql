{# The newest version of each job. #}
{{ config(
    enabled=var('render_jobs_enabled'),
    materialized='latest_version',
    unique_key=['job_id'],
) }}

with jobs as (
    select * from {{ ref('raw_render_jobs_job') }}
),

treated as (
    select
        jobs."id" as job_id,
        case
            when
                jobs."status" in (
                    'QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'
                )
                then jobs."status"
        end as job_status,
        jobs."createdAt" at time zone 'UTC' as created_at,
        jobs."completedAt" at time zone 'UTC' as completed_at,
        jobs._extracted_at as _version_at
    from jobs
)

select
    treated.job_id,
    treated.job_status,
    treated.created_at,
    treated.completed_at,
    nullif(concat_ws(
        '; ',
        case when treated.job_status is null then 'status is unknown' end,
        case
            when treated.completed_at < treated.created_at
                then 'completedAt is before createdAt'
        end
    ), '') as _issues,
    treated._version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from treated
