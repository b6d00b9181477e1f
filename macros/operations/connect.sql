{% macro connect(source, schema='public', deletes=false) -%}
    {%- do check_rules() -%}
    {%- set lets_go = target.name in var('retention_targets') -%}
    {%- set tables = source_tables(source) -%}
    {%- set missing = [] -%}
    {%- for extension, purpose, wrapper in [
        ('postgres_fdw', 'reads other databases', 'postgres_fdw'),
        ('dblink', 'deletes in other databases', 'dblink_fdw'),
    ] if extension == 'postgres_fdw' or deletes and lets_go -%}
        {%- set there = run_query(
            "select
                exists (select from pg_extension where extname = '" ~ extension ~ "'),
                exists (
                    select from pg_available_extensions where name = '" ~ extension ~ "'
                ),
                (select rolsuper from pg_roles where rolname = current_user),
                (
                    select has_foreign_data_wrapper_privilege(oid, 'usage')
                    from pg_foreign_data_wrapper where fdwname = '" ~ wrapper ~ "'
                )"
        ).rows[0] -%}
        {%- if not there[0] and not there[1] -%}
            {%- do exceptions.raise_compiler_error(
                "The warehouse's PostgreSQL has no " ~ extension ~ ', by which it '
                ~ purpose ~ ': install the contrib modules of that server (package'
                ~ ' postgresql-contrib), or use one that has them, by PGHOST or, for an'
                ~ ' embedded one, WAREHOUSE_PG_BIN.'
            ) -%}
        {%- elif not there[2] and not there[3] -%}
            {%- do missing.append(
                'create extension if not exists ' ~ extension
                ~ '; grant usage on foreign data wrapper ' ~ wrapper ~ ' to '
                ~ adapter.quote(target.user) ~ ';'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'The role ' ~ target.user ~ ' may not create the extensions by which'
            ~ ' other databases are reached, or not use them: run as an'
            ~ ' administrator, in this database, `' ~ missing | join(' ')
            ~ '`, and then this again.'
        ) -%}
    {%- endif -%}
    {%- for table in tables -%}
        {%- for column in table.columns.values() if not column.data_type -%}
            {%- do exceptions.raise_compiler_error(
                node_place(table) ~ ' declares a column `' ~ column.name
                ~ '` without its data_type, which a database of its own needs: write'
                ~ ' it there.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do run_query(prepare_database()) -%}
    {%- set rules = [] -%}
    {%- for rule in retention_rules()
        if rule.layer == 'source' and rule.interval
        and rule.node.source_name == source -%}
        {%- do rules.append(rule) -%}
    {%- endfor -%}
    {#- The program that called runs these on connections of its own: dbt logs what
        it runs. -#}
    {%- do log('result: ' ~ tojson({
        'lets_go': lets_go,
        'look': look_at_source(tables, rules, schema),
        'begin': 'create temporary table connection (kind text, name text, value text)'
            ~ ' on commit drop',
        'create': create_connection(source, tables, schema),
    })) -%}
{%- endmacro %}
