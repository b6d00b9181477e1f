{% macro events_digest(rule, relation, alias, which) -%}
    {%- set bytes -%}
        record_send(row(
            {%- for column in rule.key + [rule.clock] -%}
            {{ alias }}.{{ adapter.quote(column) }}::
            {{- rule.node.columns[column].data_type }}
            {{- ', ' if not loop.last }}
            {%- endfor -%}
        ))
    {%- endset -%}
    select
        count(*) as rows,
        sha256(string_agg(event.bytes, '')) as digest
    from (
        select {{ bytes }} as bytes
        from {{ relation }} as {{ alias }}
        where {{ which | trim }}
        order by {{ alias }}.{{ adapter.quote(rule.clock) }}, bytes
    ) as event
{%- endmacro %}
