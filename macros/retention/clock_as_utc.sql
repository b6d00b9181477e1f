{% macro clock_as_utc(node, column, alias) -%}
    {#- A source's clock as timestamptz: one without time zone means UTC. -#}
    {%- set expression = alias ~ '.' ~ adapter.quote(column) -%}
    {%- if node.columns[column].data_type.endswith('without time zone') -%}
        {%- set expression = expression ~ " at time zone 'UTC'" -%}
    {%- endif -%}
    {%- do return(expression) -%}
{%- endmacro %}
