{% macro retention_sweeps(rule, cutoff, holds, in_batch=false) -%}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set raw = node_relation(stream.raw) -%}
    {%- set staging = node_relation(stream.staging) if stream.staging else none -%}
    {%- set source_key = stream.source.config.meta.capture.key -%}
    {%- set clock = stream.source.config.meta.capture.clock -%}
    {%- set staging_key = stream.staging.config.unique_key if stream.staging else [] -%}
    {%- set leaving_clock = clock_as_utc(stream.source, clock, 'leaving') -%}
    {#- In a batch the copies are looked up by its clocks, too, so that an index
        serves for them and not the whole table is read for each batch. -#}
    {%- set near -%}
        {%- if in_batch %}
            {%- set zone = " at time zone 'UTC'"
                if rule.layer == 'source' and 'at time zone' in leaving_clock else '' %}
                and copy._clock >= $1{{ zone }}
                and copy._clock <= ${{ source_key | length + 2 }}{{ zone }}
        {%- endif -%}
    {%- endset -%}
    {%- set not_on_hold -%}
        {%- if holds %}
            -- on hold
            and {{ on_hold(holds) }} is not true
        {%- endif -%}
    {%- endset -%}

    {%- if rule.layer == 'source' -%}
        {%- set past -%}
            {{ leaving_clock }} < {{ cutoff }}
        {%- endset -%}
        {%- if stream.source.columns[clock].data_type.endswith('without time zone') -%}
            {#- On the table's own clock, so that its index serves. -#}
            {%- set past -%}
                leaving.{{ adapter.quote(clock) }} < {{ cutoff }} at time zone 'UTC'
            {%- endset -%}
        {%- endif -%}
        {%- set proof -%}
            -- raw holds the row: the same key, the same clock
            and exists (
                select from {{ raw }} as copy
                where {{ same_key('copy', source_key, 'leaving', source_key) }}
                and copy._clock = {{ leaving_clock }}
                and copy._clock < {{ cutoff }}
                {{- near }}
            )
            {{- not_on_hold }}
        {%- endset -%}
        {#- A row whose clock was in the future (or NULL) when it was captured
            ages from a day after that; raw knows. -#}
        {%- set misdated -%}
            exists (
                select from {{ source }} as leaving
                where {{ same_key('leaving', source_key, 'copy', source_key) }}
                and {{ leaving_clock }} is distinct from copy._clock
                and leaving.{{ adapter.quote(clock) }}
                    is not distinct from copy.{{ adapter.quote(clock) }}
            )
        {%- endset -%}
        {%- set misdated_range -%}
            exists (
                select from {{ raw }} as copy
                where {{ same_key('copy', source_key, 'leaving', source_key) }}
                and {{ leaving_clock }} is distinct from copy._clock
                and leaving.{{ adapter.quote(clock) }}
                    is not distinct from copy.{{ adapter.quote(clock) }}
                and {{ batch_range('copy', '_clock', source_key) }}
            )
        {%- endset -%}
        {%- do return([
            {
                'walk': source, 'alias': 'leaving', 'clock': clock,
                'key': source_key, 'eligible': past,
                'range': batch_range('leaving', clock, source_key),
                'proof': proof,
                'zone': "at time zone 'UTC'" if 'at time zone' in leaving_clock else '',
            },
            {
                'walk': raw, 'alias': 'copy', 'clock': '_clock',
                'key': source_key,
                'eligible': 'copy._clock < ' ~ cutoff ~ ' and ' ~ misdated,
                'range': misdated_range, 'proof': not_on_hold, 'zone': '',
            },
        ]) -%}

    {%- elif rule.layer == 'raw' -%}
        {%- set gone -%}
            not exists (
                select from {{ source }} as original
                where {{ same_key('original', source_key, 'leaving', source_key) }}
            )
        {%- endset -%}
        {%- set proof -%}
            -- the original is gone
            and {{ gone }}
            -- staging holds the row
            and exists (
                select from {{ staging }} as copy
                where {{ same_key('copy', staging_key, 'leaving', source_key) }}
                and copy._clock = leaving._clock
                {{- near }}
            )
            {{- not_on_hold }}
        {%- endset -%}
        {%- do return([{
            'walk': raw, 'alias': 'leaving', 'clock': '_clock',
            'key': source_key, 'eligible': gone,
            'range': batch_range('leaving', '_clock', source_key),
            'proof': proof, 'zone': '',
        }]) -%}

    {%- else -%}
        {%- set proof -%}
            -- raw has let go of the row (else it would be staged again)
            and not exists (
                select from {{ raw }} as original
                where {{ same_key('original', source_key, 'leaving', staging_key) }}
            )
        {%- endset -%}
        {%- do return([{
            'walk': staging, 'alias': 'leaving', 'clock': '_clock',
            'key': staging_key, 'eligible': 'leaving._clock < ' ~ cutoff,
            'range': batch_range('leaving', '_clock', staging_key),
            'proof': proof, 'zone': '',
        }]) -%}
    {%- endif -%}
{%- endmacro %}
