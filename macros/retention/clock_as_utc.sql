{% macro clock_as_utc(node, column, alias) -%}
    {#- A clock as timestamptz: one without time zone, or a date, means UTC. -#}
    {%- set expression = alias ~ '.' ~ adapter.quote(column) -%}
    {%- set type = node.columns[column].data_type -%}
    {%- if type == 'date' -%}
        {%- set expression = expression ~ "::timestamp at time zone 'UTC'" -%}
    {%- elif type.endswith('without time zone') -%}
        {%- set expression = expression ~ " at time zone 'UTC'" -%}
    {%- endif -%}
    {%- do return(expression) -%}
{%- endmacro %}
