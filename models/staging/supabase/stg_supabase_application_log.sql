{# Lines of logs: when, where from, how bad and how long; not what they say. #}
{{ config(enabled=var('supabase_enabled'), unique_key=['log_id']) }}

with lines as (
    select * from {{ ref('raw_supabase_application_log') }}
)

select
    lines.id as log_id,
    lower(lines.level collate "C") as level,
    lines.service,
    lines.message_length,
    lines.created_at as logged_at,
    case
        when lines.created_at > lines._clock then 'created_at was in the future'
    end as _issues,
    lines._clock,
    {{ as_of() }} as _loaded_at
from lines
