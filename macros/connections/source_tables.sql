{% macro source_tables(source_name) -%}
    {%- set tables = [] -%}
    {%- set known = [] -%}
    {%- for table in graph.sources.values() | sort(attribute='name') -%}
        {%- if table.source_name == source_name -%}
            {%- do tables.append(table) -%}
        {%- elif table.source_name not in known -%}
            {%- do known.append(table.source_name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not tables -%}
        {%- do exceptions.raise_compiler_error(
            'There is no source ' ~ source_name ~ '; there are '
            ~ known | sort | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- do return(tables) -%}
{%- endmacro %}
