"""Half a million real arrivals in hub's own database, on a server of its own.

Captured through postgres_fdw, summed, and let go of there by a URL to delete
by. Their counts per UTC day are known, whatever layer they are in.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.load import load_csv
from flows.night import nightly
from flows.run_dbt import operation
from tests.acceptance.test_nasa import (
    COLUMNS,
    KEPT,
    NASA,
    Counts,
    in_parts,
    oracle,
)
from tests.connected import Pair, make_pair

pytestmark = [
    pytest.mark.large,
    pytest.mark.skipif(
        not NASA.is_dir(), reason=f"{NASA} with the real arrivals is not here."
    ),
]

ARRIVALS = 500_000  # until 7 July, 12:55
NIGHTS = [
    datetime(1995, 7, 4),
    datetime(1995, 7, 9),
    datetime(1995, 10, 1, 12),
    datetime(1995, 10, 4),
    datetime(1995, 12, 31),
]


def expected(before: datetime) -> Counts:
    """Of the first ARRIVALS, those before a time, per UTC day.

    They come in the order of time, so the last day has what is left of them.
    """
    days: Counts = Counter()
    for day, count in sorted(oracle(before).items()):
        days[day] = min(count, ARRIVALS - days.total())
    return +days


def load(pair: Pair, part: Path) -> int:
    """The application writes a file's rows; how many they were."""
    with pair.application.transaction():
        return load_csv(
            pair.application,
            "public",
            "TapLog",
            part,
            columns=COLUMNS,
            progress=False,
        )


def test_each_night_the_mart_says_what_has_arrived_on_another_server(
    server: Any,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = in_parts(tmp_path, NIGHTS, ARRIVALS)
    with make_pair(tmp_path_factory) as pair:
        w = pair.warehouse
        pair.application.execute('truncate "TapLog"')
        pair.application.execute(
            "grant delete on all tables in schema public to app"
        )
        monkeypatch.setenv("HUB_DELETE_URL", pair.url())
        pair.connect(monkeypatch)
        w.execute("update retention.database set purpose = 'test'")

        arrived = 0
        for as_of, part in zip(NIGHTS, parts, strict=True):
            arrived += load(pair, part)
            began = time.monotonic()
            nightly(as_of.isoformat(), True, say=lambda _: None)
            took = time.monotonic() - began

            assert w.per_day() == expected(as_of)
            assert arrived == expected(as_of).total()
            w.assert_conserved(arrived)
            kept = arrived - expected(as_of - KEPT).total()
            # As the application itself has it, too.
            assert sum(pair.per_day().values()) == kept
            assert w.left() == (kept, kept, kept)
            print(f"{as_of}: {arrived:,} arrived, {kept:,} left, {took:.0f} s")
        assert arrived == ARRIVALS
        assert w.left() == (0, 0, 0)
        assert w.sealed() == ARRIVALS
        assert w.query("select * from retention.intent") == []
        operation("verify", lambda _: None)
