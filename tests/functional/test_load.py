"""Load CSV files into a table shaped like an application's."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from flows import load as load_module
from flows.load import LoadError, load_csv

BIN = Path("/usr/lib/postgresql/15/bin")

TABLE = """
CREATE SCHEMA hub;
CREATE TABLE hub."TapLog" (
  id text PRIMARY KEY, "eventId" text NOT NULL, "windowId" text,
  "redirectUrl" text, "tagId" text, "ipAddress" text, "userAgent" text,
  "tappedAt" timestamp(3) NOT NULL)
"""
LISTED = (
    "hub.TapLog has the columns id, eventId, windowId, redirectUrl, tagId,"
    " ipAddress, userAgent, tappedAt"
)
HEADER = "id,eventId,userAgent,tappedAt"
TIME = "2025-01-01T02:00:00Z"
GOOD = f"{HEADER}\na,e,u,{TIME}\n"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run a PostgreSQL server; give its conninfo."""
    user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    run_as = user if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        if run_as:
            shutil.chown(folder, "nobody")
        data = f"{folder}/data"
        subprocess.run(
            [
                *[BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust"],
                *["-E", "UTF8", "--no-locale", "--no-sync"],
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            **run_as,
        )
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        process = subprocess.Popen(
            [
                *[BIN / "postgres", "-D", data, "-p", str(port), "-F"],
                *["-h", "127.0.0.1", "-k", ""],
            ],
            stderr=subprocess.DEVNULL,
            **run_as,
        )
        conninfo = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        try:
            wait_until(lambda: can_connect(conninfo))
            yield conninfo
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """Create an empty database; give its conninfo."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS load WITH (FORCE)")
        admin.execute("CREATE DATABASE load")
        yield make_conninfo(server, dbname="load")


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database) as opened:
        opened.execute(TABLE)
        opened.commit()
        yield opened


@pytest.fixture
def taps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Not tmp_path: it has the test's name in it, and so the rows' values.
    return tmp_path_factory.mktemp("load") / "taps.csv"


def can_connect(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until(true) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "waited 30 s in vain"
        time.sleep(0.05)


def load(connection, file, content=None, table="TapLog", **options) -> int:
    """Write the file if there is content, and load it."""
    if content is not None:
        file.write_bytes(
            content.encode() if isinstance(content, str) else content
        )
    return load_csv(connection, "hub", table, file, **options)


def refused(connection, file, content=None, **options) -> str:
    """Give the sentence of a load that fails and leaves nothing."""
    before = rows(connection)
    connection.commit()
    with pytest.raises(LoadError) as caught:
        load(connection, file, content, **options)
    assert connection.info.transaction_status.name == "IDLE"
    assert rows(connection) == before
    connection.commit()
    # What a traceback shows, a log may keep.
    shown = "".join(traceback.format_exception(caught.value))
    assert "secret" not in shown
    return str(caught.value)


def rows(connection, columns='id, "eventId", "userAgent"') -> list[tuple]:
    return connection.execute(
        f'SELECT {columns} FROM hub."TapLog" ORDER BY id'
    ).fetchall()


def test_loads_and_commits(connection, database, taps):
    assert load(connection, taps, GOOD + f"b,f,,{TIME}\n") == 2
    with psycopg.connect(database) as other:
        assert rows(other) == [("a", "e", "u"), ("b", "f", None)]


def test_two_loads_add_up(connection, taps):
    load(connection, taps, GOOD)
    load(connection, taps, GOOD.replace("a,e", "b,f"))
    assert len(rows(connection)) == 2


def test_a_header_alone_is_no_rows(connection, taps):
    assert load(connection, taps, HEADER) == 0


def test_a_time_of_a_type_of_their_own_is_utc(connection, tmp_path):
    connection.execute(
        "create domain hub.moment as timestamp;"
        "create table hub.note (id int, at hub.moment)"
    )
    file = tmp_path / "notes.csv"
    file.write_text("id,at\n1,2025-01-01T02:00:00+02:00\n")
    load_csv(connection, "hub", "note", file, progress=False)
    assert connection.execute("select at::text from hub.note").fetchone() == (
        "2025-01-01 00:00:00",
    )


def test_within_the_callers_transaction(connection, taps):
    connection.execute("SELECT 1")
    load(connection, taps, GOOD)
    load(connection, taps, GOOD.replace("a,e", "b,f"))
    connection.rollback()
    assert rows(connection) == []


def test_columns_left_out_take_their_defaults(connection, taps):
    connection.execute(
        """ALTER TABLE hub."TapLog" ALTER "userAgent" SET DEFAULT 'none',
        ALTER "eventId" SET DEFAULT 'e0'"""
    )
    connection.commit()
    load(connection, taps, f"tappedAt,id\n{TIME},a\n")
    assert rows(connection) == [("a", "e0", "none")]


def test_header_map(connection, taps):
    columns = {"event_id": "eventId", "tapped_at": "tappedAt", "other": "x"}
    load(
        connection,
        taps,
        f"id,event_id,tapped_at\na,e,{TIME}\n",
        columns=columns,
    )
    assert rows(connection) == [("a", "e", None)]


def test_spreadsheet_file(connection, taps):
    content = f'\ufeffid,"eventId",tappedAt\r\na,"x, ""y""\r\nz",{TIME}\r\n'
    load(connection, taps, content)
    assert rows(connection) == [("a", 'x, "y"\r\nz', None)]


def test_an_empty_string_is_not_null(connection, taps):
    load(connection, taps, f'{HEADER}\na,"",,{TIME}\n')
    assert rows(connection) == [("a", "", None)]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2025-07-01T02:00:00", 2),
        ("2025-07-01T02:00:00Z", 2),
        ("2025-07-01T02:00:00+02:00", 0),
        ("2025-07-01 02:00:00-05", 7),
        ("2025-07-01 02:00:00 Europe/Amsterdam", 0),
    ],
)
def test_offsets_are_honoured(connection, taps, text, hour):
    connection.execute("SET timezone TO 'Asia/Tokyo'")
    connection.commit()
    load(connection, taps, f"{HEADER}\na,e,u,{text}\n")
    assert rows(connection, '"tappedAt"') == [(datetime(2025, 7, 1, hour),)]
    zone = connection.execute("SHOW timezone").fetchone()
    assert zone == ("Asia/Tokyo",)


def test_times_keep_the_columns_precision(connection, taps):
    load(connection, taps, f"{HEADER}\na,e,u,2025-07-01T02:00:00.123456+01\n")
    assert rows(connection, '"tappedAt"') == [
        (datetime(2025, 7, 1, 1, 0, 0, 123000),)
    ]


def test_offsets_within_a_list(connection, taps):
    connection.execute('ALTER TABLE hub."TapLog" ADD times timestamp(3)[]')
    connection.commit()
    load(
        connection,
        taps,
        f"{HEADER},times\na,e,u,{TIME},{{2025-07-01T02:00:00+02}}\n",
    )
    assert rows(connection, "times") == [([datetime(2025, 7, 1)],)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "{} is empty."),
        (b"\na,b\n", "{} has no header: its first line is empty."),
        (
            b"secret,2025-01-01\n",
            f"{{}} has no header: its first line names no column, {LISTED}.",
        ),
        (b"id,secret\xff\n", "The first line of {} is not CSV."),
        (b'id,"eventId\n', "The first line of {} is not CSV."),
        (
            b"id,eventid,tappedAt\n",
            f"{{}} has an unknown column eventid: {LISTED}.",
        ),
        (
            b"id,eventId,tappedAt,\n",
            f"{{}} has an unknown column : {LISTED}.",
        ),
        (b"id,eventId,tappedAt,id\n", "{} has the column id twice."),
        (
            b"id,tappedAt\n",
            "{} lacks the column eventId, which hub.TapLog needs.",
        ),
    ],
)
def test_header_that_does_not_fit(connection, taps, content, sentence):
    assert refused(connection, taps, content) == sentence.format(taps)


def test_two_names_for_one_column(connection, taps):
    sentence = refused(
        connection,
        taps,
        f"id,eventId,event,tappedAt\na,b,c,{TIME}\n",
        columns={"event": "eventId"},
    )
    assert sentence == f"{taps} has the column eventId twice."


def test_missing_file(connection, taps):
    assert refused(connection, taps) == (
        f"Cannot read {taps}: No such file or directory."
    )


@pytest.mark.parametrize("table", ["taplog", "TapLog_pkey"])
def test_missing_table(connection, taps, table):
    assert refused(connection, taps, GOOD, table=table) == (
        f"There is no table hub.{table}."
    )


def test_table_that_the_role_may_not_write(connection, taps):
    connection.execute(
        """CREATE ROLE reader; GRANT USAGE ON SCHEMA hub TO reader;
        GRANT SELECT ON hub."TapLog" TO reader"""
    )
    connection.commit()
    connection.execute("SET ROLE reader")
    connection.commit()
    sentence = refused(connection, taps, GOOD)
    connection.execute("RESET ROLE; DROP OWNED BY reader; DROP ROLE reader")
    assert sentence == f"{taps}: insufficient privilege; nothing was loaded."


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "secret,e,u,yesterdayish",
            ", line 4, column tappedAt: invalid datetime format",
        ),
        (
            "secret,e,u,2025-02-30",
            ", line 4, column tappedAt: datetime field overflow",
        ),
        (
            "secret,e",
            ", line 4: bad copy file format (missing data for column"
            ' "userAgent")',
        ),
        (
            f"secret,e,u,{TIME},x",
            ", line 4: bad copy file format (extra data after last expected"
            " column)",
        ),
        (
            f"secret,,u,{TIME}",
            ", line 4, column eventId: not null violation",
        ),
        ("secret,e,u,", ", line 4, column tappedAt: not null violation"),
        (
            f"b,secret,u,{TIME}",
            ", line 4: unique violation of TapLog_pkey",
        ),
        (
            f"there,secret,u,{TIME}",
            ", line 4: unique violation of TapLog_pkey",
        ),
        (
            f"secret,bad,u,{TIME}",
            ", line 4: check violation of good",
        ),
        (
            f"secret,e,nobody,{TIME}",
            ", line 4: foreign key violation of agent",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_broken_row(connection, taps, row, problem, end):
    connection.execute(
        f"""INSERT INTO hub."TapLog" VALUES ('there', 'e', '', '', '', '', 'u',
            '{TIME}');
        CREATE TABLE hub.agent (name text PRIMARY KEY);
        INSERT INTO hub.agent VALUES ('u');
        ALTER TABLE hub."TapLog"
            ADD CONSTRAINT good CHECK ("eventId" <> 'bad'),
            ADD CONSTRAINT agent FOREIGN KEY ("userAgent")
                REFERENCES hub.agent"""
    )
    lines = [HEADER, f"a,e,u,{TIME}", f"b,e,u,{TIME}", row, f"c,e,u,{TIME}"]
    content = "".join(line + end for line in lines)
    assert refused(connection, taps, content) == (
        f"{taps}{problem}; nothing was loaded."
    )
    # Nothing is in the way of the next load in this session.
    assert load(connection, taps, content.replace(row + end, "")) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f'b,"e{{}}e",u,{TIME}x', ", line 6, column tappedAt: "),
        (f'a,"e{{}}e",u,{TIME}', ", line 6: unique violation"),
    ],
)
def test_newlines_within_a_row_are_lines(connection, taps, row, problem, end):
    first = f'a,"e{end}(e)",u,{TIME}'
    content = end.join([HEADER, first, f"c,e,u,{TIME}", row.format(end), ""])
    assert content.split(end)[5].startswith('e",u')  # line 6
    assert problem in refused(connection, taps, content)


def test_bytes_that_are_not_utf8(connection, taps):
    assert refused(connection, taps, GOOD.encode() + b"b,\xff,secret,\n") == (
        f"{taps}, line 3: character not in repertoire; nothing was loaded."
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", [1, 30_000])
def test_end_mark_does_not_cut_the_file(connection, taps, end, before):
    many = [f"{n},e,u,{TIME}" for n in range(before)]
    content = end.join([HEADER, *many, "\\.", f"b,e,u,{TIME}", ""])
    assert refused(connection, taps, content) == (
        f"{taps}, line {before + 2}: a line of \\. alone ends the data for"
        " PostgreSQL; nothing was loaded."
    )


@pytest.mark.parametrize("sent", range(5))
def test_end_mark_across_two_chunks(connection, taps, sent):
    row = f"a,e,{{}},{TIME}"
    wide = "x" * (load_module._CHUNK - len(row.format("")) - sent)
    content = f"{HEADER}\n{row.format(wide)}\n\\.\nb,e,u,{TIME}\n"
    assert f"{taps}, line 3: a line of" in refused(connection, taps, content)


def test_end_mark_within_a_line_is_data(connection, taps):
    load(connection, taps, f"{HEADER}\n\\.,e,u\\.,{TIME}\n")
    assert rows(connection) == [("\\.", "e", "u\\.")]


def test_deferred_constraint(connection, taps):
    connection.execute(
        """ALTER TABLE hub."TapLog" ADD CONSTRAINT one UNIQUE ("eventId")
        DEFERRABLE INITIALLY DEFERRED"""
    )
    assert refused(connection, taps, GOOD + f"secret,e,u,{TIME}\n") == (
        f"{taps}: unique violation of one; nothing was loaded."
    )


def test_files_are_utf8_whatever_the_client_is(connection, taps):
    connection.execute("SET client_encoding TO 'LATIN1'")
    connection.commit()
    load(connection, taps, f"{HEADER}\na,\u00e9,u,{TIME}\n")
    assert rows(connection) == [("a", "\u00e9", "u")]


def test_names_are_quoted(connection, taps):
    table, column = 'Odd" %s {x}; --', 'na"me % {0} $$'
    connection.execute(
        sql.SQL("CREATE TABLE hub.{} ({} int NOT NULL, t timestamp)").format(
            sql.Identifier(table), sql.Identifier(column)
        )
    )
    quoted = column.replace('"', '""')
    header = f'"{quoted}",t\n'
    assert load(connection, taps, f"{header}1,{TIME}\n", table=table) == 1
    for value, problem in [("x", "invalid text"), ("", "not null")]:
        sentence = refused(
            connection, taps, f"{header}1,\n{value},\n", table=table
        )
        assert sentence.startswith(f"{taps}, line 3, column {column}: ")
        assert problem in sentence


def test_a_large_file_in_little_memory(connection, taps):
    wide = "x" * 100_000
    taps.write_text(
        HEADER + "\n" + "".join(f"{n:03},e,{wide},{TIME}\n" for n in range(200))
    )
    tracemalloc.start()
    try:
        assert load(connection, taps) == 200
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    assert rows(connection, "id, \"userAgent\" = repeat('x', 100000)") == [
        (f"{n:03}", True) for n in range(200)
    ]


def test_line_far_into_a_file(connection, taps):
    content = [f"{n},e,u,{TIME}" for n in range(30_000)]
    content.append(f"7,e,u,{TIME}")
    sentence = refused(connection, taps, "\n".join([HEADER, *content]))
    assert ", line 30002: unique violation" in sentence


def test_standard_input(connection, taps, monkeypatch):
    taps.write_text(GOOD)
    with taps.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert load(connection, Path("-")) == 1
    assert rows(connection) == [("a", "e", "u")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stderr", "progress", "shown"),
    [
        (Terminal, True, True),
        (Terminal, False, False),
        (io.StringIO, True, False),
    ],
)
def test_progress(
    connection, taps, monkeypatch, capsys, stderr, progress, shown
):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stderr())
    load(connection, taps, GOOD, progress=progress)
    text = sys.stderr.getvalue()
    assert ("storing" in text) is shown
    assert shown or not text
    assert not capsys.readouterr().out


SCRIPT = """
import signal, sys, psycopg
from pathlib import Path
from flows.load import load_csv
# A suite that runs in the background of a shell hands down that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
with psycopg.connect(sys.argv[1]) as connection:
    load_csv(connection, "hub", "TapLog", Path("-"))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("step", ["COPY", "INSERT"])
def test_killed_in_the_middle(connection, database, how, step):
    connection.autocommit = True
    state = "SELECT wait_event_type FROM pg_stat_activity WHERE query LIKE %s"

    def states() -> list[str]:
        found = connection.execute(state, (f"{step}%warehouse_load%",))
        return [row[0] for row in found]

    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, database],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with psycopg.connect(database) as holder:
        # Somebody else's open row holds up the INSERT.
        holder.execute(
            f"""INSERT INTO hub."TapLog" VALUES ('9999', '', '', '', '', '', '',
            '{TIME}')"""
        )
        rest = "".join(f"{n},e,u,{TIME}\n" for n in range(30_000))
        process.stdin.write(f"{HEADER}\n{rest}".encode())
        process.stdin.flush()
        if step == "INSERT":
            process.stdin.close()
        awaited = {"COPY": ["Client"], "INSERT": ["Lock"]}[step]
        wait_until(lambda: states() == awaited)
        process.send_signal(how)
        process.wait(30)
        errors = process.stderr.read()
        holder.rollback()
    process.stderr.close()
    wait_until(lambda: not states())
    assert process.returncode == -how
    assert (b"KeyboardInterrupt" in errors) is (how == signal.SIGINT)
    assert rows(connection) == []
