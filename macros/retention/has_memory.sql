{% macro has_memory(stream) -%}
    {%- do return(stream.kind == 'event' and run_query(
        "select exists (
            select from " ~ retention_table('memory') ~ "
            where stream = '" ~ stream.name ~ "'
        )"
    ).rows[0][0]) -%}
{%- endmacro %}
