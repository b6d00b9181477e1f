{# hub."Event", a row per version. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    events."id",
    events."name",
    events."createdAt",
    {{ as_of() }} as _extracted_at
from {{ source('hub', 'Event') }} as events
