{% macro load_in_batches(relation, query) -%}
    {#- Each batch is committed, so that a load that is cut off goes on where it
        was. Keys stay in the database: one can be personal. -#}
    {%- set most = var('first_load_rows') -%}
    {%- do adapter.commit() -%}
    {%- set ns = namespace(rows=first_load_rows(relation), is_over=false) -%}
    {#- Jinja has no while; longer is no range. -#}
    {%- for _ in range(100000) if not ns.is_over -%}
        {% call statement('begin') -%}
            -- After a commit of dbt's no transaction begins by itself.
            begin;
            lock table {{ relation }} in share row exclusive mode
        {%- endcall %}
        {#- Its keys come in order: where the copy has what the batches before this
            one brought, and nothing else, none of the next is there. -#}
        {%- set are_new = run_query(
            'select ' ~ taken_in(relation) ~ ' is not distinct from '
            ~ (ns.rows or 'null')
        ).rows[0][0] -%}
        {% call statement('batch') -%}
            {{ append_new_rows(
                relation, query, after=ns.rows, most=most, are_new=are_new
            ) }}
        {%- endcall %}
        {%- do adapter.commit() -%}
        {%- set rows = first_load_rows(relation) or 0 -%}
        {%- set ns.is_over = rows - (ns.rows or 0) < most -%}
        {%- set ns.rows = rows -%}
        {{ log(
            relation.identifier ~ ': ' ~ '{:,}'.format(rows) ~ ' rows so far.',
            info=true
        ) if not ns.is_over }}
    {%- endfor -%}
{%- endmacro %}
