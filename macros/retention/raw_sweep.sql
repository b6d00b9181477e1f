{% macro raw_sweep(rule, holds, in_batch) -%}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set staging = node_relation(stream.staging) -%}
    {%- set staging_key = stream.staging.config.unique_key -%}
    {%- set gone -%}
        not exists (
            select from {{ source }} as original
            where {{ same_key('original', rule.key, 'leaving', rule.key) }}
            {%- if stream.kind == 'entity' %}
            and {{ same_content(stream.raw, 'leaving', 'original') }}
            {%- endif %}
        )
    {%- endset -%}
    {%- set proof -%}
        -- the original is gone
        and {{ gone }}
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
        and {{ on_hold(holds, 'raw') }} is not true
        {%- endif -%}
    {%- endset -%}
    {%- do return({
        'walk': rule.relation, 'alias': 'leaving', 'clock': rule.clock,
        'key': rule.key, 'eligible': gone,
        'range': batch_range('leaving', rule.clock, rule.key),
        'is_dense': false, 'proof': proof, 'zone': '',
    }) -%}
{%- endmacro %}
