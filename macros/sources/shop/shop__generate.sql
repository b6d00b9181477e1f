{% macro shop__generate(schema, since, until) %}
-- What the shop application writes in [since, until): the same rows however the
-- time is cut, since each row and each change of one has a moment drawn from
-- its own name. Customers are people of the one world. Of stores, their secrets
-- and products also what is older.
{%- set from_here = since ~ " at time zone 'UTC'" %}
{%- set to_here = until ~ " at time zone 'UTC'" %}

-- A store every two months until there are enough; one in seven leaves after
-- a year. Its owner is the first person who signed up on that day.
insert into {{ schema }}."Store" (
    "id", "shopDomain", "name", "ownerEmail", "accessToken", "scope", "plan",
    "country", "currency", "installedAt", "createdAt", "updatedAt"
)
select
    'store_' || n,
    'shop-' || n || '.example',
    'Shop of ' || n,
    'person-' || to_char(installed_at, 'YYYYMMDD') || '-1@mail.example',
    'shpat_' || md5('token' || n),
    'read_orders,write_products',
    (array['BASIC', 'GROWTH', 'PLUS'])[1 + n % 3],
    (array['DE', 'FR', 'US', 'GB'])[1 + n % 4],
    (array['EUR', 'EUR', 'USD', 'GBP'])[1 + n % 4],
    installed_at,
    installed_at,
    installed_at
from (
    select
        n,
        timestamp '2023-06-01 09:00' + n * interval '61 days' as installed_at
    from generate_series(1, ceil(8 * {{ var('demo_scale') }})::int) as n
) as stores
where installed_at < {{ to_here }}
on conflict do nothing;

update {{ schema }}."Store"
set
    "uninstalledAt" = "installedAt" + interval '400 days',
    "updatedAt" = "installedAt" + interval '400 days'
where substr("id", 7)::int % 7 = 5
and "uninstalledAt" is null
and "installedAt" + interval '400 days' < {{ to_here }};

insert into {{ schema }}."StoreSettings" (
    "id", "storeId", "alertEmail", "slackWebhookUrl", "draftModel",
    "hasAutomaticDrafts", "createdAt", "updatedAt"
)
select
    'settings_' || "id",
    "id",
    "ownerEmail",
    'https://hooks.example/T0/' || md5('hook' || "id"),
    case when substr("id", 7)::int % 2 = 0 then 'draft-large' else 'draft-small' end,
    substr("id", 7)::int % 4 > 0,
    "installedAt",
    "installedAt"
from {{ schema }}."Store"
on conflict do nothing;

-- Secrets: every 90 days a reminder. Most are rotated on that day, some never,
-- and some have no reminder.
insert into {{ schema }}."StoreSecret" (
    "id", "storeId", "name", "cipherText", "iv", "authTag",
    "rotationReminderAt", "createdAt", "updatedAt"
)
select
    'secret_' || stores."id" || '_' || lower(named.name),
    stores."id",
    named.name,
    'cipher:' || md5('cipher' || stores."id" || named.name),
    md5('iv' || stores."id" || named.name),
    md5('tag' || stores."id" || named.name),
    case
        when named.name <> 'META_ADS_TOKEN'
            then stores."installedAt" + interval '90 days'
    end,
    stores."installedAt",
    stores."installedAt"
from {{ schema }}."Store" as stores
cross join unnest(
    array['SHOPIFY_TOKEN', 'KLAVIYO_KEY', 'META_ADS_TOKEN']
) as named (name)
on conflict do nothing;

update {{ schema }}."StoreSecret" as secrets
set
    "cipherText" = 'cipher:' || md5(secrets."id" || turn.number),
    "keyVersion" = 1 + turn.number,
    "lastRotatedAt" = secrets."createdAt" + turn.number * interval '90 days',
    "rotationReminderAt"
    = secrets."createdAt" + (turn.number + 1) * interval '90 days',
    "updatedAt" = secrets."createdAt" + turn.number * interval '90 days'
