"""Preview or apply a backfill: what `warehouse backfill` and the flow do."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.backfill_rows import Report, Target, backfill_rows
from flows.database import resolve
from flows.run_dbt import operation


def backfill_file(
    table: str | None,
    file: Path,
    apply: bool,
    say: Callable[[str], None],
    as_of: str | None = None,
) -> Report:
    """Stores what is new in a JSON file, or previews it.

    Args:
        table: The source table, like `source.Table`, or the name that it gave
            its backfill; none is the one table that accepts a backfill.
        file: A JSON array of objects.
        apply: Write; else nothing is written.
        say: Is called with each line for a person; no row's values are in it.
        as_of: Now, ISO 8601; none is the clock's.

    Returns:
        What became of the rows.

    Raises:
        DbtError: No such table accepts a backfill.
        DatabaseError: There is no database.
        BackfillError: The file or the table does not fit; nothing was written.
    """
    target = _target(
        operation(
            "backfill_table", lambda _: None, name=table, as_of=as_of
        ).values
    )
    with resolve().connect() as connection:
        report = backfill_rows(connection, target, file, apply=apply)
    for line in describe(report, target, file, table):
        say(line)
    return report


def _target(found: dict[str, Any]) -> Target:
    """What the operation `backfill_table` reported, with moments as such."""
    moments = {
        name: datetime.fromisoformat(found[name]).replace(tzinfo=UTC)
        if found[name]
        else None
        for name in ("as_of", "kept_since", "counted_since")
    }
    return Target(**(found | moments | {"rejected": tuple(found["rejected"])}))


def describe(
    report: Report, target: Target, file: Path, table: str | None
) -> list[str]:
    """A report in lines for a person."""
    done = report.applied
    counts = {
        "new, and written" if done else "new": report.new,
        "in the table already": report.known,
        "a second time in the file": report.repeated,
        "set aside": report.set_aside,
    }
    lines = [f"{file.name}: {report.read:,} rows for {target.stream}"]
    lines += [f"{count:>12,}  {what}" for what, count in counts.items()]
    if report.days:
        lines += [
            "",
            f"{'UTC day':<10} {'before':>11} {'new':>11} {'after':>11}",
        ]
        lines += [
            f"{day.day!s:<10} {day.before:>11,} {day.new:>11,} {day.after:>11,}"
            for day in report.days
        ]
    if report.problems:
        lines += ["", "Set aside:"]
    for problem in report.problems:
        places = [f"line {line} (byte {byte})" for line, byte in problem.places]
        more = ", ..." if problem.rows > len(places) else ""
        lines.append(
            f"{problem.rows:>12,}  {problem.reason}: {', '.join(places)}{more}"
        )
    if report.unknown_keys:
        named = [
            f"{key} ({rows:,} rows)"
            for key, rows in sorted(report.unknown_keys.items())
        ]
        lines += [
            "",
            f"Left out, for no column takes them: {', '.join(named)}.",
        ]
    if report.leaving:
        lines += [
            "",
            f"Of the new rows {report.leaving:,} are past {target.kept}: they"
            " are counted once, and gone after the next night, also if this"
            " file is applied again.",
        ]
    lines.append("")
    if done:
        lines.append(
            f"Written to {target.stream}."
            + (
                f" What was set aside is in {'.'.join(target.rejected)} for 30"
                " days."
                if report.set_aside
                else ""
            )
        )
    else:
        call = ["warehouse", "backfill", table or target.stream, str(file)]
        lines.append(
            "Nothing was written. To write: " + shlex.join([*call, "--apply"])
        )
    return lines
