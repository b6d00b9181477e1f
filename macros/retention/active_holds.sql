{% macro active_holds(stream, as_of) -%}
    {#- What each says of a row of the source, of its raw copy, and of a staging
        row that has neither any more. -#}
    {%- set holds = [] -%}
    {%- for row in run_query(
        "select
            hold_id, predicate, reason, relation = '*' as is_person,
            to_char(
                held_until at time zone 'UTC' - interval '1 microsecond', 'YYYY-MM-DD'
            ) as until
        from " ~ retention_table('hold') ~ "
        where " ~ hold_in_force(stream, as_of) ~ "
        order by hold_id"
    ).rows -%}
        {%- if row.is_person -%}
            {#- Without its salt, nobody would be on hold. -#}
            {%- do check_salt() -%}
        {%- endif -%}
        {%- do holds.append({
            'hold_id': row.hold_id, 'reason': row.reason, 'until': row.until,
            'source': about_person(row.hold_id, stream.source, stream.source)
                if row.is_person else row.predicate,
            'raw': about_person(row.hold_id, stream.source, stream.raw)
                if row.is_person else row.predicate,
            'staging': 'true' if row.predicate == 'true' else 'false',
        }) -%}
    {%- endfor -%}
    {%- do return(holds) -%}
{%- endmacro %}
