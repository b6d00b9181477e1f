{% macro join_whole_tables(is_wanted) -%}
    {#- A join with a table on another server would else ask there once for each
        row, where the planner expects few of them. -#}
    {%- do run_query(
        'set enable_nestloop = off' if is_wanted else 'reset enable_nestloop'
    ) -%}
{%- endmacro %}
