"""`warehouse inspect` on tables of every shape.

What it says, and what it never does: write, read a large table whole, print a
value or a password.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from rich.console import Console

from flows.cli import main
from flows.inspect_source import as_document, index_statements, rule_yaml
from flows.source_address import (
    Address,
    SourceError,
    connect,
    find_address,
    parse_url,
)
from flows.source_shape import Table, singular, snake
from flows.source_tables import read_tables
from tests.conftest import connect as connect_directly

DATABASE = "inspected"
PASSWORD = "not-in-any-message"  # noqa: S105
TABLES = """
create schema odd;
create table odd.no_key (happened_at timestamptz not null, what text);
create table odd.composite (
    a bigint, b text, created_at timestamp(3) not null, primary key (a, b)
);
create table odd.unique_only (
    code text not null unique, created_at timestamptz
);
create table odd.no_clock (id serial primary key, born date, label text);
create table odd."PageView" (
    "id" text primary key,
    "userId" text,
    "clientIp" text,
    "userAgent" text,
    "Weird Name" text,
    "viewedAt" timestamp(3) not null default current_timestamp
);
create table odd.empty (
    id bigint primary key, value text, created_at timestamptz
);
create table odd.parted (
    id bigint, logged_at timestamptz not null, primary key (id, logged_at)
) partition by range (logged_at);
create table odd.parted_old partition of odd.parted
    for values from ('2025-01-01') to ('2026-01-01');
create table odd."parted New" partition of odd.parted
    for values from ('2026-01-01') to ('2127-01-01');
insert into odd.parted
select n, '2025-01-01'::timestamptz + n * interval '1 hour'
from generate_series(1, 8000) as n;
create table odd.people (
    id uuid primary key, email text unique, updated_at timestamptz
);
create view odd.a_view as select id, email from odd.people;
create table odd.generated (
    id int primary key,
    email text,
    email_lower text generated always as (lower(email)) stored,
    created_at timestamptz default now()
);
create table odd.tokens (
    id text primary key, user_id text, token_hash text,
    expires_at timestamptz not null
);
create table odd.parent (
    id int primary key,
    person uuid references odd.people,
    created_at timestamptz not null default now()
);
create index on odd.parent (created_at);
create table odd.child (
    id int primary key, parent_id int references odd.parent on delete cascade
);
create table odd.indexed_child (
    id int primary key, parent_id int references odd.parent
);
create index on odd.indexed_child (parent_id);
create function odd.nothing() returns trigger language plpgsql
as 'begin return old; end';
create trigger tell_somebody before delete on odd.parent
for each row execute function odd.nothing();
create trigger only_inserts before insert on odd.parent
for each row execute function odd.nothing();
create table odd.sampled (
    id int primary key,
    a text, b text, c text, d text, e text, f text, g text, h text, i text,
    at timestamptz not null
);
insert into odd.sampled
select
    n,
    'secret' || n || '@x.example',
    '10.0.0.' || n,
    'Mozilla/5.0 (X11) Chrome/99',
    'https://x.example/' || n,
    '+44 20 7946 0' || n,
    'Ada L' || repeat(chr(97 + n % 26), 3) || 'ace',
    case when n % 10 = 0 then 'write to me at a@b.example' else 'short' end,
    case when n % 2 = 0 then 'open' else 'closed' end,
    case when n % 2 = 0 then 'Lady Lovelace' else 'Ada Lovelace' end,
    '2025-01-01'::timestamptz + n * interval '1 day'
