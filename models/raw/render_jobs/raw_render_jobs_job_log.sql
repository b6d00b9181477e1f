{# render_jobs."JobLog" without its message, which may say anything: how long it
   is, and the level it begins with. #}
{{ config(
    enabled=var('render_jobs_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    job_logs."id",
    job_logs."jobId",
    length(job_logs."message") as "messageLength",
    substring(
        job_logs."message" from '^(DEBUG|INFO|WARN|ERROR)\M'
    ) as "messageLevel",
    job_logs."createdAt",
    {{ ages_from('job_logs."createdAt" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('render_jobs', 'JobLog') }} as job_logs
