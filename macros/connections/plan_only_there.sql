{% macro plan_only_there(rule) -%}
    {%- set there = rule.stream.name ~ ' is in a database of its own' -%}
    {%- if not deletes_there(rule.node.source_name) -%}
        {%- do return(
            there ~ ', which is only read: to let go there, `warehouse connect '
            ~ rule.node.source_name ~ ' --delete-url`.'
        ) -%}
    {%- elif rule.then != 'delete' or rule.children -%}
        {%- do return(
            there ~ ', where a rule deletes rows by themselves; '
            ~ ('`children` are' if rule.children else '`then` is')
            ~ ' not built for it yet.'
        ) -%}
    {%- elif grace_of(rule.stream) -%}
        {%- do return(
            there ~ ', where nothing can be put back: take the `grace` of '
            ~ rule.stream.raw.name ~ ' out to let go there.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
