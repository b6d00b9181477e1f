"""A JSON file goes into a table once, whatever is in it (A4).

The table here is of no application: its shape alone is what counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from flows.backfill_rows import BackfillError, Report, Target, backfill_rows
from tests.conftest import PROJECT, connect

DATABASE = "backfill_rows"
NOW = datetime(2025, 11, 1, 12, 30, tzinfo=UTC)
TABLE = """
create schema app;
create type app.mood as enum ('fine', 'bad');
create table app."Happening" (
    "id" text primary key,
    "userId" text,
    "sessionId" varchar(40) not null,
    "type" text not null,
    "properties" jsonb,
    "raw" json,
    "demoMode" boolean not null default true,
    "weight" integer check (weight > 0),
    "price" numeric(6, 2),
    "device" uuid,
    "mood" app.mood,
    "at" timestamp(3) not null,
    "receivedAt" timestamp(3) not null default current_timestamp,
    "seenAt" timestamptz
);
create index on app."Happening" ("userId", "type");
create index on app."Happening" ("at");
create table app.rejected (
    stream text, digest uuid, file_name text, line bigint, position bigint,
    reason text, row jsonb, set_aside_at timestamptz default clock_timestamp(),
    primary key (stream, digest)
)
"""
KEYS = [
    *("id", "userId", "sessionId", "type", "properties", "raw", "demoMode"),
    *("weight", "price", "device", "mood", "receivedAt", "seenAt"),
]
TARGET = Target(
    stream="app.Happening",
    schema="app",
    table="Happening",
    key="id",
    clock="at",
    keys={key: key for key in KEYS} | {"timestamp": "at"},
    as_of=NOW,
    kept_since=NOW - timedelta(days=30),
    kept="30 days",
    counted_since=datetime(2025, 8, 3, 13, tzinfo=UTC),
    counted="90 days",
    rejected=("app", "rejected"),
)
GOOD = {"sessionId": "s1", "type": "open", "timestamp": "2025-10-30T08:00:00Z"}


@pytest.fixture(scope="module")
def database(server) -> str:
    """A database for these tests alone."""
    with connect("postgres") as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE}")
    return DATABASE


@pytest.fixture
def app(database) -> Iterator[psycopg.Connection]:
    """A connection to it, with an empty table."""
    with connect(database) as connection:
        connection.execute("drop schema if exists app cascade")
        connection.execute(TABLE)
        yield connection


@pytest.fixture
def file(tmp_path_factory) -> Path:
    # Not tmp_path: it has the test's name in it.
    return tmp_path_factory.mktemp("backfill") / "events-backup.json"


def load(
    file: Path, content: object, apply: bool = True, target: Target = TARGET
) -> Report:
    """Writes the file, and backfills it."""
    if not isinstance(content, str | bytes):
        content = json.dumps(content, indent=1)
    if isinstance(content, str):
        content = content.encode()
    file.write_bytes(content)
    with connect(
        DATABASE, autocommit=False, options="-c timezone=Asia/Tokyo"
    ) as own:
        return backfill_rows(own, target, file, apply=apply)


def refused(file: Path, content: object, target: Target = TARGET) -> str:
    """The sentence of a file of which nothing goes in."""
    with connect(DATABASE) as own:
        before = state(own)
        with pytest.raises(BackfillError) as error:
            load(file, content, target=target)
        assert state(own) == before
    text = str(error.value)
    assert "\n" not in text and text.endswith(".")
    assert "secret" not in text
    return text


def state(app) -> list[tuple]:
    return [
        *app.execute('select * from app."Happening" order by id').fetchall(),
        *app.execute("select * from app.rejected order by digest").fetchall(),
    ]


def stored(app, columns: str = "*") -> list[tuple]:
    return app.execute(
        f'select {columns} from app."Happening" order by at, id'
    ).fetchall()


def set_aside(app) -> list[tuple]:
    return app.execute(
        "select line, position, reason, row from app.rejected order by position"
    ).fetchall()


def counts(report: Report) -> tuple[int, int, int, int, int]:
    """Read, new, known, repeated, set aside."""
    return (
        report.read,
        report.new,
        report.known,
        report.repeated,
        report.set_aside,
    )


def reasons(report: Report) -> dict[str, int]:
    return {problem.reason: problem.rows for problem in report.problems}


def test_a_row_is_stored_as_it_was_exported(app, file):
    row = {
        "id": "e1",
        "userId": "u1",
        "sessionId": "s1",
        "type": "tool \U0001f600 \\ \t \u2028 'x'",
        "properties": {"riskMode": "protect", "n": 0.1, "big": 12345678901234},
        "raw": [1, {"b": 1, "a": 2}],
        "demoMode": False,
        "weight": 5,
        "price": 12.34,
        "device": "0189DCC1-0000-7000-8000-0000000000AF",
        "mood": "fine",
        "timestamp": "2025-10-30T08:00:00.123+02:00",
        "receivedAt": 1761804000456,
        "seenAt": "2025-10-30T08:00:00",
    }
    assert counts(load(file, [row])) == (1, 1, 0, 0, 0)
    [found] = stored(
        app,
        '"id", "userId", "sessionId", "type", "properties", "raw", "demoMode",'
        ' "weight", "price"::float8, "device"::text, "mood", "at",'
        ' "receivedAt", "seenAt"',
    )
    assert dict(zip(row, found, strict=True)) == row | {
        "device": "0189dcc1-0000-7000-8000-0000000000af",
        "timestamp": datetime(2025, 10, 30, 6, 0, 0, 123000),
        "receivedAt": datetime(2025, 10, 30, 6, 0, 0, 456000),
        "seenAt": datetime(2025, 10, 30, 8, tzinfo=UTC),
    }


def test_what_is_missing_or_null_takes_the_tables_default(app, file):
    rows = [
        GOOD | {"id": "a"},
        GOOD
        | {"id": "b", "userId": None, "properties": None, "demoMode": None}
        | {"receivedAt": None, "raw": None, "mood": None},
    ]
    before = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=5)
    assert counts(load(file, rows)) == (2, 2, 0, 0, 0)
    for row in stored(app, '"userId", "properties", "raw", "demoMode"'):
        assert row == (None, None, None, True)
    # In UTC, although the session was opened in another zone.
    for (received,) in stored(app, '"receivedAt"'):
        assert before < received < before + timedelta(minutes=5)


def test_a_preview_says_what_apply_does_and_writes_nothing(app, file):
    load(file, [GOOD | {"id": "old"}])
    rows = [
        GOOD | {"id": "old"},
        GOOD | {"id": "a"},
        GOOD | {"id": "a"},
        GOOD | {"id": "b", "timestamp": "2025-10-29T23:59:59.999Z"},
        GOOD | {"id": "c", "type": 7},
    ]
    before = state(app)
    preview = load(file, rows, apply=False)
    assert state(app) == before
    assert counts(preview) == (5, 2, 1, 1, 1)
    assert [
        (str(day.day), day.before, day.new, day.after) for day in preview.days
    ] == [("2025-10-29", 0, 1, 1), ("2025-10-30", 1, 1, 2)]
    assert not preview.applied

    report = load(file, rows)
    assert report == replace(preview, applied=True)
    assert [id_ for (id_,) in stored(app, "id")] == ["b", "a", "old"]


def test_applied_again_a_file_adds_nothing(app, file):
    rows = [
        GOOD | {"id": "a"},
        GOOD,
        GOOD | {"properties": {"b": 1, "a": [1, None]}},
        GOOD | {"type": None},
        "no row",
    ]
    assert counts(load(file, rows)) == (5, 3, 0, 0, 2)
    before = state(app)
    assert counts(load(file, rows)) == (5, 0, 3, 0, 2)
    # In another order, written otherwise, under another name.
    again = [dict(reversed(row.items())) for row in rows[:4]]
    again[1]["timestamp"] = 1761811200000
    again[2]["timestamp"] = "2025-10-30T03:00:00.000-05:00"
    again[1]["userId"] = None
    report = load(file.with_name("other.json"), again)
    assert counts(report) == (4, 0, 3, 0, 1)
    assert state(app) == before


def test_two_different_rows_without_an_id_never_meet(app, file):
    rows = [
        GOOD,
        GOOD | {"userId": ""},
        GOOD | {"userId": "u"},
        GOOD | {"type": "u"},
        GOOD | {"properties": {}},
        GOOD | {"properties": {"a": None}},
        GOOD | {"properties": {"a": "1"}},
        GOOD | {"properties": {"a": 1}},
        GOOD | {"properties": {"a": [1, 2]}},
        GOOD | {"properties": {"a": [2, 1]}},
        GOOD | {"properties": {"a": {"b": 1}}},
        GOOD | {"properties": {"a.b": 1}},
        GOOD | {"properties": '{"a": 1}'},
        GOOD | {"demoMode": True},
        GOOD | {"demoMode": False},
        GOOD | {"timestamp": "2025-10-30T08:00:00.001Z"},
        GOOD | {"timestamp": "2025-10-30T08:00:00.0000001Z"} | {"raw": 1},
        GOOD | {"receivedAt": "2025-10-30T08:00:00Z"},
        GOOD | {"seenAt": "2025-10-30T08:00:00Z"},
        # A key that no column takes: left out, and yet another event.
        GOOD | {"page": "/a"},
        GOOD | {"page": "/b"},
    ]
    report = load(file, rows)
    assert counts(report) == (len(rows), len(rows), 0, 0, 0)
    assert report.unknown_keys == {"page": 2}
    for (id_,) in stored(app, "id"):
        assert id_.startswith("backfill_") and len(id_) == 73
    assert counts(load(file, rows * 3)) == (
        *(3 * len(rows), 0, len(rows), 2 * len(rows), 0),
    )


def test_an_id_belongs_to_one_row(app, file):
    load(file, [GOOD | {"id": "taken"}, GOOD | {"id": "same", "userId": "u"}])
    before = stored(app)
    report = load(
        file,
        [
            GOOD | {"id": "taken", "type": "secret"},
            # What the row does not say may stand in the table.
            GOOD | {"id": "same"},
            GOOD | {"id": "twice"},
            GOOD | {"id": "twice", "type": "other"},
        ],
    )
    assert counts(report) == (4, 1, 1, 0, 2)
    assert reasons(report) == {
        "id is that of another row in the table": 1,
        "id stands before it in the file, with another content": 1,
    }
    assert [row for row in stored(app) if row[0] != "twice"] == before
    assert stored(app, 'id, "type"')[-1] == ("twice", "open")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sessionId": None}, "sessionId is missing"),
        ({"type": ["secret"]}, "type is a list, where a text must be"),
        ({"type": 1}, "type is a number, where a text must be"),
        ({"demoMode": "true"}, "demoMode is a text, where true or false must"),
        ({"demoMode": 1}, "demoMode is a number, where true or false must be"),
        ({"weight": 1.5}, "weight is a number, where a whole number must be"),
        ({"weight": True}, "weight is true or false, where a whole number"),
        ({"id": 7}, "id is a number, where a text must be"),
        ({"id": ""}, "id is empty"),
        ({"device": "secret"}, "device is no uuid"),
        ({"timestamp": None}, "timestamp is missing"),
        ({"timestamp": "secret"}, "timestamp is neither ISO 8601"),
        ({"timestamp": "2025-10-30"}, "timestamp is neither ISO 8601"),
        ({"timestamp": 1761811200}, "timestamp is too small a number"),
        ({"timestamp": 1e18}, "timestamp is no moment that there is"),
        ({"timestamp": False}, "timestamp is true or false, where a time"),
        ({"timestamp": "2025-11-01T12:30:00.001Z"}, "timestamp is in the fut"),
        ({"receivedAt": "2026-01-01T00:00:00Z"}, "receivedAt is in the future"),
        # What only the table knows.
        ({"weight": 0}, "the table refuses it: check violation of"),
        ({"weight": 2**31}, "the table refuses it: numeric value out of range"),
        ({"price": 10**6}, "the table refuses it: numeric value out of range"),
        ({"mood": "secret"}, "the table refuses it: invalid text represent"),
        ({"sessionId": "x" * 41}, "the table refuses it: string data right"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_rest_goes_in(app, file, change, why):
    bad = GOOD | {"id": "bad"} | change
    rows = [GOOD | {"id": "a"}, bad, GOOD | {"id": "b"}]
    report = load(file, rows)
    assert counts(report) == (3, 2, 0, 0, 1)
    [problem] = report.problems
    assert problem.reason.startswith(why)
    assert "secret" not in problem.reason
    assert [id_ for (id_,) in stored(app, "id")] == ["a", "b"]

    [(line, byte, reason, row)] = set_aside(app)
    assert problem.places == [(line, byte)]
    assert reason == problem.reason
    assert row == bad
    content = file.read_bytes()
    assert json.JSONDecoder().raw_decode(content[byte - 1 :].decode())[0] == bad
    assert line == content.count(b"\n", 0, byte) + 1
    # Once, however often.
    before = state(app)
    assert counts(load(file, rows)) == (3, 0, 2, 0, 1)
    assert state(app) == before


@pytest.mark.parametrize(
    ("text", "why", "row"),
    [
        ("NaN", "no JSON: NaN is no number", None),
        ('"\\u0000"', "a NUL character, which PostgreSQL cannot store", None),
        ('"\0"', "no JSON: Invalid control character at", "\\x00"),
        ('"\\ud800"', "half of a surrogate pair", None),
        (b'"\xff"', "not UTF-8", "\\xff"),
        ('"1', None, None),
        ("1e999999", "a number of more than 400 digits", None),
        ('{"k": 1, "k": 2}', "a key stands twice in one object", None),
        (
            "[" * 60_000 + "]" * 60_000,
            "nested more than 100 levels deep",
            None,
        ),
    ],
)
def test_a_row_that_postgresql_cannot_store_is_kept_as_text(
    app, file, text, why, row
):
    if isinstance(text, str):
        text = text.encode()
    bad = json.dumps(GOOD)[:-1].encode() + b', "properties": ' + text + b"}"
    good = json.dumps(GOOD | {"id": "a"}).encode()
    content = b"[" + bad + b",\n" + good + b"]"
    if why is None:
        assert "the file is cut off" in refused(file, content)
        return
    assert counts(load(file, content)) == (2, 1, 0, 0, 1)
    [(line, byte, reason, kept)] = set_aside(app)
    assert (line, byte) == (1, 2)
    assert reason.startswith(why)
    assert isinstance(kept, str)
    if row is None:
        assert kept.encode() == bad
    else:
        assert row in kept


def test_a_text_of_a_megabyte_goes_in_where_there_is_room(app, file):
    long = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(350_000))
    report = load(
        file,
        [
            GOOD | {"id": "a", "properties": {"text": long}},
            # An index of the table has no room for it.
            GOOD | {"id": "b", "type": long},
            GOOD | {"id": "c"},
        ],
    )
    assert counts(report) == (3, 2, 0, 0, 1)
    assert list(reasons(report)) == [
        "the table refuses it: program limit exceeded"
    ]
    assert stored(app, "id, properties ->> 'text'") == [
        ("a", long),
        ("c", None),
    ]


def test_many_rows_that_only_the_table_refuses(app, file):
    rows = [
        GOOD | {"id": f"{n:05d}", "weight": 0 if n % 97 == 5 else 1}
        for n in range(2_000)
    ]
    report = load(file, rows)
    bad = sum(row["weight"] == 0 for row in rows)
    assert counts(report) == (2_000, 2_000 - bad, 0, 0, bad)
    assert {id_ for (id_,) in stored(app, "id")} == {
        row["id"] for row in rows if row["weight"]
    }


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "null", '[{"a": "secret"}', '[{"a": "secret"},]', "[{}]]"),
        *('[{"a": "secret}]', "[1,,2]", '{"events": [{}]}', '[{"a": [}]'),
    ],
)
def test_a_file_that_is_no_array_writes_nothing(app, file, content):
    good = json.dumps(GOOD)
    if content.startswith("["):
        content = f"[{good},\n{content[1:]}"
    refused(file, content)


def test_a_file_that_is_not_there(app, file):
    with pytest.raises(BackfillError, match=r"^Cannot read .*: No such file"):
        backfill_rows(app, TARGET, file)


def test_the_windows_are_half_open_and_whole_buckets_count(app, file):
    def at(moment: str) -> dict[str, object]:
        return GOOD | {"id": moment, "timestamp": moment}

    rows = [
        at("1970-01-01T00:00:00Z"),
        at("2025-08-03T12:59:59.999999Z"),  # its hour is past 90 days
        at("2025-08-03T13:00:00Z"),
        at("2025-10-02T12:29:59.999Z"),  # past 30 days
        at("2025-10-02T12:30:00Z"),  # not yet
        at("2025-11-01T12:30:00Z"),  # now
        at("2025-11-01T12:30:00.000001Z"),
    ]
    report = load(file, rows)
    assert counts(report) == (7, 4, 0, 0, 3)
    assert report.leaving == 2
    assert reasons(report) == {
        "timestamp is past the 90 days that summaries keep": 2,
        "timestamp is in the future": 1,
    }
    # What is past its time is not kept among the rejected, either.
    assert [row is None for *_, row in set_aside(app)] == [True, True, False]
    assert [id_ for (id_,) in stored(app, "id")] == [
        row["id"] for row in rows[2:6]
    ]


def test_without_windows_every_row_goes_in(app, file):
    free = replace(TARGET, kept_since=None, counted_since=None)
    report = load(
        file, [GOOD | {"timestamp": "1970-01-01T00:00:00Z"}], target=free
    )
    assert counts(report) == (1, 1, 0, 0, 0)
    assert report.leaving == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "Nothing"}, "There is no table app.Happening."),
        (
            {"keys": {**TARGET.keys, "x": "nope"}},
            "app.Happening has no column nope, which meta.backfill names for"
            " the key x.",
        ),
        (
            {"keys": {"id": "id", "timestamp": "at", "type": "type"}},
            "app.Happening needs the column sessionId, which meta.backfill"
            " names for no key.",
        ),
        (
            {"key": "userId"},
            "app.Happening has no unique index on userId, so the same row could"
            " go in twice.",
        ),
        (
            {"clock": "type"},
            "app.Happening: the clock type is no timestamp.",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_one_sentence(app, file, change, said):
    assert refused(file, [GOOD], replace(TARGET, **change)) == said


def test_what_another_constraint_refuses_stops_the_file(app, file):
    app.execute(
        """
        create table app."User" (id text primary key);
        alter table app."Happening" add constraint its_user
            foreign key ("userId") references app."User"
        """
    )
    assert refused(file, [GOOD, GOOD | {"userId": "secret"}]) == (
        "events-backup.json: foreign key violation of its_user in"
        " app.Happening; nothing was written."
    )


def test_a_key_may_be_a_uuid(app, file):
    app.execute(
        """
        alter table app."Happening" drop constraint "Happening_pkey",
            alter "id" type uuid using null, add primary key ("id")
        """
    )
    upper = "0189DCC1-0000-7000-8000-0000000000AF"
    rows = [
        GOOD,
        GOOD | {"id": upper},
        GOOD | {"id": upper.lower()},
        GOOD | {"id": "7"},
    ]
    assert counts(load(file, rows)) == (4, 2, 0, 1, 1)
    assert counts(load(file, rows)) == (4, 0, 2, 1, 1)


def test_a_clock_may_have_a_zone(app, file):
    app.execute('alter table app."Happening" alter "at" type timestamptz')
    report = load(file, [GOOD | {"timestamp": "2025-10-30T23:30:00-01:00"}])
    assert counts(report) == (1, 1, 0, 0, 0)
    assert [str(day.day) for day in report.days] == ["2025-10-31"]
    assert stored(app, "at") == [(datetime(2025, 10, 31, 0, 30, tzinfo=UTC),)]


def test_two_at_once_write_each_row_once(app, file):
    rows = [GOOD | {"weight": n + 1} for n in range(3_000)]
    file.write_text(json.dumps(rows))
    reports: list[Report] = []

    def one() -> None:
        with connect(DATABASE, autocommit=False) as own:
            reports.append(backfill_rows(own, TARGET, file, apply=True))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.new for report in reports) == 3_000
    assert all(report.new + report.known == 3_000 for report in reports)
    assert len(stored(app)) == 3_000


# In a process of its own: what a file of one row needs, and what this one adds.
# Not ru_maxrss: a process begins with that of the one that started it.
MEASURE = """
import re, sys
from pathlib import Path
from flows.backfill_rows import backfill_rows
from tests.conftest import connect
from tests.functional.test_backfill_rows import DATABASE, TARGET

