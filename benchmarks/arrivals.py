"""Taps to measure with: real arrivals where they are here, else made up."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from flows.load import load_csv

PROJECT = Path(__file__).resolve().parent.parent
NASA = PROJECT.parent / "shared" / "data" / "nasa_arrivals"
COLUMNS = {
    "event_id": "eventId",
    "window_id": "windowId",
    "redirect_url": "redirectUrl",
    "tapped_at": "tappedAt",
    "ip": "ipAddress",
    "user_agent": "userAgent",
    "tag_id": "tagId",
}

# As many a second, and as many events, windows, URLs, addresses and tags, as
# the real ones have; random(), seeded, so that each run has the same rows.
MADE_UP = """
select setseed(0.5);
insert into hub."TapLog" (
    "id", "eventId", "windowId", "redirectUrl", "tagId", "ipAddress",
    "userAgent", "tappedAt"
)
select
    n::text, event::text, (n % 7)::text, 'https://t.example/' || event % 300,
    'tag' || event * 3 + address % 3,
    '10.' || (address >> 16) || '.' || ((address >> 8) & 255) || '.'
        || (address & 255),
    'UA/' || address % 40,
    timestamp '1995-07-01 04:00:00' + n * interval '1.43 seconds'
from (
    select
        n,
        floor(2000 ^ random())::integer as event,
        floor(random() * 1048576)::integer as address
    from generate_series(1, {rows}) as n
    offset 0
) as made_up
"""


def load(connection: psycopg.Connection[Any], rows: int) -> str:
    """Fills hub.TapLog.

    Args:
        connection: To a database with the demo's empty tables.
        rows: How many taps.

    Returns:
        What they are, for the report.
    """
    if not NASA.is_dir():
        connection.execute(MADE_UP.format(rows=int(rows)))
        return "made-up taps, 0.7 a second"
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        command = [sys.executable, str(NASA / "make_taps.py"), str(rows)]
        subprocess.run(command, stdout=file, check=True)
        load_csv(
            connection,
            "hub",
            "TapLog",
            Path(file.name),
            columns=COLUMNS,
            progress=False,
        )
    return "NASA arrivals of July and August 1995 as taps"
