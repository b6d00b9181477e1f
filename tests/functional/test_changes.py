"""What a rule does besides letting a row go: empty it, close it, take others.

On a small application of its own; test_forms.py has those that are shipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import run_dbt
from flows.night import nightly
from flows.run_dbt import operation
from tests import forms
from tests.conftest import Warehouse, _silent, copy_of
from tests.forms import BECAUSE, DONE, MOMENT, Form

NOW = "2025-06-01 00:00:00Z"
TOMORROW = "2025-06-02 00:00:00Z"
EMPTY: dict[str, Any] = {
    "keep": "10 days",
    "since": "at",
    "then": {"redact": ["seen_from"]},
}
OF_GUESTS = EMPTY | {"where": "kind = 'guest'"}
BY_CLOCK = EMPTY | {"since": "_clock"}
WARN = {"column": "warned_at", "ahead": "30 days"}
FORMS = [
    Form(
        "person",
        "entity",
        [
            {
                "keep": "30 days",
                "since": "deleted_at",
                "children": [{"table": "note", "key": "kind"}],
            },
            {
                "keep": "1 year",
                "then": "soft_delete",
                "warn": WARN,
                "every": "month",
            },
            OF_GUESTS,
        ],
        [{"keep": "while_in_source"}, OF_GUESTS | BECAUSE],
        {"seen_from": "text", "deleted_at": MOMENT, "warned_at": MOMENT},
    ),
    Form(
        "note",
        "event",
        [{"children": [{"table": "line", "key": "kind"}]}, EMPTY],
        [{"keep": "while_in_source"}, BY_CLOCK | BECAUSE],
        {"seen_from": "text"},
        [BY_CLOCK],
    ),
    Form("line", "entity", DONE),
]
TABLES = """
create schema app;
create table app.person (
    id text primary key, kind text not null, value integer not null,
    at timestamptz, seen_from text, deleted_at timestamptz,
    warned_at timestamptz
);
create table app.note (
    id text primary key,
    kind text not null references app.person (id) on delete cascade,
    value integer not null, at timestamptz, seen_from text
);
create table app.line (
    id text primary key, kind text not null references app.note (id),
    value integer not null, at timestamptz
);
insert into app.person values
    ('left', 'member', 1, '2025-05-30Z', 'x', '2025-04-01Z', null),
    ('guest', 'guest', 1, '2025-05-01Z', 'x', null, null),
    ('held', 'guest', 1, '2025-05-01Z', 'x', null, null),
    ('member', 'member', 1, '2025-05-01Z', 'x', null, null),
    ('warned', 'member', 1, '2024-05-01Z', 'x', null, '2025-04-01Z'),
    ('unwarned', 'member', 1, '2024-05-01Z', 'x', null, null);
insert into app.note values
    ('n1', 'left', 1, '2025-05-30Z', 'x'),
    ('n2', 'member', 1, '2025-05-30Z', 'x'),
    ('old', 'member', 1, '2025-05-01Z', 'x');
insert into app.line values
    ('l1', 'n1', 1, '2025-05-30Z'), ('l2', 'n2', 1, '2025-05-30Z');
"""


@pytest.fixture
def people(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """People, their notes, and the lines of these."""
    folder = forms.write_project(tmp_path, FORMS)
    monkeypatch.setattr(run_dbt, "PROJECT", folder)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    with copy_of("template1", forms.VARIABLES) as warehouse:
        warehouse.execute(TABLES)
        operation("init", _silent)
        warehouse.execute(
            "update retention.database set purpose = 'test';"
            "insert into retention.hold (relation, predicate, reason,"
            " held_until) values ('app.person', 'id = ''held''',"
            " 'a court asked', '2099-01-01')"
        )
        yield warehouse


def ids(warehouse: Warehouse, table: str, where: str = "true") -> set[str]:
    """Whose rows meet the condition."""
    return {
        name
        for (name,) in warehouse.query(f"select id from {table} where {where}")
    }


def why(warehouse: Warehouse) -> str:
    """Why a plan lets nobody go."""
    [(status, reason)] = warehouse.query(
        "select status, why from retention.plan"
        " where digest = %s and rule = 'app.person'",
        warehouse.plan(TOMORROW).digest,
    )
    assert status == "stopped"
    return str(reason)


def test_rows_are_emptied_closed_and_taken_along_each_by_its_rule(people):
    said: list[str] = []
    nightly(NOW, approve_plan=True, say=said.append)

    # With somebody go their notes, and with these their lines, however young.
    everybody = {"guest", "held", "member", "warned", "unwarned"}
    assert ids(people, "app.person") == everybody
    # A copy that was closed is one of what is no more; the next build takes it.
    assert ids(people, "raw.raw_app_person") == everybody
    for layer in ("app.", "raw.raw_app_"):
        assert ids(people, f"{layer}note") == {"n2", "old"}
        assert ids(people, f"{layer}line") == {"l2"}
        # Emptied: of guests, unless they are on hold; here and in the copy.
        assert ids(people, f"{layer}person", "seen_from is null") == {"guest"}
    # An event: in staging, too, whose row stays.
    for layer in ("app.", "raw.raw_app_", "staging.stg_app_"):
        assert ids(people, f"{layer}note", "seen_from is null") == {"old"}
    assert people.query(
        "select stream from retention.ledger"
        " where rule = 'app.person' order by entry"
    ) == [("app.line",), ("app.note",), ("app.person",)]
    assert dict(
        people.query(
            "select rule, on_hold from retention.plan where on_hold > 0"
        )
    ) == {"app.person#3": 1, "raw_app_person#2": 1}
    # Closed: whoever was warned, as of the run.
    assert people.query(
        "select id, deleted_at = %s from app.person"
        " where deleted_at is not null",
        NOW,
    ) == [("warned", True)]
    assert any(
        "app.person#2: 1 more to be warned 30 days ahead" in line
        for line in said
    )

    # What a rule has emptied is no new version; what somebody else has, is.
    people.execute(
        "update app.person set seen_from = null where id in ('held', 'member')"
    )
    people.build(TOMORROW)
    assert dict(
        people.query("select id, count(*) from raw.raw_app_person group by 1")
    ) == dict.fromkeys(everybody, 1) | {"member": 2, "warned": 2}

    lines: list[str] = []
    operation("explain", lines.append, table="app.line", key=["l2"])
    assert "    Stays for ever: A test." in lines

    # What has run this month has no turn. A mart keeps who is on hold below.
    people.execute(
        "update marts.marts_app_person set _gone_at = '2025-06-01'"
        " where id = 'held'"
    )
    for as_of, rule, line in (
        (TOMORROW, "app.person#2", ("not due", 0, 0, 0)),
        ("2030-06-03", "marts_app_person", ("ready", 2, 1, 1)),
    ):
        assert people.query(
            "select status, past, on_hold, ready from retention.plan"
            " where digest = %s and rule = %s",
            *(people.plan(as_of).digest, rule),
        ) == [line]

    # A child that cannot be read proves nothing; nor one that nobody declared.
    people.execute("alter table app.line rename to moved")
    assert '"app"."line" is not in database' in why(people)
    people.execute(
        "alter table app.moved rename to line;"
        "create table app.letter ("
        " author text references app.person (id) on delete cascade)"
    )
    reason = why(people)
    assert "letter_author_fkey, on delete cascade" in reason
    assert "children: [{table: letter, key: author}]" in reason