from generate_series(100, 199) as n;
create table odd.large (
    id bigint primary key, note text, created_at timestamptz not null
);
insert into odd.large
select n, 'x', now() - n * interval '10 minutes' - interval '5 minutes'
from generate_series(1, 60000) as n;
analyze odd.large;
create table odd.busy (id int primary key, at timestamptz not null);
insert into odd.busy select n, now() from generate_series(1, 100) as n;
update odd.busy set at = now();
create table odd.stateful (
    id int primary key, "bookingStatus" text, is_urgent boolean, why text,
    at timestamptz not null
);
create table odd.closed (id int primary key, name text);
create table odd.half_closed (
    id int primary key, name text, at timestamptz not null
);
create table odd.written (who text);
create function odd.write_down() returns boolean language plpgsql as
'begin insert into odd.written values (current_user); return true; end';
create table odd.watched (id int primary key);
insert into odd.watched values (1);
create policy watch on odd.watched using (odd.write_down());
alter table odd.watched enable row level security;
create role inspect_reader login password 'not-in-any-message';
grant usage on schema odd to inspect_reader;
grant select on all tables in schema odd to inspect_reader;
grant insert on odd.written to inspect_reader;
revoke all on odd.closed, odd.half_closed from inspect_reader;
grant select (id, at) on odd.half_closed to inspect_reader;
"""


@pytest.fixture(scope="module")
def url(server) -> Iterator[str]:
    with connect_directly("postgres") as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE}")
    with connect_directly(DATABASE) as connection:
        connection.execute(TABLES)
    yield (
        f"postgresql://{os.environ['PGUSER']}:{os.environ['PGPASSWORD']}"
        f"@{os.environ['PGHOST']}:{os.environ['PGPORT']}/{DATABASE}"
    )
    with connect_directly("postgres") as connection:
        connection.execute(f"drop database {DATABASE} with (force)")
        connection.execute("drop role inspect_reader")


def as_reader(url: str) -> str:
    return f"postgresql://inspect_reader:{PASSWORD}@" + url.rpartition("@")[2]


@pytest.fixture(scope="module")
def tables(url) -> dict[str, Table]:
    with connect(parse_url(url, "The URL")) as source:
        return {table.name: table for table in read_tables(source, "odd")}


def kinds(table: Table) -> dict[str, str | None]:
    return {column.name: column.kind for column in table.columns}


def test_a_table_without_a_key_says_that_it_cannot_be_captured(tables):
    table = tables["no_key"]
    assert table.key == []
    assert table.clock == "happened_at"
    assert "held_by: nothing" in rule_yaml(table)
    assert "capture:" not in rule_yaml(table)


def test_a_key_is_the_primary_one_or_a_unique_index_without_null(tables):
    assert tables["composite"].key == ["a", "b"]
    assert "key: [a, b]" in rule_yaml(tables["composite"])
    assert tables["unique_only"].key == ["code"]
    assert not tables["unique_only"].key_is_primary
    # Its unique column may be NULL, and the primary key wins.
    assert tables["people"].key == ["id"]


def test_a_table_without_a_clock_is_no_event(tables):
    table = tables["no_clock"]
    assert (table.clock, table.kind, table.past) == (None, "entity", None)
    assert "keep: forever" in rule_yaml(table)


def test_names_of_prisma_stay_quoted(tables):
    table = tables["PageView"]
    assert table.clock == "viewedAt"
    assert index_statements(table) == [
        'create index concurrently on odd."PageView" ("viewedAt");'
    ]
    assert as_document(table)["prisma_index"] == ["@@index([viewedAt])"]
    assert kinds(table) == {
        "id": "none",
        "userId": "id",
        "clientIp": "ip",
        "userAgent": "user_agent",
        "Weird Name": None,
        "viewedAt": "none",
    }


def test_an_empty_table_has_no_age_and_nothing_to_free(tables):
    table = tables["empty"]
    assert (table.rows, table.oldest, table.past) == (0, None, 0)
    assert not table.rows_estimated
    assert table.column("value").kind is None


def test_a_partitioned_table_is_one_table(tables):
    assert {"parted_old", "parted New"}.isdisjoint(tables)
    table = tables["parted"]
    assert (table.form, table.rows) == ("partitioned table", 8000)
    assert table.oldest == "2025-01-01 01:00"
    assert index_statements(table) == [
        'create index concurrently on odd."parted New" (logged_at);',
        "create index concurrently on odd.parted_old (logged_at);",
        "create index on odd.parted (logged_at);",
    ]


def test_the_statements_for_an_index_work(url, tables):
    with connect_directly(DATABASE) as connection:
        for name in ("parted", "PageView"):
            for statement in index_statements(tables[name]):
                connection.execute(statement)
        valid = connection.execute(
            "select bool_and(indisvalid), count(*) from pg_index"
            " where indrelid in ('odd.parted'::regclass,"
            " 'odd.\"parted New\"'::regclass, 'odd.\"PageView\"'::regclass)"
            " and not indisprimary"
        ).fetchone()
    assert valid == (True, 3)


def test_a_view_has_no_rows_of_its_own(tables):
    table = tables["a_view"]
    assert table.is_view
    assert table.rows is None
    assert rule_yaml(table) is None
    assert table.column("email").kind == "email"


def test_a_generated_column_is_told_by_its_name_too(tables):
    table = tables["generated"]
    assert table.column("email_lower").generated
    assert table.column("email_lower").kind == "email"
    # Worked out by an expression that names now(), or not: never a clock.
    assert table.clock == "created_at"


def test_tokens_go_when_they_expire(tables):
    assert tables["tokens"].column("token_hash").kind == "secret"
    assert "since: expires_at" in rule_yaml(tables["tokens"])
    assert "held_by: nothing" in rule_yaml(tables["tokens"])


def test_what_a_delete_sets_off_is_said(tables):
    assert as_document(tables["parent"])["on_delete"] == [
        "odd.child (parent_id): its rows go, too (cascade); no index there,"
        " so each delete reads all of it",
        "odd.indexed_child (parent_id): refuses while a row refers to it",
        "trigger tell_somebody fires",
    ]
    assert tables["parent"].clock_indexed
    assert index_statements(tables["parent"]) == []
    # A person's id, by the table that it refers to.
    assert kinds(tables["parent"])["person"] == "id"


def test_values_tell_what_names_do_not(tables):
    assert kinds(tables["sampled"]) == {
        "id": "none",
        "a": "email",
        "b": "ip",
        "c": "user_agent",
        "d": "url",
        "e": "phone",
        "f": "name",
        "g": "free_text",
        "h": "none",
        # A list, but perhaps one of people: a person must say.
        "i": None,
        "at": "none",
    }


def test_rows_that_were_updated_are_no_events(tables):
    assert tables["busy"].kind == "entity"
    assert "100 updates counted" in tables["busy"].kind_why
    assert tables["people"].kind == "entity"
    assert tables["sampled"].kind == "event"


def test_a_state_that_may_change_is_for_a_person_to_judge(tables):
    """An event's edits would be lost; nothing in a database tells."""
    assert tables["stateful"].kind == "event"
    assert tables["stateful"].may_change == ["bookingStatus", "is_urgent"]
    assert tables["PageView"].may_change == []


