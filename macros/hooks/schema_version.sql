{% macro schema_version() -%}
    5
{%- endmacro %}
