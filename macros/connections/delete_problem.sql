{% macro delete_problem(rule) -%}
    {#- [status, why], or none. A server that does not answer is a sentence. -#}
    {%- set source = rule.node -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set found = asked_there(source.source_name, delete_refusal(rule, rule_family(rule))) -%}
    {%- if found.startswith('failed: ') -%}
        {%- do return(['stopped',
            name ~ ' cannot be let go of in its own database ('
            ~ found[8:].rstrip('.') ~ '): start or repair that, or, if its address,'
            ~ ' password or rights have changed, run `warehouse connect '
            ~ source.source_name ~ ' --delete-url` again.'
        ]) -%}
    {%- elif found -%}
        {%- do return(['stopped',
            'Of ' ~ name ~ ' nothing is let go of: '
            ~ refusal_in_words(rule)[found] ~ '.'
        ]) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
