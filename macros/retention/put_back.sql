{% macro put_back(rule, columns, batch) %}
{%- set stream = rule.stream -%}
{%- set source = node_relation(stream.source) -%}
{%- set key = stream.source.config.meta.capture.key -%}
{%- set clock = clock_as_utc(
    stream.source, stream.source.config.meta.capture.clock, 'coming'
) if stream.kind == 'event' -%}
{%- set undoable -%}
undoable.run_id = '{{ batch.run_id }}'
        and undoable.rule = '{{ rule.id }}'
        and undoable.stream = '{{ stream.name }}'
        and undoable.let_go_at > {{ cutoff(batch.as_of, grace_of(stream)) }}
{%- endset %}
do $batch$
-- Undo of run {{ batch.run_id }}: {{ stream.name }}, let go of by rule {{ rule.id }}.
-- One transaction: back from raw, proof, ledger. Killed anywhere, it is as if it
-- had not begun.
declare
    found_rows bigint;
    left_out bigint;
    came bigint;
    noted_rows bigint;
    proved bigint;
    waiting jsonb := '{}';
    sealed jsonb := '{}';
    attempt integer := 1;
    began timestamptz := clock_timestamp();
begin
    rollback;
    set transaction isolation level repeatable read;
    lock table {{ retention_table('gate') }} in exclusive mode;
    begin
        set local lock_timeout = '{{ batch.lock_seconds }}s';
        lock table {{ source }} in row exclusive mode;

        -- What raw still holds, byte for byte as it left.
        create temporary table coming on commit drop as
        select distinct on (known.digest)
            {{ quoted_key(columns, 'copy') }},
            known.digest as _digest,
            false as _is_back
        from {{ retention_table('undoable') }} as undoable
        cross join unnest(undoable.digests) as known (digest)
        inner join {{ node_relation(stream.raw) }} as copy
            on {{ row_digest(stream, columns, 'copy') }} = known.digest
        where {{ undoable }}
        order by known.digest;
        select count(*) into found_rows from coming;
        {%- for parent in foreign_keys(stream.source, 'child') %}
        {%- set other = api.Relation.create(schema=parent.schema, identifier=parent.table) %}
        {%- set join = parent.join | replace('<child>', 'child')
            | replace('<parent>', 'parent') %}

        -- Whose parent is gone stays away ({{ parent.name }}).
        delete from coming as child
        where num_nulls({{ parent.columns | replace('<child>', 'child') }}) = 0
        and not exists (select from {{ other }} as parent where {{ join }})
        {%- if other.include(database=false) | string
            == source.include(database=false) | string %}
        and not exists (select from coming as parent where {{ join }})
        {%- endif %};
        get diagnostics left_out = row_count;
        if left_out > 0 then
            waiting := waiting || jsonb_build_object(
                '{{ parent.schema }}.{{ parent.table }}',
                left_out + coalesce(
                    (waiting ->> '{{ parent.schema }}.{{ parent.table }}')::bigint, 0
                )
            );
        end if;
        {%- endfor %}

        -- What is there again by itself stays as it is there.
        with back as (
            insert into {{ source }} ({{ quoted_key(columns) }})
            overriding system value
            select {{ quoted_key(columns, 'coming') }} from coming
            on conflict do nothing
            returning {{ quoted_key(key) }}
        ),

        noted as (
            update coming
            set _is_back = true
            from back
            where {{ same_key('coming', key, 'back', key) }}
            returning 1
        )

        select (select count(*) from back), (select count(*) from noted)
        into came, noted_rows;

        -- Proof: whatever its triggers did, the source holds the same bytes.
        select count(*) into proved
        from coming
        inner join {{ source }} as original
            on {{ same_key('original', key, 'coming', key) }}
        where coming._is_back
        and {{ row_digest(stream, columns, 'original') }} = coming._digest;
        if proved <> came or noted_rows <> came then
            raise exception using
                errcode = 'WH006',
                message = 'Rows of {{ stream.name }} would not come back as they'
                    ' were, for a trigger or a default there changes them: switch it'
                    ' off meanwhile; nothing of {{ stream.name }} was put back.';
        end if;

        -- What the source checks only at the end, while it can be answered.
        set constraints all immediate;

        -- They are ordinary rows again.
        update {{ retention_table('undoable') }} as undoable
        set digests = array(
            select known.digest
            from unnest(undoable.digests) as known (digest)
            where known.digest not in (
                select coming._digest from coming where coming._is_back
            )
        )
        where {{ undoable }};

        create temporary table if not exists undone (
            found_rows bigint, put_back bigint, waiting jsonb
        );
        truncate undone;
        insert into undone values (found_rows, came, waiting);
        if came > 0 then
            {{- ledger_entry(
                rule, batch, 'came', "'put back'",
                ('min(' ~ clock ~ '), max(' ~ clock ~ ') from coming where _is_back')
                if stream.kind == 'event' else 'null, null'
            ) }}
        end if;
    exception
        when sqlstate 'WH006' or query_canceled then
            raise;
        when serialization_failure or deadlock_detected or lock_not_available then
            raise exception using message =
                'Another session is in the way at {{ stream.name }} (' || sqlstate
                || '): undo it again; nothing of this table was put back.';
        when insufficient_privilege then
            raise exception using message =
                '{{ target.user }} may not insert into {{ stream.name }}: grant it that, and undo it again;'
                ' nothing of this table was put back.';
        when others then
            -- The text of an error can hold a row's values.
            raise exception using message =
                'The database refused the rows of {{ stream.name }} (' || sqlstate
                || '), by a constraint or a trigger: nothing of this table was put'
                ' back.';
    end;
    commit;
end
$batch$
{% endmacro %}
