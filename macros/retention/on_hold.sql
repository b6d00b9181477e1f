{% macro on_hold(holds) -%}
    {#- Column names in a hold are the source's, and stand without an alias. -#}
    ({%- for predicate in holds -%}
        ({{ predicate }}){{ ' or ' if not loop.last }}
    {%- endfor -%})
{%- endmacro %}