def peak():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024

with connect(DATABASE, autocommit=False) as own:
    small, large = map(Path, sys.argv[1:])
    backfill_rows(own, TARGET, small, apply=True)
    before = peak()
    report = backfill_rows(own, TARGET, large, apply=True)
    print(peak() - before, report.read, report.new, report.set_aside)
"""


@pytest.mark.parametrize(
    "megabytes",
    [10, pytest.param(100, marks=pytest.mark.large)],
)
def test_the_memory_it_takes_does_not_grow_with_the_file(app, file, megabytes):
    file.write_text(json.dumps([GOOD]))
    large = file.with_name("large.json")
    rows = 0
    # On one line, as a browser writes it.
    with large.open("w") as out:
        out.write("[")
        while out.tell() < megabytes * 1_000_000:
            row = GOOD | {
                "userId": f"user {rows % 977}",
                "type": "open" if rows % 1_000 else 7,
                "properties": {"riskMode": "protect", "n": rows, "x": [1, 2.5]},
                "timestamp": 1761800000000 + rows,
            }
            out.write("," * (rows > 0) + json.dumps(row))
            rows += 1
        out.write("]")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file), str(large)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    grown, read, new, bad = map(int, done.stdout.split())
    assert (read, bad) == (rows, -(-rows // 1_000))
    assert new == read - bad
    # The rows of 10 MB kept in a list, or the file read at once: 19.
    assert grown < 5, f"{grown} MB for a file of {megabytes} MB"
