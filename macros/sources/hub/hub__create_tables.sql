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
{% endmacro %}
