{% macro source_sweeps(rule, cutoff, holds, in_batch) -%}
    {%- set stream = rule.stream -%}
    {%- set source = node_relation(stream.source) -%}
    {%- set raw = node_relation(stream.raw) if stream.raw else none -%}
    {%- set clock = adapter.quote(rule.clock) -%}
    {%- set clock_utc = clock_as_utc(stream.source, rule.clock, 'leaving') -%}
    {%- set zone = " at time zone 'UTC'" if 'at time zone' in clock_utc else '' -%}

    {%- set past -%}
        {#- On the table's own clock, so that its index serves. #}
        leaving.{{ clock }} < {{ cutoff }}{{ zone }}
        {{- rule_condition(rule) }}
    {%- endset -%}
    {%- set family = rule_family(rule) -%}
    {%- set not_on_hold -%}
        {%- if holds %}
            -- on hold
            and {{ on_hold(holds) }} is not true
        {%- endif -%}
    {%- endset -%}
    {%- set proof -%}
        {{ rule_condition(rule) }}
        {%- if stream.kind == 'event' %}
            -- raw holds the row: the same key, the same clock
            and exists (
                select from {{ raw }} as copy
                where {{ same_key('copy', rule.key, 'leaving', rule.key) }}
                and copy._clock = {{ clock_utc }}
                and copy._clock < {{ cutoff }}
                {%- if in_batch %}
                {#- Looked up by its clock, too, so that an index serves and not
                    the whole table is read for each batch. #}
                and copy._clock >= $1{{ zone }}
                and copy._clock <= ${{ rule.key | length + 2 }}{{ zone }}
                {%- endif %}
            )
        {%- elif stream.kind == 'entity' %}
            -- raw holds the row: its newest version has the same content
            and exists (
                select from {{ raw }} as copy
                where {{ same_key('copy', rule.key, 'leaving', rule.key) }}
                and {{ same_content(stream, 'copy', 'leaving', rule.as_of) }}
                {%- if in_batch and rule.clock in stream.raw.columns %}
                {#- So it has the same clock; by that the planner counts rows, and
                    merges both sides where both are read in its order. #}
                {%- set type = stream.raw.columns[rule.clock].data_type %}
                and copy.{{ clock }} >= $1::{{ type }}
                and copy.{{ clock }} <= ${{ rule.key | length + 2 }}::{{ type }}
                {%- if rule.taken_in %}
                and copy.{{ clock }} = leaving.{{ clock }}::{{ type }}
                {%- endif %}
                {%- endif %}
                and {{ is_newest_version(
                    stream.raw, rule.key, 'copy', rule.taken_in
                ) }}
            )
        {%- endif -%}
        {%- if stream.source.config.meta.get('files') and rule.then == 'delete' %}
            -- its output file is known, which is not taken for a temporary one
            and {{ output_is_noted(stream.source, 'leaving') }}
        {%- endif -%}
        {{- family_proof(family, rule.as_of) }}
        {{- not_on_hold }}
    {%- endset -%}
    {#- A row that a trigger keeps can hide that another one went, so how many were
        deleted is no proof there. -#}
    {%- set is_counted = in_batch and may_keep_rows(stream.source) -%}
    {%- set sweeps = [{
        'name': 'dated', 'walk': source, 'alias': 'leaving', 'clock': rule.clock,
        'key': rule.key, 'eligible': past,
        'range': batch_range('leaving', rule.clock, rule.key),
        'is_dense': rule.then == 'delete' and not rule.where and not rule.spare
            and not is_counted,
        'proof': proof, 'family': family, 'zone': zone,
    }] -%}
    {%- if stream.kind != 'event' -%}
        {%- do return(sweeps) -%}
    {%- endif -%}

    {#- A row whose clock was in the future (or NULL) when it was captured ages
        from a day after that; raw knows. -#}
    {%- set misdated -%}
        and {{ clock_utc }} is distinct from copy._clock
        and leaving.{{ clock }} is not distinct from copy.{{ clock }}
    {%- endset -%}
    {%- do sweeps.append({
        'name': 'undated', 'walk': raw, 'alias': 'copy', 'clock': '_clock', 'key': rule.key,
        'eligible': 'copy._clock < ' ~ cutoff ~ ' and exists (select from '
            ~ source ~ ' as leaving where '
            ~ same_key('leaving', rule.key, 'copy', rule.key) ~ misdated
            ~ rule_condition(rule) ~ ')',
        'range': 'exists (select from ' ~ raw ~ ' as copy where '
            ~ same_key('leaving', rule.key, 'copy', rule.key) ~ misdated
            ~ ' and ' ~ batch_range('copy', '_clock', rule.key) ~ ')'
            ~ rule_condition(rule),
        'is_dense': false,
        'proof': family_proof(family, rule.as_of) ~ not_on_hold,
        'family': family, 'zone': '',
    }) -%}

    {#- What memory knows, raw does not take (again): a row that has come back, or
        whose copy went before it. -#}
    {%- set bounds = ['$1' ~ zone, '$' ~ (rule.key | length + 2) ~ zone]
        if in_batch and rule.clock == stream.source.config.meta.capture.clock
        else none -%}
    {%- do sweeps.append(dict(sweeps[0],
        name='remembered', is_dense=false,
        eligible=past ~ ' and ' ~ is_remembered(stream, 'leaving'),
        proof=rule_condition(rule) ~ ' and '
            ~ is_remembered(stream, 'leaving', bounds)
            ~ family_proof(family, rule.as_of) ~ not_on_hold,
    )) -%}
    {%- do return(sweeps) -%}
{%- endmacro %}
