{% macro remote_batch(rule, sweep, batch) %}
{%- set source = rule.stream.source -%}
{%- set refusals = refusal_in_words(rule) -%}
{%- set intent = retention_table('intent') -%}
{%- set edges = batch_edges(sweep.key) -%}
{#- An event that nothing else is asked of is told by key and clock alone. -#}
{%- set is_plain = rule.stream.kind == 'event' and not batch.holds
    and not rule.where and not rule.spare and not source.config.meta.get('files')
    and not sweep.family.members and not sweep.family.blocking -%}
{%- set is_compared = is_plain and sweep.name == 'dated' and rule.then == 'delete' -%}
{%- set columns = (rule.key + [rule.clock] + [source.config.meta.capture.clock])
    | unique | list if is_plain else rule.node.columns | list -%}
{%- set is_dated = sweep.walk == rule.relation -%}
{#- A comparison of rows is not sent along; one of clocks or keys is. -#}
{%- set fetched -%}
    {%- if is_dated -%}
        leaving.{{ adapter.quote(rule.clock) }} >= $1
                    and leaving.{{ adapter.quote(rule.clock) }} <= ${{ rule.key | length + 2 }}
    {%- else -%}
        leaving.{{ adapter.quote(rule.key[0]) }} = any (array(
                        select copy.{{ adapter.quote(rule.key[0]) }}
                        from {{ sweep.walk }} as copy
                        where {{ batch_range('copy', sweep.clock, sweep.key) }}
                    ))
    {%- endif -%}
{%- endset -%}
{#- What is deleted there together, parents first: their own names begin with the
    alias that the proof has for them. -#}
{%- set targets = [{
    'prefix': '', 'alias': 'leaving', 'rule': rule, 'zone': sweep.zone,
}] -%}
{%- for child in sweep.family.members | reverse -%}
    {%- set capture = child.node.config.meta.capture -%}
    {%- do targets.append(dict(child, prefix=child.alias ~ '_', zone='', rule=dict(
        rule, node=child.node, stream=child.stream, relation=child.relation,
        key=capture.key, clock=capture.clock, where=none, spare=none
    ))) -%}
{%- endfor -%}
{%- set proof = namespace(sql=sweep.proof) -%}
{%- for child in sweep.family.members -%}
    {%- set proof.sql = proof.sql | replace(
        child.relation ~ ' as ' ~ child.alias, child.alias ~ '_there as ' ~ child.alias
    ) -%}
{%- endfor -%}
{%- set together = targets | length > 1 %}
{%- set opened %}
            -- Open still, after a batch before this one.
            if ('warehouse' = any ({{ dblink('get_connections') }}())) is not true then
                perform {{ dblink('connect') }}(
                    'warehouse', '{{ delete_server(source.source_name)[1:-1] }}'
                );
            end if;
            perform {{ dblink('exec') }}('warehouse', $there$
            {{ begin_there(batch.lock_seconds, batch.statement_seconds) }};
                {%- if is_compared %}
                set transaction isolation level repeatable read;
                {%- endif %}
                {%- if rule.then == 'delete' %}
                -- While it holds these, no foreign key comes to refer to them.
                lock table {% for target in targets %}
                {{- pinned_source(target.rule.node).relation }}
                {{- ', ' if not loop.last }}
                {%- endfor %} in row exclusive mode
                {%- endif %}
            $there$);
{%- endset %}
{%- set refused %}
            if refusal <> '' then
                raise exception using errcode = 'WH006', message = case refusal
                    {%- for answer, words in refusals.items() %}
                    when '{{ answer }}' then '{{ words }}'
                    {%- endfor %}
                end;
            end if;
{%- endset %}
{%- set range_there = batch_range('leaving', rule.clock, rule.key) -%}
do $batch$
-- {{ rule.id }}, granules {{ batch.first }} to {{ batch.last }}, in a database of its own
-- (docs/decisions/0015): proof here, delete there; intent committed here, then
-- the delete there, then its outcome here. Killed anywhere, the next run knows
-- from the intent which transaction to ask for.
declare
    batch_from record;
    batch_to record;
    {%- for target in targets %}
    {{ target.prefix }}entry {{ retention_table('ledger') }}%rowtype;
    {{ target.prefix }}intended {{ intent }}%rowtype;
    {{ target.prefix }}literals text[];
    {{ target.prefix }}proved bigint;
    {{ target.prefix }}gone bigint;
    {{ target.prefix }}kept bigint;
    {%- endfor %}
    {%- if is_compared %}
    is_same boolean;
    held record;
    found record;
    {%- endif %}
    refusal text;
    sealed jsonb := '{}';
    attempt integer := 0;
    began timestamptz := clock_timestamp();
    trouble text;
    detail text;
begin
    loop
        attempt := attempt + 1;
        trouble := null;
        gone := 0;
        rollback;
        set transaction isolation level repeatable read;
        -- What must be seen fresh is locked before the first SELECT, which
        -- takes the snapshot.
        lock table {{ retention_table('gate') }} in exclusive mode;
        begin
            set local work_mem = '64MB';
            set local lock_timeout = '{{ (batch.lock_seconds * 1000) | int }}ms';
            set local timezone = 'UTC';
            set local datestyle = 'ISO';
            set local intervalstyle = 'postgres';
            set local bytea_output = 'hex';
            set local extra_float_digits = 1;
            if current_setting('synchronous_commit') = 'off' then
                -- The intent must outlast whatever happens after its commit.
                set local synchronous_commit = on;
            end if;
            {%- if rule.stream.kind != 'event' %}
            -- The rows are here then, and what holds them is looked up by key; but
            -- what holds an event is found by its clock, as the event is.
            set local enable_nestloop = on;
            set local random_page_cost = 1.1;
            {%- endif %}

            select * into strict batch_from from pg_temp.batch_bounds
            where granule = {{ batch.first }} and is_first;
            select * into strict batch_to from pg_temp.batch_bounds
            where granule = {{ batch.last }} and is_last;

            {{ refuse_changed_holds(rule.stream, batch.as_of, batch.holds)
                | indent(12) }}
            {%- for child in sweep.family.members %}
            {{ refuse_changed_holds(
                child.stream, batch.as_of,
                child.holds | map(attribute='hold_id') | join(',')
            ) | indent(12) }}
            {%- endfor %}

            {%- if is_compared %}

            -- Proof: one SHA-256 over key and clock of all rows in the range, worked
            -- out there and over what raw holds, at the same time. Where it is the
            -- same, the range says which rows go.
            {{- opened }}
            perform {{ dblink('send_query') }}('warehouse', $there$
                {{ delete_refusal(rule, sweep.family) | indent(16) }};
            $there$ || format(
                $there$
                {{ edges_in_format(events_digest(
                    rule, pinned_source(rule.node).relation, 'leaving', rule.clock,
                    not sweep.zone, range_there
                ), rule.key) | indent(16) }}
                $there$,
                {{ edges }}
            ));
            -- Raw's index has them in their order.
            set local enable_bitmapscan = off;
            set local enable_sort = off;
            execute $sql$
                {{ events_digest(
                    rule, node_relation(rule.stream.raw), 'copy', '_clock', true,
                    batch_range('copy', '_clock', rule.key, sweep.zone)
                ) | indent(16) }}
            $sql$ into held using {{ edges }};
            set local enable_bitmapscan = default;
            set local enable_sort = default;
            select answer into refusal
            from {{ dblink('get_result') }}('warehouse') as asked (answer text);
            {{- refused }}
            select * into found
            from {{ dblink('get_result') }}('warehouse')
                as answer (rows bigint, digest bytea);
            -- Until there is none, or the connection is not free again.
            perform from {{ dblink('get_result') }}('warehouse')
                as answer (rows bigint, digest bytea);
            is_same := coalesce(found = held, false);
            proved := held.rows;
            {%- endif %}

            {{ 'if not is_same then' if is_compared }}
            -- Proof: the rows of the range that may go, as literals.
            execute $sql$
                with leaving as materialized (
                    select {{ quoted_key(columns, 'leaving') }}
                    from {{ rule.relation }} as leaving
                    where {{ fetched }}
                ),
                {%- for child in targets[1:] %}

                {{ child.alias }}_there as materialized (
                    select {{ child.alias }}.*
                    from {{ child.relation }} as {{ child.alias }}
                    where {{ child.alias }}.{{ adapter.quote(child.key) }} = any (array(
                        select {{ child.parent }}.{{ adapter.quote(child.parent_key) }}
                        from {{ child.parent ~ '_there as ' ~ child.parent
                            if child.parent != 'leaving' else 'leaving' }}
                    ))
                ),
                {%- endfor %}

                going as materialized (
                    select leaving.* from leaving
                    where {{ sweep.range }}
                    {{ proof.sql }}
                )
                {%- for child in targets[1:] %},

                {{ child.alias }}_going as materialized (
                    select leaving.* from {{ child.alias }}_there as leaving
                    where leaving.{{ adapter.quote(child.key) }} in (
                        select parent.{{ adapter.quote(child.parent_key) }}
                        from {{ child.parent ~ '_going' if child.parent != 'leaving'
                            else 'going' }} as parent
                    )
                )
                {%- endfor %}

                select
                    {%- for target in targets %}
                    {%- set literal %}
                        {%- for column in literal_key(target.rule) %}
                        array_agg(leaving.{{ adapter.quote(column) }})::text,
                        {%- endfor %}
                        array_agg({{ seen_of_row(target.rule).sql }})::text
                    {%- endset %}
                    (select count(*) from {{ target.prefix }}going),
                    (
                        select array[{{ literal }}
                        ]
                        from {{ target.prefix }}going as leaving
                    ){{ ',' if not loop.last }}
                    {%- endfor %}
            $sql$ into
                {%- for target in targets %}
                {{ target.prefix }}proved, {{ target.prefix }}literals
                {{- ',' if not loop.last }}
                {%- endfor %}
            using {{ edges }};
            {{ 'end if;' if is_compared }}
            if proved > {{ batch.allowed }} then
                raise exception using
                    errcode = 'WH004',
                    message = 'there are more rows than were planned';
            end if;

            if proved > 0 then
                {%- if not is_compared %}
                {{- opened | indent(4) }}
                select answer into refusal
                from {{ dblink('') }}('warehouse', $there$
                {{ delete_refusal(rule, sweep.family) | indent(16) }}
                $there$) as asked (answer text);
                {{- refused | indent(4) }}
                {%- endif %}

                -- Done there, deepest first, and not committed yet.
                {%- for target in targets | reverse %}
                {%- set mine = target.prefix %}
                {%- set relation = pinned_source(target.rule.node).relation %}
                {%- set key = literal_key(target.rule) %}
                {%- set seen = seen_of_row(target.rule) %}
                {{ mine }}gone := 0;
                {{ mine }}kept := 0;
                if {{ mine }}proved > 0 then
                {{ mine }}intended.relation := $there${{ relation }}$there$;
                {%- if is_compared %}
                if is_same then
                    {{ mine }}intended.intended := 'with intended as (select)';
                    {{ mine }}intended.condition := format(
                        $there${{ edges_in_format(range_there, rule.key) }}$there$,
                        {{ edges }}
                    );
                else
                {%- endif %}
                {{ mine }}intended.intended := format(
                    'with intended (
                        {%- for column in key %}key_{{ loop.index }}, {% endfor %}seen'
                    ') as (select * from unnest('
                    {%- for column in key %}
                    '%L::{{ target.rule.node.columns[column].data_type }}[], '
                    {%- endfor %}
                    '%L::{{ seen.type }}[]))',
                    variadic {{ mine }}literals
                );
                -- Found there by their clocks, or else by their keys.
                {{ mine }}intended.condition :=
                {%- if is_dated and not mine %}
                format(
                    $there${{ edges_in_format(
                        batch_range('leaving', rule.clock, []), []
                    ) }}$there$,
                    batch_from.clock, batch_to.clock
                )
                {%- else %}
                $there$leaving.{{ adapter.quote(key[0]) }} = any (array(
                    select intended.key_1 from intended
                ))$there$
                {%- endif %} || $there$
                {{ still_as_proved(target.rule, relation, is_dated and not mine) }}
                $there$;
                {{ 'end if;' if is_compared }}
                -- Its answer is `DELETE 1000`, or `UPDATE 1000`.
                {{ mine }}gone := split_part({{ dblink('exec') }}('warehouse', format(
                    '%s %s where %s',
                    {{ mine }}intended.intended,
                    $there${{ rule_action(
                        dict(target.rule, relation=relation), batch.as_of
                    ) }}$there$,
                    {{ mine }}intended.condition
                    {%- for child in sweep.family.members
                        if child.parent == target.alias %} || $there$
                    -- none has come to {{ child.name }} since
                    and not exists (
                        select from {{ pinned_source(child.node).relation }} as child
                        where child.{{ adapter.quote(child.key) }}
                            = leaving.{{ adapter.quote(child.parent_key) }}
                    )
                    $there$
                    {%- endfor %}
                )), ' ', 2);
                if {{ mine }}gone < {{ mine }}proved then
                    -- Those that are still as they were, since a trigger kept them,
                    -- are no sign for who asks later that nothing went.
                    select answer.rows into {{ mine }}kept
                    from {{ dblink('') }}('warehouse', format(
                        '%s select count(*) from %s as leaving where %s',
                        {{ mine }}intended.intended, {{ mine }}intended.relation,
                        {{ mine }}intended.condition
                    )) as answer (rows bigint);
                {%- if is_compared %}
                elsif is_same then
                    -- All of them went or none did, for who asks later: some may
                    -- have come into the range by then, or have left it.
                    intended.condition := format(
                        '%s and %s < 2 * (select count(*) from %s as leaving where %s)',
                        intended.condition, proved, intended.relation,
                        intended.condition
                    );
                {%- endif %}
                end if;
                select answer.id into {{ mine }}intended.transaction_id
                from {{ dblink('') }}('warehouse', 'select txid_current()')
                    as answer (id bigint);
                if {{ mine }}gone > {{ mine }}proved then
                    raise exception using
                        errcode = 'WH003',
                        message = 'other rows were changed than were proved';
                {%- if together %}
                elsif {{ mine }}gone < {{ mine }}proved then
                    -- Together or not at all.
                    raise exception using errcode = 'WH007';
                {%- endif %}
                end if;
                end if;
                {%- endfor %}
            {%- if is_compared %}
            else
                perform {{ dblink('exec') }}('warehouse', 'rollback');
            {%- endif %}
            end if;
            {%- for target in targets %}
            {%- set mine = target.prefix %}
            declare
                written {{ retention_table('ledger') }}%rowtype;
            begin
                {{- new_entry(target.rule, batch) }}
                {%- if not mine %}
                written.first_clock := batch_from.clock {{ sweep.zone }};
                written.last_clock := batch_to.clock {{ sweep.zone }};
                {%- endif %}
                written.sealed := sealed;
                written.attempts := attempt;
                written.outcome := '{{ 'let go by memory'
                    if sweep.name == 'remembered' else 'let go' }}';
                {{ mine }}entry := written;
            end;
            if {{ mine }}proved > 0 then
                insert into {{ intent }} (
                    source, relation, intended, condition, transaction_id, proved,
                    rows, entry
                )
                values (
                    '{{ source.source_name }}', {{ mine }}intended.relation,
                    {{ mine }}intended.intended, {{ mine }}intended.condition,
                    {{ mine }}intended.transaction_id, {{ mine }}proved,
                    {{ mine }}gone + {{ mine }}kept, to_jsonb({{ mine }}entry)
                )
                returning intent_id into {{ mine }}intended.intent_id;
            end if;
            {%- endfor %}
        exception
            when serialization_failure or deadlock_detected
                or lock_not_available
                or foreign_key_violation then
                trouble := 'stopped: another session is in the way ('
                    || sqlstate || ')';
            when sqlstate 'WH007' then
                trouble := 'stopped: its rows or their children change there';
            when sqlstate 'WH001' or sqlstate 'WH003' or sqlstate 'WH006' then
                trouble := 'stopped: ' || sqlerrm;
                attempt := 5;
            when sqlstate 'WH004' then
                trouble := 'paused: ' || sqlerrm;
                attempt := 5;
            when query_canceled then
                trouble := 'stopped: a batch took longer than '
                    '{{ batch.statement_seconds }} s, or was cancelled';
                attempt := 5;
            when others then
                -- The text of an error can hold a row's values.
                get stacked diagnostics detail = pg_exception_detail;
                trouble := 'stopped: it was refused there or here ('
                    || {{ why_it_failed() }} || ')';
                -- A connection that has ended is opened once more.
                attempt := case
                    when attempt = 1 and sqlstate ~ '^(08|57P)' then 1 else 5
                end;
        end;
        exit when trouble is null;
        -- What was deleted there is there again.
        rollback;
        if 'warehouse' = any ({{ dblink('get_connections') }}()) then
            perform {{ dblink('disconnect') }}('warehouse');
        end if;
        if attempt >= 5 then
            lock table {{ retention_table('gate') }} in exclusive mode;
            {{ ledger_entry(rule, batch, '0', 'trouble', 'null, null') }}
            commit;
            return;
        end if;
    end loop;
    -- The intent: from here on the next run knows what to ask for.
    commit;

    lock table {{ retention_table('gate') }} in exclusive mode;
    if proved > 0 then
        begin
            {%- for child in sweep.family.members %}
            {{ refuse_changed_holds(
                child.stream, batch.as_of,
                child.holds | map(attribute='hold_id') | join(',')
            ) | indent(12) }}
            {%- endfor %}
            {{ refuse_changed_holds(rule.stream, batch.as_of, batch.holds)
                | indent(12) }}
            if {{ dblink('exec') }}('warehouse', 'commit') <> 'COMMIT' then
                raise exception using errcode = 'WH006';
            end if;
        exception
            when sqlstate 'WH001' then
                -- It was never told to commit.
                trouble := 'stopped: ' || sqlerrm;
                gone := 0;
            when others then
                trouble := 'stopped: nobody answers any more where it is; the next run asks'
                    ' there what has become of it';
                gone := null;
        end;
    end if;
    {%- for target in targets %}
    {%- set mine = target.prefix %}
    {%- if mine %}
    if trouble is not null then
        {{ mine }}gone := gone;
    end if;
    {%- endif %}
    {{ note_let_go_there("'" ~ target.rule.stream.name ~ "'", mine ~ 'gone > 0') }}
    {%- endfor %}
    if trouble is not null
    and 'warehouse' = any ({{ dblink('get_connections') }}()) then
        perform {{ dblink('disconnect') }}('warehouse');
    end if;
    {%- for target in targets | reverse %}
    {%- set mine = target.prefix %}
    {{ 'if ' ~ mine ~ 'proved > 0 then' if mine }}
    declare
        written {{ retention_table('ledger') }}%rowtype := {{ mine }}entry;
    begin
        written.rows := coalesce({{ mine }}gone, 0);
        written.outcome := coalesce(
            trouble,
            written.outcome || {{ left_in_words(mine ~ 'proved - ' ~ mine ~ 'gone') }}
        );
        written.took := clock_timestamp() - began;
        {{ chain_entry() }}
    end;
    -- With its keys.
    delete from {{ intent }}
    where intent_id = {{ mine }}intended.intent_id and {{ mine }}gone is not null;
    {{ 'end if;' if mine }}
    {%- endfor %}
    commit;
end
$batch$
{% endmacro %}
