{% macro rule_in_words(rule) -%}
    {%- set words = [] -%}
    {%- set then = rule.get('then', 'delete') -%}
    {%- set since = {
        '_clock': 'its own time (`_clock`)',
        '_gone_at': 'its original has gone (`_gone_at`)',
    }.get(rule.get('since'), '`' ~ rule.get('since') ~ '`') -%}
    {%- if rule.keep == 'forever' -%}
        {%- do words.append('for ever') -%}
    {%- elif rule.keep == 'while_in_source' -%}
        {%- do words.append(
            'as long as the source has it'
            ~ ('; where a rule let it go there, ' ~ rule.grace
               ~ ' more, for `warehouse undo`' if rule.grace else '')
        ) -%}
    {%- else -%}
        {%- do words.append(rule.keep ~ ' after ' ~ since ~ ', then ' ~ (
            'deleted' if then == 'delete'
            else 'marked as deleted' if then == 'soft_delete'
            else '`' ~ then.redact | join('`, `') ~ '` emptied' if then.redact
            else '`' ~ then.set | list | join('`, `') ~ '` set to `'
                ~ then.set.values() | join('`, `') ~ '`'
        )) -%}
    {%- endif -%}
    {%- for child in rule.get('children', []) -%}
        {%- do words.append('with its rows of `' ~ child.table ~ '`') -%}
    {%- endfor -%}
    {%- if rule.warn -%}
        {%- do words.append(
            'but not before ' ~ rule.warn.ahead ~ ' have passed since a warning (`'
            ~ rule.warn.column ~ '`)'
        ) -%}
    {%- endif -%}
    {%- if rule.where -%}
        {%- do words.append('where `' ~ one_line(rule.where) ~ '`') -%}
    {%- endif -%}
    {%- if rule.spare -%}
        {%- do words.append(
            'but the latest ' ~ (rule.spare.latest if rule.spare.latest > 1 else '')
            ~ ' of each `' ~ rule.spare.per | join('`, `') ~ '` stays however old'
        ) -%}
    {%- endif -%}
    {%- if parse_keep(rule.keep) -%}
        {%- do words.append('every ' ~ rule.get('every', 'day')) -%}
    {%- endif -%}
    {%- do return(words | join('; ') | replace('latest  of', 'latest of')) -%}
{%- endmacro %}
