{% macro prepare_database(make_salt=true) %}
{%- if execute -%}
{%- set retention = generate_schema_name('retention') -%}
{%- set sealed = generate_schema_name('sealed') -%}
{%- set marts = generate_schema_name('marts') -%}
{%- set pii = generate_schema_name('pii') %}
-- One transaction, one caller at a time; a database that is ready is left as
-- it is.
select pg_advisory_xact_lock(hashtext('warehouse: {{ retention }}'));

-- A database that a newer version made ready is not for this one.
do $version$
declare
    there integer;
begin
    if to_regclass('{{ retention }}.database') is not null then
        execute 'select schema_version from {{ retention }}.database' into there;
        if there > {{ schema_version() }} then
            raise exception using message = format(
                'The tables in {{ retention }} are of version %s, and this code'
                ' knows version {{ schema_version() }}: use the newer code that'
                ' made them.', there
            );
        end if;
    end if;
end
$version$;

create schema if not exists {{ sealed }};
create schema if not exists {{ marts }};
create schema if not exists {{ retention }};
create schema if not exists {{ pii }};

-- What this database is. A demo or test database may be given any time as
-- as_of, and may approve its own plans.
create table if not exists {{ retention }}.database (
    one_row boolean primary key default true check (one_row),
    warehouse_id uuid not null default gen_random_uuid(),
    purpose text not null default 'live'
        check (purpose in ('live', 'demo', 'test')),
    schema_version integer not null default {{ schema_version() }},
    salt_fingerprint text,
    created_at timestamptz not null default now()
);

-- Which database each source was found in, and whether `init` claimed it:
-- only the warehouse that claimed a source may delete there.
create table if not exists {{ retention }}.source (
    source text primary key,
    system_identifier text not null,
    database text not null,
    claimed_at timestamptz
);
-- Of a source in a database of its own: what it and its tables are there, as its
-- catalogue says (`warehouse connect`).
alter table {{ retention }}.source add column if not exists remote jsonb;

-- When all keys of a table in a database of its own were last compared. NULL: its
-- first load is under way, and has read so many rows, up to that key.
create table if not exists {{ retention }}.compared (
    relation text primary key,
    compared_at timestamptz
);
alter table {{ retention }}.compared alter column compared_at drop not null;
alter table {{ retention }}.compared add column if not exists last_key text[];
alter table {{ retention }}.compared add column if not exists rows bigint;

-- What a batch is about to delete in a database of its own: keys or their range,
-- what must still be there, and the transaction that deletes it. It goes with its
-- outcome, which the ledger has; one that is left is settled by the next run. Keys
-- can be personal. `rows`: of those proved, how many were still so and were there
-- when it deleted; `problem`: why it could not be settled.
create table if not exists {{ retention }}.intent (
    intent_id bigint generated always as identity primary key,
    source text not null,
    relation text not null,
    intended text not null,
    condition text not null,
    transaction_id bigint not null,
    proved bigint not null,
    rows bigint not null,
    entry jsonb not null,
    intended_at timestamptz not null default clock_timestamp(),
    problem text
);
revoke all on {{ retention }}.intent from public;
-- Keys hardly become smaller, and they are there for a moment.
alter table {{ retention }}.intent alter column intended set storage external;

-- How far a replica must be that a stream is read from, to show what was let go
-- of at its primary.
create table if not exists {{ retention }}.let_go_there (
    stream text primary key,
    until pg_lsn not null
);

-- Locked by each batch, so that one works at a time. It stays empty.
create table if not exists {{ retention }}.gate ();

-- Accounts: rows taken in, written in the transaction that took them in.
create table if not exists {{ retention }}.load (
    relation text not null,
    bucket date,
    rows bigint not null,
    loaded_at timestamptz not null
);

-- The queue of buckets that a rollup has to build again.
create table if not exists {{ retention }}.touched (
    rollup text not null,
    bucket timestamptz not null
);
create index if not exists touched_rollup
    on {{ retention }}.touched (rollup);

-- Each rollup as last built: its SELECT seals the rows that leave.
create table if not exists {{ retention }}.rollup (
    rollup text primary key,
    staging text not null,
    shape jsonb not null,
    query text not null,
    born_at timestamptz not null default now()
);

