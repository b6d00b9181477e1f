"""The steps of a night: build and test, plan, apply.

Plain functions, which the command line calls, and the flows.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.ledger_heads import HeadError, note_head
from flows.run_dbt import PROJECT, DbtError, DbtResult, operation, run_dbt
from flows.tidy import tidy_up

Say = Callable[[str], None]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Bounds:
    """Which rules a night runs, and how far it goes.

    Attributes:
        select: tables or whole sources; none is all.
        every: the rules of these cadences (`day`, `week`, `month`), due or
            not; none is every rule that is due.
        needed_only: build what the rules need, not everything.
        step: let go of what is oldest first, so much of it at a time, like
            `1 month`, each with a plan of its own.
        disk_budget: begin no step once the database has grown by more, like
            `5 GB`.
        minutes: begin no batch after so many of them.
        wait_seconds: for another run to end; none is the operation's default.
    """

    select: Sequence[str] | None = None
    every: Sequence[str] | None = None
    needed_only: bool = False
    step: str | None = None
    disk_budget: str | None = None
    minutes: float | None = None
    wait_seconds: int | None = None


EVERYTHING = Bounds()


@dataclass
class Night:
    """What a night came to.

    Attributes:
        digest: the (last) plan's; '' where no rule runs then.
        pending: rules that wait for a person's approval.
        as_of: the plan's, ISO 8601, UTC.
        goes_on: a later step lets go of what is younger.
        plan: what it says of each rule.
        let_go: rows let go of, by rule.
        already_running: another run held the lock, so this one did nothing.
        paused: why it ended before everything was done, which is no error.
    """

    digest: str
    pending: int
    as_of: str | None = None
    goes_on: bool = False
    plan: dict[str, Any] | None = None
    let_go: dict[str, int] = field(default_factory=dict)
    already_running: bool = False
    paused: str = ""

    @property
    def name(self) -> str:
        """What the night is called where runs are listed."""
        if self.already_running:
            return "already running"
        if self.paused:
            return f"paused: {self.paused}"
        if self.pending:
            rules = "1 rule" if self.pending == 1 else f"{self.pending} rules"
            return f"approval needed: {rules}"
        return "Completed"

    @property
    def next_command(self) -> str:
        """What a person types to go on, in a few words; '' for nothing."""
        if not self.name.startswith("approval needed"):
            return ""
        return f"To approve: warehouse approve {self.digest}"


def build(
    as_of: str | None, say: Say, models: Sequence[str] | None = None
) -> DbtResult:
    """Builds and tests models; unit tests test code, so they stay in CI.

    Args:
        as_of: the moment the run counts from, ISO 8601, UTC; none is now.
        say: is called with each line for a person.
        models: names; none is all.

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
        *(["--select", *models] if models is not None else []),
        variables={"as_of": as_of} if as_of else None,
        say=say,
        scope="build",
    )


def measure(as_of: str | None, bounds: Bounds, say: Say) -> dict[str, Any]:
    """Checks a night's bounds (operation `retention_bounds`).

    Returns:
        `models` that the rules need, if no more is built; with a disk budget
        `budget` and the database's `size`, in bytes.

    Raises:
        DbtError: one of them cannot be; the message says what to write.
    """
    return operation(
        "retention_bounds",
        say,
        as_of=as_of,
        every=bounds.every,
        select=bounds.select,
        step=bounds.step,
        disk_budget=bounds.disk_budget,
        needed=bounds.needed_only,
    ).values


def plan(
    as_of: str | None,
    build_id: str | None,
    say: Say,
    bounds: Bounds = EVERYTHING,
    after: str | None = None,
    what_if: Mapping[str, str] | None = None,
    read_only: bool = False,
) -> Night:
    """Plans what may go, and deletes nothing (operation `retention_plan`).

    Args:
        as_of: as in `build`.
        build_id: the build that must be green; none is the last of each node.
        say: is called with each line for a person.
        bounds: which rules, and how far.
        after: the digest of the step before this one.
        what_if: another time by rule; such a plan cannot be applied.
        read_only: write nothing, not even the plan, which cannot be applied.
    """
    result = operation(
        "retention_plan",
        say,
        as_of=as_of,
        build=build_id,
        every=bounds.every,
        select=bounds.select,
        step=bounds.step,
        after=after,
        what_if=what_if or None,
        read_only=read_only or None,
    )
    return Night(
        digest=result.values["digest"] or "",
        pending=result.values["pending"],
        as_of=result.values.get("as_of"),
        goes_on=result.values.get("goes_on", False),
        plan=result.values.get("plan"),
    )


