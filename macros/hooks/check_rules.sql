{% macro check_rules() -%}
    {%- if execute -%}
        {%- set problems = lint_rules() -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error(
                'The retention rules do not hold together:\n- '
                ~ problems | join('\n- ')
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
