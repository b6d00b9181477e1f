"""Stops a build or a batch at a named point, and lets something happen there.

The points are not in the engine: they are triggers and locks that the test
puts on its own database (facts: TimescaleDB has such points in its code). A
trigger waits for an advisory lock that a `Stop` holds; nobody waits where none
is held. A stop that is never reached fails its test.

Beside them, witnesses: triggers that note what the application wrote, and of
each row that is deleted whether the next layer held it in that moment.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from flows import embedded, night, run_dbt
from tests.conftest import Warehouse, connect
from tests.forms import BY_NAME, COLUMNS, FORMS, Form

AS_OF = "2025-06-01"
# The batch, and in `loading` the build, waits here:
POINTS = (
    "loading",  # the rows have been taken in, nothing is committed
    "begun",  # before the batch's snapshot: the rule before is committed
    "proof",  # the snapshot is taken
    "seal",  # proved; about to seal
    "mark",  # proved; about to mark the entities gone
    "delete",  # sealed or marked; about to delete
    "deleted",  # deleted; the ledger does not know yet
    "recorded",  # the ledger knows
    "committing",  # within the commit
)
# What a batch has not touched yet is free for others.
BEFORE_DELETE = ("begun", "proof", "seal", "mark", "delete")
FAULTS = ("kill", "restart", "cut", "lock timeout", "serialization", "writer")
# Seconds: what a batch waits for a lock, and what a test waits for anything.
PATIENCE, IMPATIENCE, GIVES_UP = 120, 0.1, 120
# What the application writes into the range of a batch, beside its own rows.
LATE = "late"

WITNESSES = """
create schema witness;
create table witness.written (
    source text, id text, kind text, value integer, at timestamptz,
    place bigint generated always as identity
);
create table witness.gone (relation text, id text, proved boolean);
create table witness.changed (like witness.gone);
create table witness.proof (relation text, proof text);

create function witness.write() returns trigger language plpgsql as $$
begin
    -- Not what a rule changes.
    if current_query() like '%$batch$%' then
        return null;
    end if;
    insert into witness.written values (
        tg_argv[0], new.id, new.kind, new.value, new.at
    );
    return null;
end
$$;

-- Its own idea of a proof: the condition is an argument of the trigger.
create function witness.look() returns trigger language plpgsql as $$
declare
    proved boolean;
begin
    -- Sealed numbers have a day and no id.
    execute 'select ' || tg_argv[1]
    into proved using to_jsonb(old) ->> 'id', to_jsonb(old);
    execute format('insert into witness.%I values ($1, $2, $3)', tg_argv[2])
    using tg_argv[0], coalesce(to_jsonb(old) ->> 'id', '-'), proved;
    return null;
end
$$;

-- Rows that go with their partition fire no trigger of their own. Before it
-- is dropped it is locked against everybody; one that is not is missing here,
-- and `check` sees that by the ledger.
create function witness.look_whole() returns event_trigger
language plpgsql as $$
declare
    partition record;
    old record;
    proved boolean;
begin
    for partition in
        select parents.relation, parents.proof, i.inhrelid::regclass as name
        from witness.proof as parents
        inner join pg_inherits as i on i.inhparent = parents.relation::regclass
        inner join pg_locks as l on l.relation = i.inhrelid
        where l.pid = pg_backend_pid()
        and l.mode = 'AccessExclusiveLock'
        and l.database = (
            select oid from pg_database where datname = current_database()
        )
    loop
        for old in
            execute format(
                'select id, to_jsonb(leaving) as content from %s as leaving',
                partition.name
            )
        loop
            execute 'select ' || partition.proof
            into proved using old.id, old.content;
            insert into witness.gone values (
                partition.relation, old.id, proved
            );
        end loop;
    end loop;
end
$$;

create event trigger witness_look_whole on ddl_command_start
when tag in ('DROP TABLE')
execute function witness.look_whole();

create function witness.stop() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint);
    return null;
