{% macro one_step(step) -%}
    {%- set interval = (parse_keep(step) or {}).get('interval') -%}
    {%- if step and not interval -%}
        {%- do exceptions.raise_compiler_error(
            'The step is `' ~ step ~ '`; write a number and a unit, like 1 month.'
        ) -%}
    {%- endif -%}
    {%- do return(interval) -%}
{%- endmacro %}
