{% macro ledger_keep() -%}
    7 years
{%- endmacro %}
