{% macro undo_refusal(stream, run_id) -%}
    {%- set problem = missing_table([stream.source, stream.raw])
        or source_problem(stream.source) or may_not_change(stream.source) -%}
    {%- if problem -%}
        {%- do return(problem) -%}
    {%- endif -%}
    {%- set shape = shape_at_source(stream) -%}
    {%- if shape.missing -%}
        {%- do return(
            stream.name ~ ' has columns that raw does not copy as they are, `'
            ~ shape.missing | join('`, `') ~ '`, so its rows would come back'
            ~ ' without them: nothing was put back.'
        ) -%}
    {%- endif -%}
    {%- for row in run_query(
        "select distinct array_to_string(columns, ', ') from " ~ retention_table('undoable') ~ "
        where run_id = '" ~ run_id ~ "' and stream = '" ~ stream.name ~ "'"
    ).rows if row[0] != shape.columns | join(', ') -%}
        {%- do return(
            stream.name ~ ' has had other columns when its rows left ('
            ~ row[0] ~ '; now ' ~ shape.columns | join(', ')
            ~ '): nothing was put back.'
        ) -%}
    {%- endfor -%}
    {%- do return(none) -%}
{%- endmacro %}
