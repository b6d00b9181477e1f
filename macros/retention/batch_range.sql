{% macro batch_range(alias, clock, key) -%}
    {#- From the batch's first row to its last, both taken from the table: $1 is
        the first clock, then its key, then the last clock and its key. The clock
        alone says no more, but the planner counts rows by it. -#}
    {%- set columns = quoted_key([clock] + key, alias) -%}
    {%- set width = key | length + 1 -%}
    {{ alias }}.{{ adapter.quote(clock) }} >= $1
            and {{ alias }}.{{ adapter.quote(clock) }} <= ${{ width + 1 }}
            and ({{ columns }}) >= (
        {%- for i in range(width) %}${{ i + 1 }}{{ ', ' if not loop.last }}{% endfor -%}
    ) and ({{ columns }}) <= (
        {%- for i in range(width) %}${{ width + i + 1 }}{{ ', ' if not loop.last }}{% endfor -%}
    )
{%- endmacro %}
