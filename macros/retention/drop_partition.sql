{% macro drop_partition(rule, sweep, partition, batch) %}
{%- set clock = adapter.quote(rule.clock) %}
do $batch$
-- {{ rule.id }} ({{ rule.layer }}): {{ partition.identifier }}, whole.
-- One transaction: proof of every row, ledger, drop. Killed anywhere, it is as
-- if it had not begun.
declare
    there bigint;
    proved bigint;
    first_clock timestamptz;
    last_clock timestamptz;
    sealed jsonb := '{}';
    attempt integer := 1;
    began timestamptz := clock_timestamp();
begin
    rollback;
    set transaction isolation level repeatable read;
    lock table {{ retention_table('gate') }} in exclusive mode;
    begin
        set local work_mem = '64MB';
        -- A row that the role may not see is an error, not a gap.
        set local row_security = off;
        set local lock_timeout = '{{ (batch.lock_seconds * 1000) | int }}ms';
        -- Until the end nobody writes here, so the proof stays true; whoever
        -- reads goes on. The table first: a build waits there, and holds nothing.
        lock table only {{ rule.relation }}, only {{ partition }} in share mode;

        {{ refuse_changed_holds(rule.stream, batch.as_of, batch.holds)
            | indent(8) }}

        select count(*), min({{ clock }}), max({{ clock }})
        into there, first_clock, last_clock
        from {{ partition }};

        execute $sql$
            select count(*) from {{ partition }} as leaving
            where true
            {{ sweep.proof }}
        $sql$ into proved;

        if proved = there and there between 1 and {{ batch.allowed }} then
            {%- if rule.stream.kind == 'entity' %}
            execute $sql${{ mark_gone(
                dict(rule, relation=partition), dict(sweep, range='true'), batch
            ) }}$sql$;
            {%- else %}
            execute $sql${{ remember(
                dict(rule, relation=partition), 'true', sweep.proof
            ) }}$sql$ into proved;
            if proved <> there then
                raise exception using errcode = 'WH002';
            end if;
            {%- endif %}
            {{ ledger_entry(
                rule, batch, 'there', "'let go'", 'first_clock, last_clock'
            ) }}
            -- What memory has written goes to the disk meanwhile, and not with the
            -- commit, for which readers wait.
            perform pg_sleep(0.5);
            -- The only moment in which readers wait; whoever is in the way
            -- makes this wait a little, and not those behind it.
            set local lock_timeout = '200ms';
            loop
                begin
                    lock table only {{ rule.relation }}, only {{ partition }}
                    in access exclusive mode;
                    drop table {{ partition }};
                    exit;
                exception
                    when lock_not_available or deadlock_detected then
                        attempt := attempt + 1;
                        if attempt > 5 then
                            raise;
                        end if;
                        perform pg_sleep(0.2);
                end;
            end loop;
        end if;
    exception
        -- Then its rows go in batches, which say what is wrong.
        when others then null;
    end;
    commit;
end
$batch$
{% endmacro %}
