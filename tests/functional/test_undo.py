"""Within its grace a run is undone, and the laws hold (issue 4, item 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows import run_dbt
from flows.cli import main
from flows.night import nightly
from tests import forms
from tests.conftest import Warehouse, _new_database, _silent, connect
from tests.forms import Form
from tests.functional.conftest import DAYS, edit

RAW_RULE = (
    "        - {columns: [_clock, '\"id\"']}\n      meta:\n"
    "        retention:\n          - keep: while_in_source\n"
)


@pytest.fixture
def graced(captured: Warehouse, edited: Path) -> Warehouse:
    """The captured taps, of which raw keeps the copies 7 days longer."""
    edit(
        edited / "models/raw/hub/_hub__models.yml",
        RAW_RULE,
        f"{RAW_RULE}            grace: 7 days\n",
    )
    return captured


def night(as_of: str) -> list[str]:
    """A night that approves its own plan; what it said."""
    said: list[str] = []
    nightly(as_of, approve_plan=True, say=said.append)
    return said


def undo(run: str, as_of: str) -> int:
    """`warehouse undo`; its exit code."""
    return main(["undo", run, "--as-of", as_of])


def refusal(run: str, as_of: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Why it puts nothing back: one sentence."""
    capsys.readouterr()
    assert undo(run, as_of) == 1
    said = capsys.readouterr().err.rstrip("\n")
    assert "\n" not in said
    assert said.endswith(".")
    return said


def printed(capsys: pytest.CaptureFixture[str], table: str) -> list[str]:
    """What it said of a table: let go, put back, left."""
    [line] = [
        line.split(maxsplit=3)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith(table)
    ]
    return line


def last_run(warehouse: Warehouse) -> str:
    """The id of the last run that let go of rows at a source."""
    return str(
        warehouse.one(
            "select run_id from retention.ledger where layer = 'source'"
            " and outcome like 'let go%%' order by entry desc limit 1"
        )
    )


def bytes_of(warehouse: Warehouse, table: str) -> list[tuple[Any, ...]]:
    """Every row of a table, in binary."""
    return warehouse.query(
        f"select record_send(whole) from {table} as whole order by 1"
    )


def test_undo_then_the_next_night_is_as_if_nothing_had_been(graced, capsys):
    """Of what the application deleted itself nothing is kept any longer."""
    days = graced.per_day()
    # The first and the last, so that a batch is about the others, too.
    graced.execute(
        'delete from hub."TapLog" where "tappedAt" in'
        ' (select min("tappedAt") from hub."TapLog"'
        ' union select max("tappedAt") from hub."TapLog")'
    )
    before = bytes_of(graced, 'hub."TapLog"')
    said = night("2025-06-01")
    run = last_run(graced)
    assert graced.left() == (0, 98, 98)
    assert (
        "hub.TapLog: 98 rows can be put back for 7 days after"
        f" 2025-06-01 00:00 UTC: warehouse undo {run}"
    ) in said
    assert any("98 stay while raw_hub_tap_log holds" in line for line in said)

    # Past their time, and of these ready: what the application deleted.
    assert graced.query(
        "select layer, past, ready from retention.plan where past > 0"
        " order by position"
    ) == [("source", 98, 98), ("raw", 2, 2), ("staging", 100, 2)]

    assert undo(run, "2025-06-02") == 0
    assert printed(capsys, "hub.TapLog") == ["hub.TapLog", "98", "98"]
    assert bytes_of(graced, 'hub."TapLog"') == before
    assert graced.left() == (98, 98, 98)
    assert "has been undone already" in refusal(run, "2025-06-02", capsys)
    # An ordinary row: nobody captures it again, and a plan lets it go again.
    night("2025-06-03")
    assert graced.left() == (0, 98, 98)
    assert graced.query(
        "select outcome, rows from retention.ledger"
        " where layer = 'source' order by entry"
    ) == [("let go", 98), ("put back", 98), ("let go", 98)]
    assert main(["verify"]) == 0

    # Half-open: to the microsecond.
    graced.apply(graced.plan("2025-06-09T23:59:59.999999Z").digest)
    assert graced.left() == (0, 98, 98)
    graced.apply(graced.plan("2025-06-10").digest)
    assert graced.left() == (0, 0, 0)
    graced.build("2025-06-11")
    assert graced.per_day() == days == dict.fromkeys(DAYS, 10)
    graced.assert_conserved(100)
    assert main(["verify"]) == 0
    assert graced.one("select count(*) from retention.undoable") == 0
    assert graced.one(
        "select sum(cardinality(digests)) from retention.memory"
    ) == (100)


