{% macro refusal_in_words(rule) -%}
    {#- What delete_refusal answers, in words that follow the table's name. -#}
    {%- set again = ': give that of its primary with `warehouse connect '
        ~ rule.node.source_name ~ ' --delete-url`' -%}
    {%- set right = 'delete' if rule.then == 'delete' else 'update' -%}
    {%- do return({
        'standby': 'the URL to delete by leads to a standby, which nobody can'
            ~ ' write to' ~ again,
        'another': 'the URL to delete by leads to another server, database or'
            ~ ' table than the one that is read' ~ again,
        'rights': 'the role of the URL to delete by may not ' ~ right
            ~ ' there: grant it select and ' ~ right ~ ' on the table'
            ~ (' and on those of its children' if rule.children else ''),
        'hidden': 'row-level security hides rows from the role of the URL to'
            ~ ' delete by: give it BYPASSRLS',
        'changing': 'what refers to it there has just changed: run it again',
    }) -%}
{%- endmacro %}
