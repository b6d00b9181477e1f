{# supabase.security_audit_logs, without the free text of their details and whom
   they were about. #}
{{ config(
    enabled=var('supabase_enabled'),
    unique_key=['id'],
    partition_grain='month',
) }}

select
    changes.id,
    changes.actor_id,
    changes.action,
    changes.target_type,
    changes.ip,
    changes.created_at,
    {{ ages_from('changes.created_at') }} as _clock,
    {{ as_of() }} as _extracted_at
from {{ source('supabase', 'security_audit_logs') }} as changes