-- How the rows of each staging table were last treated.
create table if not exists {{ retention }}.treatment (
    relation text primary key,
    digest text not null,
    treated_at timestamptz not null
);

-- What may not be let go of. For administrators only: a condition can name
-- somebody's id. A hold on a person (relation '*') keeps salted hashes, never
-- who it is. Released holds stay.
create table if not exists {{ retention }}.hold (
    hold_id bigint generated always as identity primary key,
    relation text not null,
    predicate text not null,
    reason text not null,
    held_until timestamptz not null,
    held_by text not null default current_user,
    held_at timestamptz not null default now(),
    released_at timestamptz
);
alter table {{ retention }}.hold
    add column if not exists subject_hashes text[],
    add column if not exists asked_by text,
    add column if not exists released_by text,
    add column if not exists released_for text,
    add column if not exists released_because text;
revoke all on {{ retention }}.hold from public;

-- How each model and test ended, build by build.
create table if not exists {{ retention }}.build (
    build_id text not null,
    node text not null,
    status text not null,
    finished_at timestamptz not null default clock_timestamp(),
    primary key (build_id, node)
);
create index if not exists build_node
    on {{ retention }}.build (node, finished_at);

create table if not exists {{ retention }}.plan (
    digest text not null,
    position integer not null,
    rule text not null,
    rule_digest text not null,
    stream text not null,
    layer text not null,
    as_of timestamptz not null,
    cutoff timestamptz,
    past bigint not null,
    ready bigint not null,
    on_hold bigint not null,
    unproven bigint not null,
    undated bigint not null,
    overdue_hours bigint,
    status text not null,
    why text not null,
    build_id text,
    planned_at timestamptz not null default clock_timestamp(),
    primary key (digest, position)
);
-- goes_on: a later step lets go of what is younger (`--in-steps`); droppable:
-- raw partitions that may be dropped whole; unusual: what the breaker says;
-- details: what else the plan printed.
alter table {{ retention }}.plan
    add column if not exists remembered bigint not null default 0,
    add column if not exists goes_on boolean not null default false,
    add column if not exists droppable integer not null default 0,
    add column if not exists unusual text,
    add column if not exists details jsonb not null default '{}';

create table if not exists {{ retention }}.approval (
    rule text not null,
    rule_digest text not null,
    digest text not null,
    approved_by text not null default current_user,
    approved_at timestamptz not null default clock_timestamp()
);

-- Whom the application is to warn before their row is soft-deleted: ids only,
-- each once, until the warning is recorded or needed no more.
create table if not exists {{ retention }}.person_to_warn (
    stream text not null,
    rule text not null,
    person_id text not null,
    as_of timestamptz not null,
    primary key (rule, person_id)
);
revoke all on {{ retention }}.person_to_warn from public;

create table if not exists {{ retention }}.run (
    run_id text primary key,
    digest text not null,
    as_of timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    outcome text
);
-- Digests of the rules that it ran to their end: they have had their turn.
alter table {{ retention }}.run add column if not exists done text[];

-- What left, from where, why and how many. Rows are added, never changed;
-- no personal data. Each entry is hashed with the hash of the one before it
-- (docs/audit.md); `form` says how.
create table if not exists {{ retention }}.ledger (
    entry bigint generated always as identity primary key,
    run_id text not null,
    digest text not null,
    rule text not null,
    rule_text jsonb not null,
    stream text not null,
    layer text not null,
    relation text not null,
    as_of timestamptz not null,
    cutoff timestamptz,
    first_clock timestamptz,
    last_clock timestamptz,
    rows bigint not null,
    sealed jsonb not null default '{}',
    outcome text not null,
    attempts integer not null,
    took interval not null,
    code_version text,
    database_user text not null default current_user,
    recorded_at timestamptz not null default clock_timestamp(),
    form integer,
    previous_hash text,
    hash text
);
create index if not exists ledger_rule
    on {{ retention }}.ledger (relation, entry);

-- Memory: of each event that has left raw a digest of its key, so that one that
-- comes back (a source restored from a backup, a client that sends again) is
-- known, and not counted again. A bucket is a day; 17 bytes a row.
create table if not exists {{ retention }}.memory (
    stream text not null,
    bucket date not null,
    chunk bigint generated always as identity,
    digests uuid[] not null,
    primary key (stream, bucket, chunk)
);

