{% macro schema_version() -%}
    4
{%- endmacro %}
