"""The only place that calls dbt: in this process, one call at a time.

dbt's start-up is what costs, so the parsed project is kept for later calls
of the same process (facts: a build of three models takes 0.5 s instead of 6).
"""

from __future__ import annotations

import contextlib
import contextvars
import gc
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent

# dbt is not thread-safe within a process.
_LOCK = threading.Lock()
_MANIFESTS: dict[tuple[str, ...], Any] = {}

# What decides how a project is parsed, besides its files.
_PARSE_VARIABLES = (
    "DBT_TARGET",
    "DBT_SCHEMA",
    "PGHOST",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "WAREHOUSE_EMBEDDED_HOST",
    "WAREHOUSE_EMBEDDED_PORT",
    "WAREHOUSE_VARS",
)


# Folders below `target/` and `logs/`; an operation must not overwrite the
# results of a build that someone may retry.
SCOPES = ("warehouse", "build", "rollups", "operation", "check", "docs")


class DbtError(RuntimeError):
    """A dbt command that did not succeed, in the words dbt had for it.

    Attributes:
        result: what the command had reported by then.
    """

    def __init__(self, message: str, result: DbtResult | None = None) -> None:
        # Made again from its message alone where it was pickled: Prefect keeps
        # what failed a run.
        super().__init__(message)
        self.result = result or DbtResult()


@dataclass
class DbtResult:
    """What a dbt command left to be read.

    Attributes:
        invocation: dbt's id of the call; builds are recorded under it.
        messages: lines that macros printed for a person.
        values: what operations reported for the calling program.
        failures: one sentence per model or test that did not succeed.
    """

    invocation: str = ""
    messages: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def run_dbt(
    *arguments: str,
    variables: Mapping[str, Any] | None = None,
    say: Callable[[str], None] | None = None,
    scope: str = "warehouse",
) -> DbtResult:
    """Runs one dbt command.

    Args:
        arguments: the command and its options, as on a command line.
        variables: dbt vars of this call.
        say: is called with each line that a macro prints.
        scope: one of SCOPES.

    Returns:
        What the command reported.

    Raises:
        DbtError: the command failed; the message holds the database's or
            dbt's own error.
    """
    result = DbtResult()

    def listen(event: Any) -> None:  # noqa: ANN401 - dbt ships no types
        # A callback that raises hangs dbt (dbt-core issue 11612).
        with contextlib.suppress(Exception):
            result.invocation = event.info.invocation_id
            if event.info.name == "JinjaLogInfo":
                result.messages.append(event.data.msg)
                if say is not None:
                    say(event.data.msg)
            elif event.info.name == "JinjaLogDebug":
                if event.data.msg.startswith("result: "):
                    result.values |= json.loads(event.data.msg[8:])

    # Imported late: it takes three seconds, which `warehouse status` need not.
    from dbt.cli.main import dbtRunner

    target, logs = folders(scope)
    project = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    project += ["--log-path", str(logs)]
    call = ["--log-level", "none", "--log-level-file", "debug"]
    call += [*arguments, *project, "--target-path", str(target)]
    # Of every call, so that parsing knows them, too.
    standing = json.loads(os.environ.get("WAREHOUSE_VARS") or "{}")
    with _LOCK, _embedded_address():
        # And the project itself: of two copies dbt takes a file for unchanged
        # whose time of modification is the same.
        key = (
            str(PROJECT),
            *(os.environ.get(name, "") for name in _PARSE_VARIABLES),
        )
        if key not in _MANIFESTS:
            # In silence: where it fails, the call below says why. What dbt
            # keeps of it serves the next process, whatever that calls first;
            # manifest.json nobody reads, and it took as long as the parsing.
            quietly = ["--log-level", "none", "parse", "--no-write-json"]
            quietly += [*project, "--vars", json.dumps(standing)]
            quietly += [
                "--target-path",
                str(folders(f"parsed/{_digest(key)}")[0]),
            ]
            parsed = _shallow(lambda: dbtRunner().invoke(quietly))
            _MANIFESTS[key] = parsed.result
            if parsed.result is not None:
                # Needed to parse only: dbt 1.12 cannot copy what is in the one,
                # and the other is a third of the copying.
                parsed.result.disabled = {}
                parsed.result.files = {}
        call += ["--vars", json.dumps(standing | dict(variables or {}))]
        runner = dbtRunner(
            manifest=_MANIFESTS[key].deepcopy() if _MANIFESTS[key] else None,
            callbacks=[listen],
        )
        with _collecting_less():
            outcome = _shallow(lambda: runner.invoke(call))

    for node in getattr(outcome.result, "results", None) or []:
        if str(node.status) in ("error", "fail", "runtime error"):
            # An operation is no node; whoever called it knows its name.
            name = getattr(getattr(node, "node", None), "name", "")
            result.failures.append(
                (f"{name}: " if name else "")
                # A source that is not fresh has no message.
                + (_sentence(node.message) or f"ended as {node.status}.")
            )
    if not outcome.success:
        reason = (
            "\n".join(result.failures)
            or _sentence(str(outcome.exception or ""))
            or f"dbt {arguments[0]} failed; see logs/{scope}/dbt.log."
        )
        raise DbtError(reason, result)
    return result