-- Of each row that a rule let go of at a source, and whose copy raw keeps for a
-- grace, a digest of all of it: what `warehouse undo` finds it by. It goes when
-- the row is back, or its grace over.
create table if not exists {{ retention }}.undoable (
    run_id text not null,
    rule text not null,
    stream text not null,
    columns text[] not null,
    digests uuid[] not null,
    let_go_at timestamptz not null
);
create index if not exists undoable_run on {{ retention }}.undoable (run_id);

-- Which files are the output of rows that are there or gone, as keyed digests of
-- path and name: they are never removed as temporary ones (`warehouse files`).
-- Elsewhere: seen outside of that folder, so that the name tells nothing.
create table if not exists {{ retention }}.output_file (
    stream text not null,
    file uuid not null,
    name uuid not null,
    is_elsewhere boolean not null default false,
    seen_at timestamptz not null default clock_timestamp(),
    primary key (stream, file)
);

-- Where the chain begins, once its oldest entries have gone: the last of these,
-- its hash, and how many entries there had been up to it.
create table if not exists {{ retention }}.ledger_anchor (
    entry bigint primary key,
    hash text not null,
    entries bigint not null,
    cut_at timestamptz not null default clock_timestamp()
);

do $chain$
declare
    old record;
    head text;
begin
    -- A ledger from before the chain is chained as it stands, once: an entry
    -- without a hash that comes later was written by nobody here.
    if not exists (
        select from pg_attribute
        where attrelid = '{{ retention }}.ledger'::regclass
        and attname = 'hash'
    ) then
        alter table {{ retention }}.ledger
        add column form integer,
        add column previous_hash text,
        add column hash text;
        for old in
            select entry from {{ retention }}.ledger order by entry
        loop
            update {{ retention }}.ledger
            set form = 1, previous_hash = head
            where entry = old.entry;
            update {{ retention }}.ledger as written
            set hash = {{ ledger_hash('written') }}
            where entry = old.entry
            returning hash into head;
        end loop;
    end if;

    -- Against mistakes and ordinary statements, of the owner, too. Whoever
    -- drops it is found out by the chain, and by its heads elsewhere.
    if not exists (
        select from pg_trigger
        where tgrelid = '{{ retention }}.ledger'::regclass
        and tgname = 'entries_stay'
    ) then
        create or replace function {{ retention }}.entries_stay()
        returns trigger language plpgsql as $entries_stay$
        begin
            raise exception using
                errcode = 'insufficient_privilege',
                message = format(
                    'The entries of %s.%s stay as they were written: %s is'
                    ' refused to everybody.',
                    tg_table_schema, tg_table_name, lower(tg_op)
                );
        end
        $entries_stay$;
        create trigger entries_stay
        before update or truncate on {{ retention }}.ledger
        for each statement
        execute function {{ retention }}.entries_stay();
    end if;
    if not exists (
        select from pg_trigger
        where tgrelid = '{{ retention }}.ledger'::regclass
        and tgname = 'entries_leave'
    ) then
        create or replace function {{ retention }}.entries_leave()
        returns trigger language plpgsql as $entries_leave$
        begin
            if exists (
                select from gone
                where gone.recorded_at
                    >= clock_timestamp() - interval '{{ ledger_keep() }}'
                or gone.entry > (
                    select coalesce(max(anchor.entry), 0)
                    from {{ retention }}.ledger_anchor as anchor
                )
            ) then
                raise exception using
                    errcode = 'insufficient_privilege',
                    message = format(
                        'The entries of %s.%s stay {{ ledger_keep() }} as they were'
                        ' written: delete is refused to everybody.',
                        tg_table_schema, tg_table_name
                    );
            end if;
            return null;
        end
        $entries_leave$;
        create trigger entries_leave
        after delete on {{ retention }}.ledger
        referencing old table as gone
        for each statement
        execute function {{ retention }}.entries_leave();
    end if;
end
$chain$;

