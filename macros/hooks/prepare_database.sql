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

-- unusual: what the breaker says; details: what else the plan printed.
alter table {{ retention }}.plan
    add column if not exists unusual text,
    add column if not exists details jsonb not null default '{}';

create table if not exists {{ retention }}.approval (
    rule text not null,
    rule_digest text not null,
    digest text not null,
    approved_by text not null default current_user,
    approved_at timestamptz not null default clock_timestamp()
);

create table if not exists {{ retention }}.run (
    run_id text primary key,
    digest text not null,
    as_of timestamptz not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    outcome text
);

-- What left, from where, why and how many. Rows are added, never changed;
-- no personal data.
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
    recorded_at timestamptz not null default clock_timestamp()
);
create index if not exists ledger_rule
    on {{ retention }}.ledger (relation, entry);

-- Rows of a file that could not go into a source (`warehouse backfill`). They
-- may hold a person's data: nobody but the owner reads them, and they stay 30
-- days. A row is here once, however often its file is applied.
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
delete from {{ retention }}.rejected
where set_aside_at < clock_timestamp() - interval '30 days';

-- Readable by the role that builds, and by nobody else.
create table if not exists {{ pii }}.salt (
    version integer generated always as identity primary key,
    salt text not null check (octet_length(salt) >= 32),
    created_at timestamptz not null default now(),
    retired_at timestamptz
);
revoke all on {{ pii }}.salt from public;

do $prepare$
begin
    insert into {{ retention }}.database default values
    on conflict do nothing;
    -- Everything above is made where it is missing, so an older database has
    -- it now; what needs more than that is migrated here, by version.
    update {{ retention }}.database
    set schema_version = {{ schema_version() }}
    where schema_version < {{ schema_version() }};

    {%- if make_salt %}

    -- A salt is made once. One that was there and is gone is never replaced:
    -- the same person would get two pseudonyms (check_database stops the run).
    if exists (
        select from {{ retention }}.database where salt_fingerprint is null
    ) then
        if not exists (select from {{ pii }}.salt) then
            -- Three random uuids: 366 random bits.
            insert into {{ pii }}.salt (salt)
            select encode(sha256(convert_to(
                gen_random_uuid()::text || gen_random_uuid()::text
                || gen_random_uuid()::text, 'UTF8'
            )), 'hex');
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
                'The role %I may not create roles, and warehouse_reader or '
                'warehouse_metabase is missing: run as an administrator '
                '"create role warehouse_reader nologin; create role '
                'warehouse_metabase login in role warehouse_reader;" '
                'and then this again.',
                current_user
            );
    end;
end
$prepare$;

grant usage on schema {{ marts }} to warehouse_reader;
{%- endif -%}
{% endmacro %}
