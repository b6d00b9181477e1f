{% macro disconnect(source) -%}
    {%- do check_prepared() -%}
    {%- set tables = source_tables(source) -%}
    {%- set schema = adapter.quote(tables[0].schema) -%}
    {%- do run_query(
        "do $disconnect$
        declare
            ours record;
        begin
            if not exists (
                select from " ~ retention_table('source') ~ "
                where source = '" ~ source ~ "' and remote is not null
            ) then
                raise exception using errcode = 'WH010', message =
                    '" ~ source ~ " is not connected: `warehouse status` lists what is.';
            end if;
            if exists (
                select from " ~ retention_table('intent') ~ "
                where source = '" ~ source ~ "'
            ) then
                raise exception using errcode = 'WH010', message =
                    'What was let go of at " ~ source ~ " has no outcome yet: let a run'
                    ' ask for it first (`warehouse nightly`).';
            end if;
            " ~ drop_connection(source) ~ "
            delete from " ~ retention_table('source') ~ " where source = '" ~ source ~ "';
            begin
                drop schema if exists " ~ schema ~ ";
            exception
                when dependent_objects_still_exist or insufficient_privilege then
                    null;  -- somebody else uses it
            end;
        exception
            when dependent_objects_still_exist then
                raise exception using errcode = 'WH010', message =
                    sqlerrm || ': drop these first, and then disconnect "
                    ~ source ~ " again.';
        end
        $disconnect$"
    ) -%}
    {%- do log(
        source ~ ' is disconnected; what was captured of it stays. Connect it again,'
        ~ ' or switch it off with `' ~ source ~ '_enabled: false`.', info=true
    ) -%}
{%- endmacro %}
