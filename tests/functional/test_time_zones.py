"""The session's time zone has no say in what a day is."""

from __future__ import annotations

import pytest

TAPS = [
    # Midnight in UTC, which is an afternoon or an early morning elsewhere.
    "2025-03-29 23:59:59.999",
    "2025-03-30 00:00:00.000",
    # Europe/Prague has no 02:00 to 03:00 on that day, and is an hour off after.
    "2025-03-30 00:59:59.999",
    "2025-03-30 01:00:00.000",
    "2025-03-30 02:30:00.000",
    "2025-03-30 21:59:59.999",
    "2025-03-30 22:00:00.000",
    "2025-03-30 23:59:59.999",
    "2025-03-31 00:00:00.000",
    # Bogota's midnight.
    "2025-03-31 04:59:59.999",
    "2025-03-31 05:00:00.000",
]
# Notes what dbt's sessions are in: without it, nobody would notice that all of
# them are in UTC.
NOTE_THE_ZONE = """
create table public.seen as select ''::text as zone with no data;
create function public.note_the_zone() returns trigger language plpgsql as $$
begin
    insert into public.seen values (current_setting('timezone'));
    return null;
end
$$;
create trigger note_the_zone after insert on retention.plan
for each statement execute function public.note_the_zone();
"""
PER_DAY = {"2025-03-29": 1, "2025-03-30": 7, "2025-03-31": 3}


@pytest.fixture(params=["UTC", "America/Bogota", "Europe/Prague"])
def zone(request, monkeypatch) -> str:
    """What libpq asks for in dbt's sessions, and in nobody else's."""
    monkeypatch.setenv("PGOPTIONS", f"-c timezone={request.param}")
    return str(request.param)


def test_days_cutoffs_and_partitions_are_those_of_utc(warehouse, zone):
    warehouse.execute("set timezone to 'UTC'")
    warehouse.execute(NOTE_THE_ZONE)
    for tapped_at in TAPS:
        warehouse.tap(tapped_at)

    # No offset stands there: it is UTC, whatever day it is elsewhere.
    warehouse.night("2025-04-01 00:30")
    assert warehouse.per_day() == PER_DAY
    assert warehouse.query(
        "select relation, bucket::text, rows,"
        " (loaded_at at time zone 'UTC')::text"
        " from retention.load order by 1, 2"
    ) == [
        (relation, day, rows, "2025-04-01 00:30:00")
        for relation in ("raw_hub_tap_log", "stg_hub_tap_log")
        for day, rows in PER_DAY.items()
    ]
    partitions = (
        "select relname, pg_get_expr(relpartbound, oid) from pg_class"
        " where relispartition and relkind = 'r' order by relname"
    )
    # Whatever stretch of time a partition holds, in April it begins with April.
    [(name, bounds)] = warehouse.query(partitions)
    assert name == "raw_hub_tap_log__20250401"
    assert bounds.startswith("FOR VALUES FROM ('2025-04-01 00:00:00+00')")

    # 90 times 24 hours, although one day had 23 in Prague.
    warehouse.build("2025-06-28")
    plan = warehouse.plan("2025-06-28")
    assert warehouse.query(
        "select layer, cutoff at time zone 'UTC' = '2025-03-30 00:00:00',"
        " as_of at time zone 'UTC' = '2025-06-28 00:00:00', past, ready"
        " from retention.plan where digest = %s and layer <> 'marts'"
        " and stream = 'hub.TapLog' order by position",
        plan.digest,
    ) == [
        ("source", True, True, 1, 1),
        ("raw", None, True, 1, 1),
        ("staging", True, True, 1, 1),
    ]
    # The same moment with an offset is the same plan.
    assert warehouse.plan("2025-06-28T05:45:00+05:45").digest == plan.digest
    warehouse.apply(plan.digest)
    assert warehouse.left() == (10, 10, 10)
    assert warehouse.query(
        'select min("tappedAt")::text from hub."TapLog"'
    ) == [("2025-03-30 00:00:00",)]

    # A bucket that is half let go of, and one that is whole.
    warehouse.night("2025-06-28T22:00:00Z")
    assert warehouse.left() == (5, 5, 5)
    assert warehouse.query(
        "select tap_date::text, sum(_rows)"
        " from sealed.marts_engagement_tap_summary_daily group by 1 order by 1"
    ) == [("2025-03-29", 1), ("2025-03-30", 5)]
    assert warehouse.per_day() == PER_DAY
    warehouse.night("2025-07-01")
    assert warehouse.left() == (0, 0, 0)
    assert warehouse.per_day() == PER_DAY
    warehouse.assert_conserved(11)
    # What the days before have emptied is dropped, and today's stays.
    assert [name for name, _ in warehouse.query(partitions)] == [
        "raw_hub_tap_log__20250701"
    ]
    assert warehouse.query("select distinct zone from public.seen") == [(zone,)]
