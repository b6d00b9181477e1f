{% macro raw_sweep(rule, cutoff, holds, in_batch) -%}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set staging = node_relation(stream.staging) -%}
    {%- set staging_key = stream.staging.config.unique_key -%}
    {%- set redacted = rule.then.redact if rule.then is mapping else [] -%}
    {%- set clock_utc = clock_as_utc(stream.raw, rule.clock, 'leaving') -%}
    {#- Versions are walked by their key, of which there is an index everywhere;
        many came in at the same moment. -#}
    {%- set by_key = stream.kind == 'entity' -%}
    {%- set order = rule.key + ['_extracted_at'] if by_key
        else [rule.clock] + rule.key -%}
    {%- set range = batch_range('leaving', order[0], order[1:]) -%}
    {%- set past = clock_utc ~ ' < ' ~ cutoff ~ rule_condition(rule) -%}
    {%- set asked -%}
        {%- if in_batch and is_connected(stream.source) -%}
        (
                -- in a database of its own: asked once, for the batch's keys
                select * from {{ source }} as asked
                where asked.{{ adapter.quote(rule.key[0]) }} = any (array(
                    select leaving.{{ adapter.quote(rule.key[0]) }}
                    from {{ rule.relation }} as leaving
                    where {{ range }}
                ))
                offset 0
            )
        {%- else -%}
        {{ source }}
        {%- endif -%}
    {%- endset -%}
    {%- set gone -%}
        not exists (
            select from <original> as original
            where {{ same_key('original', rule.key, 'leaving', rule.key) }}
            {%- if redacted %}
            {#- Else the row would be captured again as it was. #}
            and num_nonnulls({{ quoted_key(
                redacted | select('in', stream.source.columns), 'original'
            ) or 'null' }}) > 0
            {%- elif stream.kind == 'entity' %}
            {#- Nor while raw has no later one: with its last version its staging
                row would have no original, and nobody would see its key go. #}
            and (
                {{ same_content(stream, 'leaving', 'original', rule.as_of) }}
                or {{ is_newest_version(stream.raw, rule.key, 'leaving') }}
            )
            {%- endif %}
        )
    {%- endset -%}
    {#- Of those only whose originals are past their time, where not of all. -#}
    {%- set looked_at = 'leaving.' ~ adapter.quote(rule.clock) ~ ' < ' ~ cutoff
        if cutoff else 'true' -%}
    {#- Its original may be put back: what was let go of, by `grace`. -#}
    {%- set graced = in_grace(stream, 'leaving', rule.as_of) -%}
    {%- set over -%}
        {%- if graced %}
        -- its grace is over
        and not {{ graced }}
        {%- endif -%}
    {%- endset -%}
    {%- set held -%}
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
    {%- set proof -%}
        {%- if redacted %}
        -- its own time is over
        and {{ past }}
        -- the original holds what is taken out no more, or is gone
        and {{ gone | replace('<original>', asked) }}
        {%- elif rule.interval %}
        -- its own time is over
        and {{ past }}
        {%- else %}
        -- the original is gone
        and {{ looked_at }}
        and {{ gone | replace('<original>', asked) }}
        {%- endif %}
        {{- over ~ held }}
    {%- endset -%}
    {%- do return({
        'walk': rule.relation, 'alias': 'leaving', 'clock': order[0],
        'key': order[1:], 'by_key': by_key,
        'eligible': (
            past if rule.interval
            else looked_at ~ ' and ' ~ gone | replace('<original>', source | string)
        ) ~ over,
        'range': range,
        'is_dense': false, 'proof': proof, 'held': held,
        'zone': " at time zone 'UTC'" if 'at time zone' in clock_utc else '',
    }) -%}
{%- endmacro %}
