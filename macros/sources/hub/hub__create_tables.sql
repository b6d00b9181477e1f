{% macro hub__create_tables(schema) %}
-- As Prisma writes them: quoted names, text ids, timestamp(3) in UTC.
create schema if not exists {{ schema }};

create table {{ schema }}."Event" (
    "id" text primary key,
    "name" text not null,
    "createdAt" timestamp(3) not null default current_timestamp
);

create table {{ schema }}."EventWindow" (
    "id" text primary key,
    "eventId" text not null
        references {{ schema }}."Event" ("id") on delete cascade,
    "opensAt" timestamp(3) not null,
    "closesAt" timestamp(3) not null
);

-- No foreign keys: events come and go, taps stay their time.
create table {{ schema }}."TapLog" (
    "id" text primary key,
    "eventId" text not null,
    "windowId" text,
    "redirectUrl" text,
    "tagId" text not null,
    "ipAddress" text,
    "userAgent" text,
    "tappedAt" timestamp(3) not null default current_timestamp
);
create index "TapLog_tappedAt_idx" on {{ schema }}."TapLog" ("tappedAt");
create index "TapLog_eventId_idx" on {{ schema }}."TapLog" ("eventId");

create table {{ schema }}."PasswordResetToken" (
    "id" text primary key,
    "userId" text not null,
    "tokenHash" text not null unique,
    "expiresAt" timestamp(3) not null,
    "usedAt" timestamp(3)
);
create index "PasswordResetToken_expiresAt_idx"
    on {{ schema }}."PasswordResetToken" ("expiresAt");
create index "PasswordResetToken_usedAt_idx"
    on {{ schema }}."PasswordResetToken" ("usedAt");

create table {{ schema }}."AuditLog" (
    "id" text primary key,
    "actorId" text,
    "action" text not null,
    "targetType" text not null,
    "targetId" text,
    "ipAddress" text,
    "createdAt" timestamp(3) not null default current_timestamp
);
create index "AuditLog_createdAt_idx" on {{ schema }}."AuditLog" ("createdAt");
{% endmacro %}
