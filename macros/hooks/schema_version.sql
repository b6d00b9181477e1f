{% macro schema_version() -%}
    6
{%- endmacro %}
