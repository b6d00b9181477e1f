{% macro hold_list(hold_id=none) -%}
    {%- do check_prepared() -%}
    {%- set holds = run_query(
        "select
            hold_id, relation, predicate, reason, held_by, asked_by,
            cardinality(subject_hashes) as identifiers,
            to_char(held_at at time zone 'UTC', 'YYYY-MM-DD') as since,
            to_char(
                held_until at time zone 'UTC' - interval '1 microsecond', 'YYYY-MM-DD'
            ) as until,
            case
                when released_at is not null then 'released'
                when held_until <= clock_timestamp() then 'over'
                else 'in force'
            end as status,
            to_char(released_at at time zone 'UTC', 'YYYY-MM-DD') as released,
            released_by, released_for, released_because
        from " ~ retention_table('hold') ~ "
        where " ~ ('hold_id = ' ~ hold_id | int if hold_id else 'true') ~ "
        order by hold_id"
    ).rows -%}
    {%- for hold in holds -%}
        {%- set what = 'a person, known by ' ~ hold.identifiers ~ ' identifiers'
            if hold.relation == '*' else hold.relation
            ~ (' where ' ~ hold.predicate if hold.predicate != 'true' else ', every row') -%}
        {%- do log(
            'Hold ' ~ hold.hold_id ~ ' (' ~ hold.status ~ '): ' ~ what ~ '; '
            ~ hold.reason ~ '; from ' ~ hold.since ~ ' until ' ~ hold.until
            ~ ', by ' ~ (hold.asked_by or hold.held_by) ~ ' as ' ~ hold.held_by
            ~ '.', info=true
        ) -%}
        {%- if hold.status == 'released' -%}
            {%- do log(
                '    Released on ' ~ hold.released ~ ' by '
                ~ (hold.released_for or hold.released_by) ~ ' as '
                ~ hold.released_by ~ ': ' ~ hold.released_because ~ '.', info=true
            ) -%}
        {%- elif hold.status == 'in force' -%}
            {%- do log('    At the source it holds ' ~ (
                rows_on_hold(hold) | join(', ') or 'no row now'
            ) ~ '.', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not holds -%}
        {%- do log(
            'There is no hold' ~ (' ' ~ hold_id if hold_id else '') ~ '.', info=true
        ) -%}
    {%- endif -%}
{%- endmacro %}
