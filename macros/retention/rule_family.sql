{% macro rule_family(rule) -%}
    {%- set family = {'members': [], 'blocking': [], 'asked': [], 'problem': none} -%}
    {%- if rule.layer == 'source' and rule.then == 'delete' -%}
        {%- do add_family(
            family, rule, rule.node, 'leaving', rule.children, [], [], '<parents>', []
        ) -%}
    {%- endif -%}
    {%- do return(family) -%}
{%- endmacro %}
