{% macro by_new_keys(key) -%}
    {#- An array is sent along; a join would bring the whole table here. -#}
    {%- for column in key -%}
        {{ ' and ' if not loop.first }}incoming.{{ adapter.quote(column) }} = any (
        array(select {{ adapter.quote(column) }} from new_keys)
    )
    {%- endfor -%}
    {%- if key | length > 1 %}
    and exists (
        select from new_keys
        where {{ same_key('new_keys', key, 'incoming', key) }}
    )
    {%- endif -%}
{%- endmacro %}
