{% macro waits_for_grace(rule) -%}
    {%- set stream = rule.stream -%}
    {%- set key = stream.source.config.meta.capture.key -%}
    {%- set graced = in_grace(stream, 'original', rule.as_of) %}
            and exists (
                select from {{ node_relation(stream.raw) }} as original
                where {{ same_key(
                    'original', downstream_key(stream.raw), 'leaving', rule.key
                ) }}
                and (
                    -- it goes from the source first
                    exists (
                        select from {{ node_relation(stream.source) }} as living
                        where {{ same_key('living', key, 'original', key) }}
                    )
                    {%- if graced %}
                    or {{ graced }}
                    {%- endif %}
                )
            )
{%- endmacro %}
