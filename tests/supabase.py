"""A warehouse of which supabase is the only application, for its tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flows.night import operation
from tests.conftest import Warehouse, copy_of, keep_database, without

# A tenth of the people: two sign up a day.
ONLY_SUPABASE = without(
    "hub", "analytics", "shop", "render_jobs", demo_scale=0.1
)
SALT = "unit-test-salt-v1 and enough to be long enough"


@pytest.fixture(scope="module")
def supabase_template(server: Any) -> str:
    """A database with the empty tables of supabase, and a known salt."""
    with (
        pytest.MonkeyPatch.context() as patch,
        copy_of("template1", ONLY_SUPABASE) as warehouse,
    ):
        patch.setenv("PII_SALT", SALT)
        operation("init", _silent, with_sources=True, days=0)
        warehouse.execute("truncate pii.salt")
        warehouse.execute("insert into pii.salt (salt) values (%s)", SALT)
        warehouse.execute(
            "update retention.database set salt_fingerprint"
            " = left(encode(sha256(%s::bytea), 'hex'), 8)",
            SALT.encode(),
        )
    return keep_database("supabase_template")


@pytest.fixture
def supabase(supabase_template: str) -> Iterator[Warehouse]:
    """A warehouse of supabase alone, its tables empty."""
    with copy_of(supabase_template, ONLY_SUPABASE) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def built_template(supabase_template: str) -> str:
    """The same, and every model built, over nothing."""
    with copy_of(supabase_template, ONLY_SUPABASE) as warehouse:
        warehouse.build("2019-01-01")
    return keep_database("built_template")


@pytest.fixture
def built(built_template: str) -> Iterator[Warehouse]:
    """A warehouse of supabase alone, built, its tables empty."""
    with copy_of(built_template, ONLY_SUPABASE) as warehouse:
        yield warehouse


def generate(since: str, until: str) -> int:
    """Supabase writes what it writes from one moment to the other."""
    made = operation(
        "generate_demo_rows", _silent, since=since, until=until
    ).values["made"]
    return int(made["supabase"])


def _silent(_: str) -> None:
    """Prints nothing."""