from (
    select
        "id",
        ceil(
            extract(epoch from {{ to_here }} - "createdAt") / 7776000
        )::int - 1 as number
    from {{ schema }}."StoreSecret"
) as turn
where turn."id" = secrets."id"
and turn.number > 0
and secrets."keyVersion" <> 1 + turn.number
and secrets."rotationReminderAt" is not null
and abs(hashtextextended(secrets."id", 5)) % 4 > 0;

-- Figures kept for six hours; nobody but retention takes the expired away.
insert into {{ schema }}."KpiCache" (
    "id", "storeId", "key", "payload", "computedAt", "expiresAt"
)
select
    'c' || left(md5('kpi' || stores."id" || kpi.name || slot.at), 24),
    stores."id",
    kpi.name || ':' || to_char(slot.at, 'YYYYMMDDHH24'),
    jsonb_build_object(
        'value', abs(hashtextextended(stores."id" || slot.at, 6)) % 10000
    ),
    slot.at,
    slot.at + interval '6 hours'
from {{ schema }}."Store" as stores
cross join unnest(array['revenue', 'orders']) as kpi (name)
cross join generate_series(
    date_trunc('day', {{ from_here }}), {{ to_here }}, interval '6 hours'
) as slot (at)
where slot.at >= {{ from_here }} and slot.at < {{ to_here }}
and slot.at >= stores."installedAt"
and slot.at < coalesce(stores."uninstalledAt", 'infinity')
on conflict do nothing;

-- A look at each connection every six hours. In turns of 45 days one or the
-- other is down the whole time, so that its last success is old.
insert into {{ schema }}."ConnectionEvent" (
    "id", "storeId", "integration", "status", "durationMs", "errorCode",
    "errorMessage", "createdAt"
)
select
    'c' || left(md5(name), 24),
    store_id,
    integration,
    case when has_failed then 'FAILURE' else 'SUCCESS' end,
    case when a % 50 > 0 then 80 + a % 1900 end,
    case when has_failed then (array['TIMEOUT', 'UNAUTHORIZED'])[1 + a % 2] end,
    case
        when has_failed then 'denied: token shpat_' || md5('token' || store_id)
    end,
    at
from (
    select
        stores."id" as store_id,
        kind.integration,
        slot.at + abs(hashtextextended(
            stores."id" || kind.integration || slot.at, 7
        )) % 21600000 * interval '1 millisecond' as at,
        'look' || stores."id" || kind.integration || slot.at as name,
        abs(hashtextextended(
            stores."id" || kind.integration || slot.at, 8
        )) % 10000 as a,
        abs(hashtextextended(
            stores."id" || kind.integration || slot.at, 9
        )) % 100 < 5
        or abs(hashtextextended(
            stores."id" || kind.integration
            || extract(epoch from slot.at)::bigint / 3888000, 10
        )) % 9 = 0 as has_failed
    from {{ schema }}."Store" as stores
    cross join unnest(
        array['SHOPIFY', 'GOOGLE_ANALYTICS', 'KLAVIYO', 'META_ADS']
    ) as kind (integration)
    cross join generate_series(
        date_trunc('day', {{ from_here }}), {{ to_here }}, interval '6 hours'
    ) as slot (at)
    where slot.at >= stores."installedAt"
    and slot.at < coalesce(stores."uninstalledAt", 'infinity')
) as looks
where at >= {{ from_here }} and at < {{ to_here }}
on conflict do nothing;

-- What each store has asked to be told of; the third has forgotten one.
insert into {{ schema }}."WebhookRegistry" (
    "id", "storeId", "shopDomain", "topicKey", "callbackUrl", "signingSecret",
    "isActive", "createdAt", "updatedAt"
)
select
    'hook_' || stores."id" || '_' || topics.key,
    stores."id",
    stores."shopDomain",
    topics.key,
    'https://dashboard.example/hooks/' || topics.key || '?key='
    || md5('key' || stores."id"),
    md5('signing' || stores."id" || topics.key),
    not (stores."id" = 'store_2' and topics.key = 'PRODUCTS_UPDATE'),
    stores."installedAt",
    stores."installedAt"
