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
    {#- That it does not answer is said elsewhere (connection_problem). -#}
    {%- do run_query(
        "do $look$
        begin
            perform set_config(
                'warehouse.source',
                coalesce(max(pg_size_pretty(bytes)) filter (where bytes > 0), ''),
                false
            )
            from " ~ dblink('') ~ "(
                '" ~ connection_server(stream.source.source_name)[1:-1] ~ "',
                $there$" ~ bytes_behind(noted[0][0]) ~ "$there$
            ) as asked (bytes numeric);
        exception
            when others then
                perform set_config('warehouse.source', '', false);
        end
        $look$"
    ) -%}
    {%- set behind = run_query(
        "select current_setting('warehouse.source')"
    ).rows[0][0] -%}
    {%- do return(
        'The replica that ' ~ stream.name ~ ' is read from is ' ~ behind
        ~ ' behind what was let go of at its primary: the next run goes on once it'
        ~ ' shows that.' if behind else none
    ) -%}
{%- endmacro %}
