"""Load a CSV file into a table of an application's database.

The applications keep UTC in columns of type `timestamp` without time zone,
and PostgreSQL drops the offset of what it reads into such a column without a
word. So COPY reads every file into a temporary table in which those columns
are `timestamptz`, and one INSERT moves the rows on. COPY names the line that
it cannot read; for what only the INSERT finds (a null, a key that is taken)
the rows are tried again one by one, to name the line as well.
"""

import csv
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg import errors, sql
from psycopg.rows import TupleRow, tuple_row
from rich.console import Console
from rich.progress import Progress

_CHUNK = 256 * 1024
_STAGE = sql.Identifier("pg_temp", "warehouse_load")

_COLUMNS = """
SELECT attname,
       format_type(coalesce(nullif(pg_type.typbasetype, 0), atttypid), NULL),
       attnotnull AND NOT atthasdef AND attidentity = ''
FROM pg_attribute
JOIN pg_type ON pg_type.oid = atttypid
JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s AND relname = %s AND attnum > 0 AND NOT attisdropped
ORDER BY attnum
"""

_ZONED = {
    "timestamp without time zone": "{0}::timestamptz AS {0}",
    "timestamp without time zone[]": "{0}::timestamptz[] AS {0}",
}

# A temporary table is read in the order in which it was written. Newlines
# within a row count as lines, as they do for COPY.
_FIND_LINE = """
DECLARE line bigint := 1; taken record;
BEGIN
  FOR taken IN SELECT * FROM {stage} LOOP
    line := line + 1
      + length(taken::text) - length(replace(taken::text, chr(10), ''));
    INSERT INTO {table} ({names}) VALUES ({values});
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN RETURN line;
END
"""


class LoadError(RuntimeError):
    """A file that was not loaded; nothing of it stays in the table.

    The message is one sentence without a row's values: they may be a person's
    data. PostgreSQL's own words quote the row, so its error is not chained.
    """


def load_csv(
    connection: psycopg.Connection[Any],
    schema: str,
    table: str,
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    progress: bool = True,
) -> int:
    """Load a CSV file (UTF-8, with a header) into a table, all or nothing.

    A time with an offset is stored as UTC, a time without one as it stands.
    Columns that the header leaves out take their defaults. An error names the
    line as PostgreSQL counts: the header is line 1, a newline within quotes
    counts if it is the kind that ends the file's lines, and a row of several
    lines goes by its last.

    Args:
        connection: Commits the load, unless it is in a transaction already:
            then the caller commits, and its time zone is UTC until then.
        schema: The table's schema, as it is written in the catalog.
        table: The table, as it is written in the catalog.
        file: The file; `-` is standard input.
        columns: The table's column for a name in the header; a name that is
            not here is the column's own.
        progress: Show a bar on standard error if that is a terminal.

    Returns:
        The number of rows loaded.

    Raises:
        LoadError: The file cannot be read, its header does not fit the table,
            or the table does not take one of its rows.
    """
    piped = file == Path("-")
    source = "standard input" if piped else str(file)
    target = sql.Identifier(schema, table)
    names: list[str] = []
    cursor = connection.cursor(row_factory=tuple_row)
    try:
        with (
            nullcontext(sys.stdin.buffer) if piped else file.open("rb") as data,
            connection.transaction(),
            Progress(
                console=Console(stderr=True),
                disable=not (progress and sys.stderr.isatty()),
            ) as bar,
        ):
            known = cursor.execute(_COLUMNS, (schema, table)).fetchall()
            header = data.readline(_CHUNK)
            names += _names(source, header, columns or {})
            _check(source, names, known, f"{schema}.{table}")
            _create_stage(cursor, target, names, known)
            size = os.fstat(data.fileno()).st_size  # none for a pipe
            task = bar.add_task("reading", total=size or None)
            into = sql.SQL(
                "COPY {} FROM STDIN (FORMAT csv, HEADER true, ENCODING 'UTF8')"
            ).format(_STAGE)
            with cursor.copy(into) as copy:
                for chunk in _chunks(source, header, data):
                    copy.write(chunk)
                    bar.advance(task, len(chunk))
            bar.update(task, description="storing", total=None)
            return _store(cursor, source, target, names)
    except OSError as error:
        raise LoadError(f"Cannot read {source}: {error.strerror}.") from None
    except psycopg.Error as error:
        raise LoadError(_sentence(source, error, names)) from None