from {{ schema }}."Store" as stores
cross join unnest(array[
    'ORDERS_CREATE', 'ORDERS_UPDATED', 'PRODUCTS_UPDATE', 'APP_UNINSTALLED'
]) as topics (key)
where not (stores."id" = 'store_3' and topics.key = 'ORDERS_UPDATED')
on conflict do nothing;

insert into {{ schema }}."WebhookEvent" (
    "id", "storeId", "topicKey", "webhookId", "payload", "receivedAt"
)
select
    'c' || left(md5(name), 24),
    store_id,
    (array['ORDERS_CREATE', 'ORDERS_UPDATED', 'PRODUCTS_UPDATE'])[1 + a % 3],
    md5('webhook' || name)::uuid::text,
    jsonb_build_object(
        'order', a, 'email', 'buyer-' || a || '@mail.example'
    ),
    at
from (
    select
        stores."id" as store_id,
        'hook' || stores."id" || day.at || n as name,
        abs(hashtextextended('hook' || stores."id" || day.at || n, 1))
        % 10000 as a,
        day.at + abs(hashtextextended('hook' || stores."id" || day.at || n, 2))
        % 86400000 * interval '1 millisecond' as at,
        stores."installedAt",
        stores."uninstalledAt"
    from {{ schema }}."Store" as stores
    cross join generate_series(
        date_trunc('day', {{ from_here }}), {{ to_here }}, interval '1 day'
    ) as day (at)
    cross join generate_series(1, 8) as n
) as hooks
where at >= {{ from_here }} and at < {{ to_here }}
and at >= "installedAt" and at < coalesce("uninstalledAt", 'infinity')
on conflict do nothing;

-- Most are done within the minute. Some fail, and the fourth store forgets a few.
update {{ schema }}."WebhookEvent"
set
    "status" = case
        when abs(hashtextextended("id", 3)) % 100 < 6 then 'FAILED'
        when abs(hashtextextended("id", 3)) % 100 < 12 then 'SKIPPED'
        else 'SUCCEEDED'
    end,
    "attempts" = case
        when abs(hashtextextended("id", 3)) % 100 < 6 then 5
        else 1 + abs(hashtextextended("id", 4)) % 2
    end,
    "errorMessage" = case
        when abs(hashtextextended("id", 3)) % 100 < 6
            then 'no handler for ' || ("payload" ->> 'email')
    end,
    "processedAt" = "receivedAt"
    + abs(hashtextextended("id", 5)) % 60000 * interval '1 millisecond'
where "status" = 'PENDING'
and not (
    "storeId" = 'store_4' and abs(hashtextextended("id", 6)) % 50 = 0
)
and "receivedAt"
+ abs(hashtextextended("id", 5)) % 60000 * interval '1 millisecond'
< {{ to_here }};

update {{ schema }}."WebhookRegistry" as registry
set
    "lastReceivedAt" = newest.received_at,
    "updatedAt" = newest.received_at
from (
    select "storeId", "topicKey", max("receivedAt") as received_at
    from {{ schema }}."WebhookEvent"
    group by 1, 2
) as newest
where registry."storeId" = newest."storeId"
and registry."topicKey" = newest."topicKey"
and newest.received_at > coalesce(registry."lastReceivedAt", '-infinity');

-- Some of the people who are there on a day write to a store; so at least one
-- writes every six hours, and a gap means that something is broken.
insert into {{ schema }}."Ticket" (
    "id", "storeId", "channel", "priority", "subject", "customerName",
    "customerEmail", "createdAt", "updatedAt"
)
select
    'c' || left(md5('ticket' || written.name), 24),
    stores."id",
    (array['EMAIL', 'CHAT', 'FORM'])[1 + written.a % 3],
    (array['LOW', 'NORMAL', 'NORMAL', 'URGENT'])[1 + written.a / 3 % 4],
    'Order of ' || written.person,
    'Person ' || written.person,
    written.email,
    written.at,
    written.at
