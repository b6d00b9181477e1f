{% macro raw_sweep(rule, cutoff, holds, in_batch) -%}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set staging = node_relation(stream.staging) -%}
    {%- set staging_key = stream.staging.config.unique_key -%}
    {#- Its original is gone, or it is past a time of its own. -#}
    {%- set due -%}
    {%- if rule.interval %}
        leaving.{{ adapter.quote(rule.clock) }} < {{ cutoff }}
        {{- rule_condition(rule) }}
    {%- else %}
        not exists (
            select from {{ source }} as original
            where {{ same_key('original', rule.key, 'leaving', rule.key) }}
            {%- if stream.kind == 'entity' %}
            and {{ same_content(stream.raw, 'leaving', 'original') }}
            {%- endif %}
        )
    {%- endif %}
    {%- endset -%}
    {%- set proof -%}
        -- {{ 'its own time is over' if rule.interval else 'the original is gone' }}
        and {{ due }}
        -- staging holds the row
        and exists (
            select from {{ staging }} as copy
            where {{ same_key('copy', staging_key, 'leaving', downstream_key(stream.raw)) }}
            {%- if stream.kind == 'entity' %}
            and copy._version_at >= leaving._extracted_at
            {%- else %}
            and copy._clock = leaving._clock
            {%- if in_batch %}
            and copy._clock >= $1 and copy._clock <= ${{ rule.key | length + 2 }}
            {%- endif %}
            {%- endif %}
        )
        {%- if holds %}
        -- on hold
        and {{ on_hold(holds) }} is not true
        {%- endif -%}
    {%- endset -%}
    {%- do return({
        'walk': rule.relation, 'alias': 'leaving', 'clock': rule.clock,
        'key': rule.key, 'eligible': due,
        'range': batch_range('leaving', rule.clock, rule.key),
        'is_dense': false, 'proof': proof, 'zone': '',
    }) -%}
{%- endmacro %}
