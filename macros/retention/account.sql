{% macro account(relation) -%}
    select
        (
            select coalesce(sum(load.rows), 0)
            from {{ retention_table('load') }} as load
            where load.relation = '{{ relation.identifier }}'
        ) as taken_in,
        (select count(*) from {{ relation }}) as alive,
        (
            select coalesce(sum(ledger.rows), 0)
            from {{ retention_table('ledger') }} as ledger
            where ledger.relation = '{{ relation.identifier }}'
            -- What is only changed is still there.
            and coalesce(ledger.rule_text ->> 'then', 'delete') = 'delete'
        ) as let_go
{%- endmacro %}
