{% macro schema_version() -%}
    2
{%- endmacro %}
