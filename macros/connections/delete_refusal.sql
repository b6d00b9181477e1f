{% macro delete_refusal(rule, family) -%}
{%- set tables = family.asked or [pinned_source(rule.node)] -%}
select case
    when pg_is_in_recovery() then 'standby'
    when (select system_identifier::text from pg_control_system())
        <> '{{ tables[0].system }}'
    or current_database() <> '{{ tables[0].database }}' then 'another'
    {%- for pinned in tables %}
    when to_regclass('{{ pinned.relation }}')::oid
        is distinct from {{ pinned.oid }} then 'another'
    when not {{ "has_table_privilege(" ~ pinned.oid ~ "::oid, 'delete')"
        if rule.then == 'delete'
        else "has_any_column_privilege(" ~ pinned.oid ~ "::oid, 'update')" }}
    or not has_any_column_privilege({{ pinned.oid }}::oid, 'select') then 'rights'
    when row_security_active({{ pinned.oid }}::oid) then 'hidden'
    {%- if rule.then == 'delete' %}
    -- what refers to it is what was known when its rows were proved
    when md5((
        {{ pinned.question | indent(8) }}
    )) <> '{{ pinned.answer }}' then 'changing'
    {%- endif %}
    {%- endfor %}
    else ''
end
{%- endmacro %}
