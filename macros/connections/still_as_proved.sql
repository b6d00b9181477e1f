{% macro still_as_proved(rule, relation, is_dated) -%}
    {#- By literal keys, where a row still is what was proved, and the rule still
        says so. It is asked there, where a partition is no trap. -#}
    {%- set seen = seen_of_row(rule).sql -%}
    {%- set key = literal_key(rule) -%}
    {#- Only a clock can be NULL, and with it two sides cannot be hashed. -#}
    {%- set equals = '=' if is_dated or rule.stream.kind != 'event'
        else 'is not distinct from' -%}
    and exists (
                    select from intended
                    where
                    {%- for column in key %}
                    intended.key_{{ loop.index }} = leaving.{{ adapter.quote(column) }}
                    and
                    {%- endfor %}
                    intended.seen {{ equals }} {{ seen }}
                )
                {{- rule_condition(dict(rule, relation=relation)) }}
{%- endmacro %}
