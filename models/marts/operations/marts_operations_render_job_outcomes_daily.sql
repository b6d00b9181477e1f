{# What came of the jobs of each day. A job counts on the day it was created,
   whenever it ended. #}
{{ config(enabled=var('render_jobs_enabled')) }}

with jobs as (
    select * from {{ ref('marts_operations_render_jobs') }}
),

by_day as (
    select
        (jobs.created_at at time zone 'UTC')::date as created_date,
        count(*) as job_count,
        count(*) filter (
            where jobs.job_status = 'SUCCEEDED'
        ) as succeeded_count,
        count(*) filter (where jobs.job_status = 'FAILED') as failed_count,
        count(*) filter (
            where jobs.job_status = 'CANCELLED'
        ) as cancelled_count,
        count(*) filter (
            where jobs.job_status in ('QUEUED', 'RUNNING')
        ) as unfinished_count,
        count(*) filter (where jobs.job_status = '') as unknown_count,
        percentile_disc(0.5) within group (
            order by jobs.seconds_taken
        ) as median_seconds,
        max(jobs.seconds_taken) as longest_seconds
    from jobs
    group by 1
)

select
    by_day.created_date,
    by_day.job_count,
    by_day.succeeded_count,
    by_day.failed_count,
    by_day.cancelled_count,
    by_day.unfinished_count,
    by_day.unknown_count,
    round(
        by_day.succeeded_count::numeric
        / nullif(by_day.succeeded_count + by_day.failed_count, 0), 4
    )::numeric(5, 4) as success_rate,
    by_day.median_seconds::numeric(16, 3) as median_seconds,
    by_day.longest_seconds::numeric(16, 3) as longest_seconds
from by_day
