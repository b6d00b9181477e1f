{% macro source_problem(source) -%}
    {%- if is_connected(source) -%}
        {%- do return(connection_problem(source)) -%}
    {%- endif -%}
    {%- set relation = node_relation(source).include(database=false) -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set found = run_query(
        "select
            row_security_active('" ~ relation ~ "'),
            pinned.source is not null,
            control.system_identifier is not null
        from (select '" ~ source.source_name ~ "' as name) as asked
        left join " ~ retention_table('source') ~ " as pinned
            on pinned.source = asked.name
        left join pg_control_system() as control
            on control.system_identifier::text = pinned.system_identifier
            and pinned.database = current_database()"
    ).rows[0] -%}
    {%- if found[0] -%}
        {%- do return(
            name ~ ' is hidden from ' ~ target.user ~ ' in part by row-level'
            ~ ' security, so what is missing there cannot be told from what was'
            ~ ' deleted: connect as a role that sees every row (BYPASSRLS, or the'
            ~ " table's owner without FORCE)."
        ) -%}
    {%- endif -%}
    {%- if not found[1] -%}
        {#- The first look at a source pins which database it is in. -#}
        {%- do run_query(
            "insert into " ~ retention_table('source') ~ "
                (source, system_identifier, database)
            select '" ~ source.source_name ~ "', system_identifier, current_database()
            from pg_control_system()
            on conflict (source) do nothing"
        ) -%}
    {%- elif not found[2] -%}
        {%- do return(
            source.source_name ~ ' is in another database than before (' ~ target.dbname ~ ' on '
            ~ target.host ~ ' is not the server and database that '
            ~ retention_table('source') ~ ' names): point the connection back, or,'
            ~ ' if the source has really moved, delete its row there and run'
            ~ ' `dbt run-operation init` again.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
