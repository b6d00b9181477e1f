{% macro rows_let_go(entry) -%}
    case when {{ entry }}.outcome = 'put back' then -{{ entry }}.rows else {{ entry }}.rows end
{%- endmacro %}
