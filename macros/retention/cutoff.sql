{% macro cutoff(as_of, interval) -%}
    {#- Subtracted in UTC: a day is 24 hours, daylight saving or not. -#}
    (({{ as_of }} at time zone 'UTC' - interval '{{ interval }}') at time zone 'UTC')
{%- endmacro %}
