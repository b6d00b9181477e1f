{% macro one_line(text) -%}
    {%- do return((text or '') | string | replace('|', '\\|')
        | replace('\n', ' ') | trim) -%}
{%- endmacro %}
