{# render_jobs."Job", a row per version. Not outputPath: no number needs it. #}
{{ config(
    enabled=var('render_jobs_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    jobs."id",
    jobs."status",
    jobs."createdAt",
    jobs."completedAt",
    {{ as_of() }} as _extracted_at
from {{ source('render_jobs', 'Job') }} as jobs
