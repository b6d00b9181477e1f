{% macro about_person(hold_id, source, node) -%}
    {%- set columns = person_columns(source)
        | select('in', node.columns if node else []) | list -%}
    {%- if not columns -%}
        false
    {%- endif -%}
    {%- for column in columns -%}
        {{ person_hash(adapter.quote(column)) }} in (
            select unnest(subject_hashes)
            from {{ retention_table('hold') }}
            where hold_id = {{ hold_id }}
        ){{ ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
