"""Letting go in an application's own database: intent, delete there, outcome.

Whatever happens between any two of them, one clean run is enough: nothing is
lost, nothing is counted twice, nothing went that the warehouse does not hold.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows import embedded, night, run_dbt
from flows.cli import main
from flows.connect_source import connect_source
from flows.night import Bounds
from flows.run_dbt import DbtError, operation
from flows.source_address import SourceError
from tests import forms
from tests.conftest import PROJECT, Warehouse, connect, new_home, without
from tests.connected import (
    FAST,
    LOGGED,
    PASSWORD,
    PROGRAMS,
    Pair,
    copy_server,
    create_tables,
    make_pair,
)
from tests.faults import GIVES_UP, Client

FIRST = datetime(2025, 6, 1)
TABLES = ("event", "entity")
FORMS = [
    forms.BY_NAME[name]
    for name in (
        *("entity", "entity_where", "event", "event_spare", "event_where"),
        *("token", "whole", "part"),
    )
]
FAMILY = ("whole", "part")
KEY = 4711  # the advisory lock that what is held up waits for

WITNESSES = """
create schema witness;
create table witness.written (
    source text, id text, kind text, value integer, at timestamptz,
    place bigint generated always as identity
);
create table witness.gone (source text, id text);
create function witness.look() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into witness.gone values (tg_argv[0], old.id);
    else
        insert into witness.written
        values (tg_argv[0], new.id, new.kind, new.value, new.at);
    end if;
    return null;
end
$$;
"""
# Rows of two partitions are at the same places in them.
PARTITIONED = """
drop table app.event_where;
create table app.event_where (
    id text, kind text not null, value integer not null, at timestamptz,
    primary key (id, at)
) partition by range (at);
create table app.event_where_1 partition of app.event_where
    for values from (minvalue) to ('2025-01-04Z');
create table app.event_where_2 partition of app.event_where
    for values from ('2025-01-04Z') to (maxvalue);
"""
STOP = """
create function {schema}.stop() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(4711);
    return null;
