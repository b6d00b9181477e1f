"""docs/logical-replication.md: events that PostgreSQL sends are a source.

Two servers; what the page says, in its order (issue 5, S10).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from flows import embedded
from flows.night import nightly
from tests.conftest import PROJECT, Warehouse, new_home
from tests.connected import create_tables

PAGE = (PROJECT / "docs/logical-replication.md").read_text()
DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]
SECRET = "in-no-log-71c0"  # noqa: S105


def said(start: str) -> str:
    """The page's statement that begins so."""
    statements = [
        statement.strip()
        for block in re.findall(r"```sql\n(.*?)```|`([^`]*);`", PAGE, re.DOTALL)
        for statement in "".join(block).split(";")
    ]
    [found] = [text for text in statements if text.startswith(start)]
    return found


@pytest.fixture
def application(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[psycopg.Connection[Any]]:
    """An application's own server, with 100 taps, that publishes them."""
    home = new_home(tmp_path_factory, "publisher")
    server = embedded.up(
        home,
        settings={"wal_level": "logical", "fsync": "off"},
        write_env=None,
    )
    try:
        with server.connect() as connection:
            connection.execute(create_tables("hub", "hub"))
            Warehouse(connection).taps(DAYS)
            connection.execute(said("create role").replace("...", SECRET))
            for start in ("grant usage", "grant select", "create publication"):
                connection.execute(said(start))
            yield connection
    finally:
        embedded.remove(home)


@pytest.fixture
def landing(
    warehouse: Warehouse, application: psycopg.Connection[Any]
) -> Iterator[Warehouse]:
    """A warehouse in whose database they land."""
    subscribe(warehouse, application)
    yield warehouse
    warehouse.execute("drop subscription if exists warehouse_hub")


def subscribe(
    warehouse: Warehouse, application: psycopg.Connection[Any]
) -> None:
    """The page's subscription, up to the end of its first copy."""
    there = application.info
    warehouse.execute(
        re.sub(
            "'.*'",
            f"'host={there.host} port={there.port} dbname={there.dbname}"
            f" user=warehouse_replication password={SECRET}'",
            said("create subscription"),
        )
    )
    arrive(warehouse, application)


def arrive(warehouse: Warehouse, application: psycopg.Connection[Any]) -> None:
    """Waits until the warehouse has what the application wrote by now."""
    position = application.execute("select pg_current_wal_lsn()").fetchone()
    assert position is not None
    for _ in range(600):
        copied = warehouse.one(
            "select bool_and(srsubstate = 'r') from pg_subscription_rel"
        )
        passed = application.execute(
            "select bool_and(confirmed_flush_lsn >= %s)"
            " from pg_replication_slots",
            position,
        ).fetchone()
        if copied and passed == (True,):
            return
        time.sleep(0.1)
    raise AssertionError("nothing arrives")


def taps(connection: psycopg.Connection[Any]) -> Any:
    """How many a database has."""
    found = connection.execute('select count(*) from hub."TapLog"').fetchone()
    assert found is not None
    return found[0]


def night(as_of: str) -> None:
    """A night whose plan is approved."""
    nightly(as_of, approve_plan=True, say=lambda _: None)


def test_what_lands_is_counted_and_let_go_of_and_the_application_is_not(
    landing, application
):
    assert taps(landing.connection) == 100
    night("2025-01-11")
    landing.assert_conserved(100)

    # Its own job deletes some, and a row is changed: neither arrives.
    application.execute(
        """delete from hub."TapLog" where "tappedAt" < '2025-01-03'"""
    )
    application.execute("""update hub."TapLog" set "eventId" = 'another'""")
    Warehouse(application).taps(["2025-05-30"])
    arrive(landing, application)
    assert taps(landing.connection) == 110

    night("2025-06-01")
    assert taps(landing.connection) == 10
    assert taps(application) == 90
    landing.assert_conserved(110)

    # Starting again: what is still over there lands once more, and what is
    # nowhere else is in raw before the table is emptied.
    Warehouse(application).taps(["2025-05-31"])
    arrive(landing, application)
    application.execute(
        """delete from hub."TapLog" where "tappedAt" >= '2025-05-31'"""
    )
    landing.execute(said("drop subscription"))
    landing.build("2025-06-01T12:00:00Z")
    landing.execute(said("truncate"))
    subscribe(landing, application)
    assert taps(landing.connection) == 90
    night("2025-06-02")
    assert taps(landing.connection) == 10
    landing.assert_conserved(120)

    slots = application.execute(said("select")).fetchall()
    assert [status for _, status, _ in slots] == ["reserved"]
