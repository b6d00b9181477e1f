{% macro emptied_at(node, alias, as_of) -%}
    {#- A day before its time, too: a build may have begun before the run that
        empties the columns counts from. -#}
    {%- set conditions = {} -%}
    {%- for rule in node.config.meta.retention
        if rule.get('then') is mapping and rule.then.redact -%}
        {%- set past -%}
            {{ clock_as_utc(node, rule.since, alias) }} <
            {{- ' ' ~ cutoff(as_of, parse_keep(rule.keep).interval) }} + interval '24 hours'
            {%- if rule.where %}
            {#- Its columns stand without an alias. #}
            and (
                select {{ condition_at(rule.where, as_of) }}
                from (select {{ alias }}.*) as emptied
            )
            {%- endif %}
        {%- endset -%}
        {%- for column in rule.then.redact -%}
            {%- do conditions.setdefault(column, []).append('(' ~ past ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set emptied = {} -%}
    {%- for column, found in conditions.items() -%}
        {%- do emptied.update({
            column: '(' ~ alias ~ '.' ~ adapter.quote(column) ~ ' is null and '
                ~ '(' ~ found | join(' or ') ~ '))'
        }) -%}
    {%- endfor -%}
    {%- do return(emptied) -%}
{%- endmacro %}
