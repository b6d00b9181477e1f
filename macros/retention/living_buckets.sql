{% macro living_buckets(rule, cutoff, columns, condition) -%}
    {%- set staging = node_relation(rule.stream.staging) -%}
    {#- A row of a bucket that is past its time is past it, too, so the index on
        its clock finds them. -#}
    select {{ quoted_key(columns, 'living') }}
    from (
        with {{ adapter.quote(staging.identifier) }} as (
            select * from {{ staging }} as leaving
            where leaving._clock < {{ cutoff }}
            {{ condition }}
        )

        select * from (
{{ registered_rollup(rule.node).query }}
        ) as rolled
    ) as living
    where living.{{ adapter.quote(rule.clock) }} < {{ rule.kept_from }}
{%- endmacro %}
