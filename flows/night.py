"""The steps of a night: build and test, plan, apply.

Plain functions, which the command line calls, and the flow.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flows.ledger_heads import HeadError, note_head
from flows.run_dbt import PROJECT, DbtError, DbtResult, operation, run_dbt

Say = Callable[[str], None]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass
class Night:
    """What a night came to.

    Attributes:
        digest: the plan's.
        pending: rules that wait for a person's approval.
        let_go: rows let go of, by rule.
        already_running: another run held the lock, so this one did nothing.
    """

    digest: str
    pending: int
    let_go: dict[str, int] = field(default_factory=dict)
    already_running: bool = False

    @property
    def name(self) -> str:
        """What the night is called where runs are listed."""
        if self.already_running:
            return "already running"
        if self.pending:
            return f"approval needed: {self.pending} rules"
        return "Completed"


def build(as_of: str | None, say: Say) -> DbtResult:
    """Builds and tests every model; unit tests test code, so they stay in CI.

    Args:
        as_of: the moment the run counts from, ISO 8601, UTC; none is now.
        say: is called with each line for a person.

    Returns:
        dbt's report. Retention lets go of nothing that was not built and
        tested green under its invocation.

    Raises:
        DbtError: a model or test failed, or nothing could be built at all.
    """
    return run_dbt(
        "build",
        "--exclude-resource-type",
        "unit_test",
        variables={"as_of": as_of} if as_of else None,
        say=say,
        scope="build",
    )


def plan(as_of: str | None, build_id: str | None, say: Say) -> Night:
    """Plans what may go, and deletes nothing (operation `retention_plan`)."""
    result = operation("retention_plan", say, as_of=as_of, build=build_id)
    return Night(
        digest=result.values["digest"], pending=result.values["pending"]
    )


def approve(digest: str, own: bool, say: Say) -> None:
    """Approves the rules of a plan that wait for it (operation `approve`).

    Args:
        digest: the plan's.
        own: nobody has read the plan; demo and test databases allow that.
        say: is called with each line for a person.
    """
    operation("approve", say, digest=digest, own=own)


def apply(digest: str, say: Say) -> DbtResult:
    """Lets go of what a plan holds (operation `retention_apply`).

    The ledger's head is noted outside the database then, also after a failure.

    Raises:
        DbtError: a rule was stopped, what holds its rows is not green, or the
            head cannot be noted.
    """
    failures = []
    try:
        result = operation(
            "retention_apply", say, digest=digest, code_version=code_version()
        )
    except DbtError as error:
        result = error.result
        failures.append(str(error))
    try:
        note_head(result.values.get("head"))
    except HeadError as error:
        failures.append(str(error))
    if failures:
        raise DbtError("\n".join(failures), result)
    return result


def nightly(
    as_of: str | None = None,
    approve_plan: bool | str = False,
    say: Say = print,
    wrap: Wrap = lambda step: step,
) -> Night:
    """One night: build and test, plan, apply.

    A model or test that failed stops the rules of its stream only; the night
    goes on with the others, and fails at its end.

    Args:
        as_of: as in `build`.
        approve_plan: the digest of an earlier plan to approve first; True
            approves this night's own plan, on a demo or test database only.
        say: is called with each line for a person.
        wrap: makes of each step what runs it (Prefect: a task).

    Returns:
        What the night came to.

    Raises:
        DbtError: a step failed, in dbt's or the database's own words.
    """
    failures = []
    if isinstance(approve_plan, str):
        wrap(approve)(approve_plan, False, say)
    try:
        build_id = wrap(build)(as_of, say).invocation
    except DbtError as error:
        if not error.result.failures:
            raise
        build_id = error.result.invocation
        failures.append(f"The build failed.\n{error}")
    try:
        night: Night = wrap(plan)(as_of, build_id, say)
    except DbtError as error:
        message = "\n".join([*failures, str(error)])
        raise DbtError(message, error.result) from None
    if approve_plan is True and night.pending:
        wrap(approve)(night.digest, True, say)
        night.pending = 0
    try:
        applied = wrap(apply)(night.digest, say)
    except DbtError as error:
        failures.append(f"The apply did not end well.\n{error}")
        applied = error.result
    if failures:
        raise DbtError("\n".join(failures), applied)
    night.let_go = applied.values.get("let_go", {})
    night.already_running = applied.values["outcome"] == "already running"
    return night


def code_version() -> str:
    """The commit that the rules came from, for the ledger; '' outside git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git on this machine
        return ""
    return found.stdout.strip()
