{% macro edges_in_format(text, key) -%}
    {%- set ns = namespace(text=text | replace('%', '%%')) -%}
    {%- for place in range(2 * (key | length + 1), 0, -1) -%}
        {%- set ns.text = ns.text | replace('$' ~ place, '%' ~ place ~ '$L') -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}
