{% macro analytics__create_tables(schema) %}
-- As Prisma writes it: quoted names, text ids, timestamp(3) in UTC.
create schema if not exists {{ schema }};

create table {{ schema }}."AnalyticsEvent" (
    "id" text not null,
    "userId" text,
    "sessionId" text not null,
    "eventType" text not null,
    "toolName" text,
    "action" text,
    "properties" jsonb,
    "demoMode" boolean not null default true,
    "timestamp" timestamp(3) not null default current_timestamp,
    "receivedAt" timestamp(3) not null default current_timestamp,
    constraint "AnalyticsEvent_pkey" primary key ("id")
);
create index "AnalyticsEvent_userId_eventType_idx"
    on {{ schema }}."AnalyticsEvent" ("userId", "eventType");
create index "AnalyticsEvent_timestamp_idx"
    on {{ schema }}."AnalyticsEvent" ("timestamp");
create index "AnalyticsEvent_sessionId_idx"
    on {{ schema }}."AnalyticsEvent" ("sessionId");
create index "AnalyticsEvent_eventType_timestamp_idx"
    on {{ schema }}."AnalyticsEvent" ("eventType", "timestamp");
create index "AnalyticsEvent_toolName_timestamp_idx"
    on {{ schema }}."AnalyticsEvent" ("toolName", "timestamp");
{% endmacro %}
