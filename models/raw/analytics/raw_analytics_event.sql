{# analytics."AnalyticsEvent" as the application wrote it. Columns by name: one
   that the application adds is not copied before somebody has said what it
   is. #}
{{ config(
    enabled=var('analytics_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    events."id",
    events."userId",
    events."sessionId",
    events."eventType",
    events."toolName",
    events."action",
    events."properties",
    events."demoMode",
    events."timestamp",
    events."receivedAt",
    {{ ages_from('events."timestamp" at time zone \'UTC\'') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('analytics', 'AnalyticsEvent') }} as events
