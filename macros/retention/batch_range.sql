{% macro batch_range(alias, clock, key, zone='') -%}
    {#- From the batch's first row to its last, both taken from the table: $1 is
        the first clock, then its key, then the last clock and its key. The key
        decides among rows of the same clock only. -#}
    {%- set at = alias ~ '.' ~ adapter.quote(clock) -%}
    {%- set width = key | length + 1 -%}
    {%- set first = [] -%}
    {%- set last = [] -%}
    {%- for i in range(2, width + 1) -%}
        {%- do first.append('$' ~ i) -%}
        {%- do last.append('$' ~ (width + i)) -%}
    {%- endfor -%}
    {{ at }} >= $1{{ zone }}
            and {{ at }} <= ${{ width + 1 }}{{ zone }}
    {%- if key %}
            and ({{ at }} > $1{{ zone }} or ({{ quoted_key(key, alias) }}) >= ({{ first | join(', ') }}))
            and ({{ at }} < ${{ width + 1 }}{{ zone }} or ({{ quoted_key(key, alias) }}) <= ({{ last | join(', ') }}))
    {%- endif %}
{%- endmacro %}
