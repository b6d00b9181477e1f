{% macro source_table(name) -%}
    {%- set known = [] -%}
    {%- for table in graph.sources.values() -%}
        {%- set table_name = table.source_name ~ '.' ~ table.name -%}
        {%- do known.append(table_name) -%}
        {%- if table_name == name -%}
            {%- do log('result: ' ~ tojson({
                'schema': table.schema, 'table': table.identifier
            })) -%}
            {%- do return(none) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        'There is no source table ' ~ name ~ '; there are ' ~ known | sort | join(', ')
        ~ '.'
    ) -%}
{%- endmacro %}
