{% macro retention_lock() -%}
    hashtext('retention: {{ generate_schema_name('retention') }}')
{%- endmacro %}
