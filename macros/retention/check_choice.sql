{% macro check_choice(rules, every, select) -%}
    {%- set cadences = ['day', 'week', 'month'] -%}
    {%- for given in every or [] if given not in cadences -%}
        {%- do exceptions.raise_compiler_error(
            'every is `' ~ given ~ '`; write day, week or month.'
        ) -%}
    {%- endfor -%}
    {%- set names = [] -%}
    {%- for rule in rules -%}
        {%- do names.append(rule.stream.name) -%}
        {%- do names.append(rule.stream.source.source_name) -%}
    {%- endfor -%}
    {%- for given in select or [] if given not in names -%}
        {%- do exceptions.raise_compiler_error(
            'select is `' ~ given ~ '`, which has no rule here; write a source or'
            ~ ' a table of it: ' ~ names | unique | sort | join(', ') ~ '.'
        ) -%}
    {%- endfor -%}
{%- endmacro %}