end
$$;
"""
# Where a batch can be held up: of which table, on which side, by what.
POINTS = {
    "deleted there": (
        "event",
        "there",
        "trigger stop after delete on app.event",
    ),
    "intent": (
        "entity",
        "here",
        "trigger stop after insert on retention.intent",
    ),
    "between": (
        "event",
        "here",
        "trigger stop after insert on retention.intent",
    ),
    "committing there": (
        "entity",
        "there",
        "constraint trigger stop after delete on app.entity"
        " deferrable initially deferred for each row",
    ),
    "children": (
        "whole",
        "there",
        "trigger stop after delete on app.part",
    ),
    "their outcome": (
        "whole",
        "here",
        "trigger stop before delete on retention.intent",
    ),
    "outcome": (
        "event",
        "here",
        "trigger stop before delete on retention.intent",
    ),
}
FAULTS = ("kill", "here", "there")


def silent(_: str) -> None:
    """Prints nothing."""


@dataclass
class Field:
    """A warehouse, an application, and a server for each."""

    homes: dict[str, Path]
    servers: dict[str, embedded.Server]
    project: Path
    nights: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def warehouse(self) -> Warehouse:
        """Over a connection that is good: servers stop here."""
        with suppress(psycopg.OperationalError, AttributeError):
            self._here.execute("select 1")  # type: ignore[union-attr]
            return Warehouse(self._here)  # type: ignore[arg-type]
        self._here = connect(self.servers["here"].database)
        return Warehouse(self._here)

    _here: psycopg.Connection | None = None

    def session(self, side: str, **given: Any) -> psycopg.Connection:
        """A connection to a side's database, as its owner."""
        server = self.servers[side]
        return server.connect(
            None if side == "here" else "application", **given
        )

    def run(self, text: str, side: str = "there") -> list[tuple[Any, ...]]:
        """Runs a statement on a side; its rows."""
        with self.session(side) as connection:
            found = connection.execute(text)
            return found.fetchall() if found.description else []

    def url(self, role: str, side: str = "there") -> str:
        """Of a role of the application's server."""
        return (
            f"postgresql://{role}:{PASSWORD}@127.0.0.1:"
            f"{self.servers[side].port}/application?schema=app"
        )

    def connect(
        self,
        monkeypatch: Any,
        delete: str | None = "deleter",
        to: str = "there",
        read: str = "there",
    ) -> str:
        """Connects; what was said."""
        monkeypatch.setenv("APP_DATABASE_URL", self.url("reader", read))
        if delete:
            monkeypatch.setenv("APP_DELETE_URL", self.url(delete, to))
        else:
            monkeypatch.delenv("APP_DELETE_URL", raising=False)
        said: list[str] = []
        connect_source("app", say=said.append)
        return "\n".join(said)

    @property
    def as_of(self) -> str:
        """Of this night; each is a week after the one before it."""
        return (FIRST + timedelta(days=8 * self.nights)).isoformat()

    def rows(self, tables: tuple[str, ...] = TABLES, each: int = 9) -> None:
        """The application writes: what is past its time, and one row of now."""
        self.nights += 1
        for table in tables:
            self.run(
                f"""
                insert into app.{table}
                select 'n{self.nights}_' || n, 'done', n,
                    timestamptz '2025-01-05Z' + n * interval '1 hour'
                from generate_series(1, {each}) as n;
                insert into app.{table}
                values ('y{self.nights}', 'open', 1, '{self.as_of}Z')
                """
            )
        if "part" in tables:
            # Of each whole; but for their parents they would stay.
            self.run(
                """
                insert into app.part
                select 'p' || n || id, 'open', n, at, id
                from app.whole cross join generate_series(1, 2) as n
                on conflict do nothing
                """
            )

    def plan(self, tables: tuple[str, ...] = TABLES) -> night.Night:
        """Builds and plans; lets go of nothing."""
        models = [
            f"{layer}_app_{table}"
            for table in tables
            for layer in ("raw", "stg", "marts")
        ]
        night.build(self.as_of, silent, models)
        return night.plan(self.as_of, None, silent, self.bounds(tables))

    def bounds(self, tables: tuple[str, ...] = TABLES) -> Bounds:
        """Of these tables alone."""
        return Bounds(
            select=[f"app.{table}" for table in tables], needed_only=True
        )

    def clean(self, tables: tuple[str, ...] = TABLES) -> night.Night:
        """One clean run."""
        self.said.clear()
        return night.nightly(
            self.as_of, True, self.said.append, bounds=self.bounds(tables)
        )

    def due(self, table: str, side: str = "there") -> int:
        """Rows there that are past their time."""
        (rows,) = self.run(
            f"select count(*) from app.{table}"
            f" where at < timestamptz '{self.as_of}Z' - interval '90 days'",
            side,
        )[0]
        return int(rows)

    def left(self, table: str) -> tuple[int, ...]:
        """Rows there, in raw and in staging."""
        (there,) = self.run(f"select count(*) from app.{table}")[0]
        return (
            there,
            *self.warehouse.query(
                f"select (select count(*) from raw.raw_app_{table}),"
                f" (select count(*) from staging.stg_app_{table})"
            )[0],
        )

    def check(self, tables: tuple[str, ...] = TABLES) -> None:
        """The three laws, from what the application knows itself."""
        w = self.warehouse
        for table in tables:
            # But for a rule of their own, parts go with their wholes.
            assert table == "part" or self.due(table) == 0, table
            (gone,) = self.run(
                "select count(*) from witness.gone"
                f" where source = 'app.{table}'"
            )[0]
            assert gone == w.one(
                "select coalesce(sum(rows), 0) from retention.ledger"
                f" where relation = '{table}'"
            )
            there, raw, _ = self.left(table)
            assert there == raw
        if "event" in tables:
            written = self.run(
                "select kind, sum(value), count(*) from witness.written"
                " where source = 'app.event' group by 1 order by 1"
            )
            assert written == w.query(
                "select kind, sum(total), sum(_rows) from marts.marts_app_event"
                " group by 1 order by 1"
            )
        assert w.query("select * from retention.intent") == []
        operation("verify", silent)

    def entries(self, table: str = "event") -> list[tuple[int, str]]:
        """Rows and outcomes of this night's batches there."""
        return self.warehouse.query(
            "select rows::int, outcome from retention.ledger"
            f" where relation = '{table}'"
            f" and as_of = '{self.as_of}Z' order by entry"
        )


def test_two_applications_let_go_each_on_its_own_server(
    server, tmp_path_factory, monkeypatch
):
    """Taps, logs, sessions and job history, from two servers to a third."""
    with make_pair(tmp_path_factory) as pair:
        monkeypatch.setattr(run_dbt, "PROJECT", PROJECT)
        monkeypatch.setenv(
            "WAREHOUSE_VARS",
            without("analytics", "operations"),
        )
        monkeypatch.setenv("WAREHOUSE_PG_BIN", str(PROGRAMS))
        home = new_home(tmp_path_factory, "supabase")
        other = embedded.up(home, settings=FAST, write_env=None)
        try:
            _two_applications(pair, other, monkeypatch)
        finally:
            embedded.remove(home)


