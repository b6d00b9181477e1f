{% macro check_database() -%}
    {%- if execute -%}
        {%- do check_salt() -%}
        {%- do check_sources() -%}
    {%- endif -%}
{%- endmacro %}
