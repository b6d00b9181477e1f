{% macro connection_server(source_name) -%}
    {%- do return(adapter.quote('warehouse_' ~ source_name)) -%}
{%- endmacro %}
