{% macro on_hold(holds, layer='source') -%}
    {#- Column names in a hold are the source's, and stand without an alias. -#}
    ({%- for hold in holds -%}
        ({{ hold[layer] }}){{ ' or ' if not loop.last }}
    {%- endfor -%})
{%- endmacro %}
