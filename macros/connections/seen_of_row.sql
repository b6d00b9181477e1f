{% macro seen_of_row(rule) -%}
    {#- What a row must still be when it is deleted: of an event its clock, since
        with its key that is the proof; of a row that changes all of it. Both
        servers work it out, in the same settings. -#}
    {%- if rule.stream.kind != 'event' -%}
        {%- do return({
            'sql': "encode(substring(sha256(convert_to((
                    select row_to_json(it)::text
                    from (select " ~ quoted_key(rule.node.columns | list, 'leaving')
                ~ ") as it
                ), 'UTF8')) for 16), 'hex')::uuid",
            'type': 'uuid',
        }) -%}
    {%- endif -%}
    {%- do return({
        'sql': 'leaving.' ~ adapter.quote(rule.clock),
        'type': rule.node.columns[rule.clock].data_type,
    }) -%}
{%- endmacro %}