from (
    select
        active.person,
        active.email,
        'person' || active.person || active.active_on as name,
        abs(hashtextextended(active.person || active.active_on, 11))
        % 10000 as a,
        active.active_on + abs(hashtextextended(
            active.person || active.active_on, 12
        )) % 86400000 * interval '1 millisecond' as at,
        active.signed_up_at at time zone 'UTC' as not_before
    from ({{ demo_active_people(since, until) }}) as active
    where abs(hashtextextended(active.person || active.active_on, 13)) % 100 < 4
    union all
    select
        to_char(slot.at, 'YYYYMMDD') || '-1',
        'person-' || to_char(slot.at, 'YYYYMMDD') || '-1@mail.example',
        'slot' || slot.at,
        abs(hashtextextended('slot' || slot.at, 11)) % 10000,
        slot.at + abs(hashtextextended('slot' || slot.at, 12)) % 21600000
        * interval '1 millisecond',
        slot.at
    from generate_series(
        date_trunc('day', {{ from_here }}), {{ to_here }}, interval '6 hours'
    ) as slot (at)
) as written
inner join {{ schema }}."Store" as stores
    on stores."id" = 'store_' || 1 + written.a % ceil(8 * {{ var('demo_scale') }})::int
where written.at >= {{ from_here }} and written.at < {{ to_here }}
and written.at >= written.not_before
and written.at >= stores."installedAt"
and written.at < coalesce(stores."uninstalledAt", 'infinity')
on conflict do nothing;

-- One to five messages a ticket, the customer first, over eight days at most.
insert into {{ schema }}."TicketMessage" (
    "id", "storeId", "ticketId", "author", "authorEmail", "body", "createdAt"
)
select
    'c' || left(md5('message' || ticket_id || n), 24),
    store_id,
    ticket_id,
    author,
    case
        when author = 'CUSTOMER' then email
        when author = 'AGENT' then 'agent-' || store_id || '@dashboard.example'
    end,
    'Dear ' || name || ', ' || md5(ticket_id || n),
    at
from (
    select
        tickets."id" as ticket_id,
        tickets."storeId" as store_id,
        tickets."customerEmail" as email,
        tickets."customerName" as name,
        n,
        case
            when n % 2 = 0 then 'CUSTOMER'
            when abs(hashtextextended(tickets."id" || n, 14)) % 3 = 0 then 'AI'
            else 'AGENT'
        end as author,
        tickets."createdAt" + n * interval '1 day'
        + least(n, 1) * (abs(hashtextextended(tickets."id" || n, 15)) % 86400000)
        * interval '1 millisecond'
        - least(n, 1) * interval '23 hours' as at
    from {{ schema }}."Ticket" as tickets
    cross join generate_series(0, 4) as n
    where n <= abs(hashtextextended(tickets."id", 16)) % 5
    and tickets."createdAt" >= {{ from_here }} - interval '10 days'
) as messages
where at >= {{ from_here }} and at < {{ to_here }}
on conflict do nothing;

-- Five in six are closed in the end; the rest wait for whoever wrote last.
update {{ schema }}."Ticket" as tickets
set
    "status" = becomes.status,
    "closedAt" = becomes.closed_at,
    "updatedAt" = becomes.updated_at
from (
    select
        "id",
        case
            when closes_at < {{ to_here }} then 'CLOSED'
            when last_author = 'CUSTOMER' then 'OPEN'
            else 'PENDING'
        end as status,
        case when closes_at < {{ to_here }} then closes_at end as closed_at,
        case
            when closes_at < {{ to_here }} then closes_at else last_at
        end as updated_at
    from (
        select
            written.*,
            case
                when abs(hashtextextended("id", 17)) % 6 > 0
                    then "createdAt" + interval '8 days'
                        + abs(hashtextextended("id", 18)) % 1000000
                        * interval '1 second'
            end as closes_at
        from (
            select
                living."id",
                living."createdAt",
                newest."author" as last_author,
                newest."createdAt" as last_at
            from {{ schema }}."Ticket" as living
            cross join lateral (
                select messages."author", messages."createdAt"
                from {{ schema }}."TicketMessage" as messages
                where messages."ticketId" = living."id"
                order by messages."createdAt" desc
                limit 1
            ) as newest
            where living."status" in ('OPEN', 'PENDING')
        ) as written
    ) as closing
) as becomes
where becomes."id" = tickets."id"
and (tickets."status", tickets."updatedAt")
    is distinct from (becomes.status, becomes.updated_at);

