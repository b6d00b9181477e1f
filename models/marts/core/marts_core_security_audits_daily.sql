{# Changes that auditors ask about, per day and action: what stays of them. #}
{{ config(enabled=var('supabase_enabled')) }}

with changes as (
    select * from {{ ref('stg_supabase_security_audit_log') }}
)

select
    (changes.occurred_at at time zone 'UTC')::date as audit_date,
    changes.action,
    coalesce(changes.target_type, '') as target_type,
    count(*) as change_count,
    count(*) as _rows
from changes
group by 1, 2, 3
