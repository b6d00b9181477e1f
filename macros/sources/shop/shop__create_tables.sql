{% macro shop__create_tables(schema) %}
-- As Prisma writes them: quoted names, text ids, timestamp(3) in UTC. What the
-- store's shop, help desk and suppliers call a thing is text, too.
create schema if not exists {{ schema }};

create table {{ schema }}."Store" (
    "id" text primary key,
    "shopDomain" text not null,
    "name" text not null,
    "ownerEmail" text not null,
    "accessToken" text not null,
    "scope" text not null,
    "plan" text not null default 'BASIC'
        check ("plan" in ('BASIC', 'GROWTH', 'PLUS')),
    "country" text not null,
    "currency" text not null,
    "installedAt" timestamp(3) not null default current_timestamp,
    "uninstalledAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create unique index "Store_shopDomain_key"
    on {{ schema }}."Store" ("shopDomain");

create table {{ schema }}."StoreSettings" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "alertEmail" text,
    "slackWebhookUrl" text,
    "draftModel" text not null,
    "hasAutomaticDrafts" boolean not null default true,
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create unique index "StoreSettings_storeId_key"
    on {{ schema }}."StoreSettings" ("storeId");

create table {{ schema }}."StoreSecret" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "name" text not null,
    "cipherText" text not null,
    "iv" text not null,
    "authTag" text not null,
    "keyVersion" integer not null default 1,
    "rotationReminderAt" timestamp(3),
    "lastRotatedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create unique index "StoreSecret_storeId_name_key"
    on {{ schema }}."StoreSecret" ("storeId", "name");
create index "StoreSecret_rotationReminderAt_idx"
    on {{ schema }}."StoreSecret" ("rotationReminderAt");

create table {{ schema }}."KpiCache" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "key" text not null,
    "payload" jsonb not null,
    "computedAt" timestamp(3) not null default current_timestamp,
    "expiresAt" timestamp(3) not null
        default (current_timestamp + interval '6 hours')
);
create unique index "KpiCache_storeId_key_key"
    on {{ schema }}."KpiCache" ("storeId", "key");
create index "KpiCache_expiresAt_idx" on {{ schema }}."KpiCache" ("expiresAt");

create table {{ schema }}."OrderFlag" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "orderId" text not null,
    "type" text not null
        check ("type" in ('FRAUD_RISK', 'ADDRESS', 'HIGH_VALUE', 'DELAYED')),
    "severity" text not null check ("severity" in ('LOW', 'MEDIUM', 'HIGH')),
    "status" text not null default 'OPEN'
        check ("status" in ('OPEN', 'CLOSED', 'RESOLVED')),
    "note" text,
    "closedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create unique index "OrderFlag_storeId_orderId_type_key"
    on {{ schema }}."OrderFlag" ("storeId", "orderId", "type");
create index "OrderFlag_status_closedAt_idx"
    on {{ schema }}."OrderFlag" ("status", "closedAt");

create table {{ schema }}."Ticket" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "channel" text not null check ("channel" in ('EMAIL', 'CHAT', 'FORM')),
    "priority" text not null default 'NORMAL'
        check ("priority" in ('LOW', 'NORMAL', 'URGENT')),
    "status" text not null default 'OPEN'
        check ("status" in ('OPEN', 'PENDING', 'CLOSED', 'ARCHIVED')),
    "subject" text not null,
    "customerName" text,
    "customerEmail" text,
    "closedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create index "Ticket_storeId_createdAt_idx"
    on {{ schema }}."Ticket" ("storeId", "createdAt");
create index "Ticket_status_closedAt_idx"
    on {{ schema }}."Ticket" ("status", "closedAt");

create table {{ schema }}."TicketMessage" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "ticketId" text not null
        references {{ schema }}."Ticket" ("id") on delete cascade,
    "author" text not null check ("author" in ('CUSTOMER', 'AGENT', 'AI')),
    "authorEmail" text,
    "body" text not null,
    "createdAt" timestamp(3) not null default current_timestamp
);
create index "TicketMessage_ticketId_createdAt_idx"
    on {{ schema }}."TicketMessage" ("ticketId", "createdAt");
create index "TicketMessage_createdAt_idx"
    on {{ schema }}."TicketMessage" ("createdAt");

