"""`kill -9` anywhere, then one run: every tap is counted once (H3, X1).

At random moments of whole nights; test_faults.py kills at each named point.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from datetime import date, timedelta

import pytest

KILLS = 20


def _night(as_of: str, ready) -> None:
    from flows.night import nightly

    ready.set()
    nightly(as_of, say=lambda _: None)


@pytest.mark.large
def test_every_tap_is_counted_once_after_twenty_kills(warehouse):
    # A server that has dbt imported and forks: a start takes no seconds.
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["flows.night", "dbt.cli.main"])
    chance = random.Random(7)
    first = date(2024, 1, 1)
    expected: dict[str, int] = {}
    killed_in_apply = killed = 0

    for number in range(KILLS):
        days = [
            str(first + timedelta(days=7 * number + day)) for day in range(7)
        ]
        warehouse.taps(days, each=60)
        expected |= dict.fromkeys(days, 60)
        # From the fifth week on each night has 90-day-old taps to let go of.
        as_of = str(
            first + timedelta(days=7 * number + 7 + (90 if number > 3 else 0))
        )
        entries = warehouse.one("select count(*) from retention.ledger")
        ready = processes.Event()
        child = processes.Process(target=_night, args=(as_of, ready))
        child.start()
        assert ready.wait(60)
        if number % 2 and number > 3:
            # Once so many batches have been committed.
            batches = chance.randint(1, 3)
            deadline = time.monotonic() + 30
            while (
                child.is_alive()
                and warehouse.one("select count(*) from retention.ledger")
                < entries + batches
            ):
                assert time.monotonic() < deadline
                time.sleep(0.002)
        else:
            time.sleep(chance.uniform(0.1, 3.0))
        child.kill()
        child.join()
        killed += child.exitcode == -9
        killed_in_apply = warehouse.one(
            "select count(*) from retention.run where finished_at is null"
        )

    assert killed >= KILLS // 2
    assert killed_in_apply > 0
    last = first + timedelta(days=7 * KILLS + 90)
    warehouse.night(str(last))
    assert warehouse.per_day() == expected
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(sum(expected.values()))
