{% macro connection_table(source_name, name) -%}
    {%- do return(retention_table('remote_' ~ source_name ~ '_' ~ name)) -%}
{%- endmacro %}
