{% macro retention_batch(rule, sweep, batch) %}
{%- set clock = 'leaving.' ~ adapter.quote(rule.clock) -%}
{%- set clocks = 'min(' ~ clock ~ ')' ~ sweep.zone ~ ', max(' ~ clock ~ ')'
    ~ sweep.zone -%}
{%- set family = sweep.family or {} -%}
{%- set using = 'using ' ~ batch_edges(sweep.key) %}
do $batch$
-- {{ rule.id }} ({{ rule.layer }}), granules {{ batch.first }} to {{ batch.last }}.
-- One transaction: proof, seal, {{ rule.then if rule.then is string else rule.then | first }}, ledger. Killed anywhere, it is as if
-- it had not begun.
declare
    batch_from record;
    batch_to record;
    in_range bigint;
    proved bigint;
    first_clock timestamptz;
    last_clock timestamptz;
    counted bigint;
    sealed jsonb;
    gone bigint;
    attempt integer := 0;
    careful boolean := false;
    began timestamptz;
    trouble text;
begin
    loop
        attempt := attempt + 1;
        began := clock_timestamp();
        trouble := null;
        sealed := '{}';
        rollback;
        set transaction isolation level repeatable read;
        -- What must be seen fresh is locked before the first SELECT, which
        -- takes the snapshot.
        lock table {{ retention_table('gate') }} in exclusive mode;
        begin
            -- Proof and seal of a batch in memory, not on disk.
            set local work_mem = '64MB';
            -- A row that the role may not see is an error, not a gap.
            set local row_security = off;
            set local lock_timeout = '{{ (batch.lock_seconds * 1000) | int }}ms';
            {%- if rule.layer != 'source' or rule.stream.kind == 'entity' %}
            -- Without it, each batch hashes a whole other layer instead of
            -- looking its own rows up there by an index.
            set local random_page_cost = 1.1;
            {%- endif %}
            {%- if rule.layer == 'source'
                and (rule.stream.kind == 'event' or rule.taken_in) %}
            -- Both sides come in the order of their clocks, so merging them takes
            -- less than hashing one.
            set local enable_hashjoin = off;
            {%- if rule.taken_in %}
            set local enable_nestloop = off;
            {%- endif %}
            {%- endif %}
            -- While it holds these, no foreign key comes to refer to them.
            lock table {{ rule.relation }}{{ ', ' ~ sweep.mart if sweep.mart }}
            {%- for child in family.members %}, {{ child.relation }}{% endfor %}
            in row exclusive mode;

            select * into strict batch_from from pg_temp.batch_bounds
            where granule = {{ batch.first }} and is_first;
            select * into strict batch_to from pg_temp.batch_bounds
            where granule = {{ batch.last }} and is_last;

            {{ refuse_changed_holds(rule.stream, batch.as_of, batch.holds)
                | indent(12) }}
            {{- refuse_changed_keys(family) | indent(12) }}

            -- Where every row of the range may go, the range alone says which.
            {%- if sweep.is_dense %}
            in_range := batch_to.place - batch_from.place + 1;
            {%- else %}
            execute $sql$
                select count(*) from {{ rule.relation }} as leaving
                where {{ sweep.range }}
            $sql$ into in_range {{ using }};
            {%- endif %}

            -- Proof: the rows of the range that may go.
            execute $sql$
                select count(*){{ ', ' ~ clocks if sweep.by_key }}
                from {{ rule.relation }} as leaving
                where {{ sweep.range }}
                {{ sweep.proof }}
            $sql$ into proved{{ ', first_clock, last_clock' if sweep.by_key }}
            {{ using }};
            {%- if not sweep.by_key %}
            first_clock := batch_from.clock {{ sweep.zone }};
            last_clock := batch_to.clock {{ sweep.zone }};
            {%- endif %}
            if proved > {{ batch.allowed }} then
                raise exception using
                    errcode = 'WH004',
                    message = 'there are more rows than were planned';
            end if;
            {%- for rollup in batch.rollups %}

            -- Seal: what these rows add up to, by the rollup's own SELECT.
            if proved = in_range and not careful then
                execute $sql${{ seal(rollup, rule, sweep.range, '') }}$sql$
                into counted {{ using }};
            else
                execute $sql${{ seal(rollup, rule, sweep.range, sweep.proof) }}$sql$
                into counted {{ using }};
            end if;
            if counted <> proved and proved = in_range and not careful then
                raise exception using errcode = 'WH005';
            elsif counted is distinct from proved then
                raise exception using
                    errcode = 'WH002',
                    message = '{{ rollup.name }} does not hold every row';
            end if;
            sealed := sealed || jsonb_build_object('{{ rollup.name }}', counted);
            {%- endfor %}

            {%- if rule.layer == 'raw' and rule.stream.kind == 'entity'
                and rule.then == 'delete' %}

            -- With its last version a key is gone: its staging row ages from now.
            execute $sql${{ mark_gone(rule, sweep, batch) }}$sql$ {{ using }};
            {%- endif %}

            {%- if rule.layer == 'raw' and rule.stream.kind == 'event'
                and rule.then == 'delete' %}

            -- Memory: should one of them come back, it is known.
            if proved = in_range and not careful then
                execute $sql${{ remember(rule, sweep.range, '') }}$sql$
                into counted {{ using }};
            else
                execute $sql${{ remember(rule, sweep.range, sweep.proof) }}$sql$
                into counted {{ using }};
            end if;
            if counted <> proved and proved = in_range and not careful then
                raise exception using errcode = 'WH005';
            elsif counted <> proved then
                raise exception using
                    errcode = 'WH002', message = 'memory does not hold every row';
            end if;
            {%- endif %}

            {%- if sweep.mart %}

            -- With the sealed numbers go the mart's rows of these buckets.
            execute $sql${{ forget_buckets(rule, sweep) }}$sql$
            into sealed {{ using }};
            {%- endif %}
            {#- What raw does not hold could not be put back. -#}
            {{- keep_undoable(
                rule, rule.stream, rule.relation, 'leaving',
                sweep.range ~ '\n' ~ sweep.proof, batch, using
            ) if rule.layer == 'source' and rule.then == 'delete'
                and sweep.name != 'remembered' }}
            {{- children_gone(rule, sweep, batch, using) if sweep.family }}

            if proved = in_range and not careful then
                execute $sql$
                    {{ rule_action(rule, batch.as_of) }}
                    where {{ sweep.range }}
                $sql$ {{ using }};
            else
                execute $sql$
                    {{ rule_action(rule, batch.as_of) }}
                    where {{ sweep.range }}
                    {{ sweep.proof }}
                $sql$ {{ using }};
            end if;
            get diagnostics gone = row_count;
            if gone <> proved and proved = in_range and not careful then
                raise exception using errcode = 'WH005';
            elsif gone <> proved then
                raise exception using
                    errcode = 'WH003',
                    message = 'other rows were changed than were proved';
            end if;
            -- What the source checks only at the end, while it can be answered.
            set constraints all immediate;
            {{ ledger_entry(
                rule, batch, 'gone', "'" ~ (
                    'let go by memory' if sweep.name == 'remembered' else 'let go'
                ) ~ "'",
                'first_clock, last_clock'
            ) }}
            exit;
        exception
            when serialization_failure or deadlock_detected
                or lock_not_available
                -- a child came in since the snapshot
                or foreign_key_violation then
                trouble := 'stopped: another session is in the way ('
                    || sqlstate || ')';
            when sqlstate 'WH005' then
                -- Rows have come into the range since it was walked: again,
                -- row by row.
                careful := true;
            when sqlstate 'WH001' or sqlstate 'WH002' or sqlstate 'WH003' then
                trouble := 'stopped: ' || sqlerrm;
                attempt := 5;
            when sqlstate 'WH004' then
                trouble := 'paused: ' || sqlerrm;
                attempt := 5;
            when query_canceled then
                -- statement_timeout, or a person; `others` leaves it out.
                trouble := 'stopped: a batch took longer than '
                    '{{ batch.statement_seconds }} s, or was cancelled';
                attempt := 5;
            when others then
                -- The text of an error can hold a row's values.
                trouble := 'stopped: the database refused it (' || sqlstate || ')';
                attempt := 5;
        end;
        if attempt >= 5 then
            rollback;
            -- The chain of entries has one end: nobody else adds to it now.
            lock table {{ retention_table('gate') }} in exclusive mode;
            sealed := '{}';
            {{ ledger_entry(
                rule, batch, '0', 'trouble', 'null, null'
            ) }}
            exit;
        end if;
    end loop;
    commit;
end
$batch$
{% endmacro %}
