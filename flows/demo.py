"""400 days of taps in a minute, beside the cron that most people run today.

Both see the same rows, the same late ones, and the same three kills. Then the
other applications join, for one night of the whole warehouse. What the demo
prints at its end is counted in the database, none of it written here.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import yaml
from psycopg import sql
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from flows import embedded
from flows.database import resolve
from flows.night import nightly
from flows.run_dbt import PROJECT, operation

DAYS = 400
DAYS_BETWEEN_NIGHTS = 80
# Which nights are killed, and after which line of their report.
KILLS = {1: "source", 2: "raw", 3: "source"}
SHADOW = "cron_of_today"
STREAM = "hub.TapLog"
# How far back the other applications' rows go.
OTHER_DAYS = 120
MADE_BY = "made by `warehouse demo`"


class DemoError(RuntimeError):
    """The demo cannot run here; one sentence says why and what to do."""


def demo(fresh: bool = False, scale: float = 1) -> None:
    """Replays the days, prints what came out, and leaves it to be looked at.

    Args:
        fresh: replace the embedded warehouse even if the demo did not make it.
        scale: how many times the rows the applications have.

    Raises:
        DemoError: there is a warehouse that the demo would overwrite.
    """
    if os.environ.get("PGHOST"):
        raise DemoError(
            "PGHOST is set, and the demo runs on the embedded PostgreSQL only:"
            " run it again with `env -u PGHOST`."
        )
    server = embedded.up()
    _empty_database(server.database, fresh)
    console = Console()
    end = datetime.now(UTC).replace(microsecond=0)
    start = end - timedelta(days=DAYS)
    nights = [
        start + timedelta(days=day)
        for day in range(DAYS_BETWEEN_NIGHTS, DAYS, DAYS_BETWEEN_NIGHTS)
    ] + [end]

    with _variables(_taps_alone() | {"demo_scale": scale}):
        sent = _replay(console, start, nights)
        _report(console, sent, end)
    with _variables({"demo_scale": scale}):
        _whole(console, end)
    _what_next(console)


def _replay(console: Console, start: datetime, nights: list[datetime]) -> int:
    """Night after night, ours and the cron's; how many taps were sent."""
    server = resolve()
    operation("init", _silent, with_sources=True, days=0)
    _cron("create", nights[-1])
    console.print(
        f"Replaying {DAYS} days of taps on {server.host}:{server.port}:"
        f" {len(nights)} nights, {DAYS_BETWEEN_NIGHTS} days apart;"
        f" {len(KILLS)} of them are killed (kill -9) on the way."
    )
    sent = 0
    since = start
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("nights", total=len(nights))
        for number, night in enumerate(nights):
            made = operation(
                "generate_demo_rows",
                _silent,
                since=since.isoformat(),
                until=night.isoformat(),
                also_into=SHADOW,
            ).values["made"]
            sent += made[SHADOW]
            since = night
            kill_after = KILLS.get(number)
            _cron("aggregate", night)
            if kill_after:
                # Killed here, the cron's second statement does not run.
                _killed_night(night, kill_after)
            else:
                _cron("delete", night)
                # 80 days apart, with nights killed between, no volume is usual.
                nightly(night.isoformat(), approve_plan=True, say=_silent)
            progress.advance(bar)
    return sent


def _whole(console: Console, end: datetime) -> None:
    """The other applications' tables, and a night over everything."""
    console.print("Now the whole warehouse, with every application:")
    operation("init", _silent, with_sources=True, days=OTHER_DAYS)
    night = nightly(end.isoformat(), approve_plan=True, say=_silent)
    with resolve().connect() as connection:
        counts = connection.execute(
            """
            select
                split_part(stream, '.', 1),
                count(distinct stream),
                coalesce(sum(past) filter (where layer = 'source'), 0)
            from retention.plan
            where digest = %s
            group by 1
            order by 1
            """,
            [night.digest],
        ).fetchall()
        marts = connection.execute(
            "select count(*) from pg_tables where schemaname = 'marts'"
        ).fetchone()
        let_go = connection.execute(
            """
            select split_part(stream, '.', 1), sum(rows)::bigint
            from retention.ledger
            where digest = %s and layer = 'source'
            and coalesce(rule_text ->> 'then', 'delete') = 'delete'
            group by 1
            """,
            [night.digest],
        ).fetchall()
    gone = dict(let_go)
    table = Table(title=f"One night of it, {marts[0] if marts else 0} marts")
    for heading in (
        "application",
        "tables with a time",
        "rows past it",
        "let go of at the source",
    ):
        table.add_column(
            heading, justify="left" if heading == "application" else "right"
        )
    for application, tables, past in counts:
        table.add_row(
            application,
            f"{tables}",
            f"{past:,}",
            f"{gone.get(application, 0):,}",
        )
    console.print(table)


