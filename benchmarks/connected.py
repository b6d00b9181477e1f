"""Letting go at an application's own server, and reading it.

Beside a bare DELETE there, and beside the same capture in one database.

`python -m benchmarks.connected`: two servers of programs that have the contrib
modules (WAREHOUSE_PG_BIN, else Debian's), since the wheel has not.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.lab import SETTINGS, Comparison, stopwatch
from flows import embedded
from flows.connect_source import connect_source
from flows.night import Bounds, build, nightly, plan
from flows.run_dbt import operation
from tests.connected import create_tables

DEBIAN = "/usr/lib/postgresql/15/bin"
FIRST = datetime(2025, 6, 1)
# Of each run as many more, which are past their time.
TAPS = """
insert into "TapLog" ("id", "eventId", "tagId", "ipAddress", "tappedAt")
select 'c' || left(md5(n || '/' || %(run)s), 24), 'event_' || n %% 7,
    'tag_' || n %% 50, '198.51.100.' || n %% 250,
    %(since)s::timestamp + n * %(step)s::interval
from generate_series(1, %(rows)s) as n
"""
COPY = """
drop table if exists bare;
create table bare (like "TapLog" including all);
insert into bare select * from "TapLog";
vacuum analyze bare
"""
BARE = 'delete from bare where "tappedAt" < %s'
MODELS = [
    "raw_hub_tap_log",
    "stg_hub_tap_log",
    "marts_engagement_tap_summary_daily",
]
WITHOUT = ("analytics", "shop", "supabase", "render_jobs", "engagement")


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connected")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    os.environ.setdefault("WAREHOUSE_PG_BIN", DEBIAN)
    with _servers() as there:
        measured = _measure(there, given.rows, given.runs)
    first = Comparison("first load, beside one database", 2.5)
    night = Comparison("a night's capture, beside one database", 2.5)
    for _ in range(given.runs):
        with _servers() as there:
            _capture(there, given.rows, first, night)
    measured += [first, night]
    print(f"PostgreSQL {there.version}; load {os.getloadavg()[0]:.1f}.")
    for comparison in measured:
        # Warehouse, by hand, ratio, ratios of pairs, aim.
        print("  ".join(comparison.row()))


@contextmanager
def _servers() -> Iterator[embedded.Server]:
    """Starts a warehouse's server and hub's own, which it yields."""
    with tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder:
        place = Path(folder)
        homes = [place / "warehouse", place / "hub"]
        try:
            here, there = (
                embedded.up(home, settings=SETTINGS, write_env=None)
                for home in homes
            )
            _environment(place, here, there)
            yield there
        finally:
            for home in homes:
                embedded.remove(home)


def _environment(
    place: Path, here: embedded.Server, there: embedded.Server
) -> None:
    """Points dbt at the warehouse, and the warehouse at hub."""
    url = (
        f"postgresql://{there.user}:{there.password}@{there.host}:{there.port}"
        f"/{there.database}"
    )
    os.environ |= {
        "PGHOST": here.host,
        "PGPORT": str(here.port),
        "PGUSER": here.user,
        "PGPASSWORD": here.password,
        "PGDATABASE": here.database,
        "PGSSLMODE": "disable",
        "DBT_TARGET": "prod",
        "WAREHOUSE_VARS": json.dumps(
            {f"{name}_enabled": False for name in WITHOUT}
        ),
        "DBT_ENGINE_TARGET_PATH": str(place / "target"),
        "DBT_ENGINE_LOG_PATH": str(place / "logs"),
        "HUB_DATABASE_URL": url,
        "HUB_DELETE_URL": url,
    }


def _capture(
    there: embedded.Server, rows: int, first: Comparison, night: Comparison
) -> None:
    """Captures the same taps from there and from the warehouse's database.

    Args:
        there: hub's server.
        rows: How many taps a night brings; the first load, ten times as many.
        first: Is given the seconds of raw's model at the first load, beside
            those where no server is between.
        night: Is given those of the night after it.
    """
    seconds: dict[str, list[float]] = {}
    database = os.environ["PGDATABASE"]
    for name in ("alone", database):
        is_connected = name == database
        with psycopg.connect(dbname=database, autocommit=True) as warehouse:
            if not is_connected:
                warehouse.execute("create database alone")
        os.environ["PGDATABASE"] = name
        with (
            there.connect()
            if is_connected
            else psycopg.connect(dbname=name, autocommit=True)
        ) as hub:
            schema = "public" if is_connected else "hub"
            hub.execute(create_tables("hub", schema))
            hub.execute(f"set search_path to {schema}")
            if is_connected:
                connect_source("hub", say=_silent)
            else:
                operation("init", _silent)
            with psycopg.connect(dbname=name, autocommit=True) as warehouse:
                warehouse.execute(
                    "update retention.database set purpose = 'test'"
                )
            for run in range(2):
                now = FIRST + timedelta(days=run)
                # Ten days' at first, and then one day's.
                days = 1 if run else 10
                hub.execute(
                    TAPS,
                    {
                        "run": str(run),
                        "since": now - timedelta(days=days),
                        "rows": rows * days,
                        "step": timedelta(days=1) / rows,
                    },
                )
                hub.execute('vacuum analyze "TapLog"')
                build(now.isoformat(), _silent, ["raw_hub_tap_log"])
                seconds.setdefault(name, []).append(_seconds_of_raw())
    for kind, ours, theirs in zip(
        (first, night), seconds[database], seconds["alone"], strict=True
    ):
        kind.add(ours, theirs)


def _seconds_of_raw() -> float:
    """How long dbt has just taken for raw's model."""
    folder = Path(os.environ["DBT_ENGINE_TARGET_PATH"])
    ended = json.loads((folder / "build" / "run_results.json").read_text())
    return sum(
        float(result["execution_time"])
        for result in ended["results"]
        if result["unique_id"] == "model.warehouse.raw_hub_tap_log"
    )


