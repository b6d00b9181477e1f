{# hub."TapLog" as the application wrote it. Columns by name: one that the
   application adds is not copied before somebody has said what it is. #}
{{ config(
    enabled=var('hub_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    taps."id",
    taps."eventId",
    taps."windowId",
    taps."redirectUrl",
    taps."tagId",
    taps."ipAddress",
    taps."userAgent",
    taps."tappedAt",
    {{ ages_from('taps."tappedAt" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('hub', 'TapLog') }} as taps
