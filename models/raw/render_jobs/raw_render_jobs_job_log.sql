{# render_jobs."JobLog" without its message, which may say anything: how long it
   is, and the level it begins with. #}
{{ config(
    enabled=var('render_jobs_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    lines."id",
    lines."jobId",
    length(lines."message") as "messageLength",
    substring(
        lines."message" from '^(DEBUG|INFO|WARN|ERROR)\M'
    ) as "messageLevel",
    lines."createdAt",
    {{ ages_from('lines."createdAt" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('render_jobs', 'JobLog') }} as lines
