{# supabase.application_logs without what they say: a line may name anybody. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    lines.id,
    lines.level,
    lines.service,
    length(lines.message) as message_length,
    lines.created_at,
    {{ ages_from('lines.created_at') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'application_logs') }} as lines
