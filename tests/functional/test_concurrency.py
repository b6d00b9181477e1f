"""Builds and runs that overlap, and other sessions that write meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from flows.run_dbt import PROJECT, DbtError
from tests.conftest import connect

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]
LOCK = "select pg_advisory_lock(hashtext('retention: retention'))"


def start(*arguments: str) -> subprocess.Popen[str]:
    """`warehouse ...` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_until(warehouse, query: str, seconds: float = 60) -> None:
    """Waits for a query to return true."""
    deadline = time.monotonic() + seconds
    while not warehouse.one(query):
        assert time.monotonic() < deadline, f"never true: {query}"
        time.sleep(0.01)


def test_of_two_runs_at_once_one_works_and_one_ends_as_already_running(
    warehouse,
):
    warehouse.taps(DAYS)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    # The first run's lock, held by a first run that does not end.
    with connect() as first:
        first.execute(LOCK)
        second = warehouse.apply(plan.digest, wait_seconds=1)
    assert second.values == {"outcome": "already running"}
    assert warehouse.left() == (100, 100, 100)

    runs = [start("apply", plan.digest) for _ in range(2)]
    outputs = [run.communicate(timeout=90)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)
    assert warehouse.query(
        "select layer, sum(rows) from retention.ledger group by 1 order by 1"
    ) == [("raw", 100), ("source", 100), ("staging", 100)]


def test_a_build_and_a_purge_may_overlap(warehouse):
    """Neither waits for long, and no number is lost on either side."""
    warehouse.taps(DAYS, each=300)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    builds: list[BaseException | None] = []

    purge = start("apply", plan.digest)
    wait_until(warehouse, "select count(*) > 0 from retention.ledger")
    for minute in range(3):
        warehouse.tap(f"2025-01-03 0{minute}:00:00", event="late")
        try:
            warehouse.build("2025-06-01")
            builds.append(None)
        except DbtError as error:
            builds.append(error)
    output, _ = purge.communicate(timeout=120)
    assert purge.returncode == 0, output
    assert builds == [None] * 3

    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(3003)


def test_a_purge_in_the_middle_of_a_build_moves_no_total(warehouse):
    warehouse.taps(DAYS)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    late = warehouse.tap("2025-01-03 05:00:00", event="late")
    # The build stops before the mart: this session holds the mart's lock.
    with connect(autocommit=False) as reader:
        reader.execute(
            "lock table marts.marts_engagement_tap_summary_daily"
            " in access share mode"
        )
        reader.execute(
            "lock table retention.touched in share row exclusive mode"
        )
        failed: list[BaseException] = []

        def build_meanwhile() -> None:
            try:
                warehouse.build("2025-06-01")
            except DbtError as error:
                failed.append(error)

        thread = threading.Thread(target=build_meanwhile)
        thread.start()
        with connect() as watcher:
            deadline = time.monotonic() + 30
            while not watcher.execute(
                "select exists (select from pg_locks where not granted)"
            ).fetchone()[0]:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        reader.rollback()
        thread.join(timeout=60)
    assert not failed
    warehouse.apply(plan.digest)
    assert (late,) not in warehouse.query('select "id" from hub."TapLog"')
    warehouse.build("2025-06-02")
    warehouse.assert_conserved(101)


def race(warehouse, plan, write: str) -> list[BaseException]:
    """Applies a plan while another session writes into the batch's range.

    The batch waits for the other session's lock, which commits only then.

    Returns:
        What the run failed with, if it did.
    """
    failed: list[BaseException] = []

    def apply() -> None:
        try:
            warehouse.apply(plan.digest)
        except DbtError as error:
            failed.append(error)

    thread = threading.Thread(target=apply)
    with connect(autocommit=False) as other:
        other.execute(write)
        thread.start()
        wait_until(
            warehouse,
            "select exists (select from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
            " and query like '%$batch$%')",
        )
        other.commit()
    thread.join(timeout=60)
    return failed


def test_a_row_that_changes_between_proof_and_delete_is_not_lost(warehouse):
    ids = [warehouse.tap(f"2025-01-0{day} 12:00:00") for day in range(1, 6)]
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    assert not race(
        warehouse,
        plan,
        'update hub."TapLog" set "tappedAt" = \'2025-01-05 13:00:00\''
        f" where \"id\" = '{ids[2]}'",
    )
    # Its copy is of another time, so it is not proved; it stays, reported.
    assert warehouse.query('select "id" from hub."TapLog"') == [(ids[2],)]
    assert (
        warehouse.one(
            "select max(attempts) from retention.ledger where layer = 'source'"
        )
        > 1
    )
    assert warehouse.left() == (1, 1, 1)
    warehouse.build("2025-06-02")
    warehouse.assert_conserved(5)