-- A draft for most of what customers write, a minute later; a person looks at
-- most of them within two days, and scores some.
insert into {{ schema }}."AiDraft" (
    "id", "storeId", "ticketMessageId", "model", "version", "body",
    "createdAt", "updatedAt"
)
select
    'c' || left(md5('draft' || messages."id"), 24),
    messages."storeId",
    messages."id",
    settings."draftModel",
    -- A new version every quarter.
    to_char(messages."createdAt", 'YYYY"."Q'),
    'Hello ' || messages."authorEmail" || ', ...',
    messages."createdAt" + interval '1 minute',
    messages."createdAt" + interval '1 minute'
from {{ schema }}."TicketMessage" as messages
inner join {{ schema }}."StoreSettings" as settings
    on messages."storeId" = settings."storeId"
where messages."author" = 'CUSTOMER'
and messages."createdAt" >= {{ from_here }} - interval '1 minute'
and messages."createdAt" < {{ to_here }} - interval '1 minute'
and abs(hashtextextended(messages."id", 19)) % 10 < 8
on conflict do nothing;

update {{ schema }}."AiDraft"
set
    "approved" = abs(hashtextextended("id", 21)) % 100
    < case when "model" = 'draft-large' then 80 else 65 end,
    "rewardScore" = case
        when abs(hashtextextended("id", 22)) % 10 < 6
            then abs(hashtextextended("id", 23)) % 101 / 100.0
    end,
    "reviewedAt" = "createdAt"
    + abs(hashtextextended("id", 20)) % 172800 * interval '1 second',
    "updatedAt" = "createdAt"
    + abs(hashtextextended("id", 20)) % 172800 * interval '1 second'
where "reviewedAt" is null
and abs(hashtextextended("id", 24)) % 10 < 9
and "createdAt" + abs(hashtextextended("id", 20)) % 172800 * interval '1 second'
< {{ to_here }};

insert into {{ schema }}."OrderFlag" (
    "id", "storeId", "orderId", "type", "severity", "note", "createdAt",
    "updatedAt"
)
select
    'c' || left(md5(name), 24),
    store_id,
    (5000000000 + a * 7919)::text,
    (array['FRAUD_RISK', 'ADDRESS', 'HIGH_VALUE', 'DELAYED'])[1 + a % 4],
    (array['LOW', 'LOW', 'MEDIUM', 'HIGH'])[1 + a / 4 % 4],
    'Call buyer-' || a || '@mail.example',
    at,
    at
from (
    select
        stores."id" as store_id,
        'flag' || stores."id" || day.at || n as name,
        abs(hashtextextended('flag' || stores."id" || day.at || n, 1))
        % 1000000 as a,
        day.at + abs(hashtextextended('flag' || stores."id" || day.at || n, 2))
        % 86400000 * interval '1 millisecond' as at,
        stores."installedAt",
        stores."uninstalledAt"
    from {{ schema }}."Store" as stores
    cross join generate_series(
        date_trunc('day', {{ from_here }}), {{ to_here }}, interval '1 day'
    ) as day (at)
    cross join generate_series(1, 2) as n
) as flags
where at >= {{ from_here }} and at < {{ to_here }}
and at >= "installedAt" and at < coalesce("uninstalledAt", 'infinity')
on conflict do nothing;

-- Four in five are closed within ten days.
update {{ schema }}."OrderFlag"
set
    "status" = 'CLOSED',
    "closedAt" = "createdAt"
    + abs(hashtextextended("id", 3)) % 864000 * interval '1 second',
    "updatedAt" = "createdAt"
    + abs(hashtextextended("id", 3)) % 864000 * interval '1 second'
