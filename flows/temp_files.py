"""Removes temporary files of rows that are gone, and orphans (R2).

What may go, the database says (operation `temp_files`); where, an environment
variable that a source's YAML names. What was begun is recorded before the first
file goes, and what came of it afterwards; no name, and no path, is ever logged.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from dotenv import dotenv_values

from flows.database import ENV_FILE, DatabaseError, resolve
from flows.night import code_version
from flows.run_dbt import operation
from flows.temp_folder import ANY_AGE, FolderError, Tally, TempFolder

Say = Callable[[str], None]
# A name belongs to a living row in any of these forms; to one that is gone only
# if it is its key alone, or its key and a dot.
SEPARATORS = re.compile(r"[._-]")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What waits for a person, which is no failure.
WAITING = ("approval needed", "on hold")
# What PostgreSQL and Python know of times, in ns since 1970.
LATEST = 253402300799 * 10**9


class TempFilesError(RuntimeError):
    """Says in one sentence why temporary files were not removed."""


@dataclass(frozen=True)
class Target:
    """A table whose rows have temporary files, as `temp_files` reports it.

    Attributes:
        stream: like `source.Table`.
        variable: the environment variable that names the folder.
        keep: how long, in words.
        as_of: the moment it counts from, in words.
        cutoff: what was modified before it is old; microseconds since 1970.
        status: `ready`, or what keeps its rows from being deleted.
        why: a sentence about that.
        sql: the statements to ask and record with.
    """

    stream: str
    variable: str
    keep: str
    as_of: str
    cutoff: int
    status: str
    why: str
    sql: dict[str, str]


@dataclass
class Entry:
    """Something right in the folder that may go; of a gone row, or of none."""

    name: str
    is_gone: bool
    tally: Tally


@dataclass
class Found:
    """What was found in a folder.

    Attributes:
        going: what may go.
        claimed: entries of rows that are there.
        young: entries of no row that are not old yet.
        names_of_outputs: how much in the others bears an output file's name.
        other_devices: folders in the others that something is mounted at.
        troubles: why entries could not be read, in the system's words.
        outputs: the names that stay.
    """

    going: list[Entry] = field(default_factory=list)
    claimed: int = 0
    young: int = 0
    names_of_outputs: int = 0
    other_devices: int = 0
    troubles: list[str] = field(default_factory=list)
    outputs: frozenset[str] = frozenset()

    def stays(self, name: str) -> bool:
        """Whether something of this name is taken for an output file."""
        return _storable(name) in self.outputs


def remove_temp_files(
    as_of: str | None,
    apply: bool,
    say: Say,
    approve: bool = False,
    show_names: bool = False,
) -> str:
    """Removes temporary files that are past their time, or says what would go.

    Args:
        as_of: the moment the run counts from, ISO 8601, UTC; none is now.
        apply: remove; else nothing is removed or written.
        say: is called with each line for a person.
        approve: also in a folder from which nothing was removed before.
        show_names: say the names of what would go; for a terminal only.

    Returns:
        What it came to, in a few words.

    Raises:
        TempFilesError: a folder was not cleaned, or not all of it.
        DbtError: the rules or as_of do not hold together.
        DatabaseError: there is no database, or it refused something.
    """
    found = operation(
        "temp_files", lambda _: None, as_of=as_of, code_version=code_version()
    ).values["folders"]
    if not found:
        say("No table declares temporary files.")
    settings = dotenv_values(ENV_FILE, interpolate=False) | os.environ
    outcomes, failures = [], []
    for target in (Target(**each) for each in found):
        path = settings.get(target.variable)
        if not path:
            say(
                f"{target.stream}: no {target.variable} is set, so no temporary"
                " files are looked at."
            )
            outcomes.append(f"no {target.variable}")
            continue
        try:
            with resolve().connect(
                autocommit=True, client_encoding="utf8"
            ) as connection:
                run = _Run(target, path, connection, say)
                outcomes.append(run.go(apply, approve, show_names))
        except TempFilesError as error:
            failures.append(str(error))
        except psycopg.Error as error:
            # The rest of an error's text can quote values.
            raise DatabaseError(
                f"{target.stream}: its temporary files were not removed, or not"
                " recorded as removed ("
                f"{error.diag.message_primary or 'the connection was lost'})."
            ) from None
    if failures:
        raise TempFilesError("\n".join(failures))
    return "; ".join(outcomes) or "nothing to do"


class _Run:
    """One run over one folder."""

    def __init__(
        self,
        target: Target,
        path: str,
        connection: psycopg.Connection[Any],
        say: Say,
    ) -> None:
        self.target = target
        self.path = path
        self.connection = connection
        self.say = say
        self.began = time.monotonic()

    def go(self, apply: bool, approve: bool, show_names: bool) -> str:
        """Does it; what it came to."""
        [(is_alone,)] = self._query("begin")
        if not is_alone:
            self.say(f"{self.target.stream}: another run is at work.")
            return "already running"
        if apply and self.target.status in WAITING:
            self.say(f"{self.target.stream}: {self.target.why}")
            return self.target.status
        try:
            if apply and self.target.status != "ready":
                raise FolderError(self.target.why.rstrip("."))
            with TempFolder(self.path, self.target.variable) as folder:
                with self.connection.transaction(force_rollback=not apply):
                    found = self._look(folder)
                    self._report(found)
                    if apply and not (approve or self._is_approved()):
                        self.say(
                            "Nothing was removed from this folder before: if it"
                            f" is the one that {self.target.variable} should"
                            " name, run `warehouse files --apply` once."
                        )
                        return "approval needed"
                    broken_off = self._query("broken_off")
                    if apply and found.going:
                        self._record(found, f"begun: {_amount(found)}", 0)
                if not apply:
                    return self._preview(found, show_names)
                return self._remove(folder, found, broken_off)
        except FolderError as error:
            why = f"not done: {error}"
            if apply:
                self._record(Found(), why, 0)
            raise TempFilesError(f"{self.target.stream}: {why}.") from None

    def _look(self, folder: TempFolder) -> Found:
        """What is in the folder, and what of it may go."""
        names = folder.names()
        self._query("note")
        seen = [_seen(folder, path) for (path,) in self._query("outputs")]
        self._copy("output_seen", [row for row in seen if row])
        self._query("mark")
        self._copy(
            "file_entry",
            (
                (position, candidate, is_own)
                for position, name in enumerate(names)
                for candidate, is_own in _candidates(_storable(name))
            ),
        )
        found = Found()
        entries = []
        for position, is_claimed, is_gone in self._query("claims"):
            if is_claimed:
                found.claimed += 1
            else:
                name = names[position]
                tally = folder.look(name, lambda _: False)
                entries.append(Entry(name, is_gone, tally))
        everything = {name for entry in entries for name in entry.tally.names}
        self._copy("file_name", {(_storable(name),) for name in everything})
        found.outputs = frozenset(name for (name,) in self._query("protected"))
        for entry in entries:
            self._judge(folder, found, entry)
        found.going.sort(key=lambda entry: entry.name)
        return found

    def _judge(self, folder: TempFolder, found: Found, entry: Entry) -> None:
        """Adds an entry that no row claims to what was found."""
        newest = entry.tally.newest
        if any(found.stays(name) for name in entry.tally.names):
            entry.tally = folder.look(entry.name, found.stays)
        tally = entry.tally
        found.names_of_outputs += tally.kept
        found.other_devices += tally.other_devices
        if tally.troubles:
            found.troubles += tally.troubles
        elif not tally.names:
            pass  # it has vanished
        elif not entry.is_gone and newest >= self.target.cutoff * 1000:
            found.young += 1
        elif tally.files or not (tally.kept or tally.other_devices):
            found.going.append(entry)

    def _is_approved(self) -> bool:
        """Whether files may go from this folder without being asked for."""
        self._tell(Found(), "", 0)
        [(is_approved,)] = self._query("is_approved")
        return bool(is_approved)

    def _report(self, found: Found) -> None:
        """Says what there is, without a name."""
        gone = [entry for entry in found.going if entry.is_gone]
        orphans = [entry for entry in found.going if not entry.is_gone]
        self.say(
            f"{self.target.stream}: temporary files in {self.target.variable},"
            f" as of {self.target.as_of}"
        )
        self.say(f"{'entries':>9} {'files':>11} {'bytes':>17}")
        for going, what in (
            (gone, "of rows that are gone"),
            (orphans, f"of no row, over {self.target.keep} old"),
        ):
            files = sum(entry.tally.files for entry in going)
            size = sum(entry.tally.size for entry in going)
            self.say(f"{len(going):>9,} {files:>11,} {size:>17,}  {what}")
        for entries, what in (
            (found.claimed, "of rows that are there: they stay"),
            (found.young, "of no row, and not old yet: they stay"),
        ):
            self.say(f"{entries:>9,} {'':>11} {'':>17}  {what}")
        if found.names_of_outputs:
            self.say(
                f"- {found.names_of_outputs:,} files or folders stay, for they"
                " bear the name of an output file that was not seen elsewhere."
            )
        if found.other_devices:
            self.say(
                f"- {found.other_devices:,} folders stay, for another device is"
                " mounted there."
            )
        for trouble in sorted(set(found.troubles)):
            self.say(f"- An entry stays that could not be read ({trouble}).")

    def _preview(self, found: Found, show_names: bool) -> str:
        """Says what would be done."""
        if show_names:
            for entry in found.going:
                self.say(f"    {_printable(entry.name)}")
        if self.target.status != "ready":
            self.say(self.target.why)
        if found.going:
            self.say(
                "Nothing was removed. To remove it: warehouse files --apply"
            )
        else:
            self.say("There is nothing to remove.")
        return "preview"

    def _remove(
        self,
        folder: TempFolder,
        found: Found,
        broken_off: list[tuple[Any, ...]],
    ) -> str:
        """Removes what may go, and records it."""
        after = ""
        for as_of, begun in broken_off:
            after = f" (the run as of {as_of} UTC broke off: {begun})"
            self.say(
                f"The run as of {as_of} UTC broke off ({begun}); what it left"
                " is counted here."
            )
        went = Tally()
        for entry in found.going:
            before = ANY_AGE if entry.is_gone else self.target.cutoff * 1000
            tally = folder.remove(entry.name, found.stays, before)
            went.files += tally.files
            went.size += tally.size
            went.troubles += tally.troubles
        removed = f"{went.files} files, {went.size} bytes"
        troubles = sorted(set(found.troubles + went.troubles))
        if troubles:
            why = (
                f"not done: {len(found.troubles) + len(went.troubles)} files or"
                f" folders could not be removed ({', '.join(troubles)})"
            )
            why += f"; removed: {removed}"
            self._record(found, why + after, went.files)
            raise TempFilesError(f"{self.target.stream}: {why}.")
        self._record(found, f"removed: {removed}{after}", went.files)
        self.say(f"Removed: {removed}.")
        return f"removed: {went.files:,} files"

    def _record(self, found: Found, outcome: str, files: int) -> None:
        """Adds an entry to the ledger."""
        with self.connection.transaction():
            self._tell(found, outcome, files)
            self._query("record")

    def _tell(self, found: Found, outcome: str, files: int) -> None:
        """Hands the database what it cannot see."""
        times = [
            EPOCH
            + timedelta(
                microseconds=min(max(entry.tally.newest, 0), LATEST) // 1000
            )
            for entry in found.going
        ]
        self._copy(
            "file_run",
            [
                (
                    os.path.realpath(self.path),
                    "\n".join(_storable(each.name) for each in found.going),
                    files,
                    outcome,
                    min(times, default=None),
                    max(times, default=None),
                    time.monotonic() - self.began,
                )
            ],
        )

    def _query(self, name: str) -> list[tuple[Any, ...]]:
        """Runs one of the statements; the rows of its last part."""
        # As bytes: the operation wrote it, and it holds no value.
        cursor = self.connection.execute(self.target.sql[name].encode())
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []

    def _copy(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Replaces a temporary table's rows, which stand in no statement."""
        self.connection.execute(f"truncate pg_temp.{table}".encode())
        copy = f"copy pg_temp.{table} from stdin".encode()
        with self.connection.cursor().copy(copy) as copying:
            for row in rows:
                copying.write_row(row)


def _seen(folder: TempFolder, path: str) -> tuple[str, str, bool] | None:
    """Where an output file is, if it can be seen from here.

    Returns:
        Its path as written, what that leads to, and whether it is outside of
        the folder; none where that cannot be told.
    """
    if not path.startswith("/"):
        return None
    real = os.path.realpath(path)
    try:
        Path(real).stat()
    except OSError:
        return None
    return path, real, not folder.holds(real)


def _candidates(name: str) -> dict[tuple[str, bool], None]:
    """The keys that a name could belong to, and whether it is surely theirs."""
    return {
        (name[:end], end == len(name) or name[end] == "."): None
        for end in (
            *(found.start() for found in SEPARATORS.finditer(name)),
            len(name),
        )
    }


def _storable(name: str) -> str:
    """A name as a text of the database: one that is no UTF-8 is none there."""
    return name.encode(errors="replace").decode()


def _printable(name: str) -> str:
    """A name that does nothing to a terminal."""
    return "".join(each if each.isprintable() else "?" for each in name)


def _amount(found: Found) -> str:
    files = sum(entry.tally.files for entry in found.going)
    size = sum(entry.tally.size for entry in found.going)
    return f"{files} files, {size} bytes, in {len(found.going)} entries"