def test_a_row_that_appears_between_proof_and_delete_is_not_lost(warehouse):
    for day in range(1, 6):
        warehouse.tap(f"2025-01-0{day} 12:00:00")
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    # Share mode lets the batch wait before its snapshot; the new row commits
    # inside the range of the batch.
    assert not race(
        warehouse,
        plan,
        'lock table hub."TapLog" in share mode;'
        'insert into hub."TapLog" ("id", "eventId", "tagId", "tappedAt")'
        " values ('new', 'event_1', 'tag_1', '2025-01-03 00:00:00')",
    )
    assert warehouse.query('select "id" from hub."TapLog"') == [("new",)]
    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(6)


def test_a_new_rollup_counts_what_is_being_staged(warehouse):
    """Who stages does not know of it yet, and queues no bucket for it."""
    mart = "marts_engagement_tap_summary_daily"
    warehouse.taps(DAYS)
    warehouse.build("2025-01-11", "--exclude", mart)
    with ThreadPoolExecutor() as pool:
        with connect(autocommit=False) as staging:
            staging.execute(
                "lock table staging.stg_hub_tap_log in share row exclusive mode"
            )
            staging.execute(
                """
                insert into staging.stg_hub_tap_log
                select (
                    jsonb_populate_record(staged, '{"tap_id": "staged now"}')
                ).*
                from staging.stg_hub_tap_log as staged limit 1
                """
            )
            build = pool.submit(
                warehouse.build,
                "2025-01-11",
                *("--select", mart, "--exclude-resource-type", "test"),
            )
            with connect() as looking:
                deadline = time.monotonic() + 60
                while not looking.execute(
                    "select exists (select from pg_locks where not granted and"
                    " relation = 'staging.stg_hub_tap_log'::regclass)"
                ).fetchone()[0]:
                    assert time.monotonic() < deadline, "it did not wait"
                    time.sleep(0.01)
        build.result()
    assert warehouse.total() == 101


def test_a_foreign_key_that_appears_before_the_delete_takes_nothing(warehouse):
    """Its rows nobody has captured, and the delete would cascade to them."""
    warehouse.taps(DAYS)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    warehouse.execute(
        'create table hub.mark (tap text); insert into hub.mark select "id"'
        ' from hub."TapLog"'
    )
    (failed,) = race(
        warehouse,
        plan,
        'alter table hub.mark add foreign key (tap) references hub."TapLog"'
        ' ("id") on delete cascade',
    )
    assert "what refers to its rows has just changed" in str(failed)
    assert warehouse.one("select count(*) from hub.mark") == 100
    assert warehouse.left() == (100, 100, 100)
    warehouse.execute("drop table hub.mark")
    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)


@pytest.mark.parametrize(
    "lock",
    [
        # Of a batch, and of a look before the batches.
        'hub."TapLog" in exclusive mode',
        "raw.raw_hub_tap_log in access exclusive mode",
    ],
)
def test_who_cannot_get_a_lock_gives_up_and_says_so(warehouse, lock):
    warehouse.taps(DAYS)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    with connect(autocommit=False) as other:
        # Whoever waits for ever gets it then, and fails the test.
        other.execute("set idle_in_transaction_session_timeout = '20s'")
        other.execute(f"lock table {lock}")
        with pytest.raises(DbtError, match="another session is in the way"):
            warehouse.apply(plan.digest, lock_seconds=0.1)
        other.rollback()
    assert warehouse.left() == (100, 100, 100)
    assert warehouse.sealed() == 0
    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)


class TestDroppedChunkRaces:
    """Case A4: runs and writers around one expired row, in our words."""

    def expired(self, warehouse):
        warehouse.tap("2020-01-03 10:30:00")
        warehouse.night("2020-01-04")
        build = warehouse.build("2020-06-01").invocation
        return warehouse.plan("2020-06-01", build)

    def test_a_row_of_another_day_written_meanwhile_survives(self, warehouse):
        plan = self.expired(warehouse)
        race(
            warehouse,
            plan,
            'lock table hub."TapLog" in share mode;'
            'insert into hub."TapLog" ("id", "eventId", "tagId", "tappedAt")'
            " values ('march', 'e', 't', '2020-05-30 12:00:00')",
        )
        assert warehouse.query('select "id" from hub."TapLog"') == [("march",)]

    def test_a_row_of_the_same_day_survives_and_is_late(self, warehouse):
        plan = self.expired(warehouse)
        race(
            warehouse,
            plan,
            'lock table hub."TapLog" in share mode;'
            'insert into hub."TapLog" ("id", "eventId", "tagId", "tappedAt")'
            " values ('late', 'e', 't', '2020-01-02 10:31:00')",
        )
        assert warehouse.query('select "id" from hub."TapLog"') == [("late",)]
        warehouse.night("2020-06-02")
        assert warehouse.per_day() == {"2020-01-02": 1, "2020-01-03": 1}
        assert warehouse.left() == (0, 0, 0)
