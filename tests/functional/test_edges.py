"""Clocks that are none, rules that change, numbers that come later.

On the project of tests/forms.py with one table of events.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows import run_dbt
from flows.run_dbt import DbtError
from tests import forms
from tests.conftest import Warehouse, copy_of
from tests.forms import BY_NAME

EVENT = BY_NAME["event"]
NOW = datetime(2025, 6, 1, 3)
FOREVER = {"keep": "forever", "review": "2099-01-01", "because": "A test."}


@pytest.fixture
def project(server: Any, tmp_path: Path, monkeypatch: Any) -> Path:
    """The project of the events, to be edited."""
    forms.write_project(tmp_path, [EVENT])
    monkeypatch.setattr(run_dbt, "PROJECT", tmp_path)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    monkeypatch.setenv("WAREHOUSE_VARS", json.dumps({"demo_scale": 0.25}))
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(tmp_path / "logs"))
    return tmp_path


@pytest.fixture
def events(project: Path) -> Any:
    """A warehouse of that project, its table empty."""
    with copy_of("template1") as warehouse:
        warehouse.execute(forms.create_tables())
        run_dbt.operation("init", lambda _: None)
        warehouse.execute("update retention.database set purpose = 'test'")
        yield warehouse


def change(
    project: Path, layer: str, how: Callable[[dict[str, Any]], None]
) -> None:
    """Edits a layer's YAML; dbt parses the project anew."""
    file = project / "models" / layer / "app" / "_app.yml"
    described = yaml.safe_load(file.read_text())
    how(described)
    file.write_text(yaml.safe_dump(described, sort_keys=False))
    run_dbt._MANIFESTS.clear()


def keep(project: Path, days: int) -> None:
    """What the rules of source and staging keep."""

    def source(described: dict[str, Any]) -> None:
        table = described["sources"][0]["tables"][0]
        table["config"]["meta"]["retention"][0]["keep"] = f"{days} days"

    def staging(described: dict[str, Any]) -> None:
        meta = described["models"][0]["config"]["meta"]
        meta["retention"][0]["keep"] = f"{days} days"

    change(project, "raw", source)
    change(project, "staging", staging)


def night(warehouse: Warehouse, days: float, own: bool = False) -> None:
    """The night so many days after NOW; `own`: it approves itself."""
    from flows.night import nightly

    moment = (NOW + timedelta(days=days)).isoformat() + "Z"
    nightly(moment, own, lambda _: None)


def write(warehouse: Warehouse, ages: list[int]) -> None:
    """Events so many days old at NOW; their value is their age."""
    for age in ages:
        warehouse.execute(
            f"insert into {EVENT.source} values (%s, 'open', %s, %s)",
            f"e{age}",
            age,
            f"{NOW - timedelta(days=age)}+00",
        )


def left(warehouse: Warehouse) -> list[list[int]]:
    """Values in source, raw and staging."""
    return [
        [
            row[0]
            for row in warehouse.query(f"select value from {table} order by 1")
        ]
        for table in (EVENT.source, EVENT.raw, EVENT.staging)
    ]


def total(warehouse: Warehouse, mart: str = EVENT.mart) -> tuple[int, int]:
    """Rows and values in a mart."""
    [(rows, values)] = warehouse.query(
        f"select sum(_rows)::int, sum(total)::int from {mart}"
    )
    return rows, values


def test_a_rule_is_shortened_lengthened_removed_and_a_rollup_added(
    events, project
):
    ages = [10, 50, 70, 80, 100, 110]
    everything = len(ages), sum(ages)
    write(events, ages)
    night(events, 0, own=True)
    assert left(events) == [[10, 50, 70, 80]] * 3
    assert total(events) == everything

    # Shortened: nothing goes before a person has said so.
    keep(project, 60)
    night(events, 0)
    assert left(events) == [[10, 50, 70, 80]] * 3
    night(events, 0, own=True)
    assert left(events) == [[10, 50]] * 3
    assert total(events) == everything

    # Lengthened: what has gone stays counted, the rest stays longer.
    keep(project, 120)
    night(events, 30, own=True)
    assert left(events) == [[10, 50]] * 3
    assert total(events) == everything

    # A rollup that is added later counts what is alive from then on, and seals
    # with the one that was there.
    def add(described: dict[str, Any]) -> None:
        later = dict(described["models"][0])
        later["name"] = "marts_app_later"
        described["models"].append(later)

    change(project, "marts", add)
    marts = project / "models" / "marts" / "app"
    (marts / "marts_app_later.sql").write_text(
        (marts / "marts_app_event.sql").read_text()
    )
    night(events, 30, own=True)
    assert total(events, "marts.marts_app_later") == (2, 60)
    night(events, 75, own=True)
    assert left(events) == [[10]] * 3
    night(events, 76)
    assert total(events, "marts.marts_app_later") == (2, 60)
    assert total(events) == everything

    # Removed: a table without a rule is an error, and nothing runs.
    def remove(described: dict[str, Any]) -> None:
        del described["sources"][0]["tables"][0]["config"]["meta"]["retention"]

    change(project, "raw", remove)
    with pytest.raises(DbtError, match=r"app\.event"):
        night(events, 300)
    assert left(events) == [[10]] * 3

    # Kept for ever instead, here and in staging.
    def source_forever(described: dict[str, Any]) -> None:
        described["sources"][0]["tables"][0]["config"]["meta"]["retention"] = [
            FOREVER
        ]

    def staging_forever(described: dict[str, Any]) -> None:
        described["models"][0]["config"]["meta"]["retention"] = [FOREVER]

    change(project, "raw", source_forever)
    change(project, "staging", staging_forever)
    night(events, 300, own=True)
    assert left(events) == [[10]] * 3
    assert total(events) == everything


