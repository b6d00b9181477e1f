{% macro note_let_go_there(stream, condition) -%}
    -- A replica that is behind this is not asked.
    begin
        if {{ condition }} then
            insert into {{ retention_table('let_go_there') }} as known (stream, until)
            select {{ stream }}, answer.place::pg_lsn
            from {{ dblink('') }}(
                'warehouse', 'select pg_current_wal_lsn()'
            ) as answer (place text)
            on conflict (stream) do update set until = excluded.until;
        end if;
    exception
        when others then
            null;  -- planned once more at worst, and nothing is there
    end;
{%- endmacro %}
