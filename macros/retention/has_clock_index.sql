{% macro has_clock_index(rule, relation) -%}
    {#- One whose first column is the clock; a partial one may serve a rule with
        a condition, and no other. -#}
    exists (
            select from pg_index as i
            inner join pg_class as c on c.oid = i.indexrelid
            inner join pg_am as am on am.oid = c.relam
            inner join pg_attribute as a
                on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = to_regclass('{{ relation }}')
            and a.attname = '{{ rule.clock }}'
            and am.amname in ('btree', 'brin')
            and i.indisvalid
            and (i.indpred is null or {{ 'true' if rule.get('where') else 'false' }})
        )
{%- endmacro %}
