{% macro render_jobs__create_tables(schema) %}
-- As Prisma writes them: quoted names, text ids, timestamp(3) in UTC.
create schema if not exists {{ schema }};

create table {{ schema }}."Job" (
    "id" text primary key,
    "status" text not null default 'QUEUED',
    "createdAt" timestamp(3) not null default current_timestamp,
    "completedAt" timestamp(3),
    "outputPath" text
);
create index "Job_createdAt_idx" on {{ schema }}."Job" ("createdAt");

-- No cascade: a job that still has a log cannot be deleted.
create table {{ schema }}."JobLog" (
    "id" text primary key,
    "jobId" text not null
        references {{ schema }}."Job" ("id") on delete restrict,
    "message" text not null,
    "createdAt" timestamp(3) not null default current_timestamp
);
create index "JobLog_jobId_idx" on {{ schema }}."JobLog" ("jobId");
create index "JobLog_createdAt_idx" on {{ schema }}."JobLog" ("createdAt");
{% endmacro %}
