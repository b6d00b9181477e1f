"""An application's database of its own: connected, read, and left as it is.

Two servers, of programs that have postgres_fdw, which the wheel has not. What
the application's server was really sent is in its own log.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from flows import embedded
from flows.cli import main
from flows.connect_source import connect_source
from flows.database import DatabaseError
from flows.night import build, nightly
from flows.run_dbt import DbtError, operation
from flows.source_address import SourceError
from tests.conftest import ONLY_HUB
from tests.connected import FAST, LOGGED, PASSWORD, PROGRAMS, Pair, make_pair


def test_without_postgres_fdw_a_sentence_says_what_to_install(empty_database):
    there = empty_database.execute(
        "select exists (select from pg_available_extensions"
        " where name = 'postgres_fdw')"
    ).fetchone()
    if there[0]:
        pytest.skip("this server has postgres_fdw")
    with pytest.raises(DbtError, match="postgresql-contrib"):
        operation("connect", print, source="hub")


@pytest.fixture(scope="module")
def pair(
    server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Both servers; the application's tables are those of a Prisma schema."""
    with make_pair(tmp_path_factory) as made:
        yield made


# Of a first load in batches of 30 rows the third cannot be noted.
CUT_OFF = """
create function retention.cut_off() returns trigger language plpgsql as
$$ begin raise exception 'cut off'; end $$;
create trigger cut_off before update on retention.compared
for each row when (new.rows > 60) execute function retention.cut_off();
"""
# Of the last day, and by its key before all that is read after the cut.
TAKE_THE_FIRST = """
delete from "TapLog" where "id" = (
    select min("id") from "TapLog" where "tappedAt" >= '2025-01-10'
)
returning "id", "eventId", "tagId", "tappedAt"
"""
WRITE_IT = """
insert into "TapLog" ("id", "eventId", "tagId", "tappedAt")
values (%s, %s, %s, %s)
"""


@dataclass
class FirstLoad:
    """What a first load that was cut off came to, and the next one.

    Attributes:
        left: rows of raw when the first one had ended.
        said: what both said.
        sent: what the application's server was sent by the second.
    """

    left: int
    said: list[str]
    sent: list[str]


@pytest.fixture(scope="module")
def first_load(pair: Pair) -> FirstLoad:
    """A hub that is connected and captured: ten taps on each of ten days."""
    w = pair.warehouse
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        pair.connect(patch)
        w.execute("update retention.database set purpose = 'test'")
        patch.setenv(
            "WAREHOUSE_VARS",
            json.dumps(json.loads(ONLY_HUB) | {"first_load_rows": 30}),
        )
        operation("prepare", print)
        w.execute(CUT_OFF)
        late = pair.application.execute(TAKE_THE_FIRST).fetchone()
        with pytest.raises(DbtError, match="cut off"):
            build("2025-01-10", said.append)
        pair.application.execute(WRITE_IT, late)
        left = w.one("select count(*)::int from raw.raw_hub_tap_log")
        w.execute("drop function retention.cut_off cascade")
        # A contract can ask for more constraints than the key.
        w.execute(
            "alter table raw.raw_hub_tap_log add unique (id, _extracted_at)"
        )
        bring_in_the_last(pair)
        before = len(pair.sent())
        build("2025-01-11", said.append)
        sent = pair.sent(before)
    return FirstLoad(left, said, sent)


def bring_in_the_last(pair: Pair) -> None:
    """The tap that a first load would read last is in raw already."""
    last = pair.application.execute(
        'select "id", "eventId", "tagId", "tappedAt" from "TapLog"'
        ' order by "id" desc limit 1'
    ).fetchone()
    pair.warehouse.execute(
        """
        with brought as (
            insert into raw.raw_hub_tap_log (
                "id", "eventId", "tagId", "tappedAt", _clock, _extracted_at
            )
            select id, event, tag, tapped_at, tapped_at at time zone 'UTC',
                '2025-01-11Z'
            from (values (%s, %s, %s, %s)) as it (id, event, tag, tapped_at)
            returning _clock
        )
        insert into retention.load (relation, bucket, rows, loaded_at)
        select 'raw_hub_tap_log', (_clock at time zone 'UTC')::date, 1,
            '2025-01-11Z'
        from brought
        """,
        *last,
    )


