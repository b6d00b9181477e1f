"""How much of what lets go of rows the tests reach (R5); with --cov only.

Of Python coverage.py tells which lines ran, file by file. Of a macro Jinja
tells it here: its compiler is made to note each block of statements (what a
macro, a branch or a loop holds) that is entered, and all there are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

PROJECT = Path(__file__).resolve().parent.parent
# Percent of lines: what lets go and cleans up, and what says when (R5).
LEAST = {
    "flows/hold.py": 100,
    "flows/ledger_heads.py": 100,
    "flows/night.py": 100,
    "flows/temp_files.py": 100,
    "flows/temp_folder.py": 100,
    "flows/tidy.py": 100,
    "flows/undo.py": 100,
    "flows/build.py": 90,
    "flows/build_and_retain.py": 90,
    "flows/render_files.py": 90,
    "flows/reported_night.py": 90,
    "flows/retain.py": 90,
}
# Macros of which every block must be entered.
WHOLE = (
    "macros/files/*.sql",
    "macros/retention/*.sql",
    "macros/operations/hold_*.sql",
    "macros/operations/retention_*.sql",
    "macros/operations/temp_files.sql",
    "macros/operations/undo.sql",
)

Block = tuple[str, int]


class BlockNotes(CodeGenerator):
    """Compiles a template so that it notes which of its blocks are entered.

    Attributes:
        all: (macro, line in it) of each block compiled so far.
        entered: those of them that were entered.
    """

    all: set[Block] = set()  # noqa: RUF012 - of the class: one for the process
    entered: set[Block] = set()  # noqa: RUF012
    _macro: tuple[str, int] | None = None

    def visit_Macro(self, node: nodes.Macro, frame: Frame) -> None:
        """A macro's blocks are told by their lines in it."""
        self._macro = (node.name, node.lineno)
        super().visit_Macro(node, frame)
        self._macro = None

    def blockvisit(self, held: Iterable[nodes.Node], frame: Frame) -> None:
        """Notes the block, then compiles it."""
        held = list(held)
        if self._macro and held:
            name, first = self._macro
            block = (name, held[0].lineno - first + 1)
            self.all.add(block)
            self.writeline(f"environment.blocks_entered.add({block!r})")
        super().blockvisit(held, frame)


def note_blocks() -> None:
    """From now on, of each macro that this process calls."""
    MacroFuzzEnvironment.code_generator_class = BlockNotes
    MacroFuzzEnvironment.blocks_entered = BlockNotes.entered  # type: ignore[attr-defined]


def uncovered(entered: set[Block]) -> list[str]:
    """What the tests should have reached and did not, one line a file."""
    found = []
    lines = Coverage()
    lines.load()
    for name, least in LEAST.items():
        _, statements, _, missing, text = lines.analysis2(str(PROJECT / name))
        percent = 100 * (1 - len(missing) / len(statements))
        if percent < least:
            found.append(f"{name}: {percent:.0f} % of {least} %, not {text}")
    for pattern in WHOLE:
        for file in sorted(PROJECT.glob(pattern)):
            BlockNotes.all.clear()
            get_environment().compile(file.read_text(), raw=True)
            left = sorted(line for _, line in BlockNotes.all - entered)
            if left:
                name = file.relative_to(PROJECT)
                found.append(f"{name}: not {', '.join(map(str, left))}")
    return found


class Covered:
    """The plugin: gathers the blocks of all workers, and judges."""

    def __init__(self) -> None:
        note_blocks()
        self.entered = BlockNotes.entered
        self.found: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes a worker's blocks over."""
        self.entered |= set(
            map(tuple, getattr(node, "workeroutput", {}).get("blocks", ()))
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(
        self, session: pytest.Session
    ) -> Generator[None, Any, Any]:
        """Judges once pytest-cov has put its files together."""
        result = yield
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["blocks"] = sorted(self.entered)
        elif not session.testsfailed:
            self.found = uncovered(self.entered)
            session.testsfailed += bool(self.found)
        return result

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says what the tests do not reach."""
        if self.found:
            terminalreporter.section("not covered by tests (R5)", red=True)
            for line in self.found:
                terminalreporter.write_line(line)
