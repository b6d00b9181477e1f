"""How long others wait: for the drop of a partition, and beside a purge."""

from __future__ import annotations

import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Any

from benchmarks import arrivals
from benchmarks.lab import Figure, Lab
from flows.night import build
from flows.run_dbt import operation

# The made-up taps are of 1995.
BUILT_AT, ALL_PAST = "1996-01-01T00:00:00Z", "1996-06-01T00:00:00Z"
READ = "select 1 from raw.raw_hub_tap_log limit 1"
# What waits for a lock says so in the server's log, if for a millisecond.
WATCHED = "set log_lock_waits = on; set deadlock_timeout = '1ms'"
WAITED = re.compile(r"acquired AccessShareLock on .* after ([\d.]+) ms")
WRITE = """
insert into hub."TapLog" ("id", "eventId", "tagId", "tappedAt")
values (%s, 'event', 'tag', now() at time zone 'UTC')
"""
LOOK = 'select * from hub."TapLog" where "id" = %s'


def of_a_drop(lab: Lab, rows: tuple[int, int], runs: int) -> list[Figure]:
    """The longest that a reader of raw waits for a lock beside a drop.

    By the server's log, which knows nothing of who had to wait for a processor.

    Args:
        lab: The server.
        rows: How many are in the partition, first few, then many.
        runs: How many of each, in turns.

    Returns:
        Milliseconds for each (1 where it was less), and their ratio.

    Raises:
        SystemExit: The partition was not dropped whole.
    """
    waits: dict[int, list[float]] = {size: [] for size in rows}
    for size in rows:
        lab.fresh()
        operation("init", _silent, with_sources=True, days=0)
        with lab.connect() as connection:
            connection.execute(arrivals.MADE_UP.format(rows=size))
        build(BUILT_AT, _silent)
        with lab.connect() as connection:
            # All are past their time, and their originals gone already.
            connection.execute('truncate hub."TapLog"')
            connection.execute(
                "delete from retention.approval where rule like 'stg_hub_%'"
            )
            connection.execute("vacuum (analyze)")
        lab.keep(f"bench_partition_{size}")
    for _ in range(runs):
        for size in rows:
            lab.fresh(f"bench_partition_{size}")
            plan = operation("retention_plan", _silent, as_of=ALL_PAST)
            log = lab.server.data.parent / "server.log"
            seen = log.stat().st_size
            _beside(
                lambda plan=plan: operation(  # type: ignore[misc]
                    "retention_apply", _silent, digest=plan.values["digest"]
                ),
                [_reader],
                lab,
            )
            with lab.connect() as connection:
                [(dropped,)] = connection.execute(
                    "select count(*) from retention.ledger"
                    " where layer = 'raw' and rows = %s",
                    [size],
                ).fetchall()
            if dropped != 1:
                raise SystemExit(f"No partition of {size} rows was dropped.")
            with log.open() as lines:
                lines.seek(seen)
                waited = [float(x) for x in WAITED.findall(lines.read())]
            waits[size].append(max(waited, default=1))
    few, many = (statistics.median(waits[size]) for size in rows)
    return [
        Figure(
            f"a reader, of a dropped partition of {rows[0]:,} rows", few, "ms"
        ),
        Figure(
            f"a reader, of a dropped partition of {rows[1]:,} rows", many, "ms"
        ),
        Figure("... ratio", many / few, "", 1.5),
    ]


def of_a_purge(lab: Lab, built: str, as_of: str) -> list[Figure]:
    """How long single rows take beside a purge of half of their table.

    Args:
        lab: The server.
        built: A template with taps in source, raw, staging and mart.
        as_of: A moment at which half of them are past their time.

    Returns:
        The 99th percentiles in milliseconds.
    """
    lab.fresh(built)
    plan = operation("retention_plan", _silent, as_of=as_of)
    inserts, reads = _beside(
        lambda: operation(
            "retention_apply", _silent, digest=plan.values["digest"]
        ),
        [_writer, _looker],
        lab,
    )
    return [
        Figure(
            f"{what} beside a purge, p99 of {len(times):,}",
            statistics.quantiles(times, n=100)[98] * 1000,
            "ms",
            50,
        )
        for what, times in (("an insert", inserts), ("a read", reads))
    ]


def _beside(
    work: Callable[[], Any],
    others: list[Callable[[Lab, Event, Queue[list[float]]], None]],
    lab: Lab,
) -> list[list[float]]:
    """Does the work; seconds of each statement of the others meanwhile."""
    context = multiprocessing.get_context("fork")
    over = context.Event()
    queues: list[Queue[list[float]]] = [context.Queue() for _ in others]
    processes = [
        context.Process(target=other, args=(lab, over, queue))
        for other, queue in zip(others, queues, strict=True)
    ]
    for process in processes:
        process.start()
    try:
        time.sleep(0.5)
        work()
    finally:
        over.set()
    times = [queue.get() for queue in queues]
    for process in processes:
        process.join()
    return times


def _reader(lab: Lab, over: Event, queue: Queue[list[float]]) -> None:
    queue.put(_timed(lab, over, READ, lambda _: None, pause=0))


def _writer(lab: Lab, over: Event, queue: Queue[list[float]]) -> None:
    queue.put(_timed(lab, over, WRITE, lambda n: [f"new{n}"], pause=0.002))


def _looker(lab: Lab, over: Event, queue: Queue[list[float]]) -> None:
    queue.put(_timed(lab, over, LOOK, lambda n: [f"new{n}"], pause=0.002))


def _timed(
    lab: Lab,
    over: Event,
    statement: str,
    values: Callable[[int], list[str] | None],
    pause: float,
) -> list[float]:
    """Runs a statement again and again; the seconds of each."""
    times: list[float] = []
    with lab.connect() as connection:
        connection.execute(WATCHED)
        while not over.is_set():
            began = time.perf_counter()
            connection.execute(statement, values(len(times)))
            times.append(time.perf_counter() - began)
            time.sleep(pause)
    return times


def _silent(_: str) -> None:
    """Prints nothing."""
