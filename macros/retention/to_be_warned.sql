{% macro to_be_warned(rule) -%}
    {#- Early enough for the row to go when its time is over. #}
    {%- set clock = clock_as_utc(rule.node, rule.clock, 'leaving') -%}
    {{ clock }} < {{ cutoff(rule.as_of, rule.interval) }}
    + interval '{{ parse_keep(rule.warn.ahead).interval }}'
    and ({{ clock_as_utc(rule.node, rule.warn.column, 'leaving') }} >= {{ clock }})
    is not true
    {{- rule_condition(dict(rule, warn=none)) }}
{%- endmacro %}
