{% macro person_columns(source) -%}
    {%- set columns = [] -%}
    {%- for column in source.columns.values()
        if pii_kind(column) in ['email', 'phone', 'id'] -%}
        {%- do columns.append(column.name) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro %}
