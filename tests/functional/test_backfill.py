"""`warehouse backfill`: which table, how old rows may be, what it says (A4)."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege

from flows import run_dbt
from flows.backfill_file import backfill_file
from flows.cli import main
from flows.credentials import set_metabase_password
from flows.database import resolve
from flows.run_dbt import DbtError, operation
from tests.conftest import (
    PROJECT,
    Warehouse,
    connect,
    copy_of,
    keep_database,
    without,
)
from tests.functional.conftest import sentence

AS_OF = "2025-11-01T12:30:00Z"
PASSWORD = "one for this server"  # noqa: S105 - of the tests
DOCS = PROJECT / "docs" / "backfill.md"

EVENT = {
    "userId": "0189dcc1-0000-7000-8000-0000000000af",
    "sessionId": "s-1",
    "eventType": "tool_used",
    "toolName": "FAAB",
    "properties": {"riskMode": "protect"},
    "demoMode": False,
    "timestamp": "2025-10-30T08:00:00Z",
}
# One of each kind, in the shape of a browser's file.
EVENTS = [
    EVENT | {"id": "known"},
    EVENT | {"timestamp": "2025-10-30T09:00:00Z", "page": "/faab"},
    EVENT | {"timestamp": 1761814800000, "page": "/faab"},  # the same again
    EVENT | {"id": "b"},
    EVENT | {"id": "c", "timestamp": "2025-10-01T08:00:00Z"},
    EVENT | {"id": "d", "timestamp": "2025-07-01T08:00:00Z"},
    EVENT | {"id": "e", "timestamp": "2026-01-01T08:00:00Z"},
]


def as_file(events: list[dict]) -> str:
    """One object a line."""
    return "[\n" + ",\n".join(map(json.dumps, events)) + "\n]"


@pytest.fixture(scope="module")
def events_template(server) -> str:
    """A database with the tables of all applications."""
    with copy_of("template1", without()):
        operation("create_demo_sources", lambda _: None, days=0)
    return keep_database("events_template")


@pytest.fixture
def events(events_template, tmp_path, monkeypatch) -> Iterator[Warehouse]:
    """A warehouse at AS_OF, in a folder with an events-backup.json."""
    monkeypatch.setenv("WAREHOUSE_VARS", json.dumps({"as_of": AS_OF}))
    monkeypatch.chdir(tmp_path)
    Path("events-backup.json").write_text(as_file(EVENTS))
    with copy_of(events_template) as warehouse:
        warehouse.execute(
            'insert into analytics."AnalyticsEvent" ('
            ' "id", "userId", "sessionId", "eventType", "toolName",'
            ' "properties", "demoMode", "timestamp"'
            ") values (%s, %s, %s, %s, %s, %s, %s, %s)",
            "known",
            *(EVENT[key] for key in ("userId", "sessionId", "eventType")),
            EVENT["toolName"],
            json.dumps(EVENT["properties"]),
            EVENT["demoMode"],
            "2025-10-30 08:00:00",
        )
        yield warehouse


def stored(events: Warehouse) -> list[str]:
    return [
        id_
        for (id_,) in events.query(
            'select "id" from analytics."AnalyticsEvent" order by 1'
        )
    ]


def blocks(language: str) -> list[str]:
    """The blocks of the page that are in a language."""
    found = re.findall(
        r"^```(\w*)\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL
    )
    return [text for name, text in found if name == language]


def test_the_page_says_what_happens(events, capsys):
    commands = "".join(blocks("sh")).splitlines()
    preview, apply, flow, look = commands
    [printed] = blocks("")

    assert main(shlex.split(preview)[1:]) == 0
    assert capsys.readouterr().out == printed
    assert stored(events) == ["known"]
    assert events.one("select count(*) from retention.rejected") == 0
    # What it says to type next is what the page says.
    assert printed.splitlines()[-1].endswith(f"To write: {apply}")

    assert main(shlex.split(apply)[1:]) == 0
    said = capsys.readouterr().out
    assert "3  new, and written\n" in said
    assert said.endswith(
        "Written to analytics.AnalyticsEvent. What was set aside is in"
        " retention.rejected for 30 days.\n"
    )
    [first, made, *others] = stored(events)
    assert made.startswith("backfill_")
    assert [first, *others] == ["b", "c", "known"]

    query = shlex.split(look)[-1]
    assert [row[:3] for row in events.query(query)] == [
        (7, 1130, "timestamp is past the 90 days that summaries keep"),
        (8, 1354, "timestamp is in the future"),
    ]
    assert [row for *_, row in events.query(query)] == [None, EVENTS[-1]]

    assert main(shlex.split(apply)[1:]) == 0
    said = capsys.readouterr().out
    assert "0  new, and written\n" in said
    assert "4  in the table already\n" in said
    assert len(stored(events)) == 4
    assert events.one("select count(*) from retention.rejected") == 2
    # The deployment's name is that of the flow; `table` may be left out.
    from flows.backfill import backfill

    assert f"'{backfill.name}/" in flow


@pytest.mark.parametrize("name", ["analytics.AnalyticsEvent", "events", None])
def test_a_table_goes_by_either_name_and_the_only_one_by_none(events, name):
    report = backfill_file(
        name, Path("events-backup.json"), False, lambda _: None
    )
    assert (report.read, report.new, report.leaving) == (7, 3, 1)


def test_as_of_may_be_given(events, capsys):
    call = ["backfill", "events", "events-backup.json"]
    assert main([*call, "--as-of", "2026-01-10"]) == 0
    said = capsys.readouterr().out
    # The event of January has happened by then, and October is past 90 days.
    assert "in the future" not in said
    assert (
        "past the 90 days that summaries keep: line 6 (byte 906), line 7"
        in said
    )


@pytest.mark.parametrize("name", ["event", "analytics.Event", "hub.TapLog"])
def test_another_table_is_refused_with_those_there_are(events, capsys, name):
    assert main(["backfill", name, "events-backup.json"]) == 1
    assert capsys.readouterr().err == (
        f"No table accepts a backfill as {name}; those that accept one, by"
        " meta.backfill of their source, are: events"
        " (analytics.AnalyticsEvent).\n"
    )


def test_a_bad_file_is_one_sentence(events, capsys):
    Path("cut.json").write_text(as_file(EVENTS)[:-1])
    assert main(["backfill", "events", "cut.json", "--apply"]) == 1
    assert capsys.readouterr().err == (
        "cut.json, line 9, byte 1577: the file is cut off: it ends before its"
        " array does; nothing was written.\n"
    )
    assert main(["backfill", "events", "no.json"]) == 1
    assert capsys.readouterr().err == (
        "Cannot read no.json: No such file or directory.\n"
    )
    assert stored(events) == ["known"]


def test_a_database_that_is_not_prepared_is_one_sentence(events, capsys):
    events.execute("drop table retention.rejected")
    assert main(["backfill", "events", "events-backup.json"]) == 1
    assert capsys.readouterr().err == (
        "Database warehouse_test has no table retention.rejected for the rows"
        " of a file that cannot go in: run `dbt build` first.\n"
    )


def test_only_the_owner_reads_what_was_set_aside(events, monkeypatch):
    main(["backfill", "events", "events-backup.json", "--apply"])
    assert events.one("select count(*) from retention.rejected") == 2
    grantees = events.query(
        "select distinct grantee from information_schema.role_table_grants"
        " where table_schema = 'retention' and table_name = 'rejected'"
    )
    assert grantees == [(events.one("select current_user"),)]
    monkeypatch.setenv("METABASE_PASSWORD", PASSWORD)
    set_metabase_password(resolve())
    with (
        connect(user="warehouse_metabase", password=PASSWORD) as metabase,
        pytest.raises(InsufficientPrivilege),
    ):
        metabase.execute("select * from retention.rejected")


def test_what_was_set_aside_stays_30_days(events):
    main(["backfill", "events", "events-backup.json", "--apply"])
    for age, left in ((29, 2), (31, 0)):
        events.execute(
            "update retention.rejected"
            " set set_aside_at = now() - make_interval(days => %s)",
            age,
        )
        operation("prepare", lambda _: None)
        assert events.one("select count(*) from retention.rejected") == left


# A copy of this project in which another table accepts a backfill: nothing in
# the engine knows the one above by name.

MARTS_RULE = "keep: forever\n            because: H2;"
BACKFILL = """\
            backfill:
              name: taps
              keys: {id: id, event: eventId, tag: tagId, at: tappedAt}
