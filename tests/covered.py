"""How much of what lets go of rows the tests reach (R5).

With `pytest -p tests.covered` only, as `make test` does, and CI: it judges all
tests together, so of some alone it names what the others reach.
Of Python SlipCover tells which lines ran: it traces no call, and dbt is slow
when it is traced. Of a macro Jinja tells it here: its compiler is made to note
each block of statements (what a macro, a branch or a loop holds) that is
entered, and all there are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
import slipcover
from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from slipcover.importer import FileMatcher, ImportManager

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
# The reason of a test that was skipped for want of postgres_fdw: what only it
# reaches, R5 asks for where that is.
WITHOUT = "the wheel has no postgres_fdw"

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


LINES = slipcover.Slipcover()


def pytest_configure(config: pytest.Config) -> None:
    """From now on, of each module that is imported and each macro called."""
    config.pluginmanager.register(Covered())


def uncovered(
    entered: set[Block], missing: dict[str, set[int]], lines: dict[str, int]
) -> list[str]:
    """What the tests should have reached and did not, one line a file."""
    found = []
    for name, least in LEAST.items():
        left = sorted(missing.get(name, ()))
        percent = 100 * (1 - len(left) / lines[name]) if name in lines else 0
        if percent < least:
            found.append(
                f"{name}: the tests reach {percent:.0f} % of its lines, R5 asks"
                f" for {least} %; not {', '.join(map(str, left)) or 'any'}."
            )
    for pattern in WHOLE:
        for file in sorted(PROJECT.glob(pattern)):
            BlockNotes.all.clear()
            get_environment().compile(file.read_text(), raw=True)
            unmet = sorted(line for _, line in BlockNotes.all - entered)
            if unmet:
                found.append(
                    f"{file.relative_to(PROJECT)}: no test reaches what begins"
                    f" in line {', '.join(map(str, unmet))}; R5 asks for all."
                )
    return found


class Covered:
    """Gathers what all workers reached, and judges."""

    def __init__(self) -> None:
        self.entered = BlockNotes.entered
        self.missing: dict[str, set[int]] = {}
        self.lines: dict[str, int] = {}
        self.found: list[str] = []
        self.lacking = False

    def add(self, blocks: Iterable[Any], files: dict[str, Any]) -> None:
        """What a process reached; a line that one of them ran has run."""
        self.entered |= set(map(tuple, blocks))
        for name, file in files.items():
            missing = set(file["missing_lines"])
            self.lines[name] = len(missing) + len(file["executed_lines"])
            self.missing[name] = self.missing.get(name, missing) & missing

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes over what a worker reached."""
        self.add(*getattr(node, "workeroutput", {}).get("reached", ((), {})))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Looks for tests that cannot run on this machine."""
        self.lacking |= report.skipped and WITHOUT in str(report.longrepr)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(
        self, session: pytest.Session
    ) -> Generator[None, Any, Any]:
        """Judges once every worker has ended."""
        result = yield
        files = {
            name: {
                kind: file[kind] for kind in ("executed_lines", "missing_lines")
            }
            for name, file in LINES.get_coverage()["files"].items()
        }
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["reached"] = (
                sorted(self.entered),
                files,
            )
        elif not session.testsfailed:
            self.add((), files)
            self.found = uncovered(self.entered, self.missing, self.lines)
            session.testsfailed += bool(self.found) and not self.lacking
        return result

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says what the tests do not reach."""
        if self.found:
            terminalreporter.section(
                "not covered by the tests that can run here (R5)"
                if self.lacking
                else "not covered by tests (R5)",
                red=not self.lacking,
            )
            for line in self.found:
                terminalreporter.write_line(line)


# Before the first test, or conftest.py, imports any of it.
ImportManager(LINES, FileMatcher(sources=[PROJECT / "flows"])).__enter__()
MacroFuzzEnvironment.code_generator_class = BlockNotes
MacroFuzzEnvironment.blocks_entered = BlockNotes.entered  # type: ignore[attr-defined]
