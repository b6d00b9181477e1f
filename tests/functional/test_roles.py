"""Metabase's role reads the marts, and can do nothing else (C5)."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from flows.credentials import set_metabase_password
from flows.database import resolve
from tests.conftest import Warehouse, connect, copy_of

PASSWORD = "one of Metabase's own"  # noqa: S105 - for this server only
LOCK = "lock table {}.{} in exclusive mode"
MART = "marts_engagement_tap_summary_daily"


@pytest.fixture(
    scope="module", params=["night", "full refresh", "mart built anew"]
)
def built(captured_template: str, request) -> Iterator[Warehouse]:
    """A warehouse after a build of each kind; the tests here change nothing."""
    with copy_of(captured_template) as warehouse:
        if request.param == "full refresh":
            warehouse.build("2025-01-11", "--full-refresh")
        elif request.param == "mart built anew":
            warehouse.execute(f"drop table marts.{MART}")
            warehouse.build("2025-01-11")
        yield warehouse


@pytest.fixture
def metabase(built, monkeypatch) -> Iterator[psycopg.Connection]:
    """A connection as Metabase has it."""
    monkeypatch.setenv("METABASE_PASSWORD", PASSWORD)
    set_metabase_password(resolve())
    with connect(user="warehouse_metabase", password=PASSWORD) as connection:
        yield connection


def relations(warehouse: Warehouse) -> list[tuple[str, str, str]]:
    """Schema, name and kind of everything that is stored or can be read."""
    return warehouse.query(
        """
        select nspname, relname, relkind::text
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'
        and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        order by 1, 2
        """
    )


def refused(
    metabase: psycopg.Connection, text: str, *names: str, values: object = None
) -> None:
    """Runs a statement that this role must not be allowed."""
    statement = sql.SQL(text).format(*map(sql.Identifier, names))
    with pytest.raises(InsufficientPrivilege):
        metabase.execute(statement, values)


def test_metabase_reads_the_marts_with_keys_and_descriptions(metabase):
    rows = metabase.execute(f"select sum(tap_count) from marts.{MART}")
    assert rows.fetchone() == (100,)
    # The way in which Metabase looks for primary keys.
    keys = metabase.execute(
        """
        select keys.column_name
        from information_schema.table_constraints as constraints
        inner join information_schema.key_column_usage as keys
            on keys.constraint_name = constraints.constraint_name
            and keys.table_schema = constraints.table_schema
            and keys.table_name = constraints.table_name
        where constraints.constraint_type = 'PRIMARY KEY'
        and constraints.table_schema = 'marts'
        and constraints.table_name = %s
        order by keys.ordinal_position
        """,
        (MART,),
    )
    assert [name for (name,) in keys] == [
        *("tap_date", "event_id", "window_id", "redirect_url"),
    ]
    described = metabase.execute(
        """
        select
            column_name,
            col_description(
                format('%%I.%%I', table_schema, table_name)::regclass,
                ordinal_position
            )
        from information_schema.columns
        where table_schema = 'marts' and table_name = %s
        order by ordinal_position
        """,
        (MART,),
    ).fetchall()
    # H1: exactly these in front, in this order.
    assert [name for name, _ in described] == [
        *("tap_date", "event_id", "window_id", "redirect_url", "tap_count"),
        "_rows",
    ]
    assert described[0] == ("tap_date", "The day of the taps, in UTC.")
    assert all(comment for _, comment in described)
    [(comment,)] = metabase.execute(
        "select obj_description(%s::regclass)", (f"marts.{MART}",)
    )
    assert comment.startswith("One row per UTC day, event, window and")


def test_metabase_cannot_read_anything_but_the_marts(built, metabase):
    others = [found for found in relations(built) if found[0] != "marts"]
    # Nothing was left out of the list, and nothing new stands outside it.
    assert {schema for schema, _, _ in others} == {
        *("hub", "pii", "raw", "retention", "sealed", "staging"),
    }
    assert {
        ("hub", "TapLog", "r"),
        ("pii", "salt", "r"),
        ("raw", "raw_hub_tap_log", "p"),
        ("retention", "ledger", "r"),
        ("sealed", MART, "r"),
        ("staging", "stg_hub_tap_log", "r"),
    } <= set(others)
    # With a partition of raw, which has privileges of its own.
    assert any(name.startswith("raw_hub_tap_log__") for _, name, _ in others)
    for schema, name, _ in others:
        refused(metabase, "select * from {}.{} limit 1", schema, name)
        refused(metabase, "select count(*) from {}.{}", schema, name)
    # Nor the most common values of their columns.
    [(seen,)] = metabase.execute(
        "select count(*) from pg_stats where schemaname in"
        " ('hub', 'pii', 'raw', 'retention', 'sealed', 'staging')"
    )
    assert seen == 0
    # Nor as another role.
    refused(metabase, "set role {}", built.one("select current_user"))


def test_metabase_cannot_write_anywhere(built, metabase):
    [settings] = metabase.execute(
        "select current_setting('default_transaction_read_only'),"
        " current_setting('statement_timeout')"
    )
    assert settings == ("on", "1min")
    # A convenience, which whoever is logged in can switch off. The guard is
    # that there is no privilege.
    metabase.execute("set default_transaction_read_only = off")

    tables = [
        (schema, name)
        for schema, name, kind in relations(built)
        if kind in "rp"
    ]
    assert ("marts", MART) in tables
    for table in tables:
        refused(metabase, "insert into {}.{} default values", *table)
        refused(metabase, "delete from {}.{}", *table)
        refused(metabase, "truncate {}.{}", *table)
        refused(metabase, "drop table {}.{}", *table)
        refused(metabase, "alter table {}.{} add column more text", *table)
        refused(metabase, f"do $$ begin {LOCK}; end $$", *table)
    refused(metabase, "update {}.{} set tap_count = 0", "marts", MART)
    refused(metabase, "create index on {}.{} (tap_date)", "marts", MART)
    for (schema,) in built.query(
        "select nspname from pg_namespace"
        " where nspname !~ '^pg_' and nspname <> 'information_schema'"
    ):
        refused(metabase, "create table {}.mine (one integer)", schema)
        refused(metabase, "create view {}.mine as select 1", schema)
    refused(metabase, "create schema mine")
    refused(metabase, "create role mine")
    refused(metabase, "copy {}.{} to program 'true'", "marts", MART)
    assert built.left() == (100, 100, 100)
    assert built.total() == 100