def test_any_clock_is_counted_and_leaves(events, project):
    """A bucket may be any day that PostgreSQL has, and those that are none."""
    marts = project / "models" / "marts" / "app"
    select = (marts / "marts_app_event.sql").read_text()
    (marts / "marts_app_event.sql").write_text(
        # By what the application wrote, not by what the row ages from.
        select.replace("rows_._clock", "coalesce(rows_.at, rows_._clock)")
    )
    run_dbt._MANIFESTS.clear()
    # Built before, so that what comes is built by its buckets.
    night(events, -1, own=True)
    for key, clock in (
        ("never", None),
        ("end", "infinity"),
        ("begin", "-infinity"),
        ("milliseconds for seconds", "57382-02-22 18:40Z"),
        ("ides", "0044-03-15 12:00Z BC"),
        ("long ago", "0001-01-01 00:00Z"),
    ):
        events.execute(
            f"insert into {EVENT.source} values (%s, 'open', 1, %s)", key, clock
        )
    night(events, 0)
    # Those before any time have left; the others age from a day after their
    # capture.
    assert events.query(f"select id from {EVENT.source} order by 1") == [
        ("end",),
        ("milliseconds for seconds",),
        ("never",),
    ]
    assert total(events) == (6, 6)
    night(events, 91)
    assert [len(layer) for layer in left(events)] == [3, 3, 3]
    night(events, 91.01)
    assert left(events) == [[], [], []]
    # What was sealed is built once more.
    night(events, 92)
    assert total(events) == (6, 6)
    assert events.query(
        f"select m.day::text, _rows::int from {EVENT.mart} as m order by m.day"
    ) == [
        ("-infinity", 1),
        ("0044-03-15 BC", 1),
        ("0001-01-01", 1),
        ("2025-06-02", 1),
        ("57382-02-22", 1),
        ("infinity", 1),
    ]


@pytest.mark.parametrize(
    "rows",
    [20_000, pytest.param(1_000_000, marks=pytest.mark.large)],
)
def test_rows_of_one_moment_leave_in_batches(events, rows):
    events.execute(
        f"insert into {EVENT.source} select md5(n::text), 'open', 1,"
        " '2025-01-01 12:00Z' from generate_series(1, %s) as n",
        rows,
    )
    night(events, 0, own=True)
    assert left(events) == [[], [], []]
    assert total(events) == (rows, rows)
    batches = events.query(
        "select layer, count(*), sum(rows), max(rows)"
        " from retention.ledger where rows > 0 group by 1 order by 1"
    )
    assert [layer for layer, *_ in batches] == ["raw", "source", "staging"]
    for _, count, all_of_them, most in batches:
        assert count > 1
        assert all_of_them == rows
        assert most < rows


def test_a_late_value_that_is_missing_wipes_nothing_sealed(events, project):
    events.execute(f"alter table {EVENT.source} alter value drop not null")

    def nullable(described: dict[str, Any]) -> None:
        for column in described["models"][0]["columns"]:
            if column["name"] in ("total", "highest"):
                column.pop("constraints", None)

    change(project, "marts", nullable)
    write(events, [5])
    night(events, 0, own=True)
    night(events, 100, own=True)
    assert total(events) == (1, 5)
    events.execute(
        f"insert into {EVENT.source} values ('late', 'open', null, %s)",
        f"{NOW - timedelta(days=5)}+00",
    )
    night(events, 101, own=True)
    night(events, 102, own=True)
    assert left(events) == [[], [], []]
    assert total(events) == (2, 5)


def test_older_code_lets_go_of_nothing_that_a_newer_rollup_counts(
    events, project
):
    write(events, [5])
    night(events, 0, own=True)
    then = (NOW + timedelta(days=100)).isoformat() + "Z"
    plan = events.plan(then, events.build(then).invocation)
    marts = project / "models" / "marts" / "app"
    older = (marts / "_app.yml").read_text()
    later = marts / "marts_app_later.sql"

    def deploy() -> None:
        """The same project, and one more rollup."""
        change(
            project,
            "marts",
            lambda described: described["models"].append(
                dict(described["models"][0], name=later.stem)
            ),
        )
        later.write_text((marts / "marts_app_event.sql").read_text())

    deploy()
    events.build(then)
    assert total(events, f"marts.{later.stem}") == (1, 5)
    (marts / "_app.yml").write_text(older)
    later.unlink()
    run_dbt._MANIFESTS.clear()
    with pytest.raises(DbtError, match="the rollup marts_app_later counts"):
        events.apply(plan.digest)
    deploy()
    events.build(then, "--full-refresh")
    assert total(events, f"marts.{later.stem}") == (1, 5)
