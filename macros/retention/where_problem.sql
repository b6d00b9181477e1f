{% macro where_problem(condition, columns) -%}
    {%- set shown = 'is `' ~ condition ~ '`' -%}
    {%- if not condition or condition is not string -%}
        {%- do return(
            shown ~ '; write a condition in SQL, like'
            ~ ' `where: "status = \'CLOSED\'"`.'
        ) -%}
    {%- endif -%}
    {#- It is put into statements of ours, between parentheses. -#}
    {%- set bare = modules.re.sub("'[^']*'", "''", condition) -%}
    {%- set inner = modules.re.sub('"[^"]*"', 'x', bare) -%}
    {%- set open = namespace(depth=0, odd=false) -%}
    {%- for sign in inner if sign in '()' -%}
        {%- set open.depth = open.depth + (1 if sign == '(' else -1) -%}
        {%- set open.odd = open.odd or open.depth < 0 -%}
    {%- endfor -%}
    {%- if open.odd or open.depth or ';' in inner or '--' in inner or '/*' in inner
        or '"' in inner or inner.replace("''", '').count("'") -%}
        {%- do return(
            shown ~ ', which would not stay one condition where it is put in; close'
            ~ ' what it opens, and leave out `;` and comments.'
        ) -%}
    {%- endif -%}
    {#- Of another table's columns nothing is known. -#}
    {%- if modules.re.search('(?i)\\bselect\\b', inner) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- for name in modules.re.findall('"([^"]*)"', bare) if name not in columns -%}
        {%- do return(
            'names `' ~ name ~ '`, which is no declared column of the table; its'
            ~ ' columns are ' ~ columns | join(', ') ~ '.'
        ) -%}
    {%- endfor -%}
    {%- for name in columns
        if name != name | lower
        and modules.re.search('(?i)\\b' ~ modules.re.escape(name) ~ '\\b', inner) -%}
        {%- do return(
            'names `' ~ name ~ '` without quotes, which the database reads in lower'
            ~ ' case; write `"' ~ name ~ '"`.'
        ) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
