{% macro mart_sweep(rule, cutoff) -%}
    {%- set staging = rule.stream.staging -%}
    {%- set clock = 'leaving.' ~ adapter.quote(rule.clock) -%}
    {%- if not rule.kept_from -%}
        {%- set proof -%}
            {{ rule_condition(rule) }}
            -- staging has let go of the row (else it would come back)
            and not exists (
                select from {{ node_relation(staging) }} as original
                where {{ same_key(
                    'original', staging.config.unique_key, 'leaving', rule.key
                ) }}
            )
        {%- endset -%}
        {%- do return({
            'walk': rule.relation, 'alias': 'leaving', 'clock': rule.clock,
            'key': rule.key,
            'eligible': clock ~ ' < ' ~ cutoff ~ rule_condition(rule),
            'range': batch_range('leaving', rule.clock, rule.key),
            'is_dense': not rule.where and not rule.spare,
            'proof': proof, 'zone': '',
        }) -%}
    {%- endif -%}

    {#- A rollup goes by whole buckets: they are its clock, and it has no key, so
        that no batch ends within one. -#}
    {%- set proof %}
            -- staging has let go of every row of the bucket
            and {{ clock }} not in (
                {{ living_buckets(rule, cutoff, [rule.clock], '') }}
            )
    {%- endset -%}
    {%- set type = rule.node.columns[rule.clock].data_type -%}
    {%- do return({
        'walk': rule.relation, 'alias': 'leaving', 'clock': rule.clock,
        'key': [], 'eligible': clock ~ ' < ' ~ rule.kept_from,
        'range': batch_range('leaving', rule.clock, []),
        'is_dense': false, 'proof': proof,
        'zone': "::timestamp at time zone 'UTC'" if type == 'date'
            else " at time zone 'UTC'" if type.endswith('without time zone')
            else '',
        'mart': node_relation(rule.node),
    }) -%}
{%- endmacro %}