def _two_applications(
    pair: Pair, other: embedded.Server, monkeypatch: Any
) -> None:
    w = pair.warehouse
    pair.application.execute(
        "grant delete on all tables in schema public to app"
    )
    with other.connect() as supabase:
        for name, schema in {
            "supabase": "public",
            "render_jobs": "render_jobs",
            "shop": "shop",
        }.items():
            supabase.execute(create_tables(name, schema))
        supabase.execute(
            """
            insert into render_jobs."Job" ("id", "status", "createdAt")
            select 'job_' || n, 'SUCCEEDED',
                timestamp '2025-01-09' + n * interval '6 hours'
            from generate_series(0, 11) as n;
            insert into render_jobs."JobLog" (
                "id", "jobId", "message", "createdAt"
            )
            select 'log_' || n || job."id", job."id", 'line', job."createdAt"
            from render_jobs."Job" as job cross join generate_series(1, 3) as n;
            insert into shop."Store" (
                "id", "shopDomain", "name", "ownerEmail", "accessToken",
                "scope", "country", "currency", "updatedAt"
            ) values (
                'store', 'a.example', 'A', 'a@mail.example', '', '',
                'CZ', 'CZK', '2025-01-01'
            );
            insert into shop."ConnectionEvent" (
                "id", "storeId", "integration", "status", "createdAt"
            )
            select 'look_' || n, 'store', 'META_ADS',
                case n % 3 when 0 then 'FAILURE' else 'SUCCESS' end,
                timestamp '2025-01-01' + n * interval '6 hours'
            from generate_series(1, 20) as n;
            """
        )
        supabase.execute(
            """
            insert into application_logs (level, service, message, created_at)
            select 'info', 'web', 'line ' || n,
                timestamptz '2025-01-01Z' + n * interval '6 hours'
            from generate_series(0, 39) as n;
            insert into users (email) values ('alice@example.com');
            insert into sessions (user_id, created_at, expires_at, ip)
            select id, '2025-01-01Z', '2025-02-01Z', '198.51.100.7'
            from users cross join generate_series(1, 5);
            -- It lives on, and nobody may ask from where after 90 days.
            insert into sessions (user_id, created_at, expires_at, ip)
            select id, '2025-01-02Z', '2025-09-01Z', '198.51.100.8'
            from users;
            """
        )
        url = (
            f"postgresql://{other.user}:{other.password}@127.0.0.1:"
            f"{other.port}/{other.database}"
        )
        for which in ("DATABASE_URL", "DELETE_URL"):
            monkeypatch.setenv(f"HUB_{which}", pair.url())
            monkeypatch.setenv(f"SUPABASE_{which}", url)
            for name in ("render_jobs", "shop"):
                monkeypatch.setenv(
                    f"{name.upper()}_{which}", f"{url}?schema={name}"
                )
        for name in ("hub", "supabase", "render_jobs", "shop"):
            connect_source(name, say=silent)
        w.execute("update retention.database set purpose = 'test'")
        bounds = Bounds(
            select=[
                "hub.TapLog",
                "supabase.application_logs",
                "supabase.sessions",
                "render_jobs.Job",
                "render_jobs.JobLog",
                "shop.ConnectionEvent",
            ],
            needed_only=True,
        )
        night.nightly("2025-01-11", True, silent, bounds=bounds)
        taps = w.per_day()
        assert sum(taps.values()) == 100
        for as_of, left, logs, sessions in (
            ("2025-04-06", 50, 20, 1),
            ("2025-04-11", 0, 0, 1),
        ):
            night.nightly(as_of, True, silent, bounds=bounds)
            assert w.left() == (left, left, left)
            assert sum(pair.per_day().values()) == left
            assert w.per_day() == taps
            assert supabase.execute(
                "select (select count(*) from application_logs),"
                " (select count(*) from sessions)"
            ).fetchone() == (logs, sessions)
            assert w.query(
                "select"
                " (select count(*) from raw.raw_supabase_application_log),"
                " (select count(*) from raw.raw_supabase_session)"
            ) == [(logs, sessions)]
        # Jobs of over 7 days with their logs, and none of what went is lost.
        assert supabase.execute(
            'select (select count(*) from render_jobs."Job"),'
            ' (select count(*) from render_jobs."JobLog")'
        ).fetchone() == (0, 0)
        assert w.query(
            "select layer, relation, sum(rows) from retention.ledger"
            " where relation in ('Job', 'JobLog') group by 1, 2 order by 2"
        ) == [("source", "Job", 12), ("source", "JobLog", 36)]
        # The latest success and the latest failure stay.
        assert supabase.execute(
            'select "id" from shop."ConnectionEvent" order by 1'
        ).fetchall() == [("look_18",), ("look_20",)]
        redacted = "select count(*), count(ip) from {}"
        assert supabase.execute(redacted.format("sessions")).fetchone() == (
            1,
            0,
        )
        assert w.query(redacted.format("raw.raw_supabase_session")) == [(1, 0)]
        operation("verify", silent)


