{% macro check_sources() -%}
    {%- set missing = [] -%}
    {%- for stream in streams() -%}
        {%- if not stream_is_there(stream) -%}
            {%- do missing.append(stream.source) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- set table = missing[0] -%}
        {%- do exceptions.raise_compiler_error(
            'The source table ' ~ node_relation(table).include(database=false)
            ~ ' is not in database ' ~ target.dbname ~ ': point the var `'
            ~ table.source_name ~ '_schema` at the schema that holds it, or make'
            ~ ' demo tables with `dbt run-operation create_demo_sources`.'
        ) -%}
    {%- endif -%}
{%- endmacro %}