@pytest.fixture(scope="module")
def connected(pair: Pair, first_load: FirstLoad) -> Pair:
    """Captured."""
    return pair


def refused(
    pair: Pair, monkeypatch: Any, role: str = "app", **given: Any
) -> str:
    """What `connect` says where it does not; nothing is left behind."""
    with pytest.raises((SourceError, DatabaseError)) as error:
        pair.connect(monkeypatch, role, **given)
    text = str(error.value)
    assert "\n" not in text
    assert PASSWORD not in text
    assert not pair.warehouse.query("select from pg_foreign_server")
    return text


@contextmanager
def pooler(port: int) -> Iterator[int]:
    """What stands before a server, and names processes of its own; a port."""

    def copy(there: socket.socket, back: socket.socket, own: bytes) -> None:
        with suppress(OSError):
            while sent := there.recv(65536):
                at = sent.find(b"K\0\0\0\x0c") if own else -1
                if at >= 0:  # BackendKeyData: process, secret
                    sent = sent[: at + 5] + own + sent[at + 9 :]
                back.sendall(sent)
            back.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client = listener.accept()[0]
                database = socket.create_connection(("127.0.0.1", port))
                for ends in (
                    (client, database, b""),
                    (database, client, b"pool"),
                ):
                    threading.Thread(
                        target=copy, args=ends, daemon=True
                    ).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_what_cannot_be_read_whole_is_not_connected(pair, monkeypatch):
    for pooled in (
        pair.url(query="?pgbouncer=true&connection_limit=1"),
        pair.url().replace(f":{pair.server.port}/", ":6543/"),
    ):
        monkeypatch.setenv("HUB_DATABASE_URL", pooled)
        with pytest.raises(SourceError, match="DIRECT_URL"):
            connect_source("hub")
    with pooler(pair.server.port) as port:
        url = pair.url().replace(f":{pair.server.port}/", f":{port}/")
        monkeypatch.setenv("HUB_DATABASE_URL", url)
        with pytest.raises(SourceError, match="a pooler answers"):
            connect_source("hub")
    assert '"odd"."Event" is not in' in refused(pair, monkeypatch, schema="odd")
    pair.application.execute('alter table "TapLog" enable row level security')
    assert "row-level security" in refused(pair, monkeypatch)
    pair.application.execute('alter table "TapLog" disable row level security')
    pair.application.execute('revoke select on "Event" from half')
    assert 'may not read "public"."Event"' in refused(pair, monkeypatch, "half")
    pair.application.execute('alter table "Event" rename "name" to "title"')
    assert "declares a column `name`" in refused(pair, monkeypatch)
    pair.application.execute('alter table "Event" rename "title" to "name"')
    pair.warehouse.execute('create schema hub; create table hub."Event" ()')
    assert "a schema that is free" in refused(pair, monkeypatch)
    pair.warehouse.execute("drop schema hub cascade")


def test_connecting_says_that_it_only_reads_and_which_index_is_missing(
    pair, monkeypatch
):
    said = pair.connect(monkeypatch)
    assert "5 tables of schema public" in said
    assert "Its rows are not let go of" in said
    assert "HUB_DELETE_URL" in said
    assert (
        'create index concurrently on "public"."AuditLog" ("createdAt")' in said
    )
    assert "TapLog: tappedAt has no index" not in said