@pytest.fixture(scope="module")
def made(
    server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Field]:
    """Two servers; the application's tables, one for each form of rule."""
    if not (PROGRAMS / "initdb").exists():
        pytest.skip(f"{PROGRAMS} is not here, and the wheel has no dblink")
    homes = {
        side: new_home(tmp_path_factory, side)
        for side in ("here", "there", "replica", "stranger")
    }
    project = forms.write_project(tmp_path_factory.mktemp("forms"), FORMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_PG_BIN", str(PROGRAMS))
        servers = {
            side: embedded.up(homes[side], settings=settings, write_env=None)
            for side, settings in (("here", FAST), ("there", FAST | LOGGED))
        }
        here = servers["here"]
        for name, value in {
            "PGHOST": here.host,
            "PGPORT": str(here.port),
            "PGUSER": here.user,
            "PGPASSWORD": here.password,
            "PGDATABASE": here.database,
            "WAREHOUSE_VARS": forms.VARIABLES,
            "DBT_ENGINE_TARGET_PATH": str(project / "target"),
            "DBT_ENGINE_LOG_PATH": str(project / "logs"),
        }.items():
            patch.setenv(name, value)
        patch.setattr(run_dbt, "PROJECT", project)
        made = Field(homes, servers, project)
        try:
            prepare(made, "there")
            yield made
        finally:
            for home in homes.values():
                embedded.remove(home)


def prepare(made: Field, side: str) -> None:
    """The application's database, and its witnesses."""
    with made.servers[side].connect() as connection:
        connection.execute("create database application")
    made.run(forms.create_tables() + PARTITIONED, side)
    made.run(WITNESSES + STOP.format(schema="witness"), side)
    made.run(
        f"""
        -- as many connections as the README says
        create role reader login connection limit 5 password '{PASSWORD}';
        create role deleter login connection limit 2 password '{PASSWORD}';
        create role half login password '{PASSWORD}';
        grant usage on schema app, witness to reader, deleter, half;
        grant select on all tables in schema app to reader, deleter, half;
        grant delete on all tables in schema app to deleter;
        grant insert on all tables in schema witness to deleter;
        """,
        side,
    )
    for form in FORMS:
        made.run(
            "create trigger witness_look after insert or update or delete on"
            f" {form.source} for each row execute function"
            f" witness.look('{form.source}')",
            side,
        )


@pytest.fixture(scope="module")
def ready(made: Field) -> Field:
    """Connected by both URLs; each form has rows and has had a night."""
    with pytest.MonkeyPatch.context() as patch:
        made.connect(patch)
    w = made.warehouse
    w.execute("update retention.database set purpose = 'test'")
    for form in FORMS:
        made.run(
            f"""
            insert into {form.source}
            select 'r' || n, case n % 2 when 0 then 'done' else 'open' end, n,
                timestamptz '2025-01-01Z' + n * interval '6 hours'
            from generate_series(0, 29) as n
            """
        )
    night.nightly("2025-01-11", True, silent)
    w.execute(STOP.format(schema="retention"))
    made.nights += 1
    night.nightly(made.as_of, True, silent)
    return made


@pytest.fixture(scope="module")
def replica(ready: Field) -> embedded.Server:
    """A streaming replica of the application's server."""
    ready.servers["replica"] = copy_server(
        ready.servers["there"], ready.homes["replica"]
    )
    return ready.servers["replica"]


@pytest.fixture(scope="module")
def stranger(ready: Field) -> embedded.Server:
    """Somebody else's server with the same roles, database and tables."""
    server = embedded.up(ready.homes["stranger"], settings=FAST, write_env=None)
    ready.servers["stranger"] = server
    prepare(ready, "stranger")
    return server


def test_rows_of_every_form_leave_and_no_total_moves(ready):
    left = {
        form.table: {
            row[0] for row in ready.run(f"select id from {form.source}")
        }
        for form in FORMS
    }
    odd = {f"r{n}" for n in range(1, 30, 2)}
    assert left == {
        "event": set(),
        "entity": set(),
        "token": set(),
        "whole": set(),
        "part": odd,
        "event_where": odd,
        "entity_where": odd,
        "event_spare": {"r28", "r29"},
    }
    assert ready.left("event") == (0, 0, 0)
    ready.check()


@dataclass
class Held:
    """A batch that is held up at a point, while a plan is applied.

    Attributes:
        pid: of the warehouse's server process that works on it.
    """

    field: Field
    point: str
    client: Client
    pid: int
    doors: list[psycopg.Connection]

    @classmethod
    def at(cls, made: Field, point: str, digest: str, is_process: bool) -> Held:
        """Applies a plan, and waits until a batch is there."""
        _, side, trigger = POINTS[point]
        each = "" if "for each" in trigger else " for each statement"
        schema = "retention" if side == "here" else "witness"
        made.run(
            f"create {trigger}{each} execute function {schema}.stop()", side
        )
        doors = [made.session(side, autocommit=False)]
        doors[0].execute(f"select pg_advisory_xact_lock({KEY})")
        client = Client("apply", digest, GIVES_UP, is_process)
        wait(lambda: waits(made, side, "advisory"), client)
        if point == "between":
            # Whoever asks for the gate now gets it when the intent is there.
            doors.append(made.session("here", autocommit=False))
            threading.Thread(
                target=doors[1].execute,
                args=("lock table retention.gate in exclusive mode",),
                daemon=True,
            ).start()
            wait(lambda: waits(made, "here", "relation"), client)
            doors[0].commit()
            wait(
                lambda: (
                    doors[1].info.transaction_status
                    == psycopg.pq.TransactionStatus.INTRANS
                    and waits(made, "here", "relation")
                ),
                client,
            )
        ((pid,),) = made.run(
            "select pid from pg_stat_activity where query like '%do $batch$%'"
            " and pid <> pg_backend_pid()",
            "here",
        )
        return cls(made, point, client, pid, doors)

    def release(self) -> None:
        """Lets it go on, if there is anybody left."""
        for door in self.doors:
            if not door.closed:
                door.close()
        _, side, trigger = POINTS[self.point]
        relation = re.search(r" on (\S+)", trigger)
        assert relation
        self.field.run(f"drop trigger stop on {relation[1]}", side)

    def stop(self, side: str) -> None:
        """Stops a side's server at once, and starts it again."""
        home = self.field.homes[side]
        process = embedded._postmaster(self.field.servers[side].data)
        assert process
        os.kill(process[0], signal.SIGQUIT)
        wait(lambda: not embedded._postmaster(self.field.servers[side].data))
        if side == "here":
            assert self.client.ended()
        settings = FAST | (LOGGED if side == "there" else {})
        embedded.up(home, settings=settings, write_env=None)

    def is_gone(self) -> bool:
        """Whether the server process of the batch has ended."""
        return not self.field.run(
            f"select 1 from pg_stat_activity where pid = {self.pid}", "here"
        )


def waits(made: Field, side: str, kind: str) -> bool:
    """Whether somebody waits for a lock of this kind."""
    return bool(
        made.run(
            f"select 1 from pg_locks where not granted and locktype = '{kind}'",
            side,
        )
    )


def wait(condition: Callable[[], bool], client: Client | None = None) -> None:
    """Until something is so; a client that ends before fails the test."""
    deadline = time.monotonic() + GIVES_UP
    while not condition():
        assert time.monotonic() < deadline, "never"
        assert not client or client.is_alive(), f"never: {client.ended()}"
        time.sleep(0.01)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("point", POINTS)
def test_after_any_fault_between_the_steps_one_clean_run_is_enough(
    ready, point, fault
):
    tables = FAMILY if POINTS[point][0] == "whole" else (POINTS[point][0],)
    ready.rows(tables)
    held = Held.at(ready, point, ready.plan(tables).digest, fault == "kill")
    if fault == "kill":
        held.client.kill()
        held.release()
        wait(held.is_gone)
    else:
        held.stop(fault)
        held.release()
        error = held.client.ended()
        # Where the outcome is all that is left, nobody has to be there; and
        # until the intent is there, it is begun anew.
        assert (error is None) == (
            fault == "there" and (point == "intent" or "outcome" in point)
        )
        assert "Traceback" not in (error or "")
        assert PASSWORD not in (error or "")
    ready.clean(tables)
    ready.check(tables)
    outcomes = [outcome for _, outcome in ready.entries(tables[0])]
    if (point, fault) in (("between", "here"), ("between", "there")):
        assert "stopped: it was cut off, and nothing went" in outcomes
    elif fault == "here" and point in ("committing there", "outcome"):
        assert outcomes == ["let go; its outcome was found by a later run"]


def test_a_batch_that_is_still_at_work_there_is_waited_for(ready):
    ready.rows(("entity",))
    digest = ready.plan(("entity",)).digest
    held = Held.at(ready, "committing there", digest, False)
    held.stop("here")
    with pytest.raises(DbtError, match="it is still at work there"):
        ready.clean(("entity",))
    assert "may have gone" in said_by(ready, "status")
    with pytest.raises(DbtError, match="has no outcome yet"):
        operation("disconnect", silent, source="app")
    held.release()
    ready.clean(("entity",))
    ready.check(("entity",))


def said_by(made: Field, command: str) -> str:
    """What a command prints."""
    with redirect_stdout(StringIO()) as said:
        assert main([command]) == 0
    return said.getvalue()


@pytest.mark.parametrize(
    ("table", "change"),
    [
        # Of an event the clock is compared, of an entity all of it.
        ("event", "at = at + interval '1 second'"),
        ("entity", "value = 1000"),
        ("entity", None),
    ],
)
def test_what_changes_between_proof_and_delete_is_left_and_reported(
    ready, table, change
):
    ready.rows((table,))
    digest = ready.plan((table,)).digest
    row = f"id = 'n{ready.nights}_4'"
    due = ready.due(table)
    with ready.session("there", autocommit=False) as other:
        other.execute(
            f"update app.{table} set {change} where {row}"
            if change
            else f"delete from app.{table} where {row}"
        )
        client = Client("apply", digest, GIVES_UP, False)
        wait(lambda: waits(ready, "there", "transactionid"), client)
    assert client.ended() is None
    # Events are compared in one snapshot there, and then compared again.
    said = "; 1 had changed or gone there since, and were left"
    assert ready.entries(table) == [
        (due - 1, "let go" + said * (table != "event"))
    ]
    assert ready.due(table) == (1 if change else 0)
    if not change:
        # Of the witnesses' point of view the application is one of us.
        ready.run("delete from witness.gone where " + row)
    if table == "event":
        # Which does not change, so nobody captures it again.
        ready.clean((table,))
        assert ready.due(table) == 1
        ready.run(f"delete from app.event where {row}")
        ready.run(f"delete from witness.gone where {row}")
        ready.run(
            f"delete from witness.written where {row} and at >"
            f" (select min(at) from witness.written where {row})"
        )
        ready.nights += 1
    ready.clean((table,))
    ready.check((table,))


def test_keys_travel_only_where_the_two_sides_differ(ready):
    """A row in the range that nobody has captured is not deleted with it."""
    for late in (0, 1):
        ready.rows(("event",))
        digest = ready.plan(("event",)).digest
        due = ready.due("event")
        ready.run(
            "insert into app.event select 'late', 'done', 1,"
            f" timestamptz '2025-01-05 02:30Z' from generate_series(1, {late})"
        )
        held = Held.at(ready, "between", digest, False)
        ((intended,),) = ready.run(
            "select intended from retention.intent", "here"
        )
        assert (f"n{ready.nights}_" in intended) == bool(late)
        held.doors[1].commit()
        held.release()
        assert held.client.ended() is None
        # The plan allows for as many rows, and that is one of them.
        assert ready.entries() == [(due - late, "let go")]
        assert ready.due("event") == 2 * late
    # All keys are compared once a week.
    ready.nights += 1
    ready.clean(("event",))
    ready.check(("event",))


def cut_off(made: Field, point: str) -> int:
    """Stops the warehouse's server at a point of a batch of events.

    Returns:
        How many were due.
    """
    made.rows(("event",))
    due = made.due("event")
    held = Held.at(made, point, made.plan(("event",)).digest, False)
    held.stop("here")
    held.release()
    return due


def test_who_comes_late_is_not_taken_for_one_that_did_not_go(ready):
    due = cut_off(ready, "outcome")
    ready.run(
        "insert into app.event"
        " values ('later', 'done', 1, timestamptz '2025-01-05 02:30Z')"
    )
    ready.clean(("event",))
    assert ready.entries()[0] == (
        due,
        "let go; its outcome was found by a later run",
    )
    ready.nights += 1
    ready.clean(("event",))
    ready.check(("event",))


def test_an_id_that_is_another_transactions_counts_nothing_twice(ready):
    """As after a takeover there; one row the application deletes meanwhile."""
    due = cut_off(ready, "between")
    ((other,),) = ready.run("select txid_current()")
    ready.run(f"update retention.intent set transaction_id = {other}", "here")
    ready.run(f"delete from app.event where id = 'n{ready.nights}_4'")
    ready.clean(("event",))
    assert [rows for rows, _ in ready.entries()] == [1, due - 1]
    ready.check(("event",))


def test_a_row_that_a_trigger_there_keeps_is_not_said_to_have_gone(ready):
    """Nor do the others then count as not gone, after a crash."""
    ready.run(
        """
        create function witness.keep() returns trigger language plpgsql as
        $$ begin return case when old.value > 6 then old end; end $$;
        create trigger keep before delete on app.event
        for each row execute function witness.keep();
        """
    )
    due = cut_off(ready, "outcome")
    ready.run("drop function witness.keep cascade")
    kept = ready.due("event")
    assert 0 < kept < due
    ready.clean(("event",))
    assert [rows for rows, _ in ready.entries()] == [due - kept, kept]
    ready.check(("event",))


def apply_in_small_batches(digest: str) -> None:
    """Ten rows the first, and then one by one."""
    operation(
        "retention_apply",
        silent,
        digest=digest,
        granule_rows=1,
        batch_seconds=0.0001,
        lock_seconds=GIVES_UP,
    )


@pytest.mark.parametrize("is_first", [True, False])
def test_a_foreign_key_that_comes_while_rows_go_takes_nothing(ready, is_first):
    """Its rows nobody has captured, and the delete would cascade to them."""
    ready.rows(("event",), each=30)
    due = ready.due("event")
    digest = ready.plan(("event",)).digest
    ready.run(
        "create table app.mark (event text); insert into app.mark"
        f" select 'n{ready.nights}_' || n from generate_series(21, 30) as n"
    )
    refer = (
        "alter table app.mark add foreign key (event)"
        " references app.event (id) on delete cascade"
    )
    with ThreadPoolExecutor() as others:
        if is_first:
            with ready.session("there", autocommit=False) as other:
                other.execute(refer)
                run = others.submit(apply_in_small_batches, digest)
                wait(lambda: waits(ready, "there", "relation"))
        else:
            ready.run(
                f"create {POINTS['between'][2]} execute function"
                " retention.stop()",
                "here",
            )
            with ready.session("here", autocommit=False) as door:
                door.execute(f"select pg_advisory_xact_lock({KEY})")
                run = others.submit(apply_in_small_batches, digest)
                wait(lambda: waits(ready, "here", "advisory"))
                others.submit(ready.run, refer)
                # Until the first batch has committed there.
                wait(lambda: waits(ready, "there", "relation"))
            ready.run("drop trigger stop on retention.intent", "here")
        with pytest.raises(DbtError, match="refers to it there has just"):
            run.result(GIVES_UP)
    assert ready.run("select count(*) from app.mark") == [(10,)]
    gone = sum(rows for rows, _ in ready.entries())
    assert gone == due - ready.due("event") == (0 if is_first else 10)
    ready.run("drop table app.mark")
    ready.clean(("event",))
    ready.check(("event",))


def test_what_refers_to_one_partition_there_keeps_its_row(ready):
    table = ("event_where",)
    ready.rows(table)
    ready.run(
        """
        create table app.mark (
            id text, at timestamptz,
            foreign key (id, at) references app.event_where_2
        );
        insert into app.mark
        select id, at from app.event_where where id like 'n%' limit 1;
        grant select on app.mark to deleter
        """
    )
    ready.clean(table)
    kept = "select id from app.event_where where id like 'n%' and at < now()"
    assert ready.run(kept) == ready.run("select id from app.mark")
    ready.run("drop table app.mark")
    ready.clean(table)
    assert ready.run(kept) == []
    operation("verify", silent)


def test_a_batch_of_which_nothing_may_go_leaves_nothing_open_there(ready):
    ready.rows(("event",))
    night.build(ready.as_of, silent, ["raw_app_event", "stg_app_event"])
    ready.run(
        "insert into app.event select 'late_' || n, 'done', 1,"
        " timestamptz '2025-01-01Z' from generate_series(1, 10) as n"
    )
    due = ready.due("event")
    planned = night.plan(ready.as_of, None, silent, ready.bounds(("event",)))
    log = ready.servers["there"].data.parent / "server.log"
    before = log.stat().st_size
    apply_in_small_batches(planned.digest)
    assert sum(rows for rows, _ in ready.entries()) == due - 10
    said = log.read_bytes()[before:]
    assert b"already a transaction in progress" not in said
    # All keys are compared once a week.
    ready.nights += 1
    ready.clean(("event",))
    ready.check(("event",))


def test_children_go_with_their_parents_there_or_both_stay(ready):
    ready.rows(FAMILY, each=6)
    now = ready.nights
    ready.run(
        f"""
        create table app.note (whole text references app.whole (id));
        insert into app.note values ('n{now}_1');
        """
    )
    # Of a foreign key that the role may not look behind nothing is proved.
    with pytest.raises(DbtError, match=r"app\.note .* grant it select"):
        ready.clean(FAMILY)
    ready.run("grant select on app.note to deleter")
    said = ready.plan(FAMILY)
    assert "part_whole_fkey of app.part (on delete cascade)" in (
        ready.warehouse.one(
            "select details::text from retention.plan"
            f" where digest = '{said.digest}' and rule like 'app.whole%'"
        )
    )
    # Comes after the capture: raw does not hold it, and its whole stays.
    ready.run(
        f"insert into app.part values ('late', 'open', 1, now(), 'n{now}_2')"
    )
    night.apply(said.digest, silent)
    wholes = [(f"n{now}_1",), (f"n{now}_2",)]
    assert wholes == ready.run(
        "select id from app.whole where id like 'n%' order by id"
    )
    assert wholes == ready.run(
        "select distinct whole from app.part where whole like 'n%' order by 1"
    )
    for table in FAMILY:
        assert {said for _, said in ready.entries(table)} == {"let go"}
    ready.run("drop table app.note")
    ready.clean(FAMILY)
    ready.check(FAMILY)


def test_a_child_that_comes_between_proof_and_delete_keeps_its_family(ready):
    ready.rows(FAMILY, each=3)
    now = ready.nights
    # Of no foreign key: nothing else would keep the parent.
    ready.run("alter table app.part drop constraint part_whole_fkey")
    digest = ready.plan(FAMILY).digest
    with ready.session("there", autocommit=False) as other:
        other.execute(
            f"select from app.part where whole = 'n{now}_1' for update"
        )
        client = Client("apply", digest, GIVES_UP, False)
        wait(lambda: waits(ready, "there", "transactionid"), client)
        ready.run(
            f"insert into app.part values ('x', 'open', 1, now(), 'n{now}_1')"
        )
    client.ended()
    left = ready.run("select id from app.whole where id like 'n%'")
    parts = ready.run(
        "select distinct whole from app.part where whole like 'n%'"
    )
    assert left == parts == [(f"n{now}_1",)]
    ready.run(
        "alter table app.part add foreign key (whole)"
        " references app.whole (id) on delete cascade"
    )
    ready.clean(FAMILY)
    ready.check(FAMILY)


def test_a_hold_that_comes_before_the_commit_there_is_kept(ready):
    ready.rows(("event",))
    digest = ready.plan(("event",)).digest
    held = Held.at(ready, "between", digest, False)
    held.doors[1].execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('app.event', 'true', 'case 4711', '2099-01-01')"
    )
    held.doors[1].commit()
    held.release()
    assert "the holds have changed" in str(held.client.ended())
    assert ready.entries() == [(0, "stopped: the holds have changed")]
    assert (
        len(ready.run("select 1 from app.event where value between 2 and 9"))
        == 8
    )
    ready.run("update retention.hold set released_at = now()", "here")
    ready.clean(("event",))
    ready.check(("event",))