where "status" = 'OPEN'
and abs(hashtextextended("id", 4)) % 5 > 0
and "createdAt" + abs(hashtextextended("id", 3)) % 864000 * interval '1 second'
< {{ to_here }};

-- Every Monday at six, two pages of each store.
insert into {{ schema }}."SeoInsight" (
    "id", "storeId", "pageUrl", "type", "severity", "clicksLost",
    "recommendation", "createdAt", "updatedAt"
)
select
    'c' || left(md5('seo' || stores."id" || week.at || n), 24),
    stores."id",
    'https://' || stores."shopDomain" || '/products/' || n || '?preview='
    || md5(stores."id"),
    (array['TITLE', 'SPEED', 'BROKEN_LINK', 'THIN_CONTENT'])[
        1 + abs(hashtextextended(stores."id" || week.at || n, 1)) % 4
    ],
    (array['LOW', 'MEDIUM', 'HIGH'])[
        1 + abs(hashtextextended(stores."id" || week.at || n, 2)) % 3
    ],
    abs(hashtextextended(stores."id" || week.at || n, 3)) % 500,
    'Ask the person who wrote this page',
    week.at,
    week.at
from {{ schema }}."Store" as stores
cross join generate_series(
    date_trunc('week', {{ from_here }}) + interval '6 hours',
    {{ to_here }},
    interval '7 days'
) as week (at)
cross join generate_series(1, 2) as n
where week.at >= {{ from_here }} and week.at < {{ to_here }}
and week.at >= stores."installedAt"
and week.at < coalesce(stores."uninstalledAt", 'infinity')
on conflict do nothing;

update {{ schema }}."SeoInsight"
set
    "status" = case
        when abs(hashtextextended("id", 4)) % 3 = 0 then 'DISMISSED'
        else 'DONE'
    end,
    "updatedAt" = "createdAt"
    + abs(hashtextextended("id", 5)) % 1728000 * interval '1 second'
where "status" = 'NEW'
and abs(hashtextextended("id", 6)) % 3 > 0
and "createdAt" + abs(hashtextextended("id", 5)) % 1728000 * interval '1 second'
< {{ to_here }};

-- Ten products a store, counted anew every six hours.
insert into {{ schema }}."ProductVelocity" (
    "id", "storeId", "productId", "sku", "title", "leadTimeDays", "computedAt"
)
select
    'velocity_' || stores."id" || '_' || n,
    stores."id",
    (7000000000 + substr(stores."id", 7)::int * 100 + n)::text,
    'SKU-' || substr(stores."id", 7) || '-' || n,
    'Product ' || n,
    7 + n % 3 * 7,
    stores."installedAt"
from {{ schema }}."Store" as stores
cross join generate_series(1, 10) as n
on conflict do nothing;

update {{ schema }}."ProductVelocity" as products
set
    -- Every tenth sells nothing.
    "unitsSold7d" = drawn.a % 40 * (drawn.n % 10)::bool::int,
    "unitsSold28d" = (drawn.a % 40 * 3 + drawn.b % 60) * (drawn.n % 10)::bool::int,
    "onHand" = drawn.b % 12 * (drawn.a % 25),
    "computedAt" = drawn.at
from (
    select
        counted."id",
        counted.at,
        counted.n,
        abs(hashtextextended(
            counted."id" || date_trunc('week', counted.at), 1
        )) % 1000 as a,
        abs(hashtextextended(counted."id" || counted.at::date, 2)) % 1000 as b
    from (
        select
            last."id",
            last.n,
            date_trunc('day', last.moment)
            + floor(extract(hour from last.moment) / 6) * interval '6 hours' as at
        from (
            select
                listed."id",
                substr(listed."sku", length(listed."sku"))::int as n,
                least({{ to_here }}, stores."uninstalledAt")
                - interval '1 millisecond' as moment
            from {{ schema }}."ProductVelocity" as listed
            inner join {{ schema }}."Store" as stores
                on listed."storeId" = stores."id"
        ) as last
    ) as counted
) as drawn
where drawn."id" = products."id"
and products."computedAt" < drawn.at;

