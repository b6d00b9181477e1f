{% macro ages_from(clock) -%}
    least({{ clock }}, {{ as_of() }} + interval '24 hours')
{%- endmacro %}