def test_what_cannot_be_undone_is_refused_in_one_sentence(graced, capsys):
    # An event that was changed after it was captured: raw has it otherwise.
    graced.execute(
        'update hub."TapLog" set "userAgent" = \'other\' where "id" ='
        ' (select min("id") from hub."TapLog")'
    )
    night("2025-06-01")
    run = last_run(graced)
    graced.execute("update retention.source set claimed_at = null")
    assert "not claimed hub" in refusal(run, "2025-06-02", capsys)
    graced.execute("update retention.source set claimed_at = now()")
    graced.execute('alter table hub."TapLog" add column "more" text')
    said = refusal(run, "2025-06-02", capsys)
    assert "raw does not copy as they are, `more`" in said
    # What could not come back is not waited for.
    digest = graced.plan("2025-06-02").digest
    assert graced.query(
        "select past, ready from retention.plan"
        " where digest = %s and layer = 'raw'",
        digest,
    ) == [(100, 100)]
    graced.execute('alter table hub."TapLog" drop column "more"')
    graced.execute(
        "update retention.undoable set columns = array_remove(columns, 'id')"
    )
    assert "had other columns" in refusal(run, "2025-06-02", capsys)
    assert "There is no run nobody's" in refusal(
        "nobody's", "2025-06-02", capsys
    )
    said = refusal(run, "2025-06-08", capsys)
    assert "its grace of 7 days was over on 2025-06-08 00:00 UTC" in said
    with connect() as other:
        other.execute(
            "select pg_advisory_lock(hashtext('retention: retention'))"
        )
        assert "right now" in refusal(run, "2025-06-02", capsys)
    # As entries of other forms would be.
    for entry, (stream, then) in enumerate(
        [
            ("hub.TapLog", '{"redact": ["ipAddress"]}'),
            ("hub.AuditLog", '"delete"'),
            ("hub.TapLog", '"delete"'),
        ]
    ):
        graced.execute(
            "insert into retention.ledger (run_id, digest, rule, rule_text,"
            " stream, layer, relation, as_of, rows, outcome, attempts, took)"
            " values (%s, 'p', 'r', jsonb_build_object('then', %s::jsonb), %s,"
            " 'source', 'x', '2025-06-01Z', 1, 'let go', 1, '1 s')",
            f"run {entry}",
            then,
            stream,
        )
    said = refusal("run 0", "2025-06-02", capsys)
    assert "(redact) cannot be undone" in said
    said = refusal("run 1", "2025-06-02", capsys)
    assert "nothing has copied its rows" in said
    said = refusal("run 2", "2025-06-02", capsys)
    assert "the run let go of rows that raw did not hold" in said
    # None of it has put anything back, and what raw has as it was comes back.
    assert graced.left() == (0, 100, 100)
    graced.execute(
        "update retention.undoable set columns = array_append(columns, 'id')"
    )
    graced.execute(
        "update retention.undoable"
        " set columns = array(select unnest(columns) order by 1)"
    )
    assert undo(run, "2025-06-07T23:59:59.999Z") == 0
    assert "1 that raw does not hold as they were" in capsys.readouterr().out
    assert graced.left() == (99, 100, 100)


@pytest.mark.large  # the project is parsed twice
def test_rows_stay_once_their_rule_keeps_them_longer(
    graced, edited, monkeypatch
):
    """What undo is for: a time was too short."""
    night("2025-06-01")
    run = last_run(graced)
    for file in ("raw/hub/_hub__sources.yml", "staging/hub/_hub__models.yml"):
        edit(edited / "models" / file, "keep: 90 days", "keep: 180 days")
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    # Nobody takes them for lost, whether they are put back yet or not.
    night("2025-06-02")
    assert graced.left() == (0, 100, 100)
    assert undo(run, "2025-06-03") == 0
    night("2025-06-20")
    assert graced.left() == (100, 100, 100)
    graced.assert_conserved(100)


GRACED = [{"keep": "while_in_source", "grace": "2 days"}]
PARENT = Form(
    "parent",
    "entity",
    [{"children": [{"table": "child", "key": "kind"}]}],
    GRACED,
)
CHILD = Form(
    "child",
    "event",
    copies=GRACED,
    more={
        "data": "jsonb",
        "text": "json",
        "tags": "text[]",
        "price": "numeric",
        "local": "timestamp without time zone",
        "blob": "bytea",
        "place": "bigint",
        "after": "text",
    },
)
TABLES = """
create schema app;
create table app.parent (
    id text primary key, kind text not null, value integer not null,
    at timestamptz
);
create table app.child (
    id text primary key, kind text not null references app.parent (id),
    value integer not null, at timestamptz,
    data jsonb, text json, tags text[], price numeric, local timestamp,
    blob bytea, place bigint generated always as identity (start 7),
    after text references app.child (id) on delete set null,
    twice integer generated always as (value * 2) stored
);
insert into app.parent
select 'p' || n, 'x', n, '2025-01-05 12:00Z' from generate_series(1, 3) as n;
insert into app.child
    (id, kind, value, at, data, text, tags, price, local, blob, after)
values
    ('c1', 'p1', 1, '2025-01-05 12:00:00.123456Z', '{"a": [1, null]}',
     '{"b":  1.0}', '{"x,y",null}', 1.500, '2025-03-30 02:30', '\\x00ff', null),
    ('c2', 'p2', 2, '2025-05-31 12:00Z', null, null,
     '{}', 'NaN', 'infinity', '', 'c1'),
    ('c3', 'p3', 3, '2025-05-31 12:00Z', 'null', '[ ]', null, 0.0, null, null,
     'c2');
"""