-- Rows of a file that could not go into a source (`warehouse backfill`). They
-- may hold a person's data: nobody but the owner reads them, and they stay 30
-- days (own_windows). A row is here once, however often its file is applied.
create table if not exists {{ retention }}.rejected (
    stream text not null,
    digest uuid not null,
    file_name text not null,
    line bigint not null,
    position bigint not null,
    reason text not null,
    row jsonb,
    set_aside_at timestamptz not null default clock_timestamp(),
    primary key (stream, digest)
);
create index if not exists rejected_set_aside_at
    on {{ retention }}.rejected (set_aside_at);
revoke all on {{ retention }}.rejected from public;
-- Personal, so where no night ever comes, too.
{{ own_window(own_windows() | selectattr('table', 'equalto', 'rejected') | first) }};

-- Readable by the role that builds, and by nobody else.
create table if not exists {{ pii }}.salt (
    version integer generated always as identity primary key,
    salt text not null check (octet_length(salt) >= 32),
    created_at timestamptz not null default now(),
    retired_at timestamptz
);
revoke all on {{ pii }}.salt from public;

-- What the digests in memory are made with; a secret like the salt.
create table if not exists {{ pii }}.memory_key (
    one_row boolean primary key default true check (one_row),
    key text not null check (octet_length(key) >= 32)
);
revoke all on {{ pii }}.memory_key from public;

do $prepare$
begin
    insert into {{ retention }}.database default values
    on conflict do nothing;
    -- Everything above is made where it is missing, so an older database has
    -- it now; what needs more than that is migrated here, by version.
    update {{ retention }}.database
    set schema_version = {{ schema_version() }}
    where schema_version < {{ schema_version() }};

    -- As with the salt: one that was there and is gone is never replaced.
    if not exists (select from {{ pii }}.memory_key) then
        if exists (select from {{ retention }}.memory) then
            raise exception using message =
                'There is no key in {{ pii }}.memory_key, and without it the rows'
                ' that were let go of are not recognised: restore that table from'
                ' its backup.';
        end if;
        insert into {{ pii }}.memory_key (key) values ({{ random_secret() }});
    end if;

    {%- if make_salt %}

    -- A salt is made once. One that was there and is gone is never replaced:
    -- the same person would get two pseudonyms (check_database stops the run).
    if exists (
        select from {{ retention }}.database where salt_fingerprint is null
    ) then
        if not exists (select from {{ pii }}.salt) then
            insert into {{ pii }}.salt (salt) values ({{ random_secret() }});
        end if;
        update {{ retention }}.database
        set salt_fingerprint = (
            select left(encode(sha256(convert_to(salt, 'UTF8')), 'hex'), 8)
            from {{ pii }}.salt
            where retired_at is null
            limit 1
        );
    end if;

    {%- endif %}
    -- Roles are the cluster's, so another database may have made them.
    begin
        if not exists (
            select from pg_roles where rolname = 'warehouse_reader'
        ) then
            create role warehouse_reader nologin;
        end if;
        if not exists (
            select from pg_roles where rolname = 'warehouse_retention'
        ) then
            create role warehouse_retention nologin;
        end if;
        if not exists (
            select from pg_roles where rolname = 'warehouse_metabase'
        ) then
            create role warehouse_metabase login in role warehouse_reader;
            -- Convenience; the guard is that it may write nothing.
            alter role warehouse_metabase
            set default_transaction_read_only = on;
            alter role warehouse_metabase set statement_timeout = '60s';
        end if;
    exception
        when unique_violation or duplicate_object then
            null;  -- made by somebody else in this moment
        when insufficient_privilege then
            raise exception using message = format(
                'The role %I may not create roles, and warehouse_reader, '
                'warehouse_retention or warehouse_metabase is missing: run as '
                'an administrator "create role warehouse_reader nologin; '
                'create role warehouse_retention nologin; create role '
                'warehouse_metabase login in role warehouse_reader;" '
                'and then this again.',
                current_user
            );
    end;

    -- It adds entries to the ledger and reads them, and no more.
    if not has_table_privilege(
        'warehouse_retention', '{{ retention }}.ledger', 'insert'
    ) then
        grant usage on schema {{ retention }} to warehouse_retention;
        grant select, insert on {{ retention }}.ledger to warehouse_retention;
        grant usage on sequence {{ retention }}.ledger_entry_seq
        to warehouse_retention;
    end if;
end
$prepare$;

grant usage on schema {{ marts }} to warehouse_reader;
{%- endif -%}
{% endmacro %}
