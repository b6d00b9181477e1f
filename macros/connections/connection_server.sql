{% macro connection_server(source_name) -%}
    {#- A server's name is the database's: another target's is not this one's. -#}
    {%- set whose = 'warehouse' if target.name in var('retention_targets')
        else target.schema -%}
    {%- do return(adapter.quote(whose ~ '_' ~ source_name)) -%}
{%- endmacro %}
