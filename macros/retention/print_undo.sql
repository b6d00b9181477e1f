{% macro print_undo(run_id) -%}
    {%- for row in run_query(
        "select
            stream, sum(cardinality(digests)),
            to_char(min(let_go_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
        from " ~ retention_table('undoable') ~ "
        where run_id = '" ~ run_id ~ "'
        group by stream
        order by stream"
    ).rows -%}
        {%- set grace = grace_of(
            streams() | selectattr('name', 'equalto', row[0]) | first
        ) -%}
        {%- do log(
            row[0] ~ ': ' ~ row[1] ~ ' rows can be put back for ' ~ grace
            ~ ' after ' ~ row[2] ~ ' UTC: warehouse undo ' ~ run_id, info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
