{% macro same_key(left_alias, left_key, right_alias, right_key) -%}
    {%- for left_column in left_key -%}
        {{ left_alias }}.{{ adapter.quote(left_column) }} = {{ right_alias }}.
        {{- adapter.quote(right_key[loop.index0]) }}
        {%- if not loop.last %} and {% endif -%}
    {%- endfor -%}
{%- endmacro %}
