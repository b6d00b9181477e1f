{% macro quoted_key(key, alias=none) -%}
    {%- for column in key -%}
        {{ alias ~ '.' if alias }}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
