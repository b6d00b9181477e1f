"""`warehouse`: pleasant names for dbt operations, and the embedded server."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows.run_dbt import DbtError

if TYPE_CHECKING:
    from flows.night import Bounds

Command = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; a user's mistake is one sentence and exit code 1."""
    from flows.credentials import CredentialError
    from flows.database import DatabaseError
    from flows.embedded import EmbeddedError
    from flows.source_address import SourceError

    parser = _parser()
    given, others = parser.parse_known_args(arguments)
    if given.command is psql:
        given.arguments = others
    elif others:
        # A URL among them may hold a password.
        known = [text.rpartition("@")[2] for text in others]
        parser.error(f"unrecognized arguments: {' '.join(known)}")
    command: Command = given.command
    try:
        return command(given) or 0
    except (
        CredentialError,
        DatabaseError,
        DbtError,
        EmbeddedError,
        SourceError,
        UserError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130


class UserError(RuntimeError):
    """What was asked for cannot be done; one sentence says why."""


def up(given: argparse.Namespace) -> None:
    """Starts the embedded PostgreSQL, unless PGHOST names a server."""
    from flows import embedded

    if os.environ.get("PGHOST"):
        print("PGHOST is set, so your own server is used; nothing started.")
        return
    server = embedded.up()
    print(
        f"PostgreSQL {server.version} on {server.host}:{server.port},"
        f" database {server.database}; its data is in {server.data}."
    )


def down(given: argparse.Namespace) -> None:
    """Stops the embedded PostgreSQL; its data stays."""
    from flows import embedded

    print("Stopped." if embedded.down() else "It was not running.")


def status(given: argparse.Namespace) -> int:
    """Says where the warehouse is and how Metabase connects."""
    from flows import embedded
    from flows.credentials import METABASE_PASSWORD
    from flows.database import resolve

    if not os.environ.get("PGHOST") and embedded.status() is None:
        print("The embedded PostgreSQL is not running: `warehouse up`.")
        return 1
    address = resolve()
    kind = "the embedded PostgreSQL" if address.embedded else "your PostgreSQL"
    with address.connect() as connection:
        version = connection.info.parameter_status("server_version")
    print(
        f"{kind}, version {version}: host {address.host}, port"
        f" {address.port}, database {address.database}"
    )
    print(
        "Metabase: the same host, port and database, user warehouse_metabase,"
        " schema marts; password: "
        + (
            f"in {METABASE_PASSWORD}"
            if address.embedded and METABASE_PASSWORD.exists()
            else "set it with METABASE_PASSWORD=... warehouse init"
        )
    )
    from flows.run_dbt import operation

    operation("connections", print)
    return 0


def psql(given: argparse.Namespace) -> None:
    """Opens psql on the warehouse."""
    import shutil

    from flows.database import resolve
    from flows.embedded import find_bindir

    address = resolve()
    program = shutil.which("psql") or str(find_bindir() / "psql")
    os.environ |= {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    sys.stdout.flush()
    os.execv(program, [program, *given.arguments])  # noqa: S606


def init(given: argparse.Namespace) -> None:
    """Makes the database ready: schemas, tables, roles, salt, the claim."""
    from flows.credentials import give_salt, set_metabase_password
    from flows.database import resolve
    from flows.run_dbt import operation

    address = resolve()
    with_sources = (
        address.embedded if given.with_sources is None else given.with_sources
    )
    if os.environ.get("PII_SALT"):
        found = operation("prepare", print).values
        give_salt(
            address,
            found["pii_schema"],
            os.environ["PII_SALT"],
            found["salt_fingerprint"],
        )
    operation("init", print, with_sources=with_sources)
    set_metabase_password(address)


def demo(given: argparse.Namespace) -> None:
    """Replays 400 days beside the cron of today."""
    from flows.demo import DemoError
    from flows.demo import demo as run_demo

    try:
        run_demo(given.fresh, given.scale)
    except DemoError as error:
        raise UserError(str(error)) from None
    from flows.credentials import set_metabase_password
    from flows.database import resolve

    set_metabase_password(resolve())


def load(given: argparse.Namespace) -> None:
    """Streams a CSV file into a source table."""
    from flows.database import resolve
    from flows.load import LoadError, load_csv
    from flows.run_dbt import operation

    found = operation("source_table", lambda _: None, name=given.table).values
    try:
        with resolve().connect() as connection:
            rows = load_csv(
                connection, found["schema"], found["table"], Path(given.file)
            )
    except LoadError as error:
        raise UserError(str(error)) from None
    print(f"Loaded {rows:,} rows into {given.table}.")


def backfill(given: argparse.Namespace) -> None:
    """Previews a JSON file for a source table; writes it with --apply."""
    from flows.backfill_file import backfill_file
    from flows.backfill_rows import BackfillError

    try:
        backfill_file(
            given.table, Path(given.file), given.apply, print, given.as_of
        )
    except BackfillError as error:
        raise UserError(str(error)) from None


def nightly(given: argparse.Namespace) -> None:
    """Builds and tests everything, then lets go of what is past its time."""
    from flows.night import nightly as run_night

    night = run_night(
        given.as_of, given.approve or False, bounds=_bounds(given)
    )
    if night.name != "Completed":
        # The last line is what a person reads first, and copies from.
        name = night.name[:1].upper() + night.name[1:]
        print(f"{name}. {night.next_command}".rstrip())


def plan(given: argparse.Namespace) -> None:
    """Shows what would go, and deletes nothing."""
    import json

    from flows.night import plan as make_plan
    from flows.plan_changes import PlanError, read_plan, what_changes

    what_if = {}
    for text in given.what_if:
        rule, is_there, keep = text.partition("=")
        if not is_there:
            raise UserError(
                f"--what-if {text} names no time: write RULE=TIME,"
                " like hub.TapLog=30d."
            )
        what_if[rule] = keep
    try:
        before = read_plan(Path(given.compare)) if given.compare else None
    except PlanError as error:
        raise UserError(str(error)) from None
    made = make_plan(
        given.as_of or (before["moment"] if before else None),
        None,
        (lambda _: None) if given.json or before else print,
        _bounds(given),
        what_if=what_if,
        read_only=given.read_only or before is not None,
    )
    if given.json:
        print(json.dumps(made.plan, indent=2))
    elif before is not None:
        print("\n".join(what_changes(before, made.plan or {})))


def approve(given: argparse.Namespace) -> None:
    """Approves the rules of a plan."""
    from flows.night import approve as approve_plan

    approve_plan(given.digest, False, print)


def apply(given: argparse.Namespace) -> None:
    """Lets go of what a plan holds."""
    from flows.night import Bounds
    from flows.night import apply as apply_plan

    applied = apply_plan(given.digest, print, Bounds(minutes=given.minutes))
    if applied.values.get("pending"):
        print(f"Approval needed: warehouse approve {given.digest}")


def undo(given: argparse.Namespace) -> None:
    """Puts back what a run let go of at the sources, within its grace."""
    from flows.ledger_heads import HeadError
    from flows.undo import undo as put_back

    try:
        put_back(given.run, given.as_of)
    except HeadError as error:
        raise UserError(str(error)) from None


def verify(given: argparse.Namespace) -> None:
    """Proves the ledger and the accounts; names the first thing broken."""
    import json

    from flows.ledger_heads import HeadError, heads_file, read_heads
    from flows.run_dbt import operation

    try:
        file = Path(given.heads) if given.heads else heads_file()
        there = file is not None and (given.heads or file.exists())
        heads = read_heads(file) if file and there else None
    except HeadError as error:
        raise UserError(str(error)) from None
    values: dict[str, object] = {}
    try:
        values = operation(
            "verify",
            (lambda _: None) if given.json else print,
            heads=heads,
        ).values
    except DbtError as error:
        values = error.result.values
        raise
    finally:
        if given.json and values:
            print(json.dumps(values, indent=2))


def files(given: argparse.Namespace) -> None:
    """Previews temporary files of rows that are gone; removes with --apply."""
    from flows.temp_files import TempFilesError, remove_temp_files

    try:
        remove_temp_files(
            given.as_of,
            given.apply,
            print,
            approve=given.apply,
            show_names=given.names,
        )
    except TempFilesError as error:
        raise UserError(str(error)) from None


def hold(given: argparse.Namespace) -> None:
    """Puts rows on hold, lists the holds, or releases one."""
    import getpass

    from flows.hold import hold_person
    from flows.run_dbt import operation

    if given.what == "list":
        operation("hold_list", print)
        return
    by = given.by or getpass.getuser()
    if given.what == "release":
        operation(
            "hold_release",
            print,
            hold_id=given.hold_id,
            because=given.because,
            by=by,
        )
    elif given.subject and not (given.table or given.where):
        hold_person(given.until, given.because, by, print)
    else:
        operation(
            "hold_add",
            print,
            relation=given.table,
            where=given.where,
            subject=given.subject,
            until=given.until,
            because=given.because,
            by=by,
        )


def explain(given: argparse.Namespace) -> None:
    """Says of one row where it is, what it counts in, and when it goes."""
    from flows.run_dbt import operation

    if any("@" in value for value in given.id):
        raise UserError(
            "An e-mail address may not stand in a command, where others see"
            " it: give the id of the row."
        )
    operation("explain", print, table=given.table, key=given.id, at=given.at)


def check(given: argparse.Namespace) -> None:
    """Checks the retention rules, without a database."""
    from flows.run_dbt import run_dbt

    run_dbt(
        "compile",
        "--inline",
        "{{ check_rules() }}",
        "--no-introspect",
        "--no-populate-cache",
        scope="check",
    )
    print("The retention rules hold together.")


def docs(given: argparse.Namespace) -> None:
    """Writes docs/retention.md from the rules, without a database."""
    from flows.run_dbt import PROJECT, run_dbt

    page = PROJECT / "docs" / "retention.md"
    text = run_dbt(
        "compile",
        "--inline",
        "{{ check_rules() }}{{ retention_docs() }}",
        "--no-introspect",
        "--no-populate-cache",
        scope="docs",
    ).values["retention_docs"]
    if not given.check:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text)
        print(f"Wrote {page}.")
    elif not page.exists() or page.read_text() != text:
        raise UserError(
            "docs/retention.md does not say what the rules say: run"
            " `warehouse docs`, and commit it."
        )
    else:
        print("docs/retention.md says what the rules say.")


def inspect(given: argparse.Namespace) -> None:
    """Looks at a database's tables, read-only: ages, personal data, rules."""
    from flows.inspect_source import inspect as look

    look(given.url, given.schema, given.table, given.json)


def add_source(given: argparse.Namespace) -> None:
    """Writes the models of your own tables, their reasons left to you."""
    from flows.add_source import add_source as write

    write(given.name, given.url, given.schema, given.table, given.entity)


def connect(given: argparse.Namespace) -> None:
    """Makes the tables of an application's own database readable here."""
    from flows.connect_source import connect_source

    connect_source(given.name, given.schema, deletes=given.delete_url)


def disconnect(given: argparse.Namespace) -> None:
    """Takes such a connection away; what was captured stays."""
    from flows.run_dbt import operation

    operation("disconnect", print, source=given.name)


def _bounds(given: argparse.Namespace) -> Bounds:
    from flows.night import Bounds

    if getattr(given, "disk_budget", None) and not given.in_steps:
        raise UserError(
            "A disk budget is looked at between steps: add --in-steps, like"
            " --in-steps '1 month'."
        )
    return Bounds(
        select=given.select,
        every=given.every,
        needed_only=bool(given.select or given.every),
        step=given.in_steps,
        disk_budget=getattr(given, "disk_budget", None),
        minutes=getattr(given, "minutes", None),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="warehouse",
        description="A warehouse that lets go without losing a number.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(command: Command, name: str = "") -> argparse.ArgumentParser:
        text = command.__doc__ or ""
        added = commands.add_parser(
            name or command.__name__,
            help=text.rstrip(".")[:1].lower() + text.rstrip(".")[1:],
            description=text,
        )
        added.set_defaults(command=command)
        return added

    def which(to: argparse.ArgumentParser) -> None:
        to.add_argument(
            "--every",
            metavar="CADENCE",
            nargs="+",
            choices=("day", "week", "month"),
            help="the rules of day, week or month, due or not; the default is"
            " every rule that is due",
        )
        to.add_argument(
            "--select",
            metavar="TABLE",
            nargs="+",
            help="the rules of these tables or sources, like hub.TapLog",
        )

    add(up)
    add(down)
    add(status)
    add(psql)  # what it does not know itself is psql's
    one = add(init)
    one.add_argument(
        "--with-sources",
        action=argparse.BooleanOptionalAction,
        help="make demo tables; the default on the embedded PostgreSQL only",
    )
    one = add(demo)
    one.add_argument("--fresh", action="store_true", help=DEMO_FRESH)
    one.add_argument(
        "--scale",
        type=float,
        default=1,
        metavar="X",
        help="so many times the rows, like 0.1 or 10; the default is 1",
    )
    one = add(load)
    one.add_argument("table", metavar="SOURCE.TABLE", help="like hub.TapLog")
    one.add_argument("file", metavar="FILE.csv", help="- for standard input")
    one = add(backfill)
    one.add_argument(
        "table", metavar="SOURCE.TABLE", help="or its name, like events"
    )
    one.add_argument("file", metavar="FILE.json", help="an array of objects")
    one.add_argument("--apply", action="store_true", help="write")
    one.add_argument("--as-of", metavar="T", help="UTC; the default is now")
    one = add(nightly)
    one.add_argument("--as-of", metavar="T", help="UTC; the default is now")
    one.add_argument(
        "--approve",
        nargs="?",
        const=True,
        metavar="DIGEST",
        help="approve that plan first; without a digest this night's own"
        " (demo and test databases only)",
    )
    which(one)
    one.add_argument("--in-steps", metavar="STEP", help=IN_STEPS)
    one.add_argument(
        "--disk-budget",
        metavar="SIZE",
        help="no new step once the database has grown by more, like '5 GB'",
    )
    one.add_argument("--minutes", metavar="N", type=_minutes, help=MINUTES)
    one = add(plan)
    one.add_argument("--as-of", metavar="T", help="UTC; the default is now")
    which(one)
    one.add_argument("--in-steps", metavar="STEP", help=FIRST_STEP)
    one.add_argument("--json", action="store_true", help="for a program")
    one.add_argument(
        "--what-if",
        metavar="RULE=TIME",
        action="append",
        default=[],
        help="another time, like hub.TapLog=30d; may stand several times;"
        " such a plan cannot be applied",
    )
    one.add_argument("--read-only", action="store_true", help=READ_ONLY)
    one.add_argument("--compare", metavar="FILE", help=COMPARE)
    add(approve).add_argument("digest")
    one = add(apply)
    one.add_argument("digest")
    one.add_argument("--minutes", metavar="N", type=_minutes, help=MINUTES)
    one = add(undo)
    one.add_argument("run", metavar="RUN", help="its id, as the run printed it")
    one.add_argument("--as-of", metavar="T", help="UTC; the default is now")
    one = add(verify)
    one.add_argument("--heads", metavar="FILE", help=HEADS)
    one.add_argument("--json", action="store_true", help="for a program")
    one = add(files)
    one.add_argument("--apply", action="store_true", help="remove")
    one.add_argument(
        "--names", action="store_true", help="show the names, to you alone"
    )
    one.add_argument("--as-of", metavar="T", help="UTC; the default is now")
    whats = add(hold).add_subparsers(dest="what", metavar="WHAT", required=True)
    one = whats.add_parser("add", help="on a table, on rows, or on a person")
    one.add_argument("table", metavar="SOURCE.TABLE", nargs="?")
    one.add_argument(
        "--where", metavar="SQL", help="""on these rows, like '"id" = 7'"""
    )
    one.add_argument("--subject", action="store_true", help=SUBJECT)
    one.add_argument(
        "--until", metavar="DAY", required=True, help="its last, in UTC"
    )
    whats.add_parser("list", help="those that were released, too")
    two = whats.add_parser("release", help="let retention go on")
    two.add_argument("hold_id", metavar="ID", type=int)
    for each in (one, two):
        each.add_argument("--because", metavar="REASON", required=True)
        each.add_argument("--by", metavar="WHO", help="the default is you")
    one = add(explain)
    one.add_argument("table", metavar="SOURCE.TABLE", help="like hub.TapLog")
    one.add_argument("id", metavar="ID", nargs="+", help="its key")
    one.add_argument(
        "--at",
        metavar="T",
        help="its time, UTC, where nothing of it is left to tell",
    )
    one = add(check)
    one.add_argument("--offline", action="store_true", help="(always so)")
    one = add(docs)
    one.add_argument(
        "--check", action="store_true", help="write nothing; 1 if it is old"
    )
    one = add(inspect)
    one.add_argument("url", metavar="URL", nargs="?", help=URL)
    one.add_argument("--schema", metavar="S", help="that schema only")
    one.add_argument(
        "--table", metavar="T", action="append", default=[], help=TABLES
    )
    one.add_argument("--json", action="store_true", help="for a program")
    one = add(connect)
    one.add_argument("name", metavar="NAME", help="of the source, like clinic")
    one.add_argument(
        "--schema",
        metavar="S",
        help="that its tables are in there; the default is the URL's, or"
        " public. The URL is read from NAME_DATABASE_URL or asked for",
    )
    one.add_argument("--delete-url", action="store_true", help=DELETE_URL)
    one = add(disconnect)
    one.add_argument("name", metavar="NAME", help="of the source, like clinic")
    one = add(add_source, "add-source")
    one.add_argument("name", metavar="NAME", help="of the source, like clinic")
    one.add_argument("--url", metavar="URL", help=URL)
    one.add_argument("--schema", metavar="S", help="that its tables are in")
    one.add_argument(
        "--table", metavar="T", action="append", default=[], help=TABLES
    )
    one.add_argument(
        "--entity",
        metavar="T",
        action="append",
        default=[],
        help="a table whose rows change, though it looks like one of events",
    )
    return parser


def _minutes(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")


HEADS = (
    "the ledger's heads, as noted after each run; the default is"
    " WAREHOUSE_LEDGER_HEADS, or the embedded server's own"
)
IN_STEPS = (
    "what is oldest first, so much at a time, like '1 month', each with a plan"
    " of its own"
)
READ_ONLY = (
    "write nothing, not even the plan, which cannot be applied: for a role that"
    " only reads, or a replica"
)
COMPARE = (
    "how many rows these rules make eligible that those did not of which"
    " `plan --json` wrote FILE; as --read-only"
)
FIRST_STEP = "the first step only, like '1 month'"
MINUTES = "no new batch after so many; the next run goes on"
SUBJECT = (
    "on everything of a person, whose e-mail address, phone number or id is"
    " read from standard input or WAREHOUSE_SUBJECT, not from here"
)
TABLES = "that table only; may stand several times"
URL = (
    "postgresql://...; the default is DIRECT_URL or DATABASE_URL from the"
    " environment (where nobody else sees its password), else the warehouse"
)
DELETE_URL = (
    "its rows are let go of, too, at its primary, whose URL is read from"
    " NAME_DELETE_URL or asked for"
)
DEMO_FRESH = "replace the embedded warehouse, whoever made it"

if __name__ == "__main__":
    sys.exit(main())
