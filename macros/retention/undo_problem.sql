{% macro undo_problem(entry, stream, run_id, as_of) -%}
    {%- set then = fromjson(entry.rule_text).get('then', 'delete') -%}
    {%- if then != 'delete' -%}
        {%- do return(
            'What rule ' ~ entry.rule ~ ' changed in ' ~ entry.stream ~ ' ('
            ~ (then if then is string else then | first)
            ~ ') cannot be undone: only rows that were deleted are kept for a'
            ~ ' while, no values.'
        ) -%}
    {%- endif -%}
    {%- set grace = grace_of(stream) -%}
    {%- if not grace -%}
        {%- do return(
            entry.stream ~ ' cannot be undone: '
            ~ (stream.raw.name ~ ' states no grace, so raw let go of its rows the'
               ~ ' same night.' if stream and stream.raw
               else 'nothing has copied its rows.')
        ) -%}
    {%- endif -%}
    {%- set row = run_query(
        "select
            coalesce(sum(cardinality(digests)), 0) > 0,
            '" ~ entry.let_go_at ~ "'::timestamptz <= " ~ cutoff(as_of, grace) ~ ",
            to_char(
                '" ~ entry.let_go_at ~ "'::timestamptz at time zone 'UTC'
                + interval '" ~ grace ~ "', 'YYYY-MM-DD HH24:MI'
            )
        from " ~ retention_table('undoable') ~ "
        where run_id = '" ~ run_id ~ "' and rule = '" ~ entry.rule ~ "'
        and stream = '" ~ entry.stream ~ "'"
    ).rows[0] -%}
    {%- if row[1] -%}
        {%- do return(
            entry.stream ~ ' cannot be undone: its grace of ' ~ grace
            ~ ' was over on ' ~ row[2] ~ ' UTC.'
        ) -%}
    {%- elif not row[0] and entry.is_undone -%}
        {%- do return(
            entry.stream ~ ' has been undone already: nothing is left to put back.'
        ) -%}
    {%- elif not row[0] -%}
        {%- set missing = shape_at_source(stream).missing -%}
        {%- do return(
            entry.stream ~ ' cannot be undone: ' ~ (
                'raw does not copy its columns `' ~ missing | join('`, `')
                ~ '` as they are, so its rows would come back without them.'
                if missing else 'the run let go of rows that raw did not hold.'
            )
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
