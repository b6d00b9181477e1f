{% macro literal_key(rule) -%}
    {#- Of a table that is not captured nobody declares a key: by all it holds. -#}
    {%- do return(rule.key or [rule.clock]) -%}
{%- endmacro %}
