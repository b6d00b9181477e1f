"""A warehouse of which supabase is the only application, for its tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from flows.night import operation
from tests.conftest import Warehouse, _new_database, connect, keep_database

# A tenth of the people: two sign up a day.
ONLY_SUPABASE = json.dumps(
    {
        f"{application}_enabled": False
        for application in ("hub", "analytics", "shop", "render_jobs")
    }
    | {"demo_scale": 0.1}
)
SALT = "unit-test-salt-v1 and enough to be long enough"


@pytest.fixture(scope="module")
def supabase_template(server: Any) -> str:
    """A database with the empty tables of supabase, and a known salt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_VARS", ONLY_SUPABASE)
        patch.setenv("PII_SALT", SALT)
        _new_database("template1")
        operation("init", _silent, with_sources=True, days=0)
        with connect() as connection:
            connection.execute("truncate pii.salt")
            connection.execute(
                "insert into pii.salt (salt) values (%s)", [SALT]
            )
            connection.execute(
                "update retention.database set salt_fingerprint"
                " = left(encode(sha256(%s::bytea), 'hex'), 8)",
                [SALT.encode()],
            )
    return keep_database("supabase_template")


@pytest.fixture
def supabase(
    supabase_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A warehouse of supabase alone, its tables empty."""
    monkeypatch.setenv("WAREHOUSE_VARS", ONLY_SUPABASE)
    _new_database(supabase_template)
    with connect() as connection:
        yield Warehouse(connection)


@pytest.fixture(scope="module")
def built_template(supabase_template: str) -> str:
    """The same, and every model built, over nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_VARS", ONLY_SUPABASE)
        _new_database(supabase_template)
        with connect() as connection:
            Warehouse(connection).build("2019-01-01")
    return keep_database("built_template")


@pytest.fixture
def built(
    built_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A warehouse of supabase alone, built, its tables empty."""
    monkeypatch.setenv("WAREHOUSE_VARS", ONLY_SUPABASE)
    _new_database(built_template)
    with connect() as connection:
        yield Warehouse(connection)


def generate(since: str, until: str) -> int:
    """Supabase writes what it writes from one moment to the other."""
    made = operation(
        "generate_demo_rows", _silent, since=since, until=until
    ).values["made"]
    return int(made["supabase"])


def _silent(_: str) -> None:
    """Prints nothing."""
