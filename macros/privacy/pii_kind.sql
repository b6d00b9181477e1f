{% macro pii_kind(column) -%}
    {%- do return((column.config or {}).get('meta', {}).get('pii')) -%}
{%- endmacro %}
