"""Undo (issue 4, item 6): rows that a run let go of come back, from raw."""

from __future__ import annotations

from collections.abc import Callable

from flows.ledger_heads import note_head
from flows.night import code_version
from flows.run_dbt import operation


def undo(
    run: str, as_of: str | None = None, say: Callable[[str], None] = print
) -> dict[str, int]:
    """Puts back at the sources what a run let go of, within its grace.

    Args:
        run: the run's id, as a night prints it and the ledger has it.
        as_of: the time that a grace is counted to, ISO 8601, UTC; none is now.
        say: is called with each line for a person.

    Returns:
        Rows that came back, by table.

    Raises:
        DbtError: nothing of it can be put back, or a source is in the way.
        HeadError: the ledger's head cannot be noted.
    """
    result = operation(
        "undo", say, run=run, as_of=as_of, code_version=code_version()
    )
    note_head(result.values.get("head"))
    put_back: dict[str, int] = result.values["put_back"]
    return put_back