@pytest.fixture
def family(server, tmp_path, monkeypatch) -> Any:
    """Parents and their children, gone with the night of 2025-06-01."""
    folder = forms.write_project(tmp_path, [PARENT, CHILD])
    monkeypatch.setenv("WAREHOUSE_VARS", forms.VARIABLES)
    monkeypatch.setattr(run_dbt, "PROJECT", folder)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    _new_database("template1")
    with connect() as connection:
        warehouse = Warehouse(connection)
        warehouse.execute(TABLES)
        run_dbt.operation("init", _silent)
        warehouse.execute("update retention.database set purpose = 'test'")
        yield warehouse


def test_a_family_comes_back_as_it_was_and_a_table_at_once_or_not(
    family, capsys
):
    before = {
        table: bytes_of(family, table) for table in ("app.parent", "app.child")
    }
    night("2025-06-01")
    run = last_run(family)
    tables = ["app.parent", "app.child", "raw.raw_app_child"]
    tables += ["raw.raw_app_parent", "staging.stg_app_parent"]

    def counts() -> list[int]:
        return [family.one(f"select count(*) from {name}") for name in tables]

    assert counts() == [0, 0, 3, 3, 3]

    # Killed in the commit: nothing of the children is half done.
    family.execute(
        "create function stop() returns trigger language plpgsql as 'begin"
        " perform pg_terminate_backend(pg_backend_pid()), pg_sleep(60);"
        " return null; end';"
        " create constraint trigger stop after insert on retention.ledger"
        " deferrable initially deferred for each row"
        " when (new.stream = 'app.child') execute function stop()"
    )
    assert undo(run, "2025-06-02") == 1
    assert counts() == [3, 0, 3, 3, 3]
    family.execute("drop trigger stop on retention.ledger")
    assert family.one(
        "select sum(cardinality(digests)) from retention.undoable"
    ) == (3)
    # A trigger of the application's own is in the way.
    for what, reason in {
        "new.value := 9": "a trigger or a default there changes them",
        "raise sqlstate ''42501''": "may not insert into app.child",
        "raise sqlstate ''40001''": "Another session is in the way",
        "raise exception ''%'', new.id": "the rows of app.child (P0001)",
    }.items():
        family.execute(
            "create or replace function more() returns trigger"
            f" language plpgsql as 'begin {what}; return new; end';"
            " create or replace trigger more before insert on app.child"
            " for each row execute function more()"
        )
        assert reason in refusal(run, "2025-06-02", capsys)
    family.execute("drop trigger more on app.child")

    # The application has made one of them anew, and one lost its parent.
    family.execute("delete from app.parent where id = 'p3'")
    family.execute(
        "insert into app.child (id, kind, value, at)"
        " values ('c2', 'p1', 5, '2025-06-01')"
    )
    assert undo(run, "2025-06-02") == 0
    assert printed(capsys, "app.child") == [
        *("app.child", "3", "1"),
        "1 whose row in app.parent is gone;"
        " 1 that are there again, or turned away",
    ]
    # Once they are out of the way, the others come, too.
    family.execute("delete from app.child where id = 'c2'")
    family.execute(
        "insert into app.parent values ('p3', 'x', 3, '2025-01-05 12:00Z')"
    )
    assert undo(run, "2025-06-02") == 0
    assert printed(capsys, "app.child") == ["app.child", "2", "2"]
    assert {table: bytes_of(family, table) for table in before} == before
    assert counts() == [3, 3, 3, 3, 3]

    night("2025-06-03")
    assert counts() == [0, 0, 3, 3, 3]
    assert family.one(
        "select count(*) from staging.stg_app_parent where _gone_at is null"
    ) == (3)
    night("2025-06-05")
    assert counts() == [0, 0, 0, 0, 3]
    assert family.query(
        "select kind, _rows from marts.marts_app_child order by 1"
    ) == [("p1", 1), ("p2", 1), ("p3", 1)]
    assert main(["verify"]) == 0
