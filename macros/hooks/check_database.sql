{% macro check_database() -%}
    {%- if execute -%}
        {%- do check_build_time(as_of()) -%}
        {%- do check_salt() -%}
        {%- do check_sources() -%}
        {%- do check_rollups() -%}
    {%- endif -%}
{%- endmacro %}
