{% macro staging_sweep(rule, cutoff, holds) -%}
    {%- set stream = rule.stream -%}
    {%- set raw_key = downstream_key(stream.raw) -%}
    {%- set proof -%}
        {{ rule_condition(rule) }}
        -- raw has let go of the row (else it would be staged again)
        and not exists (
            select from {{ node_relation(stream.raw) }} as original
            where {{ same_key('original', raw_key, 'leaving', rule.key) }}
        )
        {%- if holds %}
        -- on hold as a whole
        and {{ on_hold(holds, 'staging') }} is not true
        {%- endif %}
        {%- for mart in stream.kept %}
        -- {{ mart.name }} holds the row
        and exists (
            select from {{ node_relation(mart) }} as copy
            where {{ same_key('copy', mart.config.unique_key, 'leaving', rule.key) }}
            {%- if stream.kind == 'entity' %}
            and copy._version_at >= leaving._version_at
            and copy._gone_at is not distinct from leaving._gone_at
            {%- endif %}
        )
        {%- endfor %}
    {%- endset -%}
    {%- do return({
        'walk': rule.relation, 'alias': 'leaving', 'clock': rule.clock,
        'key': rule.key,
        'eligible': 'leaving.' ~ adapter.quote(rule.clock) ~ ' < ' ~ cutoff
            ~ rule_condition(rule),
        'range': batch_range('leaving', rule.clock, rule.key),
        'is_dense': not rule.where and not rule.spare, 'proof': proof, 'zone': '',
    }) -%}
{%- endmacro %}