def folders(scope: str) -> tuple[Path, Path]:
    """Where a scope's artefacts and its log are."""
    found = os.environ.get
    return (
        Path(found("DBT_ENGINE_TARGET_PATH", PROJECT / "target"), scope),
        Path(found("DBT_ENGINE_LOG_PATH", PROJECT / "logs"), scope),
    )


def operation(
    name: str, say: Callable[[str], None], /, **arguments: object
) -> DbtResult:
    """Runs a dbt operation with the arguments that have a value."""
    given = {
        key: value for key, value in arguments.items() if value is not None
    }
    return run_dbt(
        "run-operation",
        name,
        "--args",
        json.dumps(given),
        say=say,
        scope="operation",
    )


def _digest(key: tuple[str, ...]) -> str:
    """A folder's name for what a project was parsed with."""
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:12]


def _shallow(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - no types
    """Runs dbt in a thread, whose stack is short.

    At each start dbt 1.12 asks for the source of every caller above it, 19
    times: below pytest or Prefect that takes longer than the command.
    """
    results: list[Any] = []
    # In the caller's context: what listens may be a Prefect run's logger.
    context = contextvars.copy_context()
    # A daemon: Ctrl-C ends the process, and the server its statement.
    thread = threading.Thread(
        target=lambda: results.append(context.run(work)), daemon=True
    )
    thread.start()
    thread.join()
    return results[0]


@contextlib.contextmanager
def _collecting_less() -> Iterator[None]:
    """Lets the garbage collector pass over the parsed project.

    It went through all of it again and again, for a fifth of a build's time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def _embedded_address() -> Iterator[None]:
    """Hands dbt the embedded server's address, wherever it was started from.

    dbt reads `.env` from the folder it is called in; a Prefect worker is
    called from another.
    """
    from dotenv import dotenv_values

    added = {
        name: value
        for name, value in dotenv_values(PROJECT / ".env").items()
        if name.startswith("WAREHOUSE_EMBEDDED_")
        and value is not None
        and name not in os.environ
    }
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _sentence(message: str | None) -> str:
    """What dbt said, without its headings, colours and call stack."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message or "")
    kept: list[str] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith(("> in macro", "> called by", "compiled code at")):
            continue
        # PostgreSQL's details quote the row at fault, newlines and all; with
        # the context they come last.
        if line.startswith(("DETAIL:", "CONTEXT:")):
            break
        if line.startswith(("LINE ", "^")):
            continue
        if line == "canceling statement due to lock timeout":
            line = (
                "another session is in the way, and holds a table for longer"
                " than is waited for it: run it again once that has ended;"
                " what was done until now stays done."
            )
        if line.startswith("Is the server running") and kept:
            kept[-1] += (
                ": start it with `warehouse up`, or correct PGHOST and PGPORT."
            )
            continue
        if re.match(
            r"(Encountered an error|(Compilation|Database|Runtime) Error\b"
            r"(?! in .*:.*: ))",
            line,
        ):
            continue
        if line:
            kept.append(line)
    # A reason is the text that people write into YAML, `Contract 12: 180 days`.
    if kept and "mapping values are not allowed in this context" in text:
        kept.append(
            "A text with a colon in it stands in quotes, like `because:"
            ' "Contract 12: 180 days"`.'
        )
    return "\n".join(kept)
