{% macro taken_in(node) -%}
    (
        select sum(account.rows)::bigint
        from {{ retention_table('load') }} as account
        where account.relation = '{{ node_relation(node).identifier }}'
    )
{%- endmacro %}
