{% macro delete_refusal(pinned, then) -%}
select case
    when pg_is_in_recovery() then 'standby'
    when (select system_identifier::text from pg_control_system())
        <> '{{ pinned.system }}'
    or current_database() <> '{{ pinned.database }}'
    or to_regclass('{{ pinned.relation }}')::oid
        is distinct from {{ pinned.oid }} then 'another'
    when not {{ "has_table_privilege(" ~ pinned.oid ~ "::oid, 'delete')"
        if then == 'delete'
        else "has_any_column_privilege(" ~ pinned.oid ~ "::oid, 'update')" }}
    or not has_any_column_privilege({{ pinned.oid }}::oid, 'select') then 'rights'
    when row_security_active({{ pinned.oid }}::oid) then 'hidden'
    {%- if then == 'delete' %}
    when exists (
        select from pg_constraint
        where contype = 'f' and confrelid in (
            select {{ pinned.oid }}::oid
            union
            select relid from pg_partition_tree('{{ pinned.relation }}')
        )
    ) then 'needed'
    {%- endif %}
    else ''
end
{%- endmacro %}
