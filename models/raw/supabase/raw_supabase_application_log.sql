{# supabase.application_logs without what they say: a line may name anybody. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    log_lines.id,
    log_lines.level,
    log_lines.service,
    length(log_lines.message) as message_length,
    log_lines.created_at,
    {{ ages_from('log_lines.created_at') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'application_logs') }} as log_lines
