{% macro memory_bucket(clock) -%}
    {#- The UTC day of the row's own clock, which a replay brings back, too. -#}
    coalesce(({{ clock }} at time zone 'UTC')::date, '-infinity')
{%- endmacro %}