def stopped(ready: Field, status: str = "stopped") -> str:
    """The one sentence of a plan and a run that let go of nothing there."""
    before = ready.left("event")
    planned = night.plan(ready.as_of, None, silent, ready.bounds(("event",)))
    lines = {line["rule"]: line for line in planned.plan["rules"]}
    why = str(lines["app.event"]["why"])
    assert lines["app.event"]["status"] == status
    assert lines["app.event"]["past"] == ready.due("event") > 0
    if status == "stopped":
        with pytest.raises(DbtError) as error:
            operation("retention_apply", silent, digest=planned.digest)
        assert str(error.value).splitlines()[0] == why
        assert why.partition(": ")[2] in said_by(ready, "status")
    else:
        operation("retention_apply", silent, digest=planned.digest)
    assert ready.left("event") == before
    assert PASSWORD not in why
    return why


def test_nothing_is_deleted_by_a_url_that_leads_or_may_not(
    ready, replica, stranger, monkeypatch
):
    ready.rows(("event",))
    ready.plan(("event",))

    def lead(side: str) -> None:
        ready.run(
            "alter server warehouse_app_delete options"
            f" (set port '{ready.servers[side].port}')",
            "here",
        )

    lead("stranger")
    assert "leads to another server, database or table" in stopped(ready)
    lead("replica")
    assert "leads to a standby" in stopped(ready)
    lead("there")
    ready.run("revoke delete on app.event from deleter")
    assert "may not delete there" in stopped(ready)
    ready.run("grant delete on app.event to deleter")
    ready.run(f"alter role deleter password '{PASSWORD[::-1]}'")
    assert "password authentication failed" in stopped(ready)
    ready.run(f"alter role deleter password '{PASSWORD}'")
    ready.run("create table app.child (event text references app.event)")
    assert "which rows app.child needs (foreign key" in stopped(ready)
    ready.run("drop table app.child")

    def refused(**given: Any) -> str:
        with pytest.raises(SourceError) as error:
            ready.connect(monkeypatch, **given)
        assert PASSWORD not in str(error.value)
        return str(error.value)

    assert "may not delete rows of" in refused(delete="half")
    assert "is a standby" in refused(to="replica")
    assert "is another database" in refused(to="stranger")
    monkeypatch.setattr("sys.stdin", StringIO("\n"))
    monkeypatch.delenv("APP_DELETE_URL")
    assert main(["connect", "app", "--delete-url"]) == 1
    said = ready.connect(monkeypatch, delete=None)
    assert "APP_DELETE_URL" in said
    assert "is only read" in stopped(ready, "plan only")
    assert "that takes a URL to delete by" in said_by(ready, "status")
    assert "are let go of at 127.0.0.1" in ready.connect(monkeypatch)
    assert "rows can be let go of" in said_by(ready, "status")
    ready.clean(("event",))
    ready.check(("event",))


