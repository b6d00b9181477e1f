"""A night with nothing to do reads indexes, however large the tables are."""

from __future__ import annotations

import pytest

from tests.conftest import Warehouse

TABLES = ("TapLog", "raw_hub_tap_log%", "stg_hub_tap_log")


def reads(warehouse: Warehouse) -> list[tuple[str, int, int]]:
    """Of each: scans of the whole so far, and blocks of its rows read."""
    return warehouse.query(
        "select scan.relname, scan.seq_scan,"
        " block.heap_blks_read + block.heap_blks_hit"
        " from pg_stat_user_tables as scan"
        " inner join pg_statio_user_tables as block using (relid)"
        " where scan.relname like any (%s) order by 1",
        list(TABLES),
    )


@pytest.fixture
def large(warehouse: Warehouse) -> Warehouse:
    """20,000 taps, of which a night has found nothing past its time."""
    warehouse.taps([f"2025-01-{day:02d}" for day in range(1, 11)], each=2000)
    warehouse.night("2025-01-11")
    # Nobody else reads them meanwhile.
    for (table,) in warehouse.query(
        "select oid::regclass::text from pg_class"
        " where relname like any (%s) and relkind = 'r'",
        list(TABLES),
    ):
        warehouse.execute(f"alter table {table} set (autovacuum_enabled = off)")
    warehouse.execute("vacuum analyze")
    return warehouse


def test_a_night_with_nothing_to_do_reads_no_rows(large):
    before = reads(large)
    large.apply(large.plan("2025-01-12").digest)
    for (name, scans, blocks), (_, scans_before, blocks_before) in zip(
        reads(large), before, strict=True
    ):
        assert scans == scans_before, name
        # The planner looks at a table's ends; each has hundreds of blocks.
        assert blocks - blocks_before < 40, name


def test_what_the_application_deleted_leaves_raw_within_a_week(large):
    large.execute('delete from hub."TapLog" where "tappedAt" < \'2025-01-02\'')
    left = []
    for night in ("2025-01-12", "2025-01-17", "2025-01-18"):
        large.night(night)
        left.append(large.left()[1])
    assert left == [20_000, 20_000, 18_000]


def test_a_partition_is_not_dropped_whole_between_the_comparisons(captured):
    # As many are due as January has rows, and the newest are all there.
    captured.taps(["2024-11-12"], each=100)
    captured.taps(["2025-02-08"], each=150)
    captured.night("2025-02-09")
    captured.execute(
        'delete from hub."TapLog"'
        " where \"tappedAt\" between '2025-01-01' and '2025-01-11'"
    )
    captured.night("2025-02-11")
    assert captured.left() == (150, 250, 250)
    captured.night("2025-02-16")
    assert captured.left() == (150, 150, 250)
    assert captured.total() == 350


def test_a_source_that_lost_its_newest_rows_is_believed_on_no_night(large):
    large.execute('delete from hub."TapLog" where "tappedAt" > \'2025-01-05\'')
    plan = large.plan("2025-01-12")
    assert large.query(
        "select distinct status from retention.plan where digest = %s"
        " and stream = 'hub.TapLog' and layer <> 'marts'",
        plan.digest,
    ) == [("stopped",)]
