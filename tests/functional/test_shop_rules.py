"""Each rule of shop, with rows on both sides of each of its edges.

An edge is crossed within a microsecond: what is planned at EDGE and JUST_AFTER
differs by the rows whose clock stands on it. (The source itself tells
milliseconds apart.) The database's time zone has a summer time in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import (
    DATABASE,
    Warehouse,
    connect,
    copy_of,
    keep_database,
    without,
)

# Each edge of each rule; the engine itself is tested in every run.
pytestmark = pytest.mark.large

EDGE = datetime(2026, 4, 10, 3, tzinfo=UTC)
JUST_AFTER = EDGE + timedelta(microseconds=1)
# For copies and marts, whose clocks are set after the build.
LATER = EDGE + timedelta(hours=1)
MS = timedelta(milliseconds=1)
ONLY_SHOP = without("hub", "analytics", "supabase", "render_jobs")
ENTITIES = {
    "ai_draft",
    "order_flag",
    "product_velocity",
    "purchase_order",
    "seo_insight",
    "store",
    "store_secret",
    "ticket",
    "webhook_event",
    "webhook_registry",
}
KEPT = {
    "ai_draft",
    "dim_store",
    "order_flag",
    "product_velocity",
    "purchase_order",
    "secret",
    "seo_insight",
    "ticket",
    "webhook_event",
    "webhook_registry",
}
# How many rows of each there are, where it is not one.
ROWS = {
    "ai_draft": 5,
    "order_flag": 6,
    "store": 2,
    "ticket": 6,
    "webhook_event": 9,
}
Line = dict[str, Any]


def days(number: float) -> timedelta:
    return timedelta(days=number)


def write(
    warehouse: Warehouse, table: str, key: str, /, **columns: Any
) -> None:
    """The application writes a row; moments are in UTC."""
    row = {"id": key, **columns}
    if table != "Store":
        row = {"storeId": "store_a", **row}
    names = ", ".join(f'"{column}"' for column in row)
    marks = ", ".join(["%s"] * len(row))
    warehouse.execute(
        f'insert into shop."{table}" ({names}) values ({marks})',
        *(
            value.astimezone(UTC).replace(tzinfo=None)
            if isinstance(value, datetime)
            else value
            for value in row.values()
        ),
    )


def write_all(warehouse: Warehouse) -> None:
    for store in ("store_a", "store_b"):
        write(
            warehouse,
            "Store",
            store,
            shopDomain=f"{store}.example",
            name=store,
            ownerEmail=f"{store}@mail.example",
            accessToken="secret",
            scope="",
            country="DE",
            currency="EUR",
            installedAt=EDGE - days(900),
            createdAt=EDGE - days(900),
            updatedAt=EDGE - days(900),
        )
    write_tickets(warehouse)
    write_drafts(warehouse)
    write_looks(warehouse)
    write_calls(warehouse)
    for name, expires in (
        ("before", EDGE - timedelta(seconds=1) - MS),
        ("on", EDGE - timedelta(seconds=1)),
        ("after", EDGE - timedelta(seconds=1) + MS),
        ("fresh", EDGE + days(1)),
    ):
        write(
            warehouse,
            "KpiCache",
            name,
            key=name,
            payload="{}",
            expiresAt=expires,
        )
    write_kept_forever(warehouse)


def write_tickets(warehouse: Warehouse) -> None:
    """S4: closed ones and flags are changed, one day after they were closed."""
    old = EDGE - days(400)
    for name, status, closed in (
        ("before", "CLOSED", EDGE - days(1) - MS),
        ("on", "CLOSED", EDGE - days(1)),
        ("after", "CLOSED", EDGE - days(1) + MS),
        ("done", None, old),
        ("opened again", "OPEN", old),
        ("open", "OPEN", None),
    ):
        write(
            warehouse,
            "Ticket",
            name,
            channel="EMAIL",
            status=status or "ARCHIVED",
            subject="",
            createdAt=old,
            closedAt=closed,
            updatedAt=closed or old,
        )
        write(
            warehouse,
            "OrderFlag",
            name,
            orderId=name,
            type="ADDRESS",
            severity="LOW",
            status=status or "RESOLVED",
            createdAt=old,
            closedAt=closed,
            updatedAt=closed or old,
        )


def write_drafts(warehouse: Warehouse) -> None:
    """S1: 90 days, where nobody scored them."""
    write(
        warehouse,
        "TicketMessage",
        "message",
        ticketId="open",
        author="CUSTOMER",
        body="",
        createdAt=EDGE - days(400),
    )
    for name, age, score in (
        ("before", days(90) + MS, None),
        ("on", days(90), None),
        ("after", days(90) - MS, None),
        ("scored", days(90) + MS, 0.5),
        ("scored zero", days(400), 0.0),
    ):
        write(
            warehouse,
            "AiDraft",
            name,
            ticketMessageId="message",
            model="m",
            version="1",
            body="",
            rewardScore=score,
            createdAt=EDGE - age,
            updatedAt=EDGE - age,
        )


def write_looks(warehouse: Warehouse) -> None:
    """S2: 30 days, and of each store, integration and status the latest."""
    for name, store, integration, status, age in (
        ("before", "store_a", "SHOPIFY", "SUCCESS", days(30) + MS),
        ("on", "store_a", "SHOPIFY", "SUCCESS", days(30)),
        ("after", "store_a", "SHOPIFY", "SUCCESS", days(30) - MS),
        # The latest failure, however old, of this store and of the other one.
        ("failure", "store_a", "SHOPIFY", "FAILURE", days(300)),
        ("other store", "store_b", "SHOPIFY", "FAILURE", days(200)),
        # All are old, so the latest stays; of two at once, one does.
        ("oldest", "store_a", "KLAVIYO", "SUCCESS", days(90)),
        ("older", "store_a", "KLAVIYO", "SUCCESS", days(60)),
        ("at once a", "store_a", "KLAVIYO", "FAILURE", days(60)),
        ("at once b", "store_a", "KLAVIYO", "FAILURE", days(60)),
    ):
        write(
            warehouse,
            "ConnectionEvent",
            name,
            storeId=store,
            integration=integration,
            status=status,
            createdAt=EDGE - age,
        )


def write_calls(warehouse: Warehouse) -> None:
    """S5: 14 days after they were done, where nothing is left to look at."""
    for name, status, age in (
        ("succeeded before", "SUCCEEDED", days(14) + MS),
        ("succeeded on", "SUCCEEDED", days(14)),
        ("succeeded after", "SUCCEEDED", days(14) - MS),
        ("skipped before", "SKIPPED", days(14) + MS),
        ("skipped on", "SKIPPED", days(14)),
        ("skipped after", "SKIPPED", days(14) - MS),
        ("failed", "FAILED", days(400)),
        ("pending", "PENDING", None),
        ("pending again", "PENDING", days(400)),
    ):
        write(
            warehouse,
            "WebhookEvent",
            name,
            topicKey="ORDERS_CREATE",
            webhookId=name,
            payload="{}",
            status=status,
            receivedAt=EDGE - days(401),
            processedAt=None if age is None else EDGE - age,
        )


def write_kept_forever(warehouse: Warehouse) -> None:
    """One row of each of the other tables, four years old."""
    old = EDGE - days(1500)
    write(
        warehouse,
        "StoreSecret",
        "secret",
        name="TOKEN",
        cipherText="",
        iv="",
        authTag="",
        rotationReminderAt=old,
        createdAt=old,
        updatedAt=old,
    )
    write(
        warehouse,
        "SeoInsight",
        "insight",
        pageUrl="/",
        type="TITLE",
        severity="LOW",
        createdAt=old,
        updatedAt=old,
    )
    write(
        warehouse,
        "ProductVelocity",
        "velocity",
        productId="1",
        sku="1",
        title="",
        computedAt=old,
    )
    write(
        warehouse,
        "PurchaseOrder",
        "order",
        productId="1",
        supplierName="",
        quantity=1,
        unitCost=1,
        createdAt=old,
        updatedAt=old,
    )
    write(
        warehouse,
        "WebhookRegistry",
        "registration",
        shopDomain="store_a.example",
        topicKey="ORDERS_CREATE",
        callbackUrl="",
        signingSecret="",
        createdAt=old,
        updatedAt=old,
    )
    write(
        warehouse,
        "StoreSettings",
        "settings",
        draftModel="m",
        createdAt=old,
        updatedAt=old,
    )


def planned(warehouse: Warehouse, as_of: datetime) -> dict[str, Line]:
    """The lines of a plan, by rule."""
    digest = warehouse.plan(as_of.isoformat()).digest
    return {
        rule: {"past": past, "ready": ready, "status": status, "digest": digest}
        for rule, past, ready, status in warehouse.query(
            "select rule, past, ready, status from retention.plan"
            " where digest = %s",
            digest,
        )
    }


@pytest.fixture(scope="session")
def edges_template(whole_template: str) -> str:
    """Rows on both sides of each edge, captured and treated."""
    with copy_of(whole_template, ONLY_SHOP) as warehouse:
        warehouse.execute(
            f"alter database {DATABASE} set timezone to 'America/New_York'"
        )
        write_all(warehouse)
        warehouse.build(EDGE.isoformat())
    return keep_database("edges_template")


@pytest.fixture
def edges(edges_template: str) -> Iterator[Warehouse]:
    with copy_of(edges_template, ONLY_SHOP) as warehouse:
        # A setting of the database, which its copy has not.
        warehouse.execute(
            f"alter database {DATABASE} set timezone to 'America/New_York'"
        )
        with connect() as connection:
            yield Warehouse(connection)


@pytest.fixture(scope="session")
def plans(edges_template: str) -> list[dict[str, Line]]:
    """What is planned at the edges of originals, and at those of copies."""
    with copy_of(edges_template, ONLY_SHOP) as warehouse:
        warehouse.execute(
            f"alter database {DATABASE} set timezone to 'America/New_York'"
        )
        found = [planned(warehouse, EDGE), planned(warehouse, JUST_AFTER)]
        for entity in ENTITIES:
            warehouse.execute(
                f"update staging.stg_shop_{entity} set _gone_at = %s",
                LATER - days(1),
            )
        for name in KEPT:
            warehouse.execute(
                f"update marts.marts_shop_{name} set _gone_at = %s",
                LATER.replace(year=LATER.year - 5),
            )
        for moment in (LATER, LATER + timedelta(microseconds=1)):
            found.append(planned(warehouse, moment))
        return found


# Of the rules that let rows go or change them: how many, at the edge and just
# after it.
EDGES = {
    "shop.AiDraft": (1, 2),
    "shop.ConnectionEvent": (3, 4),
    "shop.KpiCache": (1, 2),
    "shop.OrderFlag": (1, 2),
    "shop.Ticket": (1, 2),
    "shop.WebhookEvent": (2, 4),
    # Copies follow; of what is set, once raw has taken in what it is now.
    "raw_shop_ai_draft": (1, 2),
    "raw_shop_connection_event": (3, 4),
    "raw_shop_webhook_event": (2, 4),
    "stg_shop_connection_event": (3, 4),
}


@pytest.mark.parametrize("rule", EDGES)
def test_a_rule_names_exactly_the_rows_past_its_edge(plans, rule):
    assert tuple(plan[rule]["past"] for plan in plans[:2]) == EDGES[rule]
    assert tuple(plan[rule]["ready"] for plan in plans[:2]) == EDGES[rule]


def test_no_other_rule_names_a_row(plans):
    for plan in plans[:2]:
        for rule, line in plan.items():
            if rule not in EDGES:
                assert (line["past"], line["ready"]) == (0, 0), rule


def test_the_rest_is_kept_for_ever(plans):
    kept = {rule for rule, line in plans[1].items() if line["status"] == "kept"}
    assert kept == {
        "shop.AiDraft#2",
        "shop.OrderFlag#2",
        "shop.Ticket#2",
        "shop.WebhookEvent#2",
        "shop.PurchaseOrder",
        "shop.ProductVelocity",
        "shop.SeoInsight",
        "shop.Store",
        "shop.StoreSecret",
        "shop.TicketMessage",
        "shop.WebhookRegistry",
        "stg_shop_ticket_message",
        "marts_shop_connection_daily",
        "marts_shop_ticket_message_daily",
    }


def test_what_is_let_go_of_is_what_was_planned(edges):
    edges.apply(planned(edges, JUST_AFTER)["shop.AiDraft"]["digest"])

    def left(table: str) -> set[str]:
        return {
            name for (name,) in edges.query(f'select "id" from shop."{table}"')
        }

    assert left("AiDraft") == {"after", "scored", "scored zero"}
    assert left("WebhookEvent") == {
        "succeeded after",
        "skipped after",
        "failed",
        "pending",
        "pending again",
    }
    assert left("ConnectionEvent") == {
        "after",
        "failure",
        "other store",
        "older",
        "at once b",
    }
    for table, state in (("Ticket", "ARCHIVED"), ("OrderFlag", "RESOLVED")):
        assert edges.query(
            f'select "id", "status" = %s from shop."{table}" order by "id"',
            state,
        ) == [
            ("after", False),
            ("before", True),
            ("done", True),
            ("on", True),
            ("open", False),
            ("opened again", False),
        ]
    # What marts say is what it was.
    assert edges.one("select count(*) from marts.marts_shop_ai_draft") == 5
    edges.build((JUST_AFTER + days(1)).isoformat())
    assert edges.query(
        "select draft_count, scored_count"
        " from marts.marts_shop_ai_draft_approval"
    ) == [(5, 2)]
    assert (
        edges.one(
            "select sum(look_count) from marts.marts_shop_connection_daily"
        )
        == 9
    )
    assert edges.one("select count(*) from marts.marts_shop_webhook_event") == 9


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_a_staged_copy_goes_a_day_after_its_original(plans, entity):
    on, just_after = (plan[f"stg_shop_{entity}"]["past"] for plan in plans[2:])
    assert (on, just_after) == (0, ROWS.get(entity, 1))


@pytest.mark.parametrize("name", sorted(KEPT))
def test_a_mart_keeps_a_row_five_years_after_its_original(plans, name):
    on, just_after = (plan[f"marts_shop_{name}"]["past"] for plan in plans[2:])
    entity = {"dim_store": "store", "secret": "store_secret"}.get(name, name)
    assert (on, just_after) == (0, ROWS.get(entity, 1))