end
$$;
"""


def witness_writes(form: Form) -> str:
    """Notes what the application writes into a table."""
    return (
        "create trigger witness_write after insert or update on"
        f" {form.source} for each row execute function"
        f" witness.write('{form.source}');"
    )


def witness_deletes(form: Form, layer: str) -> str:
    """Notes what is deleted from a table, and whether it was proved."""
    columns = COLUMNS | form.more
    content = f"({', '.join(columns)})"
    of_old = ", ".join(
        f"($2 ->> '{name}')::{kind}" for name, kind in columns.items()
    )
    same = f"{content} is not distinct from ({of_old})"
    here = {
        table: f"exists (select from {form.relation(table)} where id = $1)"
        for table in ("source", "raw", "staging", "mart")
    }
    if form.kind is None:
        proof = "true"
    elif layer == "source":
        proof = f"exists (select from {form.raw} where {same})"
    elif layer == "raw":
        gone = f"not exists (select from {form.source} where {same})"
        proof = f"{gone} and {here['staging']}"
    elif layer == "sealed":
        proof = (
            f"not exists (select from {form.staging} where"
            " (_clock at time zone 'UTC')::date = ($2 ->> 'day')::date)"
        )
    elif form.kind == "entity":
        proof = f"not {here['raw']} and {here['mart']}"
    else:
        # And sealed, which `check` compares: the sealed rows are sums.
        proof = f"not {here['raw']}"
    relation = form.relation(layer)
    quoted = proof.replace("'", "''")
    text = (
        f"create trigger witness_look after delete on {relation}"
        " for each row execute function"
        f" witness.look('{relation}', '{quoted}', 'gone');"
        f" insert into witness.proof values ('{relation}', '{quoted}');"
    )
    if layer in form.changes:
        if layer == "raw":
            proof = (
                f"{here['staging']} and not exists (select from {form.source}"
                " where id = $1 and secret is not null)"
            )
        quoted = proof.replace("'", "''")
        text += (
            f"create trigger witness_change after update on {relation}"
            " for each row when (current_query() like '%$batch$%')"
            " execute function"
            f" witness.look('{relation}', '{quoted}', 'changed');"
        )
    return text


@dataclass(frozen=True)
class Fault:
    """What happens, and where.

    Attributes:
        table: of which form.
        layer: the rule of which layer is at work.
        point: one of POINTS.
        what: one of FAULTS.
    """

    table: str
    layer: str
    point: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.layer} {self.point}: {self.what}"

    @property
    def form(self) -> Form:
        """The form of the rule."""
        return BY_NAME[self.table]

    @property
    def is_whole(self) -> bool:
        """Whether the rule drops a partition: here none of its rows stays."""
        return (
            self.layer == "raw"
            and not self.does_change
            and not {"where", "spare"} & self.form.rules[0].keys()
        )

    @property
    def does_change(self) -> bool:
        """Whether the rule at work changes rows, instead of deleting them."""
        return self.layer in self.form.changes

    @property
    def exists(self) -> bool:
        """Whether such a thing can happen."""
        form, layer, point = self.form, self.layer, self.point
        if point == "loading":
            return (
                form.kind is not None
                and layer in ("raw", "staging")
                # Whoever is in the way of a build waits, and so does it.
                and self.what in ("kill", "restart", "cut", "writer")
            )
        if layer not in form.layers:
            return False
        if self.is_whole and (
            # A drop deletes no row, and nobody changes one meanwhile.
            point in ("delete", "deleted") or self.what == "serialization"
        ):
            return False
        if self.what == "serialization" and point not in BEFORE_DELETE[1:]:
            return False  # the batch has locked what another would change
        if self.what == "lock timeout" and point == "committing":
            return False  # a commit waits for nobody
        return {
            "proof": form.kind is not None,
            "seal": form.kind == "event" and layer == "staging",
            "mark": form.kind == "entity"
            and layer == "raw"
            and not self.does_change,
        }.get(point, True)


def every_fault() -> list[Fault]:
    """All there are: form by layer by point by fault."""
    faults = [
        Fault(form.table, layer, point, what)
        for form in FORMS
        for layer in form.layers
        for point in POINTS
        for what in FAULTS
    ]
    return [fault for fault in faults if fault.exists]


def every_chain() -> list[list[Fault]]:
    """All there are, in chains.

    At each point of a rule all that end a run without a trace, one run after
    the other, and then a writer; a rule's serialization failures in one run, at
    one point after the other. What is killed is the client, and the server ends
    the batch: so a table's rules are killed one after the other.
    """
    chains: dict[tuple[str, ...], list[Fault]] = {}
    for fault in every_fault():
        step = {
            "serialization": ("serialization", fault.layer),
            "kill": ("kill", fault.point),
        }.get(fault.what, (fault.point, fault.layer))
        chains.setdefault((fault.table, *step), []).append(fault)
    return list(chains.values())


def stop_triggers(form: Form, layer: str) -> str:
    """What waits at each point of a rule, or of a load, as SQL."""
    relation = form.relation(layer)
    does_change = layer in form.changes
    entry = (
        f"when (new.relation = '{_alone(relation)}' and new.rows > 0"
        f" and new.rule {'' if does_change else 'not '}like '%#2')"
    )
    at_work = "update" if does_change else "delete"
    ledger = "after insert on retention.ledger"
    statement = "for each statement"
    where = {
        "loading": f"trigger stop after insert on {relation} {statement}",
        "seal": f"trigger stop before insert on {form.sealed} {statement}",
        "mark": f"trigger stop before update on {form.staging} {statement}",
        "delete": f"trigger stop before {at_work} on {relation} {statement}",
        "deleted": f"trigger stop after {at_work} on {relation} {statement}",
        "recorded": f"trigger stop {ledger} for each row {entry}",
        "committing": f"constraint trigger stop {ledger}"
        f" deferrable initially deferred for each row {entry}",
    }
    return "".join(
        "create "
        + text.replace(" stop ", f" stop_{point}_{_alone(relation)} ", 1)
        + f" execute function witness.stop('{_key(relation, point)}');"
        for point, text in where.items()
        if Fault(form.table, layer, point, "cut").exists
    )


def _alone(relation: str) -> str:
    return relation.split(".")[1]


def _key(relation: str, point: str) -> int:
    """The advisory lock of a point."""
    return zlib.crc32(f"{relation} {point}".encode())


class Stop:
    """Holds a build or a batch at a point, until `release`.

    Attributes:
        session: what holds it; what it writes is committed by the release.
    """

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.relation = fault.form.relation(fault.layer)
        # What waits for itself fails its test.
        self.session = connect(
            autocommit=False, options=f"-c lock_timeout={GIVES_UP}s"
        )
        self._door: psycopg.Connection | None = None
        if fault.point == "begun":
            self._lock(self.session, self.relation, "exclusive")
        elif fault.point == "proof":
            self._door = connect(autocommit=False)
            self._lock(self._door, self.relation, "exclusive")
        else:
            self.session.execute(f"select pg_advisory_xact_lock({self.key})")

    @property
    def key(self) -> int:
        """The advisory lock of this point."""
        return _key(self.relation, self.fault.point)

    @staticmethod
    def _lock(session: psycopg.Connection, relation: str, mode: str) -> None:
        session.execute(f"lock table {relation} in {mode} mode")

    def reached(self, client: Client) -> int:
        """Waits until a backend stands at the point; its process id.

        Raises:
            AssertionError: nothing comes there.
        """
        if self._door is not None:
            self._waiting(self._door, client)
            # The proof reads the next layer, or, from the last, the one before.
            holder = {"source": "raw", "raw": "staging", "staging": "raw"}
            holder["sealed"] = "staging"
            self._lock(
                self.session,
                self.fault.form.relation(holder[self.fault.layer]),
                "access exclusive",
            )
            self._door.commit()
            self._door.close()
            self._door = None
        return self._waiting(self.session, client)

    def _waiting(self, session: psycopg.Connection, client: Client) -> int:
        deadline = time.monotonic() + GIVES_UP
        with connect() as watcher:
            while True:
                found = watcher.execute(
                    "select l.pid from pg_locks as l"
                    " inner join pg_stat_activity as a on a.pid = l.pid"
                    " where not l.granted and %s = any(pg_blocking_pids(l.pid))"
                    " and (a.query like '%%$batch$%%' or %s)",
                    [session.info.backend_pid, self.fault.point == "loading"],
                ).fetchone()
                if found:
                    return int(found[0])
                assert client.is_alive(), (
                    f"never came to {self.fault}: {client.ended()}"
                )
                assert time.monotonic() < deadline, f"not reached: {self.fault}"
                time.sleep(0.01)

    def write(self, text: str) -> None:
        """Writes what the release commits."""
        self.session.execute(text)

    def release(self) -> None:
        """Lets it go on."""
        self.session.commit()
        self.session.close()

    def forget(self) -> None:
        """The server is gone, and with it what was held."""
        for session in (self.session, self._door):
            if session is not None:
                session.close()


class Client:
    """`apply` or `build` by another client, in a thread or a process.

    Attributes:
        error: what it said when it failed.
    """

    def __init__(
        self, job: str, digest: str, lock_seconds: float, is_process: bool
    ) -> None:
        self.error: str | None = None
        self._process: Any = None
        given = (job, digest, lock_seconds)
        if is_process:
            # A server that has dbt imported and forks.
            processes = multiprocessing.get_context("forkserver")
            processes.set_forkserver_preload(["flows.night", "dbt.cli.main"])
            self._process = processes.Process(
                target=_work_in_process,
                args=(dict(os.environ), str(run_dbt.PROJECT), *given),
            )
            self._process.start()
            return
        self._thread = threading.Thread(
            target=self._work, args=given, daemon=True
        )
        self._thread.start()

    def _work(self, *given: Any) -> None:
        try:
            _work(*given)
        except run_dbt.DbtError as error:
            self.error = str(error)

    def is_alive(self) -> bool:
        """Whether it is still at work."""
        return bool((self._process or self._thread).is_alive())

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._process.kill()
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL

    def ended(self) -> str | None:
        """Waits for its end; what it said if it failed."""
        worker = self._process or self._thread
        worker.join(GIVES_UP)
        assert not worker.is_alive(), "it does not end"
        if self._process is not None and self._process.exitcode:
            return f"exit code {self._process.exitcode}"
        return self.error


def _work_in_process(
    environment: dict[str, str], project: str, *given: Any
) -> None:
    os.environ.update(environment)
    run_dbt.PROJECT = Path(project)
    _work(*given)


def _work(job: str, digest: str, lock_seconds: float) -> None:
    if job == "build":
        night.build(AS_OF, _silent)
        return
    run_dbt.operation(
        "retention_apply", _silent, digest=digest, lock_seconds=lock_seconds
    )


def _silent(_: str) -> None:
    """Prints nothing."""


def prepare(warehouse: Warehouse) -> str:
    """Rows that a plan lets go of at AS_OF, in every layer; its digest.

    The tables are there and empty, and the database is prepared.
    """
    warehouse.execute(WITNESSES)
    for form in FORMS:
        warehouse.execute(witness_writes(form))
        warehouse.execute(
            f"""
            insert into {form.source}
            select
                'r' || n,
                case n % 2 when 0 then 'done' else 'open' end,
                n,
                timestamptz '2025-01-01Z' + n * interval '6 hours'
                {_more(form, "'r' || n")}
            from generate_series(0, 29) as n
            """
        )
    night.nightly("2025-01-11", True, _silent)
    for form in FORMS:
        if form.kind == "entity":
            # The application deletes some; their staging rows are due at AS_OF.
            warehouse.execute(f"delete from {form.source} where value < 4")
    night.nightly("2025-01-20", False, _silent)
    for form in FORMS:
        warehouse.execute(
            f"insert into {form.source} values"
            " ('fresh', 'done', 77, '2025-05-31 23:30Z'"
            f" {_more(form, chr(39) + 'fresh' + chr(39))}),"
            " ('old', 'done', 78, '2025-01-05 12:00Z'"
            f" {_more(form, chr(39) + 'old' + chr(39))})"
        )
        if form.changes:
            # Too young to be deleted, and old enough for what comes before.
            warehouse.execute(
                f"insert into {form.source} select 'm' || n, 'open', n,"
                f" timestamptz '2025-04-15Z' {_more(form, 'null')}"
                " from generate_series(0, 9) as n"
            )
    night.build(AS_OF, _silent)
    for form in FORMS:
        for layer in form.layers:
            warehouse.execute(witness_deletes(form, layer))
            warehouse.execute(stop_triggers(form, layer))
    # What has gone before counts as proved, as far as these tests go.
    warehouse.execute(
        "insert into witness.gone"
        " select relation, 'before', true from retention.ledger"
        " cross join generate_series(1, rows)"
    )
    return night.plan(AS_OF, None, _silent).digest


def _more(form: Form, name: str) -> str:
    """What a row has in the columns of its table alone, as SQL."""
    values = {
        "secret": "'a secret'",
        "deleted_at": "null::timestamptz",
        "warned_at": "timestamptz '2025-04-20Z'",
        "whole": name,
    }
    return "".join(f", {values[column]}" for column in form.more)


def late_row(fault: Fault) -> str:
    """What the application writes into the range of the batch, as SQL."""
    form = fault.form
    key = LATE
    if form.kind == "entity" and (
        fault.layer != "source" or fault.point in BEFORE_DELETE
    ):
        # One of the range changes, or comes back.
        key = "r2" if fault.layer == "staging" else "r6"
        if fault.does_change:
            key = "m6"
    return (
        f"insert into {form.source} (id, kind, value, at)"
        f" values ('{key}', 'done', 1000, '2025-01-05 13:00Z')"
        " on conflict (id) do update set value = excluded.value"
    )


def run(home: Path, faults: list[Fault], digest: str) -> None:
    """Lets faults happen one after the other, and the run come to an end.

    Args:
        home: the server's directory.
        faults: in the order in which a run comes to them. After one that ends
            the run a new one starts.
        digest: the plan to apply.
    """
    faults = [step for fault in faults for step in _rule_before_first(fault)]
    client: Client | None = None
    stops = {0: _stop(faults[0])}
    for number, fault in enumerate(faults):
        stop = stops.pop(number, None) or _stop(fault)
        if client is None:
            client = _client(faults[number:], digest)
        pid = stop.reached(client)
        # Held before the other is released, or the run would be past it.
        ends = fault.what not in ("serialization", "writer")
        if not ends and number + 1 < len(faults):
            stops[number + 1] = _stop(faults[number + 1])
        if fault.what == "kill":
            client.kill()
            stop.release()
            wait_until(_is_gone, pid)
        elif fault.what == "restart":
            os.kill(embedded._postmaster(_data(home))[0], signal.SIGQUIT)
            wait_until(_is_down, home)
            stop.forget()
            assert client.ended()
            start(home)
        elif fault.what == "cut":
            with connect() as other:
                other.execute("select pg_terminate_backend(%s)", [pid])
            assert client.ended()
            stop.release()
        elif fault.what == "lock timeout":
            wait_until(_gave_up, stop.relation, client)
            stop.release()
            assert "another session is in the way" in str(client.ended())
        elif fault.what == "serialization":
            column = "total" if fault.layer == "sealed" else "value"
            # The next stop may wait at a trigger on updates of the same table.
            stop.write("set local session_replication_role = replica")
            stop.write(f"update {stop.relation} set {column} = {column}")
            stop.release()
        else:
            stop.write(late_row(fault))
            stop.release()
        if ends:
            client = None
    if client is not None:
        assert client.ended() is None
    for fault in faults:
        if fault.what == "serialization":
            with connect() as other:
                assert other.execute(
                    "select max(attempts) > 1 from retention.ledger"
                    " where relation = %s and outcome = 'let go'",
                    [_alone(fault.form.relation(fault.layer))],
                ).fetchone() == (True,), f"nothing was tried again: {fault}"


def _rule_before_first(fault: Fault) -> list[Fault]:
    """What lets a run come to a fault.

    A lock on the staging of entities would hold raw's rule up, which marks
    there whose original has gone, and one on what is sealed the rule of
    staging. So the rule before lets go in a run that is cut later.
    """
    if fault.point in ("begun", "proof") and (
        (fault.form.kind == "entity" and fault.layer == "staging")
        or fault.layer == "sealed"
    ):
        return [Fault(fault.table, fault.layer, "delete", "cut"), fault]
    return [fault]


def _stop(fault: Fault) -> Stop:
    if fault.point == "loading":
        # There is something to be taken in.
        with connect() as other:
            other.execute(late_row(fault))
    return Stop(fault)


def _client(faults: list[Fault], digest: str) -> Client:
    """Who meets the next faults, up to the one that ends the run."""
    met = []
    for fault in faults:
        met.append(fault.what)
        if fault.what not in ("serialization", "writer"):
            break
    return Client(
        "build" if faults[0].point == "loading" else "apply",
        digest,
        IMPATIENCE if "lock timeout" in met else PATIENCE,
        is_process="kill" in met,
    )


def wait_until(condition: Callable[..., bool], *given: Any) -> None:
    """Waits until a condition holds; fails the test where it never does."""
    deadline = time.monotonic() + GIVES_UP
    while not condition(*given):
        assert time.monotonic() < deadline, f"never: {condition.__name__}"
        time.sleep(0.01)


def _is_down(home: Path) -> bool:
    return embedded._postmaster(_data(home)) is None


def _is_gone(pid: int) -> bool:
    with connect() as other:
        found = other.execute(
            "select 1 from pg_stat_activity where pid = %s", [pid]
        )
        return found.fetchone() is None


def _gave_up(relation: str, client: Client) -> bool:
    """Whether a batch did, or the run, at a look before that batch."""
    if not client.is_alive():
        return True
    with connect() as other:
        found = other.execute(
            "select 1 from retention.ledger where relation = %s"
            " and outcome like 'stopped: another session%%'",
            [_alone(relation)],
        )
        return found.fetchone() is not None


def _data(home: Path) -> Path:
    server = embedded._load(home)
    assert server is not None
    return server.data


def start(home: Path) -> embedded.Server:
    """Starts the server of these tests: a commit is one, whatever happens."""
    return embedded.up(
        home,
        settings={"fsync": "off", "full_page_writes": "off"},
        write_env=None,
    )


Ids = dict[tuple[str, str], set[str]]


def alive(warehouse: Warehouse) -> Ids:
    """The ids in each layer of each table, and of what rules have changed."""
    changed = {
        "entity_redact": "secret is null",
        "entity_set": "kind = 'closed'",
        "entity_soft_delete": "deleted_at is not null",
    }
    tables = {
        (form.table, layer): form.relation(layer)
        for form in FORMS
        for layer in form.layers
        if layer != "sealed"
    } | {
        (form.table, f"{layer}, changed"): (
            f"{form.relation(layer)} where {changed[form.table]}"
        )
        for form in FORMS
        for layer in form.changes
    }
    found = {
        key: {row[0] for row in warehouse.query(f"select id from {table}")}
        for key, table in tables.items()
    }
    for form in FORMS:
        if form.changes == ["source"]:
            # The old version has gone; a later build takes in the new one.
            found[form.table, "raw"] |= found[form.table, "source, changed"]
    return found


def check(warehouse: Warehouse, twin: Ids, faults: list[Fault]) -> None:
    """The three laws after one clean run.

    Args:
        warehouse: the one that the faults happened to.
        twin: what is alive where nothing happened.
        faults: what happened.
    """
    for table in ("gone", "changed"):
        unproved = f"select * from witness.{table} where not proved"
        assert warehouse.query(unproved) == []

    found = alive(warehouse)
    for fault in faults:
        if fault.table == "entity_soft_delete":
            # Closed like the others, what was written once more stays.
            for layer in (*fault.form.layers, "source, changed"):
                found[fault.table, layer] -= {LATE, "r2"}
        if fault.form.kind == "entity":
            # What is written once more is marked gone later than its twin's.
            key = (fault.table, "staging")
            extra = found[key] - twin[key]
            assert extra <= {LATE, "r2", "r6"}
            found[key] -= extra
    other = {key: found[key] ^ twin[key] for key in twin}
    assert {key: ids for key, ids in other.items() if ids} == {}

    gone = dict(
        warehouse.query(
            "select split_part(relation, '.', 2), count(*) from witness.gone"
            " where id <> 'before' group by 1"
        )
    )
    before = dict(
        warehouse.query(
            "select relation, count(*) from witness.gone"
            " where id = 'before' group by 1"
        )
    )
    let_go = dict(
        warehouse.query(
            "select relation, sum(rows)::bigint from retention.ledger"
            " where rule not like '%#2' group by 1 having sum(rows) > 0"
        )
    )
    assert let_go == {
        relation: gone.get(relation, 0) + before.get(relation, 0)
        for relation in gone | before
    }
    assert warehouse.query(
        "select relation, sum(rows)::bigint from retention.ledger"
        " where rule like '%#2' group by 1 having sum(rows) > 0 order by 1"
    ) == warehouse.query(
        "select split_part(relation, '.', 2), count(*) from witness.changed"
        " group by 1 order by 1"
    )
    for form in FORMS:
        if form.kind is None:
            continue
        for relation in (form.raw, form.staging):
            name = _alone(relation)
            assert warehouse.one(
                "select sum(rows) from retention.load where relation = %s",
                name,
            ) == warehouse.one(f"select count(*) from {relation}") + let_go.get(
                name, 0
            ), f"the account of {name}"
        assert _mart(warehouse, form) == _written(warehouse, form)
        if form.kind == "event":
            assert warehouse.one(
                f"select coalesce(sum(_rows), 0) from {form.sealed}"
            ) == (
                let_go.get(_alone(form.staging), 0)
                if form.numbers == "forever"
                else 0
            )
    assert not warehouse.one(
        "select exists (select from pg_locks where not granted)"
    )


def _mart(warehouse: Warehouse, form: Form) -> list[tuple[Any, ...]]:
    if form.kind == "event":
        return warehouse.query(
            "select day, kind, total, highest, _rows"
            f" from {form.mart} order by 1, 2"
        )
    # What a rule has set is taken in by the build after it.
    return warehouse.query(
        "select id, case kind when 'closed' then 'open' else kind end, value,"
        f" at from {form.mart} order by 1"
    )


def _written(warehouse: Warehouse, form: Form) -> list[tuple[Any, ...]]:
    """What the mart should be, from all that the application ever wrote."""
    if form.kind == "event":
        return warehouse.query(
            "select (at at time zone 'UTC')::date, kind, sum(value)::bigint,"
            " max(value), count(*) from (select distinct on (id) *"
            " from witness.written where source = %s order by id, place desc"
            ") as written where at >= %s group by 1, 2 order by 1, 2",
            form.source,
            # Numbers that have had their time are no more.
            "-infinity" if form.numbers == "forever" else "2025-03-03Z",
        )
    return warehouse.query(
        "select distinct on (id) id, kind, value, at from witness.written"
        " where source = %s order by id, place desc",
        form.source,
    )