def test_a_first_load_goes_on_where_it_was_cut_off(connected, first_load):
    assert first_load.left == 60
    progress = [line for line in first_load.said if "rows so far" in line]
    assert [re.findall(r"\d+ rows", line) for line in progress] == [
        ["30 rows"],
        ["60 rows"],
        ["90 rows"],
    ]
    read = [
        sent
        for sent in first_load.sent
        if "DECLARE" in sent and 'public."TapLog"' in sent and "tagId" in sent
    ]
    # The rest alone is read, in order and by key; then what the keys say.
    for sent in read[:-1]:
        assert "id > $1" in sent
        assert sent.endswith("ORDER BY id ASC NULLS LAST LIMIT 30::bigint")
    assert len(read) == 3
    assert "id = ANY ($1" in read[-1]
    # A tap came in where all had been read: by the clock, since it began.
    keys = [
        sent for sent in first_load.sent if "CURSOR FOR SELECT id FROM" in sent
    ]
    assert len(keys) == 1
    assert """"tappedAt" >= '2025-01-10 00:00:00'""" in keys[0]
    w = connected.warehouse
    assert w.per_day() == connected.per_day()
    assert sum(w.per_day().values()) == 100
    assert w.query(
        "select last_key, rows::int, compared_at is null"
        " from retention.compared where relation = 'raw_hub_tap_log'"
    ) == [(None, 99, False)]
    # Its indexes are built after it, in the run that ends it.
    assert (
        w.one(
            "select count(*) from pg_index"
            " where indrelid = 'raw.raw_hub_tap_log'::regclass"
            " and not indisunique"
        )
        == 2
    )


def test_what_came_in_before_a_first_load_read_it_is_there_once(connected):
    assert connected.warehouse.query(
        "select count(*)::int, count(distinct id)::int,"
        " (select sum(rows)::int from retention.load"
        " where relation = 'raw_hub_tap_log')"
        " from raw.raw_hub_tap_log"
    ) == [(100, 100, 100)]


def test_the_numbers_are_those_of_the_application(connected):
    assert connected.warehouse.per_day() == connected.per_day()
    assert connected.warehouse.left() == (100, 100, 100)


def test_the_password_is_in_no_log_and_no_artefact(connected):
    files = [file for file in connected.paths.rglob("*") if file.is_file()]
    logs = [file for file in files if file.name == "dbt.log"]
    assert any("create user mapping" in file.read_text() for file in logs)
    assert not [x for x in files if PASSWORD.encode() in x.read_bytes()]


def test_a_night_asks_for_new_keys_by_the_clock_and_for_their_rows(connected):
    w = connected.warehouse
    connected.taps(["2025-01-11"])
    w.build("2025-01-12")
    # Late, but not by a day; and a week late.
    connected.taps(["2025-01-12", "2025-01-02"], each=11)
    before = len(connected.sent())
    w.build("2025-01-13", "--select", "raw_hub_tap_log")
    read = [
        text
        for text in connected.sent(before)
        if "CURSOR" in text and 'FROM public."TapLog"' in text
    ]
    rows = [text for text in read if '"ipAddress"' in text]
    keys = [text for text in read if "SELECT id FROM" in text]
    assert [text for text in rows if "id = ANY ($1" not in text] == []
    assert len(rows) == len(keys) == 1
    # All keys were compared when the first load began, and are once a week.
    assert """"tappedAt" >= '2025-01-09 00:00:00'""" in keys[0]
    assert w.left()[:2] == (122, 121)
    # The late one comes in when all keys are compared again.
    w.build("2025-01-19")
    assert w.per_day() == connected.per_day()
    assert w.left() == (122, 122, 122)


def test_letting_go_there_is_refused_and_copies_follow_the_application(
    connected,
):
    w = connected.warehouse
    connected.application.execute(
        """delete from "TapLog" where "tappedAt" < '2025-01-02'"""
    )
    planned = w.plan("2025-06-01")
    plan = {line["rule"]: line for line in planned.plan["rules"]}
    tap = plan["hub.TapLog"]
    assert (tap["status"], tap["past"]) == ("plan only", 112)
    assert tap["why"] == (
        "hub.TapLog is in a database of its own, which is only read: to let go"
        " there, `warehouse connect hub --delete-url`."
    )
    assert plan["raw_hub_tap_log"]["ready"] == 10
    staging = plan["stg_hub_tap_log"]
    assert (staging["ready"], staging["unproven"]) == (10, 112)
    operation("approve", lambda _: None, digest=planned.digest)
    before = len(connected.sent())
    w.apply(w.plan("2025-06-01").digest)
    assert w.left() == (112, 112, 112)
    # By keys alone, and never a question for each row.
    read = [
        text
        for text in connected.sent(before)
        if "CURSOR" in text and 'FROM public."TapLog"' in text
    ]
    assert any("SELECT id FROM" in text for text in read)
    assert any("id = ANY ($1" in text for text in read)
    assert not any("= $1" in text or "ipAddress" in text for text in read)
    assert w.sealed() == 10
    assert w.total() == 122
    wrote = re.compile(r"\b(INSERT|UPDATE|DELETE|TRUNCATE)\b")
    assert [text for text in connected.sent() if wrote.search(text)] == []