def _taps_alone() -> dict[str, bool]:
    """What switches off all that the replay does not need."""
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    return {
        name: False
        for name in declared
        if name.endswith("_enabled") and name != "hub_enabled"
    }


@contextlib.contextmanager
def _variables(variables: Mapping[str, object]) -> Iterator[None]:
    """Vars for every dbt call, those of the killed processes, too."""
    before = os.environ.get("WAREHOUSE_VARS")
    os.environ["WAREHOUSE_VARS"] = json.dumps(dict(variables))
    try:
        yield
    finally:
        if before is None:
            del os.environ["WAREHOUSE_VARS"]
        else:
            os.environ["WAREHOUSE_VARS"] = before


def _killed_night(night: datetime, kill_after: str) -> None:
    """A night in a process of its own, killed once a layer is done.

    Raises:
        DemoError: it ended before that.
    """
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "flows.cli", "nightly"),
            *("--as-of", str(night), "--approve"),
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # Each line as it is printed, not when a buffer is full.
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        for line in process.stdout or ():
            words = line.split()
            # `hub.TapLog  source  841  done`: that rule has just finished.
            if words[1:2] == [kill_after] and words[-1] == "done":
                process.kill()
    if process.returncode != -signal.SIGKILL:
        raise DemoError(
            f"The night of {night:%Y-%m-%d} was to be killed after its"
            f" {kill_after} rule and ended before that; see logs/."
        )


def _cron(step: str, moment: datetime) -> dict[str, int]:
    return operation(
        "demo_cron",
        _silent,
        step=step,
        source=STREAM.split(".")[0],
        schema=SHADOW,
        as_of=moment.isoformat(),
    ).values


def _report(console: Console, sent: int, end: datetime) -> None:
    ours = operation("demo_report", _silent, as_of=end.isoformat()).values[
        STREAM
    ]
    cron = _cron("report", end)
    cron_counts = cron["summed"] + cron["alive"]
    table = Table(title=f"{DAYS} days of taps, {len(KILLS)} nights killed")
    for heading in ("", "the cron of today", "this warehouse"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("taps sent", f"{sent:,}", f"{sent:,}")
    table.add_row("taps captured", "-", f"{ours['captured']:,}")
    table.add_row("still alive", f"{cron['alive']:,}", f"{ours['alive']:,}")
    table.add_row(
        "in the summary of what is gone",
        f"{cron['summed']:,}",
        f"{ours['sealed']:,}",
    )
    table.add_row(
        "alive + gone",
        f"{cron_counts:,}",
        f"{ours['alive'] + ours['sealed']:,}",
    )
    table.add_row("the mart says", "-", f"{ours['mart']:,}")
    table.add_row(
        "wrong by", f"{cron_counts - sent:+,}", f"{ours['mart'] - sent:+,}"
    )
    table.add_row(
        "past their 90 days: in the source",
        f"{cron['past']:,}",
        f"{ours['past_source']:,}",
    )
    table.add_row("... in raw", "-", f"{ours['past_raw']:,}")
    table.add_row("... in staging", "-", f"{ours['past_staging']:,}")
    console.print(table)


def _what_next(console: Console) -> None:
    console.print(
        "What to try next:\n"
        "  .venv/bin/warehouse plan      what would go tonight\n"
        "  .venv/bin/warehouse nightly   build, test, and let go of it\n"
        "  .venv/bin/warehouse psql      look at marts, sealed, "
        "retention.ledger\n"
        "  .venv/bin/dbt build           nothing needs to be exported\n"
        "  .venv/bin/warehouse status    where Metabase connects\n"
        "  .venv/bin/warehouse down      stop the database"
    )


def _empty_database(name: str, fresh: bool) -> None:
    """Makes the embedded database anew, if it is the demo's to make."""
    address = resolve()
    with address.connect(dbname="postgres", autocommit=True) as connection:
        made_by = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database"
            " where datname = %s",
            [name],
        ).fetchone()
        with address.connect() as inside:
            used = inside.execute(
                "select exists (select from pg_class as c"
                " where relnamespace >= 16384 and relkind in ('r', 'p'))"
            ).fetchone()
        if made_by and made_by[0] != MADE_BY and used and used[0] and not fresh:
            raise DemoError(
                f"The embedded database {name} holds tables that the demo did"
                " not make: `warehouse demo --fresh` replaces them all."
            )
        database = sql.Identifier(name)
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(database)
        )
        connection.execute(sql.SQL("create database {}").format(database))
        connection.execute(
            sql.SQL("comment on database {} is {}").format(
                database, sql.Literal(MADE_BY)
            )
        )


def _silent(_: str) -> None:
    """Prints nothing."""
