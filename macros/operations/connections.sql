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
            on server.srvname = '" ~ connection_server('')[1:-1] ~ "' || pinned.source
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
        {%- set deletes = deletes_there(row[0]) -%}
        {%- for rule in retention_rules(run_moment(none))
            if deletes and rule.layer == 'source' and rule.interval
            and rule.node.source_name == row[0] and not problems -%}
            {%- set problem = unsettled_problem(rule.stream) or (
                none if plan_only_there(rule)
                else rule_family(rule).problem
                    or (delete_problem(rule) or [none, none])[1]
            ) -%}
            {%- if problem -%}
                {%- do problems.append(problem) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set why = may_not_change(tables[0]) if tables else none -%}
        {%- do log(
            'Connected: ' ~ row[0] ~ ', database ' ~ row[1] ~ ', schema ' ~ row[2]
            ~ ', at ' ~ row[3] ~ ': ' ~ (
                problems[0] if problems else tables | length ~ ' tables are readable, and rows '
                ~ ('can be let go of.' if deletes
                   else 'are not let go of: ' ~ (
                       why or 'that takes a URL to delete by (`warehouse connect '
                       ~ row[0] ~ ' --delete-url`).'
                   ))
            ), info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