def test_another_target_connects_for_itself_and_reads_a_sample(
    connected, monkeypatch
):
    w = connected.warehouse
    monkeypatch.setenv("DBT_TARGET", "dev")
    monkeypatch.setenv("DBT_SCHEMA", "dev_ada")
    build = ["2025-01-13", "--select", "raw_hub_tap_log"]
    with pytest.raises(DbtError, match="var `hub_schema` at a schema that"):
        w.build(*build)
    variables = json.loads(ONLY_HUB) | {"hub_schema": "dev_ada_hub"}
    monkeypatch.setenv("WAREHOUSE_VARS", json.dumps(variables))
    monkeypatch.setenv("HUB_DELETE_URL", connected.url())
    assert "needs no URL to delete by" in connected.connect(monkeypatch)
    copied = "select count(*) from dev_ada_raw.raw_hub_tap_log"
    for start, rows in (("2025-01-10", 12), ("2025-01-09", 22)):
        before = len(connected.sent())
        window = f"{{'start': '{start}', 'end': '2025-01-11 02:00:00'}}"
        w.build(*build, "--sample", window)
        assert w.one(copied) == rows
        # Nothing of what is outside of it came here.
        for text in connected.sent(before):
            if "CURSOR" in text and 'FROM public."TapLog"' in text:
                assert f"""\"tappedAt\" >= '{start} 00:00:00'""" in text or (
                    "= ANY ($1" in text or "LIMIT 1" in text
                )
    w.build(*build)
    assert w.one(copied) == w.one('select count(*) from dev_ada_hub."TapLog"')
    operation("disconnect", print, source="hub")
    assert w.one('select count(*) from hub."TapLog"') > 100
    monkeypatch.setenv("DBT_TARGET", "prod")
    monkeypatch.setenv("WAREHOUSE_VARS", ONLY_HUB)
    assert w.query("select srvname from pg_foreign_server") == [
        ("warehouse_hub",)
    ]


def test_nothing_is_written_there_whoever_asks(connected):
    w = connected.warehouse
    write = """insert into hub."Event" ("id", "name") values ('e', 'n')"""
    connected.application.execute('grant insert on "Event" to app')
    with pytest.raises(psycopg.Error, match="does not allow inserts"):
        w.execute(write)
    # Nor by a server that somebody made writable.
    with w.connection.transaction(force_rollback=True):
        w.execute("alter server warehouse_hub options (set updatable 'true')")
        with pytest.raises(psycopg.Error, match="read-only transaction"):
            w.execute(write)


def stopped(connected: Pair, ready: int = 0) -> str:
    """The one sentence of a plan and a run that do not believe the source.

    What can be read is counted all the same, for a person may approve it.
    """
    w = connected.warehouse
    before = w.query("select count(*) from raw.raw_hub_tap_log")
    planned = w.plan("2025-06-02")
    rules = {line["rule"]: line for line in planned.plan["rules"]}
    why = rules["raw_hub_tap_log"]["why"]
    assert rules["raw_hub_tap_log"]["status"] == "stopped"
    assert rules["raw_hub_tap_log"]["ready"] == ready
    with pytest.raises(DbtError) as error:
        w.apply(planned.digest)
    assert why in str(error.value)
    assert w.query("select count(*) from raw.raw_hub_tap_log") == before
    return str(why)


def test_a_server_that_is_down_stops_its_own_source(connected, capsys):
    w = connected.warehouse
    connected.application.close()
    embedded.down(connected.home)
    try:
        why = stopped(connected)
        assert "cannot be read in its own database (" in why
        assert "refused" in why
        with pytest.raises(DbtError) as error:
            w.build("2025-06-02")
        assert str(error.value).splitlines() == [f"raw_hub_tap_log: {why}"]
        assert main(["status"]) == 0
        assert "cannot be read in its own database" in capsys.readouterr().out
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("WAREHOUSE_PG_BIN", str(PROGRAMS))
            connected.server = embedded.up(
                connected.home,
                settings=FAST | LOGGED,
                write_env=None,
            )
        connected.open()


