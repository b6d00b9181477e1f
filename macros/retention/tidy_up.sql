{% macro tidy_up(as_of) -%}
    {%- set rows = {} -%}
    {%- for window in own_windows() -%}
        {%- set gone = run_query(own_window(window)).rows[0][0] | int -%}
        {%- do rows.update({window.table: rows.get(window.table, 0) + gone}) -%}
    {%- endfor -%}
    {#- What was let go of longer ago than its grace counts from the runs. -#}
    {%- do rows.update({'undoable': run_query(forget_undoable(as_of)).rows[0][0] | int}) -%}
    {%- set words = [] -%}
    {%- for table, gone in rows.items() if gone -%}
        {%- do words.append(table ~ ' ' ~ gone) -%}
    {%- endfor -%}
    {%- do log(
        'Rows of our own tables that went: ' ~ (words | join(', ') or 'none')
        ~ '.', info=true
    ) -%}
{%- endmacro %}
