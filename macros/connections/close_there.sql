{% macro close_there() -%}
    {#- Batches of one rule share a connection. -#}
    {%- do run_query(
        "select " ~ dblink('disconnect') ~ "('warehouse')
        where 'warehouse' = any (" ~ dblink('get_connections') ~ "())"
    ) -%}
{%- endmacro %}
