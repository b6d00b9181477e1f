{% macro replica_behind(stream) -%}
    {#- A replica that does not show yet what was let go of at its primary would
        have it planned again. -#}
    {%- set noted = run_query(
        "select until::text from " ~ retention_table('let_go_there') ~ "
        where stream = '" ~ stream.name ~ "'"
    ).rows -%}
    {%- if not noted -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set behind = run_query(
        "select pg_size_pretty(bytes) from " ~ dblink('') ~ "(
            '" ~ connection_server(stream.source.source_name)[1:-1] ~ "',
            $there$" ~ bytes_behind(noted[0][0]) ~ "$there$
        ) as asked (bytes numeric)
        where bytes > 0"
    ).rows -%}
    {%- do return(
        'The replica that ' ~ stream.name ~ ' is read from is ' ~ behind[0][0]
        ~ ' behind what was let go of at its primary: the next run goes on once it'
        ~ ' shows that.' if behind else none
    ) -%}
{%- endmacro %}
