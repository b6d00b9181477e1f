"""Law 1 in projects other than ours: who must hold a row before it leaves.

Each test runs nights of an edited copy of the project, or of a project that
has two tables of things.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows import run_dbt
from flows.night import approve, nightly
from tests import forms
from tests.conftest import Warehouse, connect, copy_of
from tests.faults import wait_until
from tests.forms import Form
from tests.functional.conftest import edit

MARTS = "models/marts/engagement"
STAGING_YAML = "models/staging/hub/_hub__models.yml"
KEPT = """
{{ config(
    materialized='append_only', full_refresh=false, unique_key=['tap_id']
) }}
select taps.tap_id, taps.tapped_at, taps._clock, {{ as_of() }} as _loaded_at
from {{ ref('stg_hub_tap_log') }} as taps
where not exists (
    select from {{ ref('marts_engagement_tap_summary_daily') }} as day
    where day.tap_count < 0
)
"""
KEPT_YAML = """
models:
  - name: marts_engagement_taps
    description: One row per tap.
    config:
      meta:
        retention:
          - keep: 5 years
            since: _clock
            because: A test.
    columns:
      - name: tap_id
        data_type: text
        constraints: [{type: primary_key, warn_unsupported: false}]
      - {name: tapped_at, data_type: timestamptz}
      - {name: _clock, data_type: timestamptz}
      - {name: _loaded_at, data_type: timestamptz}
"""


def test_a_mart_that_also_reads_another_table_must_hold_the_row(
    captured, edited
):
    (edited / MARTS / "marts_engagement_taps.sql").write_text(KEPT)
    (edited / MARTS / "_taps.yml").write_text(KEPT_YAML)
    build = captured.build("2025-06-01").invocation
    plan = captured.plan("2025-06-01", build)
    captured.execute(
        "delete from marts.marts_engagement_taps"
        " where tapped_at < '2025-01-02T00:00:00Z'"
    )
    approve(plan.digest, True, lambda _: None)
    captured.apply(plan.digest)
    assert captured.left() == (0, 0, 10)
    assert captured.query(
        "select distinct (tapped_at at time zone 'UTC')::date::text"
        " from staging.stg_hub_tap_log"
    ) == [("2025-01-01",)]
    captured.assert_conserved(100)


def test_a_staging_rule_with_a_condition_lets_go_of_no_other_row(
    captured, edited
):
    edit(
        edited / STAGING_YAML,
        "            because: As its original in hub.TapLog.\n",
        "            because: As its original in hub.TapLog.\n"
        """            where: redirect_url <> 'https://shop.example/0'\n"""
        "          - keep: forever\n            review: 2030-01-01\n"
        "            because: A test.\n"
        """            where: redirect_url = 'https://shop.example/0'\n""",
    )
    nightly("2025-06-01", approve_plan=True, say=lambda _: None)
    assert captured.left() == (0, 0, 40)
    captured.assert_conserved(100)


# Where raw has an index on the clock, keys with several versions are listed
# before the batches; elsewhere a later version of each is looked for.
TABLES = {"listed": True, "looked_up": False}


@pytest.fixture(scope="module")
def things_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of both tables."""
    return forms.write_project(
        tmp_path_factory.mktemp("things"),
        [
            Form(table, "entity", is_indexed=way)
            for table, way in TABLES.items()
        ],
    )


@pytest.fixture
def things(
    things_project: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """Ten things whose time is over, captured twice; one changed in between."""
    monkeypatch.setattr(run_dbt, "PROJECT", things_project)
    with copy_of("template1", forms.VARIABLES) as warehouse:
        warehouse.execute("create schema app")
        for table in TABLES:
            warehouse.execute(
                f"create table app.{table} (id text primary key,"
                " kind text not null, value integer not null, at timestamptz);"
                f" create index on app.{table} (at);"
                f" insert into app.{table}"
                " select 't' || n, 'done', 1, '2025-01-01Z'"
                " from generate_series(0, 9) as n"
            )
        run_dbt.operation("init", lambda _: None)
        warehouse.execute("update retention.database set purpose = 'test'")
        warehouse.build("2025-05-01")
        change(warehouse, "t3", 2)
        warehouse.build("2025-05-02")
        yield warehouse


def change(warehouse: Warehouse, name: str, value: int) -> None:
    """The application changes a row of both tables."""
    for table in TABLES:
        warehouse.execute(
            f"update app.{table} set value = {value} where id = '{name}'"
        )


def left(warehouse: Warehouse, layer: str = "app.") -> list[set[str]]:
    """What is left at the source, or in another layer, of each table."""
    return [
        {name for (name,) in warehouse.query(f"select id from {layer}{table}")}
        for table in TABLES
    ]


def test_a_row_changed_back_unseen_is_not_what_raw_holds(things):
    plan = things.plan("2025-05-02")
    change(things, "t3", 1)
    approve(plan.digest, True, lambda _: None)
    things.apply(plan.digest)
    assert left(things) == [{"t3"}, {"t3"}]
    nightly("2025-05-03", True, lambda _: None)
    assert left(things) == [set(), set()]


def test_a_version_that_comes_between_list_and_batch_counts(things):
    """Raw takes in a change, and the row is changed back, before the batch."""
    plan = things.plan("2025-05-02")
    # The batch waits for it before its snapshot, and after the list.
    with applying(things, plan.digest, "retention.gate"):
        take_in(things, "2025-05-02 00:00:01Z")
    assert left(things) == [{"t5"}, {"t5"}]


def test_a_row_that_raw_takes_in_between_check_and_batch_stays_in_staging(
    things,
):
    """It would be staged, and counted, again."""
    nightly("2025-05-02", True, lambda _: None)
    build = things.build("2025-05-04").invocation
    plan = things.plan("2025-05-04", build)
    with applying(things, plan.digest, "staging.stg_app_listed"):
        take_in(things, "2025-05-04 00:00:01Z")
    assert left(things, "staging.stg_app_") == [{"t5"}, {"t5"}]


@contextmanager
def applying(warehouse: Warehouse, digest: str, table: str) -> Iterator[None]:
    """Approves and applies a plan; its first batch waits at a table's lock."""
    approve(digest, True, lambda _: None)
    with (
        ThreadPoolExecutor() as pool,
        connect() as other,
        other.transaction(),
    ):
        other.execute(f"lock table {table} in share row exclusive mode")
        apply = pool.submit(warehouse.apply, digest)
        wait_until(waits, warehouse, table)
        yield
    apply.result()


def waits(warehouse: Warehouse, table: str) -> bool:
    """Whether somebody waits for a table."""
    return warehouse.one(
        "select exists (select from pg_locks where not granted"
        " and relation = %s::regclass)",
        table,
    )


def take_in(warehouse: Warehouse, loaded_at: str) -> None:
    """Raw takes in a change of one thing, in both tables."""
    for table in TABLES:
        warehouse.execute(
            f"""
            insert into raw.raw_app_{table}
            select 't5', 'done', 5, '2025-01-01Z', '{loaded_at}';
            insert into retention.load (relation, bucket, rows, loaded_at)
            values ('raw_app_{table}', '{loaded_at}', 1, '{loaded_at}')
            """
        )
