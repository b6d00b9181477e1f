{% macro in_grace(stream, alias, as_of) -%}
    {#- None where nothing is, so that no row is hashed for it. -#}
    {%- set grace = grace_of(stream) -%}
    {%- set which = "undoable.stream = '" ~ stream.name ~ "'
        and undoable.let_go_at > " ~ cutoff(as_of, grace) -%}
    {%- if not grace or not run_query(
        'select exists (select from ' ~ retention_table('undoable') ~ ' where '
        ~ which ~ ')'
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set shape = shape_at_source(stream) -%}
    {%- if shape.missing -%}
        {%- do return(none) -%}
    {%- endif -%}
    {{ row_digest(stream, shape.columns, alias) }} in (
        select known.digest
        from {{ retention_table('undoable') }} as undoable
        cross join unnest(undoable.digests) as known (digest)
        where {{ which }}
    )
{%- endmacro %}
