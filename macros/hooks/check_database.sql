{% macro check_database() -%}
    {#- dbt compiles hooks, too, when it runs nothing: there may be no database
        of ours yet. -#}
    {%- if execute and flags.WHICH not in ['compile', 'generate'] -%}
        {%- do check_build_time(as_of()) -%}
        {%- do check_salt() -%}
        {%- do check_sources() -%}
        {%- do check_rollups() -%}
    {%- endif -%}
{%- endmacro %}
