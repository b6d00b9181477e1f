{% macro what_if_rules(rules, what_if) -%}
    {#- Rules with another time; what follows from them stays as declared. -#}
    {%- set units = {'h': 'hours', 'd': 'days', 'w': 'weeks', 'y': 'years'} -%}
    {%- for id, keep in (what_if or {}).items() -%}
        {%- set short = modules.re.fullmatch('([0-9]+)([hdwy])', keep | string) -%}
        {%- set keep = short.group(1) ~ ' ' ~ units[short.group(2)] if short else keep -%}
        {%- set found = rules | selectattr('id', 'equalto', id) | list -%}
        {%- if not found or not found[0].interval -%}
            {%- do exceptions.raise_compiler_error(
                'What if ' ~ id ~ ' kept its rows ' ~ keep ~ '? There is no rule '
                ~ id ~ ' that has a time: `warehouse plan --json` names them.'
            ) -%}
        {%- elif not parse_keep(keep) -%}
            {%- do exceptions.raise_compiler_error(
                'What if ' ~ id ~ ' kept its rows ' ~ keep ~ '? That is no time:'
                ~ ' write it like 30 days or 30d.'
            ) -%}
        {%- endif -%}
        {%- do found[0].update({
            'keep': keep, 'interval': parse_keep(keep).interval
        }) -%}
    {%- endfor -%}
    {%- do return(rules) -%}
{%- endmacro %}
