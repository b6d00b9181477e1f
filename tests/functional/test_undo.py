"""Within its grace a run is undone, and the laws hold (issue 4, item 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.night import nightly
from tests.conftest import Warehouse
from tests.functional.conftest import DAYS, edit

GRACE = "          - keep: while_in_source\n"


@pytest.fixture
def graced(captured: Warehouse, edited: Path) -> Warehouse:
    """The captured taps, of which raw keeps the copies 7 days longer."""
    file = edited / "models/raw/hub/_hub__models.yml"
    clock = "        - {columns: [_clock, '\"id\"']}\n      meta:\n"
    clock += "        retention:\n"
    edit(file, clock + GRACE, f"{clock}{GRACE}            grace: 7 days\n")
    return captured


def night(as_of: str) -> list[str]:
    """A night that approves its own plan; what it said."""
    said: list[str] = []
    nightly(as_of, approve_plan=True, say=said.append)
    return said


def undo(run: str, as_of: str) -> int:
    """`warehouse undo`; its exit code."""
    return main(["undo", run, "--as-of", as_of])


def last_run(warehouse: Warehouse) -> str:
    """The id of the last run that let go of rows at the source."""
    return str(
        warehouse.one(
            "select run_id from retention.ledger where layer = 'source'"
            " order by entry desc limit 1"
        )
    )


def bytes_of(warehouse: Warehouse, table: str) -> Any:
    """Every row of a table, in binary."""
    return warehouse.query(
        f"select record_send(whole) from {table} as whole order by 1"
    )


def test_undo_then_the_next_night_is_as_if_nothing_had_been(graced, capsys):
    before, days = bytes_of(graced, 'hub."TapLog"'), graced.per_day()
    said = night("2025-06-01")
    run = last_run(graced)
    assert graced.left() == (0, 100, 100)
    [offer] = [line for line in said if "can be put back" in line]
    assert offer == (
        "hub.TapLog: 100 rows can be put back for 7 days after"
        f" 2025-06-01 00:00 UTC: warehouse undo {run}"
    )

    assert undo(run, "2025-06-02") == 0
    said = capsys.readouterr().out.splitlines()
    print(said)
    assert bytes_of(graced, 'hub."TapLog"') == before
    assert graced.left() == (100, 100, 100)
    assert graced.query(
        "select layer, outcome, sum(rows) from retention.ledger"
        " group by 1, 2 order by min(entry)"
    ) == [("source", "let go", 100), ("source", "put back", 100)]
    assert main(["verify"]) == 0
    capsys.readouterr()
    assert undo(run, "2025-06-02") == 1
    assert "has been undone already" in capsys.readouterr().err

    night("2025-06-03")
    assert graced.left() == (0, 100, 100)
    night("2025-06-10")
    assert graced.left() == (0, 0, 0)
    assert graced.per_day() == days == dict.fromkeys(DAYS, 10)
    graced.assert_conserved(100)
    assert main(["verify"]) == 0
    assert graced.one("select count(*) from retention.undoable") == 0
