{% macro active_user_days() -%}
    30
{%- endmacro %}