def test_a_large_table_is_estimated_and_not_read_whole(url, tables):
    def read() -> int:
        with connect_directly(DATABASE) as connection:
            return connection.execute(
                "select pg_stat_get_tuples_returned('odd.large'::regclass)"
            ).fetchone()[0]

    before = read()
    with connect(parse_url(url, "The URL")) as source:
        (table,) = read_tables(source, "odd", ["large"])
    assert 10_000 <= read() - before < 20_000
    assert table.rows_estimated
    assert table.past_estimated
    assert table.oldest_estimated
    # 60,000 rows, one each ten minutes: 12,960 of them in 90 days.
    assert table.rows == pytest.approx(60_000, rel=0.1)
    assert table.past == pytest.approx(60_000 - 12_960, rel=0.1)
    assert table.past_bytes < table.bytes


def test_a_table_that_may_not_be_read_is_listed_all_the_same(url):
    with connect(parse_url(as_reader(url), "The URL")) as source:
        found = {t.name: t for t in read_tables(source, "odd")}
    assert found["closed"].rows is None
    assert "grant select on odd.closed" in found["closed"].notes[0]
    assert found["half_closed"].rows == 0
    assert found["half_closed"].notes == ["This role may not read name."]
    assert found["sampled"].rows == 100


def test_nothing_is_written_even_by_what_runs_when_a_row_is_read(url):
    with connect(parse_url(as_reader(url), "The URL")) as source:
        (table,) = read_tables(source, "odd", ["watched"])
    assert "Row-level security" in table.notes[0]
    assert "read-only transaction" in table.notes[1]
    with connect_directly(DATABASE) as connection:
        assert connection.execute(
            "select count(*) from odd.written"
        ).fetchone() == (0,)


@pytest.mark.parametrize("width", [80, 120])
def test_what_is_printed_fits_and_holds_no_value(
    url, width, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["inspect", url, "--schema", "odd"]) == 0
    printed = capsys.readouterr().out
    # Statements and rules are there to be copied, and are not wrapped.
    long = [
        line
        for line in printed.splitlines()
        if len(line.rstrip()) > width and "create index" not in line
    ]
    assert long == []
    question = "is_urgent: does that change after a row is written?"
    assert question in " ".join(printed.split())
    for name in ("PageView", "large", "a_view", "unique_only"):
        assert f"odd.{name}" in printed
    for value in ("secret1", "10.0.0.1", "Lovelace", "7946", "x.example"):
        assert value not in printed