def _names(source: str, header: bytes, columns: Mapping[str, str]) -> list[str]:
    """Read the header as names of columns."""
    if not header:
        raise LoadError(f"{source} is empty.")
    try:
        # Spreadsheets put a byte order mark in front.
        text = header.decode("utf-8-sig").rstrip("\r\n")
        names = next(csv.reader([text], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        raise LoadError(f"The first line of {source} is not CSV.") from None
    if not names:
        raise LoadError(f"{source} has no header: its first line is empty.")
    return [columns.get(name, name) for name in names]


def _check(
    source: str, names: list[str], known: list[TupleRow], table: str
) -> None:
    """Raise unless there is the table and the header fits it."""
    if not known:
        raise LoadError(f"There is no table {table}.")
    all_names = [name for name, _, _ in known]
    has = f"{table} has the columns {', '.join(all_names)}"
    unknown = [name for name in names if name not in all_names]
    if len(unknown) == len(names):
        # Perhaps this is the first row: its values must not be repeated.
        raise LoadError(
            f"{source} has no header: its first line names no column, {has}."
        )
    if unknown:
        raise LoadError(f"{source} has an unknown column {unknown[0]}: {has}.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise LoadError(f"{source} has the column {twice[0]} twice.")
    for name, _, required in known:
        if required and name not in names:
            raise LoadError(
                f"{source} lacks the column {name}, which {table} needs."
            )


def _create_stage(
    cursor: psycopg.Cursor[TupleRow],
    target: sql.Identifier,
    names: list[str],
    known: list[TupleRow],
) -> None:
    """Create the temporary table: the header's columns, times with a zone."""
    cursor.execute("SET LOCAL timezone TO 'UTC'")
    types = {name: type_ for name, type_, _ in known}
    picked = sql.SQL(", ").join(
        sql.SQL(_ZONED.get(types[name], "{0}")).format(sql.Identifier(name))
        for name in names
    )
    cursor.execute(
        sql.SQL("CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA").format(
            _STAGE, picked, target
        )
    )


def _chunks(source: str, header: bytes, data: BinaryIO) -> Iterator[bytes]:
    """Yield the file in chunks of whole lines."""
    yield header
    lines = 1
    while chunk := data.read(_CHUNK) + data.readline(_CHUNK):
        # Up to version 17 PostgreSQL takes this line for the end of the data
        # and drops the rest of the file without a word.
        padded = b"\n" + chunk + b"\n"
        if found := re.search(rb"\n\\\.\r?\n", padded):
            line = lines + padded.count(b"\n", 0, found.start() + 1)
            raise LoadError(
                f"{source}, line {line}: a line of \\. alone ends the data for"
                " PostgreSQL; nothing was loaded."
            )
        lines += chunk.count(b"\n")
        yield chunk


def _store(
    cursor: psycopg.Cursor[TupleRow],
    source: str,
    target: sql.Identifier,
    names: list[str],
) -> int:
    """Move the rows on into the table and drop the temporary one."""
    parts = {
        "stage": _STAGE,
        "table": target,
        "names": sql.SQL(", ").join(map(sql.Identifier, names)),
        "values": sql.SQL(", ").join(
            sql.Identifier("taken", name) for name in names
        ),
    }
    insert = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM {stage}"
    )
    try:
        with cursor.connection.transaction():
            # In this session, whose zone is UTC, the times become UTC.
            loaded = cursor.execute(insert.format(**parts)).rowcount
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        body = sql.SQL(_FIND_LINE).format(**parts).as_string(cursor)
        cursor.execute(
            sql.SQL(
                "CREATE FUNCTION pg_temp.warehouse_line() RETURNS bigint"
                " LANGUAGE plpgsql AS {}"
            ).format(sql.Literal(body))
        )
        found = cursor.execute("SELECT pg_temp.warehouse_line()").fetchone()
        line = found[0] if found else None
        raise LoadError(_sentence(source, error, names, line)) from None
    cursor.execute(sql.SQL("DROP TABLE {}").format(_STAGE))
    return loaded


def _sentence(
    source: str,
    error: psycopg.Error,
    names: list[str],
    line: int | None = None,
) -> str:
    """Say what PostgreSQL refused, and where, without the row's values."""
    # "COPY warehouse_load, line 17, column tappedAt: ...", in which "line" and
    # "column" are in the server's language.
    where = re.search(
        r"^COPY warehouse_load, \w+ (\d+)(?:, \w+ (.+?): )?",
        error.diag.context or "",
        re.MULTILINE,
    )
    line = int(where[1]) if where else line
    # Only the name of a known column is sure not to be a part of a value.
    known = where and where[2] in names
    column = where[2] if where and known else error.diag.column_name
    # The condition's name, as in UniqueViolation; a message may hold values.
    what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    if error.diag.constraint_name:
        what += f" of {error.diag.constraint_name}"
    if isinstance(error, errors.BadCopyFileFormat):
        # These messages are about the row's shape and name columns at most.
        what += f" ({error.diag.message_primary})"
    place = f", line {line}" if line else ""
    place += f", column {column}" if column else ""
    return f"{source}{place}: {what}; nothing was loaded."
