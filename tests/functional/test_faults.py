"""Whatever happens at any point of a build or a batch, one clean run is enough.

Nothing is lost, nothing is counted twice, and nothing was deleted unproved (X1,
X2, H3, R3).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import embedded, run_dbt
from tests import faults, forms
from tests.conftest import (
    Warehouse,
    _new_database,
    connect,
    keep_database,
    new_home,
)
from tests.faults import AS_OF, Fault, Ids

# Each fault, each point, each form and each layer at least once. A chain is
# one database: faults one after the other, then one clean run.
CHAINS = [
    [
        Fault("entity", "source", "proof", "serialization"),
        Fault("entity", "raw", "mark", "writer"),
        Fault("event", "source", "delete", "writer"),
        Fault("event", "staging", "seal", "cut"),
        Fault("event_spare", "source", "deleted", "lock timeout"),
    ],
    [
        Fault("entity_where", "source", "delete", "restart"),
        Fault("entity_where", "raw", "recorded", "cut"),
        Fault("event", "raw", "begun", "writer"),
        Fault("event_where", "staging", "proof", "serialization"),
        Fault("token", "source", "begun", "lock timeout"),
    ],
    [
        Fault("event", "staging", "loading", "kill"),
        Fault("entity", "staging", "delete", "cut"),
        Fault("event", "source", "committing", "kill"),
        Fault("event_where", "staging", "recorded", "cut"),
    ],
    [
        Fault("entity_redact", "source", "delete", "writer"),
        Fault("entity_redact", "raw", "deleted", "cut"),
        Fault("entity_set", "source", "recorded", "kill"),
        Fault("entity_soft_delete", "source", "committing", "cut"),
        Fault("event_while", "sealed", "deleted", "cut"),
        Fault("whole", "source", "delete", "cut"),
        Fault("part", "staging", "seal", "cut"),
    ],
]


@pytest.fixture(scope="session")
def own_server(
    server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A server of these tests' own, for they kill it; its home."""
    home = new_home(tmp_path_factory, "own_postgresql")
    faults.start(home)
    yield home
    embedded.remove(home)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project of the forms."""
    return forms.write_project(tmp_path_factory.mktemp("forms"))


@pytest.fixture
def home(
    own_server: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The server's home; whatever calls dbt or connects now means it."""
    server = faults.start(own_server)
    for name, value in {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        "WAREHOUSE_VARS": forms.VARIABLES,
        "DBT_ENGINE_TARGET_PATH": str(project / "target"),
        "DBT_ENGINE_LOG_PATH": str(project / "logs"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(run_dbt, "PROJECT", project)
    return own_server


_READY: dict[str, Any] = {}


@pytest.fixture
def ready(home: Path) -> tuple[str, Ids]:
    """A plan's digest, and what is alive after it where nothing happens.

    The template `planned` is the warehouse for which it was made.
    """
    if not _READY:
        _new_database("template1")
        with connect() as connection:
            warehouse = Warehouse(connection)
            warehouse.execute(forms.create_tables())
            run_dbt.operation("init", _silent)
            warehouse.execute("update retention.database set purpose = 'test'")
            _READY["digest"] = faults.prepare(warehouse)
        keep_database("planned")
        _new_database("planned")
        with connect() as connection:
            warehouse = Warehouse(connection)
            warehouse.night(AS_OF)
            _READY["twin"] = faults.alive(warehouse)
            # The witnesses see nothing wrong where nothing is.
            faults.check(warehouse, _READY["twin"], [])
    return _READY["digest"], _READY["twin"]


def _silent(_: str) -> None:
    """Prints nothing."""


def planned() -> None:
    """A copy of the warehouse for which the plan was made."""
    _new_database("planned")
    with connect() as connection:
        # A copied sequence gives a number twice when its server crashes before
        # the next checkpoint: nextval takes the numbers as logged that only
        # the template's own WAL holds.
        connection.execute("checkpoint")


def happen(home: Path, ready: tuple[str, Ids], chain: list[Fault]) -> None:
    """Faults, one clean run, and the laws."""
    digest, twin = ready
    planned()
    faults.run(home, chain, digest)
    with connect() as connection:
        warehouse = Warehouse(connection)
        warehouse.night(AS_OF)
        faults.check(warehouse, twin, chain)


def name(chain: list[Fault]) -> str:
    """The faults of a chain in words."""
    return ", ".join(str(fault) for fault in chain)


@pytest.mark.parametrize("chain", CHAINS, ids=name)
def test_after_any_fault_one_clean_run_is_enough(home, ready, chain):
    happen(home, ready, chain)


@pytest.mark.large
@pytest.mark.parametrize("chain", faults.every_chain(), ids=name)
def test_after_each_fault_one_clean_run_is_enough(home, ready, chain):
    happen(home, ready, chain)


def test_the_chains_cover_every_fault_point_form_and_layer():
    all_of_them = [fault for chain in CHAINS for fault in chain]
    assert all(fault.exists for fault in all_of_them)
    assert {fault.what for fault in all_of_them} == set(faults.FAULTS)
    assert {fault.point for fault in all_of_them} == set(faults.POINTS)
    assert {fault.table for fault in all_of_them} == set(forms.BY_NAME)
    assert {fault.layer for fault in all_of_them} == {
        "source",
        "raw",
        "staging",
        "sealed",
    }


def test_a_point_that_is_never_reached_fails_its_test(home, ready):
    planned()
    with connect() as connection:
        connection.execute("truncate app.token")
    with pytest.raises(AssertionError, match="never came to token"):
        faults.run(home, [Fault("token", "source", "delete", "cut")], ready[0])


def test_a_row_that_leaves_unproved_is_seen(home, ready):
    """What the witnesses are for, and the totals."""
    planned()
    with connect() as connection:
        warehouse = Warehouse(connection)
        warehouse.execute("delete from raw.raw_app_event where id = 'r0'")
        assert warehouse.query(
            "select * from witness.gone where not proved"
        ) == [("raw.raw_app_event", "r0", False)]
        with connection.transaction():
            partition = "raw.raw_app_entity__20250101"
            there = warehouse.one(f"select count(*) from {partition}")
            warehouse.execute(
                f"lock table {partition} in access exclusive mode;"
                f" drop table {partition}"
            )
        assert there == warehouse.one(
            "select count(*) from witness.gone"
            " where relation = 'raw.raw_app_entity' and id <> 'before'"
        )
        assert warehouse.one(
            "select count(*) from witness.gone where not proved"
            " and relation = 'raw.raw_app_entity'"
        )
        with pytest.raises(AssertionError):
            faults.check(warehouse, ready[1], [])
