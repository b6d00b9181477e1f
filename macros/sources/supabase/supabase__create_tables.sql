{% macro supabase__create_tables(schema) %}
-- As Supabase names things: snake_case, uuid, timestamptz.
create schema if not exists {{ schema }};

create table {{ schema }}.users (
    id uuid primary key default gen_random_uuid(),
    email text unique,
    phone text,
    raw_user_meta_data jsonb not null default '{}',
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz not null default current_timestamp,
    last_sign_in_at timestamptz,
    email_confirmed_at timestamptz,
    inactivity_warned_at timestamptz,
    deleted_at timestamptz
);
create index users_created_at_idx on {{ schema }}.users (created_at);
create index users_updated_at_idx on {{ schema }}.users (updated_at);
create index users_last_sign_in_at_idx on {{ schema }}.users (last_sign_in_at);
create index users_deleted_at_idx on {{ schema }}.users (deleted_at)
    where deleted_at is not null;

-- Renewed by moving expires_at, so one may live for years.
create table {{ schema }}.sessions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references {{ schema }}.users (id) on delete cascade,
    created_at timestamptz not null default current_timestamp,
    expires_at timestamptz not null
        default current_timestamp + interval '30 days',
    ip inet,
    user_agent text,
    check (expires_at >= created_at)
);
create index sessions_user_id_idx on {{ schema }}.sessions (user_id);
create index sessions_created_at_idx on {{ schema }}.sessions (created_at);
create index sessions_expires_at_idx on {{ schema }}.sessions (expires_at);

-- No foreign keys from here on: a link goes to an address before there is a
-- user, and what happened stays on record when the user has gone.
create table {{ schema }}.email_verifications (
    id uuid primary key default gen_random_uuid(),
    user_id uuid,
    email text not null,
    token_hash text not null unique,
    created_at timestamptz not null default current_timestamp,
    expires_at timestamptz not null,
    confirmed_at timestamptz
);
create index email_verifications_expires_at_idx
    on {{ schema }}.email_verifications (expires_at);

create table {{ schema }}.password_resets (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    token_hash text not null unique,
    created_at timestamptz not null default current_timestamp,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index password_resets_expires_at_idx
    on {{ schema }}.password_resets (expires_at);

create table {{ schema }}.magic_links (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    token_hash text not null unique,
    created_at timestamptz not null default current_timestamp,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index magic_links_expires_at_idx
    on {{ schema }}.magic_links (expires_at);

-- identifier is an address, e-mail or IP.
create table {{ schema }}.rate_limits (
    id uuid primary key default gen_random_uuid(),
    identifier text not null,
    action text not null,
    hits integer not null default 1,
    created_at timestamptz not null default current_timestamp,
    expires_at timestamptz not null
);
create index rate_limits_identifier_idx
    on {{ schema }}.rate_limits (identifier, action);
create index rate_limits_expires_at_idx
    on {{ schema }}.rate_limits (expires_at);

-- user_id is NULL where nobody has the address that somebody tried.
create table {{ schema }}.auth_events (
    id uuid primary key default gen_random_uuid(),
    user_id uuid,
    event_type text not null,
    occurred_at timestamptz not null default current_timestamp,
    ip inet,
    user_agent text
);
create index auth_events_occurred_at_idx
    on {{ schema }}.auth_events (occurred_at);
create index auth_events_user_id_idx
    on {{ schema }}.auth_events (user_id, occurred_at);

create table {{ schema }}.application_logs (
    id uuid primary key default gen_random_uuid(),
    level text not null,
    service text not null,
    message text not null,
    context jsonb not null default '{}',
    created_at timestamptz not null default current_timestamp
);
create index application_logs_created_at_idx
    on {{ schema }}.application_logs (created_at);

create table {{ schema }}.security_audit_logs (
    id uuid primary key default gen_random_uuid(),
    actor_id uuid,
    action text not null,
    target_type text,
    target_id text,
    ip inet,
    details jsonb not null default '{}',
    created_at timestamptz not null default current_timestamp
);
create index security_audit_logs_created_at_idx
    on {{ schema }}.security_audit_logs (created_at);

create table {{ schema }}.transactions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    kind text not null,
    status text not null,
    amount numeric(12, 2) not null,
    currency char(3) not null default 'EUR',
    description text,
    created_at timestamptz not null default current_timestamp
);
create index transactions_user_id_idx on {{ schema }}.transactions (user_id);
create index transactions_created_at_idx
    on {{ schema }}.transactions (created_at);
{% endmacro %}
