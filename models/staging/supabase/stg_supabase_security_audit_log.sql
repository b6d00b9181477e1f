{# Who changed what kind of thing, and from which network; no detail. #}
{{ config(enabled=var('supabase_enabled'), unique_key=['audit_log_id']) }}

with changes as (
    select * from {{ ref('raw_supabase_security_audit_log') }}
)

select
    changes.id as audit_log_id,
    {{ hash_pii('changes.actor_id::text', 'user') }} as actor_key,
    changes.action,
    changes.target_type,
    {{ hash_pii('host(changes.ip)', 'ip') }} as ip_hash,
    {{ ip_network('host(changes.ip)') }} as ip_network,
    changes.created_at as occurred_at,
    case
        when changes.created_at > changes._clock
            then 'created_at was in the future'
    end as _issues,
    changes._clock,
    {{ as_of() }} as _loaded_at
from changes
