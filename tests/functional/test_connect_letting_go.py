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
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from tests.conftest import Warehouse, connect
from tests.connected import FAST, LOGGED, PASSWORD, PROGRAMS, copy_server
from tests.faults import GIVES_UP, Client

FIRST = datetime(2025, 6, 1)
TABLES = ("event", "entity")
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
STOP = """
create function {schema}.stop() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(4711);
    return null;
end
$$;
"""
# Where a batch can be held up: on which side, and by which trigger.
POINTS = {
    "deleted there": ("there", "trigger stop after delete on app.event"),
    "intent": ("here", "trigger stop after insert on retention.intent"),
    "between": ("here", "trigger stop after insert on retention.intent"),
    "committing there": (
        "there",
        "constraint trigger stop after delete on app.event"
        " deferrable initially deferred for each row",
    ),
    "outcome": ("here", "trigger stop before delete on retention.intent"),
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
        return psycopg.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            dbname="application" if side != "here" else server.database,
            autocommit=given.pop("autocommit", True),
            **given,
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
        """The application writes some that are past their time, and one that
        is not, of a week that is new."""
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
        cutoff = f"timestamptz '{self.as_of}Z' - interval '90 days'"
        for table in tables:
            past = self.run(f"select id from app.{table} where at < {cutoff}")
            assert past == [], table
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


@pytest.fixture(scope="module")
def made(
    server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Field]:
    """Two servers; the application's tables, one for each form of rule."""
    if not (PROGRAMS / "initdb").exists():
        pytest.skip(f"{PROGRAMS} is not here, and the wheel has no dblink")
    homes = {
        side: tmp_path_factory.mktemp(side)
        for side in ("here", "there", "replica", "stranger")
    }
    project = forms.write_project(tmp_path_factory.mktemp("forms"))
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
            prepare(made, servers["there"])
            yield made
        finally:
            for home in homes.values():
                embedded.remove(home)


def prepare(made: Field, there: embedded.Server) -> None:
    """The application's database, and its witnesses."""
    with psycopg.connect(
        host=there.host,
        port=there.port,
        user=there.user,
        password=there.password,
        dbname=there.database,
        autocommit=True,
    ) as connection:
        connection.execute("create database application")
    made.run(forms.create_tables())
    made.run(WITNESSES + STOP.format(schema="witness"))
    made.run(
        f"""
        create role reader login password '{PASSWORD}';
        create role deleter login password '{PASSWORD}';
        create role half login password '{PASSWORD}';
        grant usage on schema app, witness to reader, deleter, half;
        grant select on all tables in schema app to reader, deleter, half;
        grant delete on all tables in schema app to deleter;
        grant insert on all tables in schema witness to deleter;
        """
    )
    for form in forms.FORMS:
        made.run(
            "create trigger witness_look after insert or update or delete on"
            f" {form.source} for each row execute function"
            f" witness.look('{form.source}')"
        )


@pytest.fixture(scope="module")
def ready(made: Field) -> Field:
    """Connected by both URLs; each form has rows and has had a night."""
    with pytest.MonkeyPatch.context() as patch:
        made.connect(patch)
    w = made.warehouse
    w.execute("update retention.database set purpose = 'test'")
    for form in forms.FORMS:
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
    return made


def test_rows_of_every_form_leave_and_no_total_moves(ready):
    ready.nights += 1
    night.nightly(ready.as_of, True, silent)
    left = {
        form.table: {
            row[0] for row in ready.run(f"select id from {form.source}")
        }
        for form in forms.FORMS
    }
    odd = {f"r{n}" for n in range(1, 30, 2)}
    assert left == {
        "event": set(),
        "entity": set(),
        "token": set(),
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
        """Applies a plan, and waits until a batch of events is there."""
        side, trigger = POINTS[point]
        each = "" if "for each" in trigger else " for each statement"
        schema = "retention" if side == "here" else "witness"
        made.run(f"create {trigger}{each} execute function {schema}.stop()", side)
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
        for name, side in (("here", "here"), ("there", "there")):
            if side == POINTS[self.point][0]:
                relation = re.search(r" on (\S+)", POINTS[self.point][1])
                assert relation
                self.field.run(f"drop trigger stop on {relation[1]}", name)

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
            "select 1 from pg_locks where not granted"
            f" and locktype = '{kind}'",
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
    ready.rows()
    digest = ready.plan().digest
    held = Held.at(ready, point, digest, is_process=fault == "kill")
    if fault == "kill":
        held.client.kill()
        held.release()
        wait(held.is_gone)
    elif fault == "here":
        held.stop("here")
        held.release()
    else:
        held.stop("there")
        held.release()
        error = held.client.ended()
        # By then it had been told.
        assert (error is None) == (point == "outcome"), error
        assert "Traceback" not in (error or "")
        assert PASSWORD not in (error or "")
    print(ready.run("select intent_id, transaction_id from retention.intent", "here"))
    ready.clean()
    print(ready.entries())
    ready.check()
