"""Every mart of shop, beside what plain Python makes of the source rows.

The demo's stores over 120 days: counted before retention, and again after it.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from flows.night import Bounds, nightly
from flows.run_dbt import operation
from tests.conftest import (
    Warehouse,
    _silent,
    connect,
    copy_of,
    keep_database,
    without,
)

BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
AS_OF = datetime(2026, 3, 1, 3, tzinfo=UTC)
TODAY = date(2026, 3, 1)
ONLY_SHOP = without("hub", "analytics", "supabase", "render_jobs")
Row = dict[str, Any]


@pytest.fixture(scope="session")
def shop_template(whole_template: str) -> str:
    """A database with 120 days of stores, built once."""
    with copy_of(whole_template, ONLY_SHOP) as warehouse:
        operation(
            "generate_demo_rows",
            _silent,
            since=BEGIN.isoformat(),
            until=AS_OF.isoformat(),
        )
        warehouse.build(AS_OF.isoformat())
    return keep_database("shop_template")


@pytest.fixture
def built(shop_template: str) -> Iterator[Warehouse]:
    """The stores as built, for tests that only read."""
    with connect(
        shop_template,
        options="-c default_transaction_read_only=on -c timezone=UTC",
    ) as connection:
        yield Warehouse(connection)


@pytest.fixture
def shop(shop_template: str) -> Iterator[Warehouse]:
    """A copy of them, for tests that change something."""
    with copy_of(
        shop_template, ONLY_SHOP, options="-c timezone=UTC"
    ) as warehouse:
        yield warehouse


def table(warehouse: Warehouse, name: str) -> list[Row]:
    """All rows of a table; what has no time zone is in UTC."""
    with warehouse.connection.cursor() as cursor:
        cursor.execute(f"select * from {name}")
        names = [column.name for column in cursor.description or ()]
        return [
            {
                name: value.replace(tzinfo=UTC)
                if isinstance(value, datetime)
                else value
                for name, value in zip(names, row, strict=True)
            }
            for row in cursor
        ]


def source(warehouse: Warehouse, name: str) -> list[Row]:
    return table(warehouse, f'shop."{name}"')


def rounded(value: Fraction | None, places: int) -> Decimal | None:
    """As PostgreSQL rounds a numeric: half away from zero."""
    if value is None:
        return None
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def ratio(part: int | Decimal, whole: int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


# Each mart: its key, and the rows that it should have, worked out here.


def copied(name: str, columns: dict[str, str]) -> Any:
    """A mart with a row for each row of a table; its columns by name."""

    def expect(warehouse: Warehouse) -> list[Row]:
        return [
            {mart: row[column] for mart, column in columns.items()}
            for row in source(warehouse, name)
        ]

    return expect


def ai_draft(warehouse: Warehouse) -> list[Row]:
    return [
        {
            "store_id": row["storeId"],
            "draft_id": row["id"],
            "draft_model": row["model"],
            "draft_version": row["version"],
            "is_approved": row["approved"],
            "reward_score": None
            if row["rewardScore"] is None
            else Decimal(str(row["rewardScore"])),
            "reviewed_at": row["reviewedAt"],
            "drafted_at": row["createdAt"],
        }
        for row in source(warehouse, "AiDraft")
    ]


def ai_draft_approval(warehouse: Warehouse) -> list[Row]:
    groups = defaultdict(list)
    for row in source(warehouse, "AiDraft"):
        groups[row["model"], row["version"]].append(row)
    rows = []
    for (model, version), drafts in groups.items():
        reviewed = [d for d in drafts if d["reviewedAt"] or d["approved"]]
        approved = [d for d in drafts if d["approved"]]
        scores = [
            Decimal(str(d["rewardScore"]))
            for d in drafts
            if d["rewardScore"] is not None
        ]
        rows.append(
            {
                "draft_model": model,
                "draft_version": version,
                "draft_count": len(drafts),
                "reviewed_count": len(reviewed),
                "approved_count": len(approved),
                "approval_rate": rounded(
                    ratio(len(approved), len(reviewed)), 4
                ),
                "scored_count": len(scores),
                "mean_reward": rounded(ratio(sum(scores), len(scores)), 4),
                "first_drafted_at": min(d["createdAt"] for d in drafts),
                "last_drafted_at": max(d["createdAt"] for d in drafts),
            }
        )
    return rows


def connection_daily(warehouse: Warehouse) -> list[Row]:
    groups = defaultdict(list)
    for row in source(warehouse, "ConnectionEvent"):
        groups[
            row["createdAt"].date(),
            row["storeId"],
            row["integration"],
            row["status"],
        ].append(row)
    return [
        {
            "looked_date": key[0],
            "store_id": key[1],
            "integration": key[2],
            "status": key[3],
            "look_count": len(looks),
            "measured_count": sum(r["durationMs"] is not None for r in looks),
            "duration_ms": sum(r["durationMs"] or 0 for r in looks),
            "last_looked_at": max(r["createdAt"] for r in looks),
            "_rows": len(looks),
        }
        for key, looks in groups.items()
    ]


def connection_health(warehouse: Warehouse) -> list[Row]:
    groups = defaultdict(list)
    for row in source(warehouse, "ConnectionEvent"):
        groups[row["storeId"], row["integration"]].append(row)
    rows = []
    for (store, integration), looks in groups.items():
        last = {
            status: max(
                (r["createdAt"] for r in looks if r["status"] == status),
                default=None,
            )
            for status in ("SUCCESS", "FAILURE")
        }
        success, failure = last["SUCCESS"], last["FAILURE"]
        recent = [
            r
            for r in looks
            if r["createdAt"].date() > TODAY - timedelta(days=30)
        ]
        good = sum(r["status"] == "SUCCESS" for r in recent)
        times = [r["durationMs"] for r in recent if r["durationMs"] is not None]
        newest = max(r["createdAt"] for r in looks)
        if newest < AS_OF - timedelta(hours=24):
            health = "silent"
        elif failure and (not success or failure >= success):
            health = "failing"
        elif Fraction(good, len(recent)) < Fraction(9, 10):
            health = "unsteady"
        else:
            health = "healthy"
        rows.append(
            {
                "store_id": store,
                "integration": integration,
                "health": health,
                "last_success_at": success,
                "last_failure_at": failure,
                "look_count_30d": len(recent),
                "success_count_30d": good,
                "success_rate_30d": rounded(ratio(good, len(recent)), 4),
                "mean_duration_ms_30d": rounded(
                    ratio(sum(times), len(times)), 1
                ),
            }
        )
    return rows


def dim_store(warehouse: Warehouse) -> list[Row]:
    return [
        {
            "store_id": row["id"],
            "store_plan": row["plan"],
            "country": row["country"],
            "currency": row["currency"],
            "installed_at": row["installedAt"],
            "uninstalled_at": row["uninstalledAt"],
            "is_installed": row["uninstalledAt"] is None,
        }
        for row in source(warehouse, "Store")
    ]


def secrets_due(warehouse: Warehouse) -> list[Row]:
    return [
        {
            "store_id": row["storeId"],
            "secret_id": row["id"],
            "secret_name": row["name"],
            "rotation_status": "overdue"
            if row["rotationReminderAt"] < AS_OF
            else "due",
            "rotation_reminder_at": row["rotationReminderAt"],
            "due_in_days": (row["rotationReminderAt"].date() - TODAY).days,
        }
        for row in source(warehouse, "StoreSecret")
        if row["rotationReminderAt"]
        and row["rotationReminderAt"] < AS_OF + timedelta(days=14)
    ]


def seo_insight(warehouse: Warehouse) -> list[Row]:
    return [
        {
            "store_id": row["storeId"],
            "insight_id": row["id"],
            "page_path": "/" + row["pageUrl"].split("?")[0].split("/", 3)[3],
            "insight_type": row["type"],
            "severity": row["severity"],
            "status": row["status"],
            "lost_click_count": row["clicksLost"],
            "found_at": row["createdAt"],
            "updated_at": row["updatedAt"],
        }
        for row in source(warehouse, "SeoInsight")
    ]


def stockout_forecast(warehouse: Warehouse) -> list[Row]:
    """Day by day and arrival by arrival, instead of by window functions."""
    orders = defaultdict(list)
    for row in source(warehouse, "PurchaseOrder"):
        units = row["quantity"] - row["quantityReceived"]
        if row["status"] in ("ORDERED", "SHIPPED") and units > 0:
            orders[row["storeId"], row["productId"]].append(
                (row["expectedAt"], row["id"], units)
            )
    rows = []
    for row in source(warehouse, "ProductVelocity"):
        coming = sorted(orders[row["storeId"], row["productId"]])
        on_time = [order for order in coming if order[0] >= AS_OF]
        pace = max(
            Fraction(row["unitsSold7d"], 7), Fraction(row["unitsSold28d"], 28)
        )
        units = max(row["onHand"], 0)
        cover = units / pace if pace else None
        empty = None
        if pace:
            supply = Fraction(units)
            for expected, _, more in on_time:
                seconds = (expected - AS_OF) / timedelta(microseconds=1)
                if supply / pace < Fraction(int(seconds), 86_400_000_000):
                    break
                supply += more
            empty = supply / pace
        runs_out = None
        if empty is not None and empty < 3650:
            runs_out = (AS_OF + timedelta(days=1) * float(empty)).date()
        lead = row["leadTimeDays"]
        if row["onHand"] <= 0:
            status = "out_of_stock"
        elif not pace:
            status = "not_selling"
        elif empty is not None and empty < lead:
            status = "order_now"
        else:
            status = "covered"
        rows.append(
            {
                "store_id": row["storeId"],
                "product_id": row["productId"],
                "sku": row["sku"],
                "stock_status": status,
                "on_hand_units": row["onHand"],
                "units_per_day": rounded(pace, 3),
                "days_of_cover": rounded(cover, 1),
                "incoming_units": sum(order[2] for order in on_time),
                "late_units": sum(
                    order[2] for order in coming if order[0] < AS_OF
                ),
                "next_arrival_at": on_time[0][0] if on_time else None,
                "stockout_date": runs_out,
                "order_by_date": runs_out and runs_out - timedelta(days=lead),
                "computed_at": row["computedAt"],
            }
        )
    return rows


def ticket_daily(warehouse: Warehouse) -> list[Row]:
    groups = defaultdict(list)
    for row in source(warehouse, "Ticket"):
        groups[row["createdAt"].date(), row["storeId"], row["channel"]].append(
            row
        )
    return [
        {
            "opened_date": key[0],
            "store_id": key[1],
            "channel": key[2],
            "ticket_count": len(tickets),
            "urgent_count": sum(t["priority"] == "URGENT" for t in tickets),
            "closed_count": sum(t["closedAt"] is not None for t in tickets),
            "seconds_to_close": rounded(
                sum(
                    (
                        Fraction(
                            (t["closedAt"] - t["createdAt"])
                            // timedelta(microseconds=1),
                            1_000_000,
                        )
                        for t in tickets
                        if t["closedAt"]
                    ),
                    Fraction(0),
                ),
                3,
            ),
        }
        for key, tickets in groups.items()
    ]


def ticket_message_daily(warehouse: Warehouse) -> list[Row]:
    counts: dict[Any, int] = defaultdict(int)
    for row in source(warehouse, "TicketMessage"):
        counts[row["createdAt"].date(), row["storeId"], row["author"]] += 1
    return [
        {
            "written_date": key[0],
            "store_id": key[1],
            "author_kind": key[2],
            "message_count": count,
            "_rows": count,
        }
        for key, count in counts.items()
    ]


def webhook_outcomes(warehouse: Warehouse) -> list[Row]:
    groups = defaultdict(list)
    for row in source(warehouse, "WebhookEvent"):
        groups[
            row["receivedAt"].date(),
            row["storeId"],
            row["topicKey"],
            row["status"],
        ].append(row)
    return [
        {
            "received_date": key[0],
            "store_id": key[1],
            "topic_key": key[2],
            "status": key[3],
            "call_count": len(calls),
            "attempt_count": sum(c["attempts"] for c in calls),
            "processed_count": sum(c["processedAt"] is not None for c in calls),
            "processing_seconds": rounded(
                sum(
                    (
                        Fraction(
                            (c["processedAt"] - c["receivedAt"])
                            // timedelta(milliseconds=1),
                            1000,
                        )
                        for c in calls
                        if c["processedAt"]
                    ),
                    Fraction(0),
                ),
                3,
            ),
        }
        for key, calls in groups.items()
    ]


def webhook_diagnostics(warehouse: Warehouse) -> list[Row]:
    registry = {
        (row["storeId"], row["topicKey"]): row
        for row in source(warehouse, "WebhookRegistry")
    }
    calls = defaultdict(list)
    for row in source(warehouse, "WebhookEvent"):
        calls[row["storeId"], row["topicKey"]].append(row)
    rows = []
    for key in registry.keys() | calls.keys():
        asked = registry.get(key)
        times = [call["receivedAt"] for call in calls[key]]
        if asked and asked["lastReceivedAt"]:
            times.append(asked["lastReceivedAt"])
        recent = [
            call
            for call in calls[key]
            if call["receivedAt"] >= AS_OF - timedelta(days=30)
        ]
        failed = sum(call["status"] == "FAILED" for call in recent)
        stuck = sum(
            call["status"] == "PENDING"
            and call["receivedAt"] < AS_OF - timedelta(hours=1)
            for call in calls[key]
        )
        if not asked:
            diagnosis = "not_registered"
        elif not asked["isActive"]:
            diagnosis = "switched_off"
        elif not times:
            diagnosis = "never_called"
        elif stuck:
            diagnosis = "stuck"
        elif recent and Fraction(failed, len(recent)) > Fraction(1, 10):
            diagnosis = "failing"
        elif max(times) < AS_OF - timedelta(days=7):
            diagnosis = "silent"
        else:
            diagnosis = "healthy"
        rows.append(
            {
                "store_id": key[0],
                "topic_key": key[1],
                "diagnosis": diagnosis,
                "is_registered": asked is not None,
                "is_active": bool(asked and asked["isActive"]),
                "last_received_at": max(times, default=None),
                "call_count_30d": len(recent),
                "failed_count_30d": failed,
                "stuck_count": stuck,
            }
        )
    return rows


MARTS = {
    "ai_draft": ai_draft,
    "ai_draft_approval": ai_draft_approval,
    "connection_daily": connection_daily,
    "connection_health": connection_health,
    "dim_store": dim_store,
    "order_flag": copied(
        "OrderFlag",
        {
            "store_id": "storeId",
            "flag_id": "id",
            "order_id": "orderId",
            "flag_type": "type",
            "severity": "severity",
            "status": "status",
            "flagged_at": "createdAt",
            "closed_at": "closedAt",
            "updated_at": "updatedAt",
        },
    ),
    "product_velocity": copied(
        "ProductVelocity",
        {
            "store_id": "storeId",
            "product_id": "productId",
            "sku": "sku",
            "units_sold_7d": "unitsSold7d",
            "units_sold_28d": "unitsSold28d",
            "on_hand_units": "onHand",
            "lead_time_days": "leadTimeDays",
            "computed_at": "computedAt",
        },
    ),
    "purchase_order": copied(
        "PurchaseOrder",
        {
            "store_id": "storeId",
            "purchase_order_id": "id",
            "product_id": "productId",
            "status": "status",
            "quantity_units": "quantity",
            "received_units": "quantityReceived",
            "unit_cost": "unitCost",
            "ordered_at": "orderedAt",
            "expected_at": "expectedAt",
            "received_at": "receivedAt",
            "updated_at": "updatedAt",
        },
    ),
    "secret": copied(
        "StoreSecret",
        {
            "store_id": "storeId",
            "secret_id": "id",
            "secret_name": "name",
            "rotation_reminder_at": "rotationReminderAt",
        },
    ),
    "secrets_due": secrets_due,
    "seo_insight": seo_insight,
    "stockout_forecast": stockout_forecast,
    "ticket": copied(
        "Ticket",
        {
            "store_id": "storeId",
            "ticket_id": "id",
            "channel": "channel",
            "priority": "priority",
            "status": "status",
            "opened_at": "createdAt",
            "closed_at": "closedAt",
            "updated_at": "updatedAt",
        },
    ),
    "ticket_daily": ticket_daily,
    "ticket_message_daily": ticket_message_daily,
    "webhook_diagnostics": webhook_diagnostics,
    "webhook_event": copied(
        "WebhookEvent",
        {
            "store_id": "storeId",
            "webhook_id": "webhookId",
            "topic_key": "topicKey",
            "status": "status",
            "attempt_count": "attempts",
            "received_at": "receivedAt",
            "processed_at": "processedAt",
        },
    ),
    "webhook_outcomes": webhook_outcomes,
    "webhook_registry": copied(
        "WebhookRegistry",
        {
            "store_id": "storeId",
            "registration_id": "id",
            "topic_key": "topicKey",
            "is_active": "isActive",
            "last_received_at": "lastReceivedAt",
            "registered_at": "createdAt",
            "updated_at": "updatedAt",
        },
    ),
}
# When a row came, was last looked at, or went: not about the store.
OF_THE_BUILD = ("_version_at", "_gone_at", "_loaded_at")


def mart(warehouse: Warehouse, name: str) -> list[Row]:
    return [
        {
            column: value
            for column, value in row.items()
            if column not in OF_THE_BUILD
        }
        for row in table(warehouse, f"marts.marts_shop_{name}")
    ]


def in_order(rows: list[Row]) -> list[tuple[tuple[str, Any], ...]]:
    return sorted((tuple(sorted(row.items())) for row in rows), key=repr)


def test_no_mart_is_left_out(built):
    assert {
        name
        for (name,) in built.query(
            "select substr(tablename, 12) from pg_tables"
            " where schemaname = 'marts' and tablename like 'marts_shop_%'"
        )
    } == set(MARTS)


@pytest.mark.parametrize("name", MARTS)
def test_each_mart_is_what_the_source_rows_say(built, name):
    expected = MARTS[name](built)
    assert expected
    assert in_order(mart(built, name)) == in_order(expected)


def test_the_demo_has_a_case_of_each_kind(built):
    """Else the comparison above would compare little."""

    def kinds(column: str, name: str) -> set[Any]:
        return {row[column] for row in mart(built, name)}

    assert kinds("health", "connection_health") >= {"healthy", "failing"}
    assert kinds("rotation_status", "secrets_due") >= {"overdue"}
    assert kinds("stock_status", "stockout_forecast") == {
        "out_of_stock",
        "not_selling",
        "order_now",
        "covered",
    }
    assert kinds("diagnosis", "webhook_diagnostics") >= {
        "healthy",
        "never_called",
        "not_registered",
        "stuck",
        "switched_off",
    }
    assert kinds("status", "webhook_event") == {
        "PENDING",
        "SUCCEEDED",
        "FAILED",
        "SKIPPED",
    }
    assert kinds("status", "ticket") == {"OPEN", "PENDING", "CLOSED"}


def test_no_mart_moves_when_rows_leave_or_all_is_built_anew(shop):
    # These rules change states, which a mart shows from the next build on.
    states = Bounds(select=["shop.OrderFlag", "shop.Ticket"])
    changed = nightly(AS_OF.isoformat(), say=_silent, bounds=states)
    assert changed.let_go["shop.OrderFlag"] > 0
    assert changed.let_go["shop.Ticket"] > 0
    shop.build(AS_OF.isoformat())
    before = {name: in_order(mart(shop, name)) for name in MARTS}
    night = shop.night(AS_OF.isoformat())
    for rule in ("AiDraft", "ConnectionEvent", "WebhookEvent"):
        assert night.let_go[f"shop.{rule}"] > 0
    assert night.let_go["stg_shop_connection_event"] > 0
    shop.build(AS_OF.isoformat(), "--full-refresh")
    assert shop.one(
        "select count(*) from marts.marts_shop_ai_draft"
        " where _gone_at is not null"
    )
    for name in MARTS:
        assert in_order(mart(shop, name)) == before[name], name


def test_a_second_build_takes_in_nothing(shop):
    count = "select sum(rows) from retention.load"
    before = shop.one(count)
    shop.build((AS_OF + timedelta(minutes=5)).isoformat())
    assert shop.one(count) == before


def test_the_newest_version_is_shown_and_the_older_one_goes(shop):
    shop.execute(
        'update shop."Ticket" set "customerEmail" = %s, "status" = %s'
        ' where "id" = (select min("id") from shop."Ticket")',
        "new@mail.example",
        "PENDING",
    )
    shop.night(AS_OF.isoformat())
    # What the night has archived at the source, the next build takes in.
    shop.build((AS_OF + timedelta(hours=1)).isoformat())
    assert in_order(mart(shop, "ticket")) == in_order(MARTS["ticket"](shop))
    # The address that was there before is a copy without an original.
    assert shop.query(
        'select "customerEmail" from raw.raw_shop_ticket'
        ' where "id" = (select min("id") from shop."Ticket")'
    ) == [("new@mail.example",)]


SECRETS = {
    "Store": ("accessToken", "name"),
    "StoreSettings": ("slackWebhookUrl", "alertEmail"),
    "StoreSecret": ("cipherText", "iv", "authTag"),
    "OrderFlag": ("note",),
    "Ticket": ("subject", "customerName"),
    "TicketMessage": ("body",),
    "SeoInsight": ("pageUrl", "recommendation"),
    "ProductVelocity": ("title",),
    "PurchaseOrder": ("supplierName", "supplierEmail"),
    "AiDraft": ("body",),
    "ConnectionEvent": ("errorMessage",),
    "WebhookRegistry": ("callbackUrl", "signingSecret", "shopDomain"),
    "WebhookEvent": ("payload", "errorMessage"),
}
# Parts of them, which would show a value that was only cut.
PARTS = ("@", "shpat_", "cipher:", "hooks.example", "Dear ", "Person ", "shop-")
# What raw may hold, as long as the original does.
CAPTURED = {
    ("raw_shop_store", "ownerEmail"),
    ("raw_shop_store", "shopDomain"),
    ("raw_shop_ticket", "customerEmail"),
    ("raw_shop_ticket_message", "authorEmail"),
    ("raw_shop_seo_insight", "pageUrl"),
}


def test_nothing_secret_and_nobody_is_in_a_layer(built):
    forbidden = {
        str(row[column])
        for name, columns in SECRETS.items()
        for row in source(built, name)
        for column in columns
        if row[column] is not None
    }
    forbidden |= {row["customerEmail"] for row in source(built, "Ticket")}
    forbidden |= {row["ownerEmail"] for row in source(built, "Store")}
    found = set()
    looked_at = 0
    for schema, name, column in built.query(
        "select table_schema, table_name, column_name"
        " from information_schema.columns"
        " where table_schema in ('raw', 'staging', 'sealed', 'marts')"
        " and table_name ~ '^(raw|stg|marts)_shop_[a-z_]*[a-z]$'"
    ):
        looked_at += 1
        for (value,) in built.query(
            f'select distinct "{column}"::text from {schema}.{name}'
            f' where "{column}" is not null'
        ):
            if value in forbidden or any(part in value for part in PARTS):
                found.add((name, column))
    assert looked_at > 250
    assert found == CAPTURED


def test_a_customer_is_the_same_hash_in_every_table(built):
    salt = built.one("select salt from pii.salt where retired_at is null")

    def hashed(email: str | None) -> str | None:
        if email is None:
            return None
        return hashlib.sha256((email + salt).encode()).hexdigest()

    for name, column, staged, key in (
        ("Ticket", "customerEmail", "stg_shop_ticket", "ticket_id"),
        (
            "TicketMessage",
            "authorEmail",
            "stg_shop_ticket_message",
            "message_id",
        ),
        ("Store", "ownerEmail", "stg_shop_store", "store_id"),
    ):
        expected = {
            row["id"]: hashed(row[column]) for row in source(built, name)
        }
        assert (
            dict(built.query(f"select {key}, email_hash from staging.{staged}"))
            == expected
        )


def test_customers_are_people_of_the_one_world(built):
    """Their tickets join to their account, by the hash of their address."""
    emails = {row["customerEmail"] for row in source(built, "Ticket")}
    assert len(emails) > 500
    assert all(
        email.startswith("person-20") and email.endswith("@mail.example")
        for email in emails
    )


def test_the_demo_is_the_same_however_time_is_cut(whole_template):
    cuts = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T13:37:00.123Z",
        "2026-01-04T03:00:00Z",
        "2026-01-09T03:00:00Z",
    ]
    tables = sorted({*SECRETS, "KpiCache"})

    with copy_of(
        whole_template, ONLY_SHOP, options="-c timezone=UTC"
    ) as warehouse:

        def contents(*spans: tuple[str, str]) -> dict[str, Any]:
            warehouse.execute('truncate shop."Store" cascade')
            for since, until in spans:
                operation(
                    "generate_demo_rows", _silent, since=since, until=until
                )
            return {name: in_order(source(warehouse, name)) for name in tables}

        whole = contents((cuts[0], cuts[-1]))
        parts = contents(*pairwise(cuts))
    for name in tables:
        assert whole[name], name
        assert parts[name] == whole[name], name


def test_every_mart_has_its_keys_in_the_database(built):
    """Metabase reads them from there."""
    keys = built.query(
        """
        select conrelid::regclass::text, contype, count(*)
        from pg_constraint
        where conrelid::regclass::text like 'marts.marts_shop_%%'
        and contype in ('p', 'f')
        group by 1, 2
        """
    )
    assert {name for name, kind, _ in keys if kind == "p"} == {
        f"marts.marts_shop_{name}" for name in MARTS
    }
    assert {name for name, kind, _ in keys if kind == "f"} == {
        f"marts.marts_shop_{name}"
        for name in (
            "connection_health",
            "secrets_due",
            "stockout_forecast",
            "webhook_diagnostics",
        )
    }
    assert os.environ["DBT_TARGET"] == "prod"
