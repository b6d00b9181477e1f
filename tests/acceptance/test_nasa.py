"""3,461,610 real arrivals (NASA KSC, July and August 1995) as taps of hub.

Their counts per UTC day are known, so a tap that a night loses or counts twice
shows at once, whichever layer it is in at that time.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.load import load_csv
from tests.conftest import SHARED_DATA

NASA = SHARED_DATA / "nasa_arrivals"
pytestmark = pytest.mark.skipif(
    not NASA.is_dir(), reason=f"{NASA} with the real arrivals is not here."
)

# The file's column -> the application's.
COLUMNS = {
    "event_id": "eventId",
    "window_id": "windowId",
    "redirect_url": "redirectUrl",
    "tapped_at": "tappedAt",
    "ip": "ipAddress",
    "user_agent": "userAgent",
    "tag_id": "tagId",
}
FIRST_HOUR = datetime(1995, 7, 1, 4)
KEPT = timedelta(days=90)
ARRIVALS = 3_461_610
# The first 52,124 arrivals are 1 July's.
SLICE = 60_000

Counts = Counter[str]


def oracle(before: datetime) -> Counts:
    """Arrivals per UTC day, of the hours before the given one.

    The file has a line for each of the 1,406 hours, the 37 empty ones, too.
    """
    hours = NASA / "expected" / "per_hour_index.csv"
    days: Counts = Counter()
    with hours.open() as lines:
        for position, (index, count) in enumerate(csv.reader(lines)):
            assert int(index) == position, "The oracle has left out an hour."
            hour = FIRST_HOUR + timedelta(hours=position)
            if hour < before and int(count):
                days[f"{hour:%Y-%m-%d}"] += int(count)
    return days


def arrivals(limit: int | None = None) -> Iterator[bytes]:
    """The header, then a line per arrival in the order of time."""
    command = [sys.executable, str(NASA / "make_taps.py")]
    with subprocess.Popen(
        command + ([str(limit)] if limit else []), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        yield from process.stdout
    assert process.returncode == 0


def time_of(line: bytes) -> bytes:
    """When the arrival was: `1995-07-01T04:00:00+00`, which sorts as text."""
    return line.split(b",")[4]


def in_parts(
    folder: Path, ends: Sequence[datetime], limit: int | None = None
) -> list[Path]:
    """A file for the arrivals before each of the times, none in two of them."""
    lines = arrivals(limit)
    header = next(lines)
    line = next(lines, None)
    parts = []
    for end in ends:
        part = folder / f"before_{end:%m%d%H}.csv"
        parts.append(part)
        with part.open("wb") as file:
            file.write(header)
            while line is not None and time_of(line) < end.isoformat().encode():
                file.write(line)
                line = next(lines, None)
    assert line is None, "Some arrivals are later than the last of the times."
    return parts


def per_day(parts: Sequence[Path], since: datetime = FIRST_HOUR) -> Counts:
    """Arrivals per UTC day, as the files themselves say."""
    days: Counts = Counter()
    for part in parts:
        with part.open("rb") as lines:
            next(lines)
            days.update(
                time_of(line)[:10].decode()
                for line in lines
                if time_of(line) >= since.isoformat().encode()
            )
    return days


def load(warehouse, part: Path) -> int:
    """The file's rows arrive in hub; how many they were."""
    with warehouse.connection.transaction():
        return load_csv(
            warehouse.connection,
            "hub",
            "TapLog",
            part,
            columns=COLUMNS,
            progress=False,
        )


@pytest.mark.large
def test_each_night_the_mart_says_what_has_arrived(warehouse, tmp_path):
    """All of them. Before each night, what arrived until then is loaded."""
    nights = [
        datetime(1995, 7, 20),
        datetime(1995, 8, 15),
        datetime(1995, 9, 30),
        datetime(1995, 10, 15),
        datetime(1995, 12, 31),
    ]
    arrived = 0
    for night, part in zip(nights, in_parts(tmp_path, nights), strict=True):
        arrived += load(warehouse, part)
        part.unlink()
        warehouse.night(night.isoformat())

        expected = oracle(night)
        assert warehouse.per_day() == expected
        assert arrived == expected.total()
        warehouse.assert_conserved(arrived)
        kept = arrived - oracle(night - KEPT).total()
        assert warehouse.left() == (kept, kept, kept)
    assert arrived == ARRIVALS
    assert warehouse.left() == (0, 0, 0)
    assert warehouse.sealed() == ARRIVALS


def test_a_slice_of_the_arrivals_as_they_come(warehouse, tmp_path):
    """As above, over a day and a bit; 90 days later half a day goes, then all.

    The numbers come from the file, and agree with the oracle on its one whole
    day.
    """
    nights = [
        datetime(1995, 7, 1, 12),
        datetime(1995, 7, 3),
        datetime(1995, 9, 29, 12),
        datetime(1995, 12, 31),
    ]
    parts = in_parts(tmp_path, nights, SLICE)
    loaded: list[Path] = []
    for night, part in zip(nights, parts, strict=True):
        load(warehouse, part)
        loaded.append(part)
        warehouse.night(night.isoformat())

        expected = per_day(loaded)
        assert warehouse.per_day() == expected
        warehouse.assert_conserved(expected.total())
        kept = per_day(loaded, since=night - KEPT).total()
        assert warehouse.left() == (kept, kept, kept)
    assert warehouse.total() == SLICE
    assert warehouse.left() == (0, 0, 0)
    whole_day = oracle(datetime(1995, 7, 2))
    assert whole_day.items() <= warehouse.per_day().items()


def test_a_slice_of_the_arrivals_all_at_once(warehouse, tmp_path):
    """Loaded before the first night, half of them lie in the future then.

    They count on the days that they say, and age from a day after that night.
    """
    first = datetime(1995, 6, 30, 12)
    [whole] = in_parts(tmp_path, [datetime(1995, 7, 3)], SLICE)
    expected = per_day([whole])
    load(warehouse, whole)
    dated = oracle(first + timedelta(days=1)).total()
    assert 0 < dated < SLICE / 2

    # 90 days after the row that came first, then to the moment at which a tap
    # from the future has been kept for 90 days, and then a second more.
    for night, kept in [
        (first, SLICE),
        (first + timedelta(days=1) + KEPT, SLICE - dated),
        (first + timedelta(days=1, seconds=1) + KEPT, 0),
    ]:
        warehouse.night(night.isoformat())
        assert warehouse.per_day() == expected
        warehouse.assert_conserved(SLICE)
        assert warehouse.left() == (kept, kept, kept)
