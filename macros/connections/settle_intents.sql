{% macro settle_intents() -%}
    {%- set intent = retention_table('intent') -%}
    {%- if not run_query(
        'select exists (select from ' ~ intent ~ ')'
    ).rows[0][0] -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- set ask -%}
do $settle$
-- Batches of an earlier run that have no outcome: where they deleted is asked what
-- became of their transactions. What cannot be asked now stays for the next run.
declare
    known record;
    became text;
    written {{ retention_table('ledger') }}%rowtype;
    gone bigint;
    began timestamptz;
    trouble text;
    detail text;
begin
    for known in
        select intent.*, pinned.system_identifier, pinned.database
        from {{ intent }} as intent
        inner join {{ retention_table('source') }} as pinned
            on pinned.source = intent.source
        order by intent.intent_id
    loop
        began := clock_timestamp();
        trouble := null;
        gone := null;
        written := jsonb_populate_record(
            null::{{ retention_table('ledger') }}, known.entry
        );
        begin
            perform {{ dblink('connect') }}(
                'warehouse', 'warehouse_' || known.source || '_delete'
            );
            perform {{ dblink('exec') }}('warehouse', $there$
                {{ begin_there(10, 300) }}
            $there$);
            -- Its session may be about to notice that we have gone.
            for attempt in 1 .. 50 loop
                select answer.became into became
                from {{ dblink('') }}('warehouse', format(
                    $there$
                    select case
                        when pg_is_in_recovery() then 'standby'
                        when (select system_identifier from pg_control_system()) <> %L
                        or current_database() <> %L then 'another'
                        -- Unknown there: another server took over.
                        when txid_current() <= %s then 'aborted'
                        else coalesce(txid_status(%s), 'forgotten')
                    end
                    $there$,
                    known.system_identifier, known.database,
                    known.transaction_id, known.transaction_id
                )) as answer (became text);
                exit when became <> 'in progress';
                perform pg_sleep(0.2);
            end loop;
            if became in ('standby', 'another') then
                trouble := 'the URL to delete by leads elsewhere now';
            elsif became = 'in progress' then
                trouble := 'it is still at work there';
            elsif became = 'aborted' then
                gone := 0;
            else
                -- Committed; but a server that crashed, or that took over, gives
                -- the id of one that it lost to another: then all are still there.
                -- Asked after that, or the count could be older than the commit.
                select greatest(0, known.rows - answer.rows) into gone
                from {{ dblink('') }}('warehouse', format(
                    '%s select count(*) from %s as leaving where %s',
                    known.intended, known.relation, known.condition
                )) as answer (rows bigint);
            end if;
        exception
            when others then
                get stacked diagnostics detail = pg_exception_detail;
                trouble := {{ why_it_failed() }};
        end;

        lock table {{ retention_table('gate') }} in exclusive mode;
        {{ note_let_go_there('written.stream', 'gone > 0') | indent(8) }}
        if 'warehouse' = any ({{ dblink('get_connections') }}()) then
            perform {{ dblink('disconnect') }}('warehouse');
        end if;
        if gone is null then
            update {{ intent }} set problem = trouble
            where intent_id = known.intent_id;
        else
            written.rows := gone;
            written.outcome := case
                when gone = 0 then 'stopped: it was cut off, and nothing went'
                else written.outcome || '; its outcome was found by a later run'
                    || {{ left_in_words('known.proved - gone') }}
            end;
            written.took := clock_timestamp() - began;
            {{ chain_entry() | indent(8) }}
            delete from {{ intent }} where intent_id = known.intent_id;
        end if;
        commit;
    end loop;
end
$settle$
    {%- endset -%}
    {%- do run_query(ask) -%}
{%- endmacro %}
