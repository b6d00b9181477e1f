{% macro connection_problem(source) -%}
    {%- set name = source.source_name ~ '.' ~ source.name -%}
    {%- set foreign = node_relation(source).include(database=false) -%}
    {%- set seen = "(" ~ seen_at_source(
        [source], 'pinned.schema', 'pinned.database',
        connection_table(source.source_name, 'pg_')
    ) ~ ")" -%}
    {#- A server that does not answer is a sentence, not the end of the run; what
        it said comes out by a setting of this session. -#}
    {%- do run_query(
        "do $look$
        declare
            pinned record;
            seen jsonb;
            known jsonb;
            detail text;
        begin
            select remote ->> 'schema' as schema, database, remote
            into pinned
            from " ~ retention_table('source') ~ "
            where source = '" ~ source.source_name ~ "' and remote is not null;
            if not found then
                perform set_config('warehouse.source', 'unknown', false);
                return;
            end if;
            seen := " ~ seen ~ ";
            known := pinned.remote -> 'tables' -> '" ~ source.identifier ~ "';
            -- A row that the role may not see is an error, by row_security.
            perform from " ~ foreign ~ " limit 1;
            perform set_config('warehouse.source', case
                when seen -> 'database' is distinct from pinned.remote -> 'database'
                or seen -> 'tables' -> '" ~ source.identifier ~ "' -> 'oid'
                    is distinct from known -> 'oid' then 'another'
                when seen -> 'tables' -> '" ~ source.identifier ~ "'
                    is distinct from known then 'changed'
                else '' end, false);
        exception
            when others then
                get stacked diagnostics detail = pg_exception_detail;
                perform set_config(
                    'warehouse.source', 'failed: ' || " ~ why_it_failed() ~ ", false
                );
        end
        $look$"
    ) -%}
    {%- set found = run_query(
        "select current_setting('warehouse.source')"
    ).rows[0][0] -%}
    {%- set again = 'run `warehouse connect ' ~ source.source_name ~ '`' -%}
    {%- if found == 'unknown' -%}
        {%- do return(
            name ~ ' is a foreign table that this warehouse did not connect, so'
            ~ ' nobody knows which database it is in: point the var `'
            ~ source.source_name ~ '_schema` at a schema that is free (another'
            ~ " target's is that target's), and " ~ again ~ '.'
        ) -%}
    {%- elif found.startswith('failed: ') -%}
        {%- do return(
            name ~ ' cannot be read in its own database ('
            ~ found[8:].rstrip('.') ~ '): start or repair that, or, if its address,'
            ~ ' password or rights have changed, ' ~ again ~ ' again.'
        ) -%}
    {%- elif found == 'another' -%}
        {%- do return(
            name ~ ' is not the table that was connected, or is in another database'
            ~ ' than that: point the address back, or, if it has really moved, '
            ~ '`warehouse disconnect ' ~ source.source_name ~ '` and ' ~ again ~ '.'
        ) -%}
    {%- elif found == 'changed' -%}
        {%- do return(
            'The declared columns of ' ~ name ~ ' have changed in its own database'
            ~ ' since it was connected: declare them as they are, and '
            ~ again ~ ' again.'
        ) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
