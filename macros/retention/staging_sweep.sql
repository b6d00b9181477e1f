{% macro staging_sweep(rule, cutoff, holds) -%}
    {%- set stream = rule.stream -%}
    {%- set raw_key = downstream_key(stream.raw) -%}
    {%- set emptied = [] -%}
    {%- if rule.then != 'delete' -%}
        {%- for column, originals in made_of(
            stream.staging, emptied_at(stream.raw, 'original', rule.as_of) | list
        ).items() if column in rule.then.redact -%}
            {%- do emptied.extend(originals) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set proof -%}
        {{ rule_condition(rule) }}
        -- raw has let go of the row (else it would be staged again)
        and (
            {%- if rule.taken_in %}
            -- ... as it had of all of these, and neither has taken in a row since
            {{ taken_in(node_relation(stream.raw)) | indent(8) }}
            + {{ taken_in(rule.relation) | indent(8) }} = {{ rule.taken_in }}
            or
            {%- endif %} not exists (
            select from {{ node_relation(stream.raw) }} as original
            where {{ same_key('original', raw_key, 'leaving', rule.key) }}
            {%- if rule.then != 'delete' %}
            -- or of what is taken out
            and num_nonnulls({{ quoted_key(emptied, 'original') or 'null' }}) > 0
            {%- endif %}
            )
        )
        {%- if holds %}
        -- on hold as a whole
        and {{ on_hold(holds, 'staging') }} is not true
        {%- endif %}
        {%- for mart in stream.kept if rule.then == 'delete' %}
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
        'is_dense': rule.then == 'delete' and not rule.where and not rule.spare,
        'proof': proof, 'zone': '',
    }) -%}
{%- endmacro %}
