{# hub."EventWindow", a row per version. #}
{{ config(
    enabled=var('hub_enabled') and var('engagement_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    event_windows."id",
    event_windows."eventId",
    event_windows."opensAt",
    event_windows."closesAt",
    {{ as_of() }} as _extracted_at
from {{ source('hub', 'EventWindow') }} as event_windows
