{% macro parse_keep(keep) -%}
    {%- set days = {
        'second': 1 / 86400, 'minute': 1 / 1440, 'hour': 1 / 24, 'day': 1,
        'week': 7, 'month': 30, 'year': 365
    } -%}
    {%- set found = modules.re.fullmatch(
        '([0-9]+) (second|minute|hour|day|week|month|year)s?', keep | string
    ) -%}
    {%- if not found or found.group(1) | int == 0 -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- do return({
        'interval': found.group(0),
        'days': found.group(1) | int * days[found.group(2)],
    }) -%}
{%- endmacro %}
