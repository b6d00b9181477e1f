{% macro condition_at(where, as_of) -%}
    {#- Before a run there is no such time, and nobody asks. -#}
    {%- do return(
        modules.re.sub('\\bas_of\\b', as_of, where) if where and as_of else where
    ) -%}
{%- endmacro %}