"""
SOURCES = "models/raw/hub/_hub__sources.yml"
MARTS = "models/marts/engagement/_engagement__models.yml"
# Where what is edited begins, in each file.
SECTIONS = {
    SOURCES: "- name: TapLog\n",
    MARTS: "- name: marts_engagement_tap_summary_daily\n",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("backfill") / "project"
    folder.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder)
    for name in ("models", "macros", "tests/dbt"):
        shutil.copytree(PROJECT / name, folder / name)
    return folder


@pytest.fixture
def edit(copy, monkeypatch):
    """Changes texts in the copy's files; dbt runs there, and parses anew."""
    monkeypatch.setattr(run_dbt, "PROJECT", copy)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(copy / "target"))
    before = {name: (copy / name).read_text() for name in (SOURCES, MARTS)}

    def change(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text()
        place = text.index(old, text.index(SECTIONS[name]))
        text = text[:place] + new + text[place + len(old) :]
        (copy / name).write_text(text)

    change(
        SOURCES, "            capture:\n", BACKFILL + "            capture:\n"
    )
    yield change
    for name, text in before.items():
        (copy / name).write_text(text)


def table(as_of: str = "2025-11-01T12:30:00Z") -> dict[str, object]:
    return operation(
        "backfill_table", lambda _: None, name="taps", as_of=as_of
    ).values


@pytest.mark.parametrize(
    ("edits", "kept", "counted"),
    [
        ([], ("90 days", "2025-08-03T12:30:00.000000"), ("", None)),
        (
            [(SOURCES, "keep: 90 days", "keep: 30 days")],
            ("30 days", "2025-10-02T12:30:00.000000"),
            ("", None),
        ),
        (
            # A day counts as long as all of it may.
            [(MARTS, MARTS_RULE, "keep: 120 days\n            because: H2;")],
            ("90 days", "2025-08-03T12:30:00.000000"),
            ("120 days", "2025-07-05T00:00:00.000000"),
        ),
        (
            # And so does an hour.
            [
                (MARTS, MARTS_RULE, "keep: 120 days\n            because: H2;"),
                (MARTS, "data_type: date", "data_type: timestamptz"),
            ],
            ("90 days", "2025-08-03T12:30:00.000000"),
            ("120 days", "2025-07-04T13:00:00.000000"),
        ),
    ],
)
def test_the_windows_are_those_of_the_rules(
    warehouse, edit, edits, kept, counted
):
    for change in edits:
        edit(*change)
    found = table()
    assert (found["kept"], found["kept_since"]) == kept
    assert (found["counted"], found["counted_since"]) == counted
    assert (found["schema"], found["table"]) == ("hub", "TapLog")


def test_a_bucket_that_begins_at_the_cutoff_counts(warehouse, edit):
    edit(MARTS, MARTS_RULE, "keep: 120 days\n            because: H2;")
    for as_of, since in (
        ("2025-11-01T00:00:00Z", "2025-07-04T00:00:00.000000"),
        ("2025-11-01T00:00:00.000001Z", "2025-07-05T00:00:00.000000"),
    ):
        assert table(as_of)["counted_since"] == since


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: taps", "nom: taps", " is `{'nom': 'taps', 'keys': {"),
        ("tag: tagId", "tag: tagged", ".keys names `tagged`, which is no"),
        (", at: tappedAt", "", ".keys has no key for the column `tappedAt`"),
        ("{id: id, ", "{", ".keys has no key for the column `id`, which"),
        ("tag: tagId", "tag: eventId", ".keys names a column twice; one key"),
        ("kind: event", "kind: entity", " needs rows that never change and a"),
        ("key: [id]", "key: [id, tagId]", " needs rows that never change and"),
    ],
)
def test_a_declaration_that_does_not_hold_is_refused(
    warehouse, edit, old, new, said
):
    edit(SOURCES, old, new)
    with pytest.raises(DbtError) as error:
        operation("backfill_table", lambda _: None)
    # `none`: the table is found even if its backfill has no name.
    assert f"{SOURCES}: hub.TapLog: meta.backfill{said}" in sentence(error)


def test_old_rows_are_counted_once_and_gone_after_the_night(
    warehouse, edit, tmp_path
):
    def tap(id_: str, at: str) -> dict[str, str]:
        return {"id": id_, "event": "event_1", "tag": "tag_1", "at": at}

    file = tmp_path / "taps.json"
    new = [
        tap("late", "2025-01-05T12:00:00Z"),
        tap("edge", "2025-03-12T00:00:00Z"),
        tap("young", "2025-06-01T12:00:00Z"),
    ]
    file.write_text(json.dumps(new))
    now = "2025-06-10T00:00:00Z"
    warehouse.tap("2025-01-05 08:00:00")
    warehouse.night("2025-06-09")
    assert warehouse.total() == 1
    assert warehouse.left() == (0, 0, 0)

    report = backfill_file("taps", file, True, lambda _: None, now)
    assert (report.new, report.leaving) == (3, 1)
    warehouse.night(now)
    warehouse.assert_conserved(4)
    assert warehouse.per_day() == {
        "2025-01-05": 2,
        "2025-03-12": 1,
        "2025-06-01": 1,
    }
    assert warehouse.left() == (2, 2, 2)
    # Within the time of the rows, again is no harm.
    report = backfill_file("taps", file, False, lambda _: None, now)
    assert (report.new, report.known, report.leaving) == (1, 2, 1)


def test_a_file_applied_again_after_its_rows_have_left_adds_nothing(
    warehouse, edit, tmp_path
):
    file = tmp_path / "taps.json"
    old = datetime(2025, 6, 10, tzinfo=UTC) - timedelta(days=100)
    file.write_text(
        json.dumps(
            [{"id": "a", "event": "e", "tag": "t", "at": old.isoformat()}]
        )
    )
    backfill_file("taps", file, True, lambda _: None, "2025-06-10T00:00:00Z")
    warehouse.night("2025-06-10")
    said: list[str] = []
    backfill_file("taps", file, True, said.append, "2025-06-10T12:00:00Z")
    assert (
        "Of the new rows 1 are past 90 days: they are counted once, and gone"
        " after the next night, also if this file is applied again." in said
    )
    warehouse.night("2025-06-11")
    assert warehouse.per_day() == {"2025-03-02": 1}
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(1)


@pytest.mark.large
def test_events_are_in_the_rollup_once_after_their_own_time(
    whole_warehouse, tmp_path
):
    """A4 on the real stream: 30 days of events, 90 days of rollups."""
    events = whole_warehouse
    file = tmp_path / "events-backup.json"
    old, young = "2025-09-20T08:10:00Z", "2025-10-30T08:10:00Z"
    file.write_text(
        json.dumps([EVENT | {"timestamp": moment} for moment in (old, young)])
    )
    report = backfill_file("events", file, True, lambda _: None, AS_OF)
    assert (report.new, report.leaving) == (2, 1)
    for as_of in (AS_OF, "2025-11-02T03:00:00Z"):
        events.night(as_of)
        assert events.query(
            "select hour::text, total_events, tool_usage"
            " from marts.marts_product_rollup_hourly order by 1"
        ) == [
            ("2025-09-20 08:00:00+00", 1, {"FAAB": 1}),
            ("2025-10-30 08:00:00+00", 1, {"FAAB": 1}),
        ]
        assert (
            events.one('select count(*) from analytics."AnalyticsEvent"') == 1
        )
