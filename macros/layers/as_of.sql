{% macro as_of() -%}
    {{ moment(none) }}
{%- endmacro %}
