{% macro schema_version() -%}
    3
{%- endmacro %}
