{% macro needed_there(source_name, key) -%}
    {%- set columns = key.columns | replace('<child>', 'child') -%}
    {{ dblink('') }}(
                '{{ delete_server(source_name)[1:-1] }}',
                $there$
                select distinct {{ columns }} from {{ key.place }} as child
                where num_nulls({{ columns }}) = 0
                $there$
            )
{%- endmacro %}
