"""Lets go of files that runs left behind: 30 days, like their logs (X9)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows import embedded
from flows.run_dbt import SCOPES, folders

KEPT = timedelta(days=30)


def tidy_up(now: datetime | None = None) -> int:
    """Removes what dbt and the embedded server wrote over 30 days ago.

    Only in folders that our own calls of dbt name (not what `dbt build` by
    hand writes into target/ itself), and the embedded server's log. A log that
    is being written to is turned over first, so that a line is 31 days old at
    most; one that is written in that very moment may be lost.

    Args:
        now: of the machine's clock, like the files' times; none is now.

    Returns:
        How many files went.
    """
    now = now or datetime.now(UTC)
    places = [folders(scope) for scope in SCOPES]
    logs = [folder / "dbt.log" for _, folder in places]
    if not os.environ.get("PGHOST") and (server := embedded.status()):
        logs.append(server.data.parent / "server.log")
    for log in logs:
        _turn_over(log, now)
    return remove_old(
        [
            *(file for place in places for each in place for file in _in(each)),
            *(
                part
                for log in logs
                for part in log.parent.glob(log.name + ".*")
            ),
        ],
        now,
    )


def remove_old(files: Iterable[Path], now: datetime | None = None) -> int:
    """Removes those that nobody has written to for 30 days; how many went.

    One that another run removes, or that is not ours to remove, is passed
    over: a night is not lost for a file.
    """
    edge = ((now or datetime.now(UTC)) - KEPT).timestamp()
    gone = 0
    for file in set(files):
        try:
            if file.lstat().st_mtime < edge:
                file.unlink()
                gone += 1
        except OSError:
            continue
    return gone


def _in(folder: Path) -> list[Path]:
    """All files below a folder; what a link leads to is not below it."""
    if folder.is_symlink():
        return []
    return [
        Path(place) / name
        for place, _, names in os.walk(folder)
        for name in names
    ]


def _turn_over(log: Path, now: datetime) -> None:
    """Puts a day's lines aside, under its date, while others write on."""
    aside = log.with_name(f"{log.name}.{now:%Y-%m-%d}")
    try:
        if aside.exists() or not log.stat().st_size:
            return
        shutil.copyfile(log, aside)
        os.truncate(log, 0)
    except OSError:  # not there, or not ours
        return
