"""Laws 1 and 2 beside what an application, its schema or a build does then.

Each test is a night in which somebody else is quicker than the proof, or in
which the application's own constraints and triggers have a say in a delete.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows import run_dbt
from flows.night import approve, nightly
from flows.run_dbt import DbtError, operation
from tests import forms
from tests.conftest import Warehouse, _silent, connect, copy_of
from tests.faults import wait_until
from tests.forms import Form

FORMS = [
    Form("entity", "entity"),
    Form("event", "event"),
    Form(
        "whole", "entity", [{"children": [{"table": "part", "key": "whole"}]}]
    ),
    Form("part", "event", more={"whole": "text"}),
]
TABLES = """
create schema app;
create table app.entity (
    id text primary key, kind text not null, value integer not null,
    at timestamptz
);
create table app.event (like app.entity including all);
create table app.whole (like app.entity including all);
create table app.part (like app.entity including all);
create index on app.entity (at);
create index on app.event (at);
alter table app.part
    add whole text references app.whole (id) on delete cascade;
"""
WRITE = """
insert into app.{table}
select 't' || n, 'done', 1, timestamptz '{since}' + n * interval '1 second'
from generate_series(0, {rows} - 1) as n
"""
LATE = "insert into app.{} values ('late', 'done', 1, '2025-01-01 00:00:05.5Z')"
# A role that is no superuser, and does what the warehouse does.
LIMIT = """
do $$
declare
    found record;
begin
    if not exists (select from pg_roles where rolname = 'limited') then
        create role limited login password 'limited';
    end if;
    execute format(
        'grant create on database %I to limited', current_database()
    );
    for found in
        select oid::regnamespace as schema from pg_namespace
        where nspname = any ('{raw,staging,sealed,marts,retention,pii}')
    loop
        execute format('alter schema %s owner to limited', found.schema);
    end loop;
    for found in
        select oid::regclass as relation from pg_class
        where relkind in ('r', 'p') and relnamespace::regnamespace::text
            = any ('{raw,staging,sealed,marts,retention,pii}')
    loop
        execute format('alter table %s owner to limited', found.relation);
    end loop;
    grant usage on schema app to limited;
    grant select, delete on all tables in schema app to limited;
end
$$
"""


@pytest.fixture(scope="module")
def things_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of these tables."""
    return forms.write_project(tmp_path_factory.mktemp("beside"), FORMS)


