{% macro connections() -%}
    {#- A database of an older version knows of none. -#}
    {%- if not run_query(
        "select exists (
            select from pg_attribute
            where attrelid = to_regclass('" ~ retention_table('source') ~ "')
            and attname = 'remote'
        )"
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- for row in run_query(
        "select
            pinned.source,
            pinned.database,
            pinned.remote ->> 'schema',
            (
                select string_agg(split_part(given, '=', 2), ':' order by given)
                from unnest(server.srvoptions) as given
                where given like any (array['host=%', 'port=%'])
            )
        from " ~ retention_table('source') ~ " as pinned
        left join pg_foreign_server as server
            on server.srvname = 'warehouse_' || pinned.source
        where pinned.remote is not null
        order by pinned.source"
    ).rows -%}
        {%- set problems = [] -%}
        {%- set tables = [] -%}
        {%- for table in graph.sources.values()
            if table.source_name == row[0] and not problems -%}
            {%- do tables.append(table) -%}
            {%- set problem = missing_table([table]) or source_problem(table) -%}
            {%- if problem -%}
                {%- do problems.append(problem) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do log(
            'Connected: ' ~ row[0] ~ ', database ' ~ row[1] ~ ', schema ' ~ row[2]
            ~ ', at ' ~ row[3] ~ ': ' ~ (
                problems[0] if problems else tables | length ~ ' tables are readable.'
            ), info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
