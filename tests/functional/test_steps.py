"""Years of backlog, a month at a time; and runs that end at their time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.night import Bounds, nightly
from flows.run_dbt import DbtError
from tests.conftest import Warehouse, connect

DAYS = [
    f"2024-{month:02d}-{day:02d}" for month in range(1, 7) for day in (1, 9)
]
NOW = "2025-01-11"
LATER = "2025-06-01"


@pytest.fixture
def backlog(warehouse: Warehouse) -> Iterator[Warehouse]:
    """Taps of half a year, all of them past their time."""
    warehouse.taps(DAYS, each=10)
    # What is dated oddly makes no empty steps.
    warehouse.tap("1970-01-01 00:00:00")
    yield warehouse


def steps(warehouse: Warehouse) -> list[tuple[str, int]]:
    """Each plan that was applied: its cutoff at the source, and what went."""
    return warehouse.query(
        """
        select
            to_char(plan.cutoff at time zone 'UTC', 'YYYY-MM-DD'),
            (
                select coalesce(sum(ledger.rows), 0)::integer
                from retention.ledger
                where ledger.run_id = run.run_id and ledger.layer = 'source'
            )
        from retention.run
        inner join retention.plan on run.digest = plan.digest
        where plan.rule = 'hub.TapLog'
        order by run.started_at
        """
    )


def test_a_night_ends_at_its_bounds_and_says_which(captured):
    """The next one goes on; the large tests here have more of each."""

    def night(own: bool = False, **bounds: object) -> str:
        taps = {"select": ["hub.TapLog"], "needed_only": True}
        return nightly(
            LATER, own, lambda _: None, bounds=Bounds(**taps | bounds)
        ).name

    captured.execute("delete from retention.build")
    with connect() as other:
        other.execute(
            "select pg_advisory_lock(hashtext('retention: retention'))"
        )
        assert night(wait_seconds=1) == "already running"
    # Of what its rules need, and nothing else.
    assert captured.query(
        "select split_part(node, '.', 3) from retention.build"
        " where node like 'model.%%' order by 1"
    ) == [
        ("marts_engagement_tap_summary_daily",),
        ("raw_hub_tap_log",),
        ("stg_hub_tap_log",),
    ]
    paused = "paused: its time was over; the next run goes on"
    assert night(minutes=1e-9) == paused
    assert captured.left() == (100, 100, 100)
    # No rule has had its turn, and each is due again.
    assert captured.one(
        "select done from retention.run order by started_at desc limit 1"
    ) == [""]
    # Nobody has approved its rules: its own plan, of its first step, is.
    captured.execute("delete from retention.approval")
    assert night(True, step="3 days", disk_budget="0 MB") == (
        "paused: the database has grown by more than 0 MB; run it again to go"
        " on, with more --disk-budget if there is room"
    )
    assert captured.left() == (70, 70, 70)
    captured.assert_conserved(100)


def test_a_backlog_goes_in_steps_and_goes_on_where_it_was_cut_off(backlog):
    bounds = Bounds(step="2 months", disk_budget="1 GB")
    cut = Bounds(step="2 months", disk_budget="0 MB")
    backlog.build(NOW)
    backlog.execute('alter table hub."TapLog" set (autovacuum_enabled = false)')

    # Its budget spent, it stops before the second step, and says how to go on.
    said: list[str] = []
    first = nightly(NOW, say=said.append, bounds=cut)
    assert first.name == (
        "paused: the database has grown by more than 0 MB; run it again to go"
        " on, with more --disk-budget if there is room"
    )
    assert steps(backlog) == [("1970-03-01", 1)]
    backlog.assert_conserved(121)

    night = nightly(NOW, say=said.append, bounds=bounds)
    assert night.name == "Completed"
    assert night.let_go["hub.TapLog"] == 120
    assert night.let_go["stg_hub_tap_log"] == 120
    assert steps(backlog)[1:] == [
        ("2024-03-01", 40),
        ("2024-05-01", 40),
        ("2024-07-01", 40),
        # Nothing is left: the rest of its time in one.
        ("2024-10-13", 0),
    ]
    assert backlog.left() == (0, 0, 0)
    backlog.assert_conserved(121)
    # Vacuumed, so that the room is there for others.
    assert backlog.one("select pg_relation_size('hub.\"TapLog\"')") == 0


def test_no_batch_begins_after_the_time_of_a_run(captured):
    outcome = "select outcome from retention.run order by started_at desc"
    paused = "paused: its time was over; the next run goes on"
    before = captured.left()
    night = nightly(LATER, say=lambda _: None, bounds=Bounds(minutes=1e-9))
    assert night.name == paused
    assert captured.one(outcome) == paused
    assert captured.left() == before

    # In the middle: each batch takes longer than the run has.
    captured.execute(
        """
        create function public.wait() returns trigger language plpgsql as $$
        begin
            perform pg_sleep(2.5);
            return null;
        end
        $$;
        create trigger slow after delete on hub."TapLog"
        for each statement execute function public.wait()
        """
    )
    digest = captured.plan(LATER).digest
    limit = {"granule_rows": 2, "minutes": 2 / 60}
    assert captured.apply(digest, **limit).values["outcome"] == "paused"
    assert captured.one(outcome) == paused
    in_source, in_raw, in_staging = captured.left()
    # One batch, or none where the machine is that busy; never a second.
    assert in_source in (80, 100)
    assert (in_raw, in_staging) == (100, 100)
    captured.assert_conserved(100)

    # A batch that takes too long is stopped, and says so.
    with pytest.raises(
        DbtError, match="a batch took longer than 1 s, or was cancelled"
    ):
        captured.apply(digest, granule_rows=2, statement_seconds=1)
    assert captured.left() == (in_source, in_raw, in_staging)

    captured.execute('drop trigger slow on hub."TapLog"')
    captured.night(LATER)
    assert captured.left() == (0, 0, 0)
    captured.assert_conserved(100)
