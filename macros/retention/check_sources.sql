{% macro check_sources() -%}
    {%- set missing = missing_table(streams() | map(attribute='source') | list) -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(missing) -%}
    {%- endif -%}
{%- endmacro %}