def approve(digest: str, own: bool, say: Say) -> None:
    """Approves the rules of a plan that wait for it (operation `approve`).

    Args:
        digest: the plan's.
        own: nobody has read the plan; demo and test databases allow that.
        say: is called with each line for a person.
    """
    operation("approve", say, digest=digest, own=own)


def apply(
    digest: str,
    say: Say,
    bounds: Bounds = EVERYTHING,
    minutes: float | None = None,
) -> DbtResult:
    """Lets go of what a plan holds (operation `retention_apply`).

    The ledger's head is noted outside the database then, also after a failure.

    Args:
        digest: the plan's.
        say: is called with each line for a person.
        bounds: of the night.
        minutes: what is left of its time; none is no limit.

    Raises:
        DbtError: a rule was stopped, what holds its rows is not green, or the
            head cannot be noted.
    """
    failures = []
    try:
        result = operation(
            "retention_apply",
            say,
            digest=digest,
            code_version=code_version(),
            minutes=minutes,
            wait_seconds=bounds.wait_seconds,
            # In steps, so that the next one finds the room of this one.
            vacuum_share=0 if bounds.step else None,
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
    bounds: Bounds = EVERYTHING,
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
        bounds: which rules it runs, and how far it goes.

    Returns:
        What the night came to.

    Raises:
        DbtError: a step failed, in dbt's or the database's own words.
    """
    began = time.monotonic()
    failures: list[str] = []
    if isinstance(approve_plan, str):
        wrap(approve)(approve_plan, False, say)
    before: dict[str, Any] = {}
    if bounds != EVERYTHING:
        before = wrap(measure)(as_of, bounds, say)
    models = before.get("models")
    build_id = None
    try:
        if models != []:
            build_id = wrap(build)(as_of, say, models).invocation
    except DbtError as error:
        if not error.result.failures:
            raise
        build_id = error.result.invocation
        failures.append(f"The build failed.\n{error}")

    night = Night("", 0, as_of, goes_on=True)
    let_go: dict[str, int] = {}
    applied = DbtResult()
    while night.goes_on:
        after = night.digest or None
        try:
            night = wrap(plan)(night.as_of, build_id, say, bounds, after)
        except DbtError as error:
            message = "\n".join([*failures, str(error)])
            raise DbtError(message, error.result) from None
        if not night.digest:
            break
        if approve_plan is True and night.pending:
            wrap(approve)(night.digest, True, say)
            night.pending = 0
            if bounds.step:  # now it can say which rules go on
                night = wrap(plan)(night.as_of, build_id, say, bounds, after)
        minutes = None
        if bounds.minutes is not None:
            minutes = max(0, bounds.minutes - (time.monotonic() - began) / 60)
        try:
            applied = wrap(apply)(night.digest, say, bounds, minutes)
        except DbtError as error:
            failure = f"The apply did not end well.\n{error}"
            if failure not in failures:
                failures.append(failure)
            applied = error.result
        for rule, rows in applied.values.get("let_go", {}).items():
            let_go[rule] = let_go.get(rule, 0) + rows
        outcome = applied.values.get("outcome")
        if outcome == "already running":
            night.already_running = True
            break
        if outcome == "paused":
            night.paused = "its time was over; the next run goes on"
            break
        if night.goes_on and bounds.disk_budget:
            now = measure(night.as_of, bounds, say)
            if now["size"] - before["size"] > now["budget"]:
                night.paused = (
                    f"the database has grown by more than {bounds.disk_budget};"
                    " run it again to go on, with more --disk-budget if there"
                    " is room"
                )
                break
    say(f"Files of runs that went, 30 days old: {tidy_up()}.")
    if failures:
        raise DbtError("\n".join(failures), applied)
    night.let_go = let_go
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
