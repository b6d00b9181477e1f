{% macro still_as_proved(rule, relation) -%}
    {#- By literal keys, where a row still is what was proved, and the rule still
        says so. It is asked there, where a partition is no trap. -#}
    {%- set seen = seen_of_row(rule).sql -%}
    {%- set key = literal_key(rule) -%}
    and exists (
                    select from intended
                    where
                    {%- for column in key %}
                    intended.key_{{ loop.index }} = leaving.{{ adapter.quote(column) }}
                    and
                    {%- endfor %}
                    intended.seen is not distinct from {{ seen }}
                )
                {{- rule_condition(dict(rule, relation=relation)) }}
{%- endmacro %}
