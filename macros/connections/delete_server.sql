{% macro delete_server(source_name) -%}
    {%- do return(
        adapter.quote(connection_server(source_name)[1:-1] ~ '_delete')
    ) -%}
{%- endmacro %}
