{% macro plan_advice(rule) -%}
    {%- if is_connected(rule.stream.source) -%}
        {%- do return([delete_effects(rule)] | select | list) -%}
    {%- endif -%}
    {%- set advice = [missing_clock_index(rule)] -%}
    {%- set unwarned = people_to_warn_count(rule) -%}
    {%- if unwarned -%}
        {%- do advice.append(
            rule.id ~ ': ' ~ unwarned ~ ' more to be warned ' ~ rule.warn.ahead
            ~ ' ahead: `dbt run-operation people_to_warn` lists them.'
        ) -%}
    {%- endif -%}
    {%- do advice.append(delete_effects(rule)) -%}
    {%- do return(advice | select | list) -%}
{%- endmacro %}