def test_an_emptied_hidden_changed_or_other_table_lets_nothing_go(connected):
    run = connected.application.execute
    run('create table kept as table "TapLog"; truncate "TapLog"')
    assert "has lost 100 of the newest 100 rows:" in stopped(connected, 112)
    run('insert into "TapLog" table kept')
    run('alter table "TapLog" enable row level security')
    assert "row-level security" in stopped(connected)
    run('alter table "TapLog" disable row level security')
    run('alter table "TapLog" alter "tagId" type varchar(80)')
    assert "declared columns of hub.TapLog have changed" in stopped(connected)
    run('alter table "TapLog" alter "tagId" type text')
    run('alter table "TapLog" rename to "Old"')
    run('create table "TapLog" (like "Old" including all)')
    run('grant select on "TapLog" to app; insert into "TapLog" table "Old"')
    assert "is not the table that was connected" in stopped(connected)
    run('drop table "TapLog"; alter table "Old" rename to "TapLog"')
    assert connected.warehouse.plan("2025-06-02")


def test_a_new_password_is_given_by_connecting_again(connected, monkeypatch):
    run = connected.application.execute
    run(f"alter role app password '{PASSWORD[::-1]}'")
    try:
        assert "password authentication failed" in stopped(connected)
        with pytest.raises(SourceError, match="password authentication"):
            connected.connect(monkeypatch)
    finally:
        run(f"alter role app password '{PASSWORD}'")
    connected.connect(monkeypatch)
    assert connected.warehouse.left()[0] == 112


def test_disconnect_takes_all_of_it_away_unless_somebody_uses_it(connected):
    w = connected.warehouse
    w.execute('create view public.mine as select "id" from hub."TapLog"')
    with pytest.raises(DbtError, match="other objects depend on it"):
        operation("disconnect", print, source="hub")
    assert w.left()[0] == 112
    w.execute("drop view public.mine")
    assert main(["disconnect", "hub"]) == 0
    left = w.query(
        "select count(*) from pg_foreign_server"
        " union all select count(*) from pg_foreign_table"
        " union all select count(*) from pg_user_mapping"
        " union all select count(*) from retention.source where source = 'hub'"
        " union all select count(*) from pg_namespace where nspname = 'hub'"
    )
    assert [count for (count,) in left] == [0] * 5
    assert w.one("select count(*) from raw.raw_hub_tap_log") == 112


def test_by_a_url_to_delete_by_rows_leave_there(connected, monkeypatch):
    w = connected.warehouse
    run = connected.application.execute
    # No rule lets go of events and windows, so the role need not see them.
    run(
        f"""
        create role cleaner login password '{PASSWORD}';
        grant select, delete on "TapLog", "PasswordResetToken", "AuditLog"
        to cleaner
        """
    )
    monkeypatch.setenv("HUB_DELETE_URL", connected.url("cleaner"))
    assert "are let go of at 127.0.0.1" in connected.connect(monkeypatch)
    # Which rows it needs, nobody can prove.
    run('create table note (tap text references "TapLog" (id))')
    for statement, why in (
        ("", "public.note needs (foreign key note_tap_fkey) the role of"),
        ("grant select on note to cleaner", "may not delete there"),
    ):
        run(statement)
        rules = w.plan("2025-06-03").plan["rules"]
        [tap] = [line for line in rules if line["rule"] == "hub.TapLog"]
        assert tap["status"] == "stopped"
        assert why in tap["why"]
        run('revoke delete on "TapLog" from cleaner')
    run(
        """
        drop table note;
        grant delete on "TapLog" to cleaner;
        create function keep() returns trigger language plpgsql as
        'begin return null; end';
        create trigger keep before delete on "TapLog" for each row
        when (old."tappedAt" = '2025-01-05') execute function keep();
        """
    )
    said: list[str] = []
    nightly("2025-06-03", approve_plan=True, say=said.append)
    assert any("1 had changed or gone there since" in line for line in said)
    # With all copies but that of the row that would not go.
    assert w.left() == (1, 1, 1)
    assert (w.sealed(), w.total()) == (121, 122)
