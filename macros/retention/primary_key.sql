{% macro primary_key(node) -%}
    {%- set key = [] -%}
    {%- for constraint in node.constraints if constraint.type == 'primary_key' -%}
        {%- do key.extend(constraint.columns) -%}
    {%- endfor -%}
    {%- for column in node.columns.values() -%}
        {%- if 'primary_key' in column.constraints | map(attribute='type') -%}
            {%- do key.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(key) -%}
{%- endmacro %}