def test_json_is_for_programs(url, capsys):
    assert main(["inspect", url + "?schema=odd", "--json"]) == 0
    printed = capsys.readouterr().out
    found = {table["name"]: table for table in json.loads(printed)}
    assert found["sampled"]["columns"][1]["kind"] == "email"
    assert found["sampled"]["past_days"] == 90
    assert "secret1" not in printed


def test_a_url_may_come_from_the_environment(url, capsys, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("DIRECT_URL", f'"{url}?schema=odd&pgbouncer=true"')
    assert main(["inspect", "--table", "empty"]) == 0
    assert "odd.empty" in capsys.readouterr().out
    monkeypatch.delenv("DIRECT_URL")
    assert find_address(None).parameters["port"] == "1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mysql://u:{}@h/d", "not one of a PostgreSQL"),
        ("prisma://h/?api_key={}", "Prisma's own proxy"),
        ("postgresql://u:{}#@h/d", "%23"),
        ("postgresql://u:{}/x@h/d", "%2F"),
        ("postgresql://u:x?{}@h/d", "%3F"),
        ("postgresql://u:{}@h:port/d", "the port is a number"),
        ("postgresql://u:{}@h/d?sslmod=require", "`sslmod`"),
        ("postgresql://u:{}@127.0.0.1:1/d", "127.0.0.1:1, database d"),
        ("postgresql://u:{}@x@no.invalid/d", "no.invalid"),
    ],
)
def test_a_wrong_url_is_one_sentence_without_its_password(text, says, capsys):
    assert main(["inspect", text.format(PASSWORD)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert PASSWORD not in printed.err
    assert printed.err.count("\n") == 1


def test_a_url_too_many_is_not_repeated_with_its_password(capsys):
    with pytest.raises(SystemExit):
        main(["inspect", "postgresql://h/d", f"postgresql://u:{PASSWORD}@h/e"])
    printed = capsys.readouterr().err
    assert "unrecognized arguments: h/e" in printed
    assert PASSWORD not in printed


def test_a_wrong_password_schema_or_table_is_one_sentence(url, capsys):
    reader = as_reader(url)
    for arguments, says in (
        ([reader.replace(PASSWORD, "wrong-one")], "authentication failed"),
        ([reader, "--schema", "nope"], "There is no table in schema nope."),
        ([reader, "--table", "nope"], "There is no table nope; there are "),
    ):
        assert main(["inspect", *arguments]) == 1
        printed = capsys.readouterr().err
        assert says in printed
        assert printed.count("\n") == 1
        assert "wrong-one" not in printed


def test_the_parameters_of_prisma_are_understood():
    address = parse_url(
        "postgres://u:p%40ss@h:6543/d?schema=app&pgbouncer=true"
        "&connection_limit=1&sslmode=require",
        "DATABASE_URL",
    )
    assert address == Address(
        {
            "host": "h",
            "port": "6543",
            "user": "u",
            "password": "p@ss",
            "dbname": "d",
            "sslmode": "require",
        },
        "app",
        pooled=True,
    )
    assert "p@ss" not in repr(address)
    with pytest.raises(SourceError):
        parse_url("h:5432/d", "The URL")


@pytest.mark.parametrize(
    ("name", "one", "snaked"),
    [
        ("visits", "visit", "visit"),
        ("Categories", "Category", "category"),
        ("addresses", "address", "address"),
        ("UserStatuses", "UserStatus", "user_status"),
        ("boxes", "box", "box"),
        ("houses", "house", "house"),
        ("HTTPCaches", "HTTPCache", "http_cache"),
        ("news", "news", "news"),
        ("people", "person", "person"),
        ("AiDraft", "AiDraft", "ai_draft"),
        ("auth.audit logs", "auth.audit log", "auth_audit_log"),
    ],
)
def test_tables_are_named_in_the_singular(name, one, snaked):
    assert singular(name) == one
    assert snake(one) == snaked


def test_an_overview_of_one_table_is_in_the_singular(url):
    from flows.inspect_source import inspect

    console = Console(record=True, width=80, highlight=False)
    inspect(url, "odd", ["large"], console=console)
    assert console.export_text().startswith("1 table at ")
