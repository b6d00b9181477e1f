"""A warehouse that has captured something, ready to be copied."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from flows.night import nightly
from flows.run_dbt import DbtError
from tests.conftest import DATABASE, Warehouse, _new_database, connect

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]


@pytest.fixture(scope="session")
def captured_template(ready_template: str) -> str:
    """Ten taps on each of DAYS, and the night of 2025-01-11 over them."""
    _new_database(ready_template)
    with connect() as connection:
        Warehouse(connection).taps(DAYS, each=10)
    nightly("2025-01-11", say=lambda _: None)
    with connect("postgres") as connection:
        connection.execute("drop database if exists captured_template")
        connection.execute(
            f"alter database {DATABASE} rename to captured_template"
        )
    return "captured_template"


@pytest.fixture
def captured(captured_template: str) -> Iterator[Warehouse]:
    """A warehouse in which 100 taps are in source, raw, staging and mart."""
    _new_database(captured_template)
    with connect() as connection:
        yield Warehouse(connection)


@pytest.fixture
def read_only(captured_template: str) -> Iterator[psycopg.Connection]:
    """The same warehouse, uncopied, for tests that only ask SQL questions."""
    with connect(
        captured_template, options="-c default_transaction_read_only=on"
    ) as connection:
        yield connection


def sentence(error: pytest.ExceptionInfo[DbtError]) -> str:
    """What a refusal said, which is one line for a person to read."""
    text = str(error.value)
    assert "\n" not in text
    assert "Traceback" not in text
    assert text.endswith((".", "?"))
    return text