def _measure(there: embedded.Server, rows: int, runs: int) -> list[Comparison]:
    """Deletes from a copy by hand, then plans and applies, in turns."""
    batches = Comparison("source: proof, intent, delete there, outcome", 3.0)
    rule = Comparison("... the whole rule, as its line is printed")
    bounds = Bounds(select=["hub.TapLog"], needed_only=True)
    with there.connect() as hub:
        hub.execute(create_tables("hub", "public"))
        connect_source("hub", say=_silent)
        # Which one, the environment says.
        with psycopg.connect(autocommit=True) as warehouse:
            warehouse.execute("update retention.database set purpose = 'test'")
            for run in range(runs):
                # All keys are compared once a week.
                now = FIRST + timedelta(days=8 * run)
                for since in (now - timedelta(days=120), now - timedelta(2)):
                    values = {
                        "run": str(since),
                        "since": since,
                        "rows": rows,
                        "step": timedelta(seconds=1),
                    }
                    hub.execute(TAPS, values)
                hub.execute('vacuum analyze "TapLog"')
                as_of = now.isoformat()
                cutoff = now - timedelta(days=90)
                build(as_of, _silent, MODELS)
                for statement in COPY.split(";"):
                    hub.execute(statement)
                planned = plan(as_of, None, _silent, bounds)
                operation("approve", _silent, digest=planned.digest)
                whole: list[float] = []
                with stopwatch() as time:
                    last = 0.0

                    def note(line: str, whole: list[float] = whole) -> None:
                        nonlocal last
                        if line.startswith("hub.TapLog "):
                            whole.append(time() - last)
                        last = time()

                    planned = plan(as_of, None, _silent, bounds)
                    last = time()
                    operation("retention_apply", note, digest=planned.digest)
                # Left alone for as long, and connected for, as ours.
                with stopwatch() as time:
                    with there.connect() as cron:
                        bare = cron.execute(BARE, [cutoff])
                    by_hand = time()
                entry = warehouse.execute(
                    "select sum(rows)::int, extract(epoch from sum(took))"
                    " from retention.ledger where layer = 'source'"
                    " and as_of = %s::timestamp at time zone 'UTC'",
                    [now],
                ).fetchone()
                if not entry or entry[0] != bare.rowcount:
                    raise SystemExit(
                        f"The rule let go of {entry and entry[0]} rows, the"
                        f" DELETE of {bare.rowcount}."
                    )
                batches.add(float(entry[1]), by_hand)
                rule.add(whole[0], by_hand)
                nightly(as_of, True, _silent, bounds=bounds)
    return [batches, rule]


def _silent(_: str) -> None:
    """Prints nothing."""


if __name__ == "__main__":
    main()
