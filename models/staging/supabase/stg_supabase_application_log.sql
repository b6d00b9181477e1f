{# Lines of logs: when, where from, how bad and how long; not what they say. #}
{{ config(enabled=var('supabase_enabled'), unique_key=['log_id']) }}

with log_lines as (
    select * from {{ ref('raw_supabase_application_log') }}
)

select
    log_lines.id as log_id,
    lower(log_lines.level) as log_level,
    log_lines.service,
    log_lines.message_length,
    log_lines.created_at as logged_at,
    case
        when log_lines.created_at > log_lines._clock
            then 'created_at was in the future'
    end as _issues,
    log_lines._clock,
    {{ as_of() }} as _loaded_at
from log_lines