@pytest.fixture
def things(
    things_project: Path, server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """A warehouse of these tables, which are empty."""
    monkeypatch.setattr(run_dbt, "PROJECT", things_project)
    with copy_of("template1", forms.VARIABLES) as warehouse:
        warehouse.execute(TABLES)
        operation("init", _silent)
        warehouse.execute("update retention.database set purpose = 'test'")
        yield warehouse


def write(
    warehouse: Warehouse,
    table: str,
    since: str = "2025-01-01Z",
    rows: int = 10,
) -> None:
    """The application writes t0, t1, ..., a second each."""
    warehouse.execute(WRITE.format(table=table, since=since, rows=rows))


def planned(warehouse: Warehouse, as_of: str, build: str) -> str:
    """A plan, approved; its digest."""
    digest = warehouse.plan(as_of, build).digest
    approve(digest, True, _silent)
    return digest


@contextmanager
def waiting(
    warehouse: Warehouse, digest: str, table: str, **settings: Any
) -> Iterator[psycopg.Connection[Any]]:
    """Applies a plan whose batch waits for whoever has the table."""
    with ThreadPoolExecutor() as pool:
        with connect(autocommit=False) as other:
            other.execute(f"lock table {table} in share row exclusive mode")
            apply = pool.submit(warehouse.apply, digest, **settings)
            with connect() as looking:
                wait_until(waits, looking, table)
            yield other
        apply.result()


def waits(looking: psycopg.Connection[Any], table: str) -> bool:
    """Whether somebody waits for a lock of the table."""
    found = looking.execute(
        "select exists (select from pg_locks where not granted"
        " and relation = %s::regclass)",
        [table],
    ).fetchone()
    return bool(found and found[0])


def gone(warehouse: Warehouse, table: str, name: str) -> bool:
    """Whether the application's table has no such row."""
    return not warehouse.query(f"select from app.{table} where id = '{name}'")


def test_a_late_row_staged_between_look_and_batch_is_counted_once(things):
    write(things, "event", rows=100)
    build = things.build("2025-05-01").invocation
    # Another build has taken a late row into raw, and is at staging now.
    things.execute(LATE.format("event"))
    things.build("2025-05-01", "--select", "raw_app_event")
    digest = planned(things, "2025-05-01", build)
    with waiting(
        things, digest, "staging.stg_app_event", granule_rows=3
    ) as staging:
        staging.execute(
            """
            insert into staging.stg_app_event
            select id, kind, value, at, null, _clock, now()
            from raw.raw_app_event where id = 'late';
            insert into retention.load
            values ('stg_app_event', '2025-01-01', 1, '2025-05-01Z');
            insert into retention.touched
            values ('marts_app_event', '2025-01-01Z');
            """
        )
    things.build("2025-05-02")
    assert things.query(
        "select (select count(*) from staging.stg_app_event)"
        " + (select sum(_rows) from sealed.marts_app_event),"
        " (select sum(total) from marts.marts_app_event)"
    ) == [(101, 101)]


def test_an_entity_changed_after_the_build_and_then_deleted_leaves(things):
    """While raw holds no later version, its last one is the original."""
    write(things, "entity", since="2025-05-01Z")
    build = things.build("2025-05-02").invocation
    things.execute("update app.entity set value = 2 where id = 't3'")
    things.apply(planned(things, "2025-05-02", build))
    things.execute("delete from app.entity where id = 't3'")
    for day in ("03", "04", "20"):
        nightly(f"2025-05-{day}", True, _silent)
    assert not things.query(
        "select from staging.stg_app_entity where id = 't3'"
    )


def test_an_entity_changed_back_after_the_build_is_shown_as_it_is(things):
    write(things, "entity", since="2025-05-01Z")
    things.build("2025-05-02")
    things.execute("update app.entity set value = 2 where id = 't3'")
    build = things.build("2025-05-03").invocation
    things.execute("update app.entity set value = 1 where id = 't3'")
    things.apply(planned(things, "2025-05-03", build))
    for day in ("04", "05"):
        nightly(f"2025-05-{day}", True, _silent)
    assert things.query(
        "select distinct raw.value, staged.value, mart.value"
        " from raw.raw_app_entity as raw"
        " join staging.stg_app_entity as staged using (id)"
        " join marts.marts_app_entity as mart using (id) where id = 't3'"
    ) == [(1, 1, 1)]


def test_a_child_of_the_same_name_in_another_schema_is_not_declared(things):
    """Nobody copies it; its foreign key has the same name by default."""
    write(things, "whole")
    things.execute(
        """
        create schema app_archive;
        create table app_archive.part (
            id text primary key,
            whole text references app.whole (id) on delete cascade
        );
        insert into app_archive.part values ('kept', 't1');
        """
    )
    with pytest.raises(DbtError, match="on delete cascade"):
        nightly("2025-05-02", True, _silent)
    assert things.query("select id from app_archive.part") == [("kept",)]


def test_a_child_that_row_level_security_hides_stays(things, monkeypatch):
    """Its rows would go by cascade, unseen and not captured."""
    write(things, "whole")
    build = things.build("2025-05-02").invocation
    things.execute(LIMIT)
    things.execute(
        "insert into app.part values ('new', 'done', 1, '2025-05-02Z', 't1')"
    )
    monkeypatch.setenv("PGUSER", "limited")
    monkeypatch.setenv("PGPASSWORD", "limited")
    try:
        things.execute("alter table app.part enable row level security")
        digest = planned(things, "2025-05-02", build)
        with pytest.raises(DbtError):
            things.apply(digest)
        assert not gone(things, "part", "new")
    finally:
        things.execute("drop owned by limited cascade")


def test_a_trigger_that_keeps_one_row_takes_no_other(things):
    """As many went as were proved, by chance: one that nobody captured did."""
    write(things, "event")
    things.execute(
        """
        create function app.keep() returns trigger language plpgsql as $$
        begin
            return case when old.id = 't3' then null else old end;
        end
        $$;
        create trigger keep before delete on app.event
        for each row execute function app.keep();
        """
    )
    build = things.build("2025-05-01").invocation
    digest = planned(things, "2025-05-01", build)
    with (
        pytest.raises(DbtError, match="other rows were changed"),
        waiting(things, digest, "app.event") as application,
    ):
        application.execute(LATE.format("event"))
    assert not gone(things, "event", "late")


def test_a_constraint_that_is_checked_at_the_end_stops_its_rule_alone(things):
    write(things, "entity")
    write(things, "event")
    things.execute(
        """
        create function app.refuse() returns trigger language plpgsql as $$
        begin
            if old.id = 't3' then
                raise exception 'anna@example.com is still needed';
            end if;
            return null;
        end
        $$;
        create constraint trigger refuse after delete on app.entity
        deferrable initially deferred
        for each row execute function app.refuse();
        """
    )
    with pytest.raises(DbtError) as error:
        nightly("2025-05-02", True, _silent)
    assert "anna" not in str(error.value)
    assert gone(things, "event", "t3")
    assert things.query(
        "select rows, outcome from retention.ledger where rule = 'app.entity'"
    ) == [(0, "stopped: the database refused it (P0001)")]
