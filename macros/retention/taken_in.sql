{% macro taken_in(relation) -%}
    (
        select sum(account.rows)::bigint
        from {{ retention_table('load') }} as account
        where account.relation = '{{ relation.identifier }}'
    )
{%- endmacro %}