def test_a_replica_that_is_behind_delays_and_never_misleads(
    ready, replica, monkeypatch
):
    ready.connect(monkeypatch, read="replica")
    ready.rows(("event",))
    due = ready.due("event")
    wait(lambda: ready.due("event", "replica") == due)
    ready.plan(("event",))
    ready.run("select 1 from pg_wal_replay_pause()", "replica")
    assert ready.clean(("event",)).let_go["app.event"] == due
    assert ready.entries() == [(due, "let go")]
    there, raw, staging = ready.left("event")
    # It still shows them, so their copies stay, and nothing comes in again.
    for _ in range(2):
        delayed = ready.clean(("event",))
        lines = {line["rule"]: line for line in delayed.plan["rules"]}
        event = lines["app.event"]
        assert (event["status"], event["past"]) == ("not due", 0)
        assert "behind what was let go of" in event["why"]
        assert ready.left("event") == (there, raw, staging)
        assert ready.entries() == [(due, "let go")]
    assert raw == staging == there + due
    ready.run("select 1 from pg_wal_replay_resume()", "replica")
    wait(lambda: ready.due("event", "replica") == 0)
    ready.clean(("event",))
    ready.check(("event",))
    ready.connect(monkeypatch)


def test_no_password_is_in_a_log_an_artefact_or_the_ledger(ready):
    files = [file for file in ready.project.rglob("*") if file.is_file()]
    logs = [file for file in files if file.name == "dbt.log"]
    assert any("'%s %s where %s'" in file.read_text() for file in logs)
    assert not [x for x in files if PASSWORD.encode() in x.read_bytes()]
    assert not ready.run(
        "select 1 from retention.ledger where ledger::text like '%n1\\_%'",
        "here",
    )


def test_disconnect_takes_both_servers_away(ready):
    assert main(["disconnect", "app"]) == 0
    assert ready.run("select 1 from pg_foreign_server", "here") == []
    assert ready.run("select 1 from pg_user_mapping", "here") == []
