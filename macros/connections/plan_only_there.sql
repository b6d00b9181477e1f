{% macro plan_only_there(rule) -%}
    {%- set there = rule.stream.name ~ ' is in a database of its own' -%}
    {%- if not deletes_there(rule.node.source_name) -%}
        {%- do return(
            there ~ ', which is only read: to let go there, `warehouse connect '
            ~ rule.node.source_name ~ ' --delete-url`.'
        ) -%}
    {%- elif rule.children and rule_family(rule).members
        | rejectattr('stream.raw') | list -%}
        {%- do return(
            there ~ ', where `children` go by their keys: capture each of them to'
            ~ ' let go there.'
        ) -%}
    {%- elif rule.then == 'delete' and grace_of(rule.stream) -%}
        {%- do return(
            there ~ ', where nothing can be put back: take the `grace` of '
            ~ rule.stream.raw.name ~ ' out to let go there.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
