{% macro events_digest(rule, relation, alias, clock, is_in_utc, which) -%}
    {%- set at = alias ~ '.' ~ adapter.quote(clock) -%}
    {%- set key = [] -%}
    {%- for column in rule.key -%}
        {%- do key.append({
            'value': alias ~ '.' ~ adapter.quote(column),
            'type': rule.node.columns[column].data_type,
        }) -%}
    {%- endfor -%}
    select
        count(*) as rows,
        -- keys with their lengths, clocks in eight bytes each
        sha256(
            {%- for _ in key %}
            array_send(array_agg(event.key_{{ loop.index }})) ||
            {%- endfor %}
            string_agg(event.clock, '')
        ) as digest
    from (
        select
            {%- for part in key %}
            {{ part.value }}::{{ part.type }} as key_{{ loop.index }},
            {%- endfor %}
            {{ 'timestamptz_send' if is_in_utc else 'timestamp_send' }}({{ at }}) as clock
        from {{ relation }} as {{ alias }}
        where {{ which | trim }}
        order by {{ at }}
            {%- for part in key %}, {{ part.value }}::{{ part.type }}
            {{- ' collate "C"' if part.type.split('(')[0] in [
                'text', 'character varying', 'varchar', 'character', 'char'
            ] }}
            {%- endfor %}
    ) as event
{%- endmacro %}
