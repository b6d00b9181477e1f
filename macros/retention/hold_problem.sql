{% macro hold_problem(stream, predicate) -%}
    {%- set start = 'A hold on ' ~ stream.name ~ ' ' -%}
    {%- set columns = stream.source.columns -%}
    {%- set problem = where_problem(predicate, columns) -%}
    {%- if problem -%}
        {%- do return(
            start ~ 'whose condition ' ~ problem | replace(
                "like `where: \"status = 'CLOSED'\"`", "like `status = 'CLOSED'`"
            )
        ) -%}
    {%- elif modules.re.search('(?i)\\bselect\\b', predicate) -%}
        {%- do return(
            start ~ 'reads another table; name columns of that table only, which'
            ~ ' each copy of a row carries.'
        ) -%}
    {%- endif -%}
    {#- What a condition says is printed and logged. -#}
    {%- for column in columns.values() if pii_kind(column) not in ['id', 'none']
        and modules.re.search(
            '(?i)(?<!\\w)' ~ modules.re.escape(column.name) ~ '(?!\\w)', predicate
        ) -%}
        {%- do return(
            start ~ 'names `' ~ column.name ~ '`, which tells of a person ('
            ~ pii_kinds().get(pii_kind(column), {}).get('words', 'not said what')
            ~ '), and a condition is printed; hold that person with `--subject`.'
        ) -%}
    {%- endfor -%}
    {%- if '$' in predicate -%}
        {%- do return(start ~ 'has a `$` in its condition; write it without.') -%}
    {%- elif '@' in predicate -%}
        {%- do return(
            start ~ 'holds an @, like an e-mail address, and a condition is'
            ~ ' printed; hold that person with `--subject`.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