-- Each product is ordered again every 30 days; what was ordered up to 90 days
-- before is there from the beginning.
insert into {{ schema }}."PurchaseOrder" (
    "id", "storeId", "productId", "supplierName", "supplierEmail", "quantity",
    "unitCost", "orderedAt", "expectedAt", "createdAt", "updatedAt"
)
select
    'c' || left(md5('order' || products."id" || turn.number), 24),
    products."storeId",
    products."productId",
    'Supplier ' || turn.number % 5,
    'sales-' || turn.number % 5 || '@supplier.example',
    20 + abs(hashtextextended(products."id" || turn.number, 3)) % 80,
    (200 + abs(hashtextextended(products."id" || turn.number, 4)) % 3000) / 100.0,
    turn.at,
    date_trunc('day', turn.at) + products."leadTimeDays" * interval '1 day',
    turn.at,
    turn.at
from {{ schema }}."ProductVelocity" as products
inner join {{ schema }}."Store" as stores on products."storeId" = stores."id"
cross join lateral (
    select
        number,
        timestamp '2023-06-01' + number * interval '30 days'
        + abs(hashtextextended(products."id" || number, 5)) % 2592000
        * interval '1 second' as at
    from generate_series(
        floor(extract(epoch from
            {{ from_here }} - interval '120 days' - timestamp '2023-06-01'
        ) / 2592000)::int,
        ceil(extract(epoch from
            {{ to_here }} - timestamp '2023-06-01'
        ) / 2592000)::int
    ) as number
) as turn
where turn.at < {{ to_here }}
and turn.at >= {{ from_here }} - interval '90 days'
and turn.at >= stores."installedAt"
and turn.at < coalesce(stores."uninstalledAt", 'infinity')
on conflict do nothing;

-- Sent off after two days; nine in ten arrive around the day they were expected
-- on, a few never do, and a few are called off.
update {{ schema }}."PurchaseOrder" as orders
set
    "status" = becomes.status,
    "quantityReceived"
    = case when becomes.status = 'RECEIVED' then orders."quantity" else 0 end,
    "receivedAt" = case when becomes.status = 'RECEIVED' then becomes.at end,
    "updatedAt" = becomes.at
from (
    select distinct on ("id")
        "id",
        step.status,
        step.at
    from {{ schema }}."PurchaseOrder"
    cross join lateral (
        values
        ('SHIPPED', "orderedAt" + interval '2 days', 0, 19),
        (
            'RECEIVED',
            "expectedAt" + interval '8 hours'
            + (abs(hashtextextended("id", 6)) % 6 - 2) * interval '1 day',
            0, 18
        ),
        ('CANCELLED', "orderedAt" + interval '1 day', 19, 20)
    ) as step (status, at, low, high)
    where abs(hashtextextended("id", 7)) % 20 >= step.low
    and abs(hashtextextended("id", 7)) % 20 < step.high
    and step.at < {{ to_here }}
    order by "id", step.at desc
) as becomes
where becomes."id" = orders."id"
and orders."status" in ('ORDERED', 'SHIPPED')
and orders."status" <> becomes.status;

select
    (
        select count(*) from {{ schema }}."ConnectionEvent"
        where "createdAt" >= {{ from_here }} and "createdAt" < {{ to_here }}
    )
    + (
        select count(*) from {{ schema }}."WebhookEvent"
        where "receivedAt" >= {{ from_here }} and "receivedAt" < {{ to_here }}
    )
    + (
        select count(*) from {{ schema }}."TicketMessage"
        where "createdAt" >= {{ from_here }} and "createdAt" < {{ to_here }}
    )
    + (
        select count(*) from {{ schema }}."KpiCache"
        where "computedAt" >= {{ from_here }} and "computedAt" < {{ to_here }}
    )
{% endmacro %}