create table {{ schema }}."SeoInsight" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "pageUrl" text not null,
    "type" text not null
        check ("type" in ('TITLE', 'SPEED', 'BROKEN_LINK', 'THIN_CONTENT')),
    "severity" text not null check ("severity" in ('LOW', 'MEDIUM', 'HIGH')),
    "status" text not null default 'NEW'
        check ("status" in ('NEW', 'DONE', 'DISMISSED')),
    "clicksLost" integer not null default 0,
    "recommendation" text,
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create index "SeoInsight_storeId_status_idx"
    on {{ schema }}."SeoInsight" ("storeId", "status");

create table {{ schema }}."ProductVelocity" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "productId" text not null,
    "sku" text not null,
    "title" text not null,
    "unitsSold7d" integer not null default 0,
    "unitsSold28d" integer not null default 0,
    "onHand" integer not null default 0,
    "leadTimeDays" integer not null default 14,
    "computedAt" timestamp(3) not null default current_timestamp
);
create unique index "ProductVelocity_storeId_productId_key"
    on {{ schema }}."ProductVelocity" ("storeId", "productId");

create table {{ schema }}."PurchaseOrder" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "productId" text not null,
    "supplierName" text not null,
    "supplierEmail" text,
    "status" text not null default 'ORDERED' check ("status" in (
        'DRAFT', 'ORDERED', 'SHIPPED', 'RECEIVED', 'CANCELLED'
    )),
    "quantity" integer not null,
    "quantityReceived" integer not null default 0,
    "unitCost" numeric(12, 2) not null,
    "orderedAt" timestamp(3),
    "expectedAt" timestamp(3),
    "receivedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create index "PurchaseOrder_storeId_productId_idx"
    on {{ schema }}."PurchaseOrder" ("storeId", "productId");

-- No index on "createdAt", as found: the plan says which one is missing (S11).
create table {{ schema }}."AiDraft" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "ticketMessageId" text not null
        references {{ schema }}."TicketMessage" ("id") on delete cascade,
    "model" text not null,
    "version" text not null,
    "body" text not null,
    "approved" boolean not null default false,
    "rewardScore" double precision,
    "reviewedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create index "AiDraft_ticketMessageId_idx"
    on {{ schema }}."AiDraft" ("ticketMessageId");

create table {{ schema }}."ConnectionEvent" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "integration" text not null check ("integration" in (
        'SHOPIFY', 'GOOGLE_ANALYTICS', 'KLAVIYO', 'META_ADS'
    )),
    "status" text not null check ("status" in ('SUCCESS', 'FAILURE')),
    "durationMs" integer,
    "errorCode" text,
    "errorMessage" text,
    "createdAt" timestamp(3) not null default current_timestamp
);
create index "ConnectionEvent_storeId_integration_status_createdAt_idx"
    on {{ schema }}."ConnectionEvent"
    ("storeId", "integration", "status", "createdAt");
create index "ConnectionEvent_createdAt_idx"
    on {{ schema }}."ConnectionEvent" ("createdAt");

create table {{ schema }}."WebhookRegistry" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "shopDomain" text not null,
    "topicKey" text not null,
    "callbackUrl" text not null,
    "signingSecret" text not null,
    "isActive" boolean not null default true,
    "lastReceivedAt" timestamp(3),
    "createdAt" timestamp(3) not null default current_timestamp,
    "updatedAt" timestamp(3) not null
);
create unique index "WebhookRegistry_shopDomain_topicKey_key"
    on {{ schema }}."WebhookRegistry" ("shopDomain", "topicKey");

create table {{ schema }}."WebhookEvent" (
    "id" text primary key,
    "storeId" text not null
        references {{ schema }}."Store" ("id") on delete cascade,
    "topicKey" text not null,
    "webhookId" text not null,
    "payload" jsonb not null,
    "status" text not null default 'PENDING' check ("status" in (
        'PENDING', 'SUCCEEDED', 'FAILED', 'SKIPPED'
    )),
    "attempts" integer not null default 0,
    "errorMessage" text,
    "receivedAt" timestamp(3) not null default current_timestamp,
    "processedAt" timestamp(3)
);
create unique index "WebhookEvent_storeId_webhookId_key"
    on {{ schema }}."WebhookEvent" ("storeId", "webhookId");
create index "WebhookEvent_status_processedAt_idx"
    on {{ schema }}."WebhookEvent" ("status", "processedAt");
{% endmacro %}
