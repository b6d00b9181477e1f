{% macro create_connection(source_name, tables, schema) -%}
{%- set server = connection_server(source_name) -%}
{%- set pinned = retention_table('source') -%}
do $connect$
-- The address and the password are rows of a temporary table: they are in no
-- statement, and so in no log. What fails is said without its context, which
-- would repeat the statement that they were put into.
declare
    ours record;
    given jsonb := (
        select value::jsonb from pg_temp.connection where kind = 'given'
    );
    server_options text := (
        select string_agg(format('%I %L', name, value), ', ')
        from pg_temp.connection where kind = 'server'
    );
    user_options text := (
        select string_agg(format('%I %L', name, value), ', ')
        from pg_temp.connection where kind = 'user'
    );
    delete_options text := (
        select string_agg(format('%I %L', name, value), ', ')
        from pg_temp.connection where kind = 'delete server'
    );
    delete_user text := (
        select string_agg(format('%I %L', name, value), ', ')
        from pg_temp.connection where kind = 'delete user'
    );
    own record;
    seen jsonb;
    detail text;
begin
    if exists (
        select from pg_control_system()
        where system_identifier::text = given ->> 'system'
        and current_database() = given ->> 'database'
    ) then
        raise exception using errcode = 'WH010', message =
            'That is the warehouse''s own database, whose tables need no connection:'
            ' give the URL of the application''s.';
    end if;
    if exists (
        select from {{ pinned }}
        where source = '{{ source_name }}'
        and (system_identifier, database)
            is distinct from (given ->> 'system', given ->> 'database')
    ) then
        raise exception using errcode = 'WH010', message =
            '{{ source_name }} was in another server or database until now: if it has'
            ' really moved, `warehouse disconnect {{ source_name }}` first.';
    end if;
    if delete_options is null and exists (
        select from {{ retention_table('intent') }} where source = '{{ source_name }}'
    ) then
        raise exception using errcode = 'WH010', message =
            'What was let go of at {{ source_name }} has no outcome yet: connect it'
            ' with --delete-url, so that the next run can ask for it.';
    end if;
    -- A new password or address: all of it is made anew.
    {{ drop_connection(source_name) | indent(4) }}
    {%- for table in tables %}
    {%- set relation = node_relation(table).include(database=false) %}
    if to_regclass('{{ relation }}') is not null then
        raise exception using errcode = 'WH010', message =
            '{{ relation }} is a table of the warehouse''s own database: point the'
            ' var `{{ source_name }}_schema` at a schema that is free, or drop it.';
    end if;
    {%- endfor %}

    create extension if not exists postgres_fdw;
    execute format(
        'create server {{ server }} foreign data wrapper postgres_fdw options (%s)',
        server_options
    );
    execute format(
        'create user mapping for current_user server {{ server }} options (%s)',
        user_options
    );
    {%- for name, columns in catalog_columns().items() %}
    create foreign table {{ connection_table(source_name, 'pg_' ~ name) }} (
        {{ columns }}
    ) server {{ server }} options (
        schema_name 'pg_catalog', table_name 'pg_{{ name }}'
    );
    {%- endfor %}
    -- A type of the application's own is read by its text, under its own name.
    for own in
        select distinct
            shape.schema,
            shape.name,
            shape.as,
            format('%I.%I', shape.schema, shape.name) as label
        from jsonb_each(given -> 'tables') as seen_table,
            jsonb_each(seen_table.value -> 'columns') as seen_column,
            jsonb_to_record(nullif(seen_column.value -> 'own_type', 'null'))
                as shape (schema text, name text, "as" text)
        where shape.name is not null
    loop
        if to_regtype(own.label) is null then
            execute format('create schema if not exists %I', own.schema);
            execute format('create domain %s as %s', own.label, own.as);
            execute format(
                'comment on domain %s is %L', own.label,
                '{{ type_read_as_text() }}'
            );
        end if;
    end loop;
    -- Of the declared columns and no others; in one way, by `updatable`.
    {%- for schema_name in tables | map(attribute='schema') | unique %}
    create schema if not exists {{ adapter.quote(schema_name) }};
    {%- endfor %}
    {%- for table in tables %}
    create foreign table {{ node_relation(table).include(database=false) }} (
        {%- for column in table.columns.values() %}
        {{ adapter.quote(column.name) }} {{ column.data_type }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) server {{ server }} options (
        schema_name '{{ schema }}', table_name '{{ table.identifier }}'
    );
    {%- endfor %}

    -- What the warehouse's server reaches must be what was looked at.
    seen := (
        {{ seen_at_source(
            tables, "'" ~ schema ~ "'", "given ->> 'database'",
            connection_table(source_name, 'pg_')
        ) | indent(8) }}
    );
    if seen is distinct from given -> 'remote' then
        raise exception using errcode = 'WH010', message =
            'The warehouse''s server reaches another database by that URL than this'
            ' command does: give a host name that means the same to both.';
    end if;
    if delete_options is not null then
        create extension if not exists dblink;
        -- It has no tables: by it, whole statements go to the primary.
        execute format(
            'create server {{ delete_server(source_name) }}'
            ' foreign data wrapper dblink_fdw options (%s)', delete_options
        );
        execute format(
            'create user mapping for current_user'
            ' server {{ delete_server(source_name) }} options (%s)', delete_user
        );
        execute format(
            'select seen from %s.dblink(%L, %L) as asked (seen jsonb)',
            (
                select extnamespace::regnamespace
                from pg_extension where extname = 'dblink'
            ),
            '{{ delete_server(source_name)[1:-1] }}',
            $look${{ seen_at_source(
                tables, "'" ~ schema ~ "'", 'current_database()'
            ) }}$look$
        ) into seen;
        if seen is distinct from given -> 'remote' then
            raise exception using errcode = 'WH010', message =
                'The warehouse''s server reaches another database by the URL to delete'
                ' by than this command does: give a host name that means the same to'
                ' both.';
        end if;
    end if;
    insert into {{ pinned }} as known
        (source, system_identifier, database, remote, claimed_at)
    values (
        '{{ source_name }}', given ->> 'system', given ->> 'database', seen,
        {{ 'clock_timestamp()' if target.name in var('retention_targets') else 'null' }}
    )
    on conflict (source) do update
    set remote = excluded.remote,
        claimed_at = coalesce(known.claimed_at, excluded.claimed_at);
exception
    when sqlstate 'WH010' then
        raise exception using errcode = 'WH010', message = sqlerrm;
    when sqlstate '2F003' then
        raise exception using errcode = 'WH010', message =
            '{{ source_name }} cannot be connected: for a role that is no superuser the'
            ' URL must have a password, and the application''s server must ask for it'
            ' (in pg_hba.conf scram-sha-256, not trust).';
    when others then
        get stacked diagnostics detail = pg_exception_detail;
        raise exception using errcode = 'WH010', message = format(
            '{{ source_name }} cannot be connected (%s).',
            case
                when sqlstate like '08%' then split_part(regexp_replace(
                    detail, '^.*failed: (FATAL:  )?', ''
                ), chr(10), 1)
                else rtrim(sqlerrm, '.')
            end
        );
end
$connect$
{%- endmacro %}
