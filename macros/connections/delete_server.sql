{% macro delete_server(source_name) -%}
    {%- do return(adapter.quote('warehouse_' ~ source_name ~ '_delete')) -%}
{%- endmacro %}
