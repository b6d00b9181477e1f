"""Check the rows of a JSON file, and store in a table those that are new.

The whole file goes by COPY into a temporary table, bad rows with their reason
among the good ones; all else is said in SQL, so that this process holds one
row at a time. A copy of the table (its types, checks and indexes) takes the
rows first: what the table would refuse is found there, one row at a time, and
a preview writes nothing that stays. Then one INSERT moves on what is new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
from psycopg import errors, sql
from psycopg.rows import TupleRow, tuple_row

from flows.json_rows import JsonFileError, Row, RowError, parse, rows
from flows.json_values import Column, check_kind, column_kind, moment_of

_FILE = sql.Identifier("pg_temp", "backfill_file")
_KEY = sql.Identifier("pg_temp", "backfill_key")
_NEW = sql.Identifier("pg_temp", "backfill_new")
_PARTS = 16
_SHOWN = 3
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")

_COLUMNS = """
select
    attname,
    format_type(atttypid, null),
    typcategory,
    attnotnull,
    pg_get_expr(adbin, adrelid),
    attidentity <> '',
    attgenerated <> '',
    exists (
        select from pg_index
        where indrelid = attrelid and indisunique and indisvalid
        and indpred is null and indkey::text = attnum::text
    )
from pg_attribute
inner join pg_class on pg_class.oid = attrelid and relkind in ('r', 'p')
inner join pg_namespace on pg_namespace.oid = relnamespace
inner join pg_type on pg_type.oid = atttypid
left join pg_attrdef on adrelid = attrelid and adnum = attnum
where nspname = %s and relname = %s and attnum > 0 and not attisdropped
order by attnum
"""


class BackfillError(RuntimeError):
    """Nothing was written; one sentence says why, without a row's values."""


@dataclass(frozen=True)
class Target:
    """The table that takes the rows, as the operation `backfill_table` says.

    Attributes:
        stream: What it is called, source and table.
        schema: Its schema, as it is written in the catalog.
        table: Its name, as it is written in the catalog.
        key: The column that makes a row unique.
        clock: The column that its rows age from.
        keys: The column that takes the value of each key of an object.
        as_of: Now; nothing has happened later.
        kept_since: What is older leaves the table the next night; none stays.
        kept: How long that is, in words.
        counted_since: What is older counts in no summary.
        counted: How long that is, in words.
        rejected: Schema and name of the table for rows set aside.
    """

    stream: str
    schema: str
    table: str
    key: str
    clock: str
    keys: Mapping[str, str]
    as_of: datetime
    kept_since: datetime | None
    kept: str
    counted_since: datetime | None
    counted: str
    rejected: tuple[str, str]


@dataclass(frozen=True)
class Problem:
    """Rows set aside for one reason.

    Attributes:
        reason: Why, without their values.
        rows: How many.
        places: Line and byte of the first ones.
    """

    reason: str
    rows: int
    places: list[tuple[int, int]]


@dataclass(frozen=True)
class Day:
    """What becomes of one UTC day in the table.

    Attributes:
        day: Which.
        before: Rows that were there.
        new: Rows that the file adds.
        after: Rows that are there then.
    """

    day: date
    before: int
    new: int
    after: int


@dataclass
class Report:
    """What a file comes to; each of its rows is in one of the four counts.

    Attributes:
        read: Rows in the file.
        new: Rows that go in, or went in.
        known: Rows that the table has already.
        repeated: Rows that stand in the file before.
        set_aside: Rows that do not go in.
        leaving: New ones that leave again the next night.
        days: By day of the clock.
        problems: By reason, the most frequent first.
        unknown_keys: Rows by key that no column takes.
        applied: Whether anything was written.
    """

    read: int = 0
    new: int = 0
    known: int = 0
    repeated: int = 0
    set_aside: int = 0
    leaving: int = 0
    days: list[Day] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown_keys: dict[str, int] = field(default_factory=dict)
    applied: bool = False


def backfill_rows(
    connection: psycopg.Connection[Any],
    target: Target,
    file: Path,
    *,
    apply: bool = False,
) -> Report:
    """Stores the rows of a JSON file that are new, or says which those are.

    Args:
        connection: Has no transaction open.
        target: The table.
        file: A JSON array of objects, UTF-8.
        apply: Write; else the transaction is rolled back.

    Returns:
        What became, or would become, of the file's rows.

    Raises:
        BackfillError: The file is no JSON array to its end, or the table does
            not fit.
    """
    try:
        with (
            file.open("rb") as data,
            connection.transaction(force_rollback=not apply),
        ):
            work = _Backfill(
                connection.cursor(row_factory=tuple_row), target, file.name
            )
            return work.run(data, apply)
    except JsonFileError as error:
        raise BackfillError(str(error)) from None
    except OSError as error:
        raise BackfillError(f"Cannot read {file}: {error.strerror}.") from None
    except psycopg.Error as error:
        # PostgreSQL's own words quote the row, so they are not repeated.
        raise BackfillError(
            f"{file.name}: {_condition(error)} in {target.stream};"
            " nothing was written."
        ) from None


class _Backfill:
    """One file and one table."""

    def __init__(
        self, cursor: psycopg.Cursor[TupleRow], target: Target, name: str
    ) -> None:
        self.cursor = cursor
        self.target = target
        self.name = name
        self.columns: list[Column] = []
        self.unknown: dict[str, int] = {}

    def run(self, data: BinaryIO, apply: bool) -> Report:
        """Reads, checks, compares, and if asked to, writes."""
        self._execute("set local timezone to 'UTC'")
        self._look_up()
        self._read(data)
        self._number()
        self._try()
        self._compare()
        report = self._report()
        if apply:
            self._write(report)
        if report.read != (
            report.new + report.known + report.repeated + report.set_aside
        ):
            raise BackfillError(
                f"{self.name}: the rows new, known, repeated and set aside are"
                f" not the {report.read:,} that were read, which is a mistake"
                " of this program; nothing was written."
            )
        return report

    def _execute(
        self, text: str, *values: object, **parts: sql.Composable
    ) -> psycopg.Cursor[TupleRow]:
        """Runs a statement; {names} in it are ours or those given."""
        known: dict[str, sql.Composable] = {
            "file": _FILE,
            "keys": _KEY,
            "new": _NEW,
            "table": sql.Identifier(self.target.schema, self.target.table),
            "key": sql.Identifier(self.target.key),
            "clock": sql.Identifier(self.target.clock),
        }
        query = sql.SQL(text).format(**known | parts)
        return self.cursor.execute(query, values or None)

    def _look_up(self) -> None:
        """Reads the table's columns, and checks that it can take the file."""
        target = self.target
        found = self.cursor.execute(
            _COLUMNS, (target.schema, target.table)
        ).fetchall()
        if not found:
            raise BackfillError(f"There is no table {target.stream}.")
        there = {row[0]: row for row in found}
        for key, name in target.keys.items():
            if name not in there:
                raise BackfillError(
                    f"{target.stream} has no column {name}, which meta.backfill"
                    f" names for the key {key}."
                )
            _, type_, category, required, default, identity, _, _ = there[name]
            self.columns.append(
                Column(
                    key=key,
                    name=name,
                    type=type_,
                    kind=column_kind(type_, category),
                    required=required and default is None and not identity,
                    default=default,
                    time=f"time_{len(self.columns)}",
                )
            )
        taken = set(target.keys.values())
        for name, _, _, required, default, identity, generated, _ in found:
            made = default is not None or identity or generated
            if required and not made and name not in taken:
                raise BackfillError(
                    f"{target.stream} needs the column {name}, which"
                    " meta.backfill names for no key."
                )
        if not there[target.key][-1]:
            raise BackfillError(
                f"{target.stream} has no unique index on {target.key}, so the"
                " same row could go in twice."
            )
        self.key_column = next(c for c in self.columns if c.name == target.key)
        self.times = [c for c in self.columns if c.kind == "time"]
        clocks = [c for c in self.times if c.name == target.clock]
        if not clocks:
            raise BackfillError(
                f"{target.stream}: the clock {target.clock} is no timestamp."
            )
        self.clock = clocks[0]

    def _read(self, data: BinaryIO) -> None:
        """Copies the file's rows into a temporary table, good and bad."""
        times = [sql.Identifier(c.time) for c in self.times]
        self._execute(
            """
            create temporary table {file} (
                position bigint not null,
                line bigint not null,
                byte bigint not null,
                reason text,
                is_past boolean not null,
                content jsonb not null
                {times}
            ) on commit drop
            """,
            times=sql.SQL("").join(
                sql.SQL(", {} timestamptz").format(time) for time in times
            ),
        )
        into = sql.SQL("copy {} from stdin").format(_FILE)
        with self.cursor.copy(into) as copy:
            for position, row in enumerate(rows(self.name, data), start=1):
                place = (position, row.line, row.byte)
                moments: list[datetime | None] = [None] * len(times)
                try:
                    found = parse(row)
                except RowError as error:
                    copy.write_row(
                        (*place, str(error), False, _raw(row), *moments)
                    )
                    continue
                reason, is_past = None, False
                try:
                    moments = self._check(found)
                    is_past = self._is_past(moments)
                except RowError as error:
                    reason = str(error)
                if is_past:
                    reason = (
                        f"{self.clock.key} is past the"
                        f" {self.target.counted} that summaries keep"
                    )
                copy.write_row(
                    (*place, reason, is_past, row.text.decode(), *moments)
                )

    def _is_past(self, moments: list[datetime | None]) -> bool:
        """Whether a row is too old to count in every summary."""
        moment = moments[self.times.index(self.clock)]
        since = self.target.counted_since
        return since is not None and moment is not None and moment < since

    def _check(self, found: dict[str, Any]) -> list[datetime | None]:
        """Checks an object's values; gives its times."""
        for key in found.keys() - self.target.keys.keys():
            name = key if _WORD.fullmatch(key) else "(another)"
            if name in self.unknown or len(self.unknown) < 20:
                self.unknown[name] = self.unknown.get(name, 0) + 1
        moments: list[datetime | None] = []
        for column in self.columns:
            value = found.get(column.key)
            if value is None:
                if column.name == self.target.clock or (
                    column.required and not self._can_be_made(column)
                ):
                    raise RowError(f"{column.key} is missing")
                if column.kind == "time":
                    moments.append(None)
            elif column.kind == "time":
                moment = moment_of(column.key, value)
                if moment > self.target.as_of:
                    raise RowError(f"{column.key} is in the future")
                moments.append(moment)
            else:
                check_kind(column, value)
                if column.name == self.target.key and value == "":
                    raise RowError(f"{column.key} is empty")
        return moments

    def _can_be_made(self, column: Column) -> bool:
        """Whether the column is the key, and a digest can serve as one."""
        return column.name == self.target.key and column.kind in (
            "text",
            "uuid",
        )

    def _content(self, alias: str) -> sql.Composable:
        """SQL of what a row says, however it was written.

        Keys in jsonb's order, times as moments, a null as a key that is not
        there; its own key is not part of it. Keys that no column takes are:
        two rows that differ only there are two rows.
        """
        pairs = sql.SQL(", ").join(
            sql.SQL("{}, {}").format(
                sql.Literal(column.key), sql.Identifier(alias, column.time)
            )
            for column in self.times
        )
        return sql.SQL(
            """(
            select coalesce(jsonb_object_agg(pair.key, pair.value), '{{}}')
            from jsonb_each(
                ({alias}.content - {key}) || jsonb_build_object({pairs})
            ) as pair
            where pair.value <> 'null'
            )"""
        ).format(
            alias=sql.Identifier(alias),
            key=sql.Literal(self.key_column.key),
            pairs=pairs,
        )

    def _number(self) -> None:
        """Gives each good row its key, and finds what stands there twice."""
        digest = sql.SQL(
            "encode(sha256(convert_to({}::text, 'UTF8')), 'hex')"
        ).format(self._content("given"))
        made = {
            "text": "'backfill_' || {}",
            "uuid": "left({}, 32)::uuid::text",
        }.get(self.key_column.kind, "null")
        own = "lower({})" if self.key_column.kind == "uuid" else "{}"
        self._execute(
            """
            create temporary table {keys} on commit drop as
            select
                position,
                key,
                row_number() over (partition by key order by position) as nth
            from (
                select
                    given.position,
                    coalesce({own}, {made}) as key
                from {file} as given
                where given.reason is null
            ) as keyed
            """,
            own=sql.SQL(own).format(
                sql.SQL("given.content ->> {}").format(
                    sql.Literal(self.key_column.key)
                )
            ),
            made=sql.SQL(made).format(digest),
        )
        self._execute("analyze {file}")
        self._execute("analyze {keys}")
        self._execute(
            """
            update {file} as given
            set reason = {reason}
            from {keys} as again, {keys} as once, {file} as earlier
            where again.position = given.position
            and again.nth > 1
            and once.key = again.key
            and once.nth = 1
            and earlier.position = once.position
            and {one} <> {other}
            """,
            reason=sql.Literal(
                f"{self.key_column.key} stands before it in the file, with"
                " another content"
            ),
            one=self._content("given"),
            other=self._content("earlier"),
        )

    def _try(self) -> None:
        """Stores the rows in a copy of the table, which refuses as it would."""
        self._execute(
            """
            create temporary table {new} (
                like {table} including defaults including constraints
                including indexes including generated including identity
            ) on commit drop
            """
        )
        names, values = [], []
        for column in self.columns:
            value = self._value(column)
            if column.default is not None:
                # The catalog's own text of the table's default.
                value = sql.SQL("coalesce({}, {})").format(
                    value, sql.SQL(column.default)
                )
            names.append(sql.Identifier(column.name))
            values.append(value)
        self.names = sql.SQL(", ").join(names)
        self.insert = sql.SQL(
            """
            insert into {new} ({names})
            select {values}
            from {keys} as keyed
            inner join {file} as given on given.position = keyed.position
            where keyed.nth = 1 and given.reason is null
            """
        ).format(
            new=_NEW,
            keys=_KEY,
            file=_FILE,
            names=self.names,
            values=sql.SQL(", ").join(values),
        )
        last = self._one("select coalesce(max(position), 0) from {keys}")
        if not self._fits(1, last):
            self._execute("create index on {file} (position)")
            self._execute("create index on {keys} (position)")
            self._halve(1, last)
        self._execute("analyze {new}")

    def _value(self, column: Column) -> sql.Composable:
        """SQL of what a column takes from a row."""
        if column.kind == "time":
            time = sql.Identifier("given", column.time)
            if "without" in column.type:
                return sql.SQL("{} at time zone 'UTC'").format(time)
            return time
        if column.name == self.target.key:
            text: sql.Composable = sql.SQL("keyed.key")
        elif column.kind == "json":
            return sql.SQL(
                "nullif(given.content -> {}, 'null')::" + column.type
            ).format(sql.Literal(column.key))
        else:
            text = sql.SQL("given.content ->> {}").format(
                sql.Literal(column.key)
            )
        if column.kind == "text":
            # No cast: it would cut off what is too long.
            return text
        return sql.SQL("({})::" + column.type).format(text)

    def _fits(self, first: int, last: int) -> bool:
        """Tries to store the rows of a range of positions, all or none."""
        try:
            with self.cursor.connection.transaction():
                self.cursor.execute(
                    self.insert
                    + sql.SQL(" and keyed.position between {} and {}").format(
                        first, last
                    )
                )
        except _REFUSALS as error:
            if first == last:
                self._execute(
                    "update {file} set reason = %s where position = %s",
                    f"the table refuses it: {_condition(error)}",
                    first,
                )
            return False
        return True

    def _halve(self, first: int, last: int) -> None:
        """Stores a range that does not fit, but for the rows at fault."""
        size = max(1, (last - first + 1) // _PARTS)
        for low in range(first, last + 1, size):
            high = min(last, low + size - 1)
            if not self._fits(low, high) and low < high:
                self._halve(low, high)

    def _compare(self) -> None:
        """Takes out what the table has; another row under its key is bad."""
        differs = sql.SQL(" or ").join(
            sql.SQL(
                "(nullif(given.content -> {key}, 'null') is not null and"
                " {ours} is distinct from {theirs})"
            ).format(
                key=sql.Literal(column.key),
                ours=_as_text("fresh", column),
                theirs=_as_text("there", column),
            )
            for column in self.columns
            if column.name != self.target.key
        )
        found = self._execute(
            """
            create temporary table pg_temp.backfill_known on commit drop as
            select
                there.{key} as key,
                keyed.position,
                coalesce({differs}, false) as differs
            from {new} as fresh
            inner join {table} as there on there.{key} = fresh.{key}
            inner join {keys} as keyed
                on keyed.key = fresh.{key}::text and keyed.nth = 1
            inner join {file} as given on given.position = keyed.position
            """,
            differs=differs,
        )
        if found.rowcount == 0:
            return
        self._execute("analyze pg_temp.backfill_known")
        self._execute(
            "update {file} as given set reason = %s"
            " from pg_temp.backfill_known as known"
            " where known.position = given.position and known.differs",
            f"{self.key_column.key} is that of another row in the table",
        )
        self._execute(
            "delete from {new} as fresh using pg_temp.backfill_known as known"
            " where known.key = fresh.{key}"
        )

    def _report(self) -> Report:
        """Counts what is new, known, repeated, and set aside."""
        clock = sql.SQL("(fresh.{}{})").format(
            sql.Identifier(self.target.clock), self._zone()
        )
        report = Report(
            read=self._one("select count(*) from {file}"),
            new=self._one("select count(*) from {new}"),
            known=self._one(
                "select count(*) from pg_temp.backfill_known where not differs"
            ),
            repeated=self._one(
                "select count(*) from {keys} as keyed"
                " inner join {file} as given"
                " on given.position = keyed.position"
                " where keyed.nth > 1 and given.reason is null"
            ),
            set_aside=self._one(
                "select count(*) from {file} where reason is not null"
            ),
            unknown_keys=self.unknown,
        )
        if self.target.kept_since is not None:
            report.leaving = self._one(
                "select count(*) from {new} as fresh where {at} < %s",
                self.target.kept_since.replace(tzinfo=None),
                at=clock,
            )
        report.problems = [
            Problem(reason, count, list(zip(lines, bytes_, strict=True)))
            for reason, count, lines, bytes_ in self._execute(
                """
                select
                    reason,
                    count(*),
                    (array_agg(line order by position))[1:{shown}],
                    (array_agg(byte order by position))[1:{shown}]
                from {file}
                where reason is not null
                group by reason
                order by count(*) desc, reason
                """,
                shown=sql.Literal(_SHOWN),
            )
        ]
        report.days = self._days(clock)
        return report

    def _zone(self) -> sql.SQL:
        """SQL between the clock and the same in UTC without a zone."""
        if "without" in self.clock.type:
            return sql.SQL("")
        return sql.SQL(" at time zone 'UTC'")

    def _days(self, clock: sql.Composable) -> list[Day]:
        """Counts the rows of each day that the file adds to."""
        new = self._execute(
            "select {at}::date, count(*) from {new} as fresh"
            " group by 1 order by 1",
            at=clock,
        ).fetchall()
        if not new:
            return []
        before = self._in_table(new[0][0], new[-1][0])
        return [
            Day(day, before.get(day, 0), count, before.get(day, 0) + count)
            for day, count in new
        ]

    def _in_table(self, first: date, last: date) -> dict[date, int]:
        """Rows in the table, by day, of a range of days."""
        found = self._execute(
            """
            select ({clock}{zone})::date, count(*)
            from {table}
            where {clock} >= %s::timestamp{zone}
            and {clock} < %s::timestamp{zone}
            group by 1
            """,
            first,
            last + timedelta(days=1),
            zone=self._zone(),
        )
        return dict(found.fetchall())

    def _write(self, report: Report) -> None:
        """Moves on what is new, and sets aside what is not good."""
        written = self._execute(
            # In one order, so that two at once wait, and do not deadlock.
            "insert into {table} ({names}) select {names} from {new}"
            " order by {key} on conflict do nothing",
            names=self.names,
        ).rowcount
        # Somebody else may have written the same rows since we looked.
        report.known += report.new - written
        report.new = written
        if report.days:
            after = self._in_table(report.days[0].day, report.days[-1].day)
            report.days = [
                Day(day.day, day.before, day.new, after.get(day.day, 0))
                for day in report.days
            ]
        self._execute(
            """
            insert into {rejected} (
                stream, digest, file_name, line, position, reason, row
            )
            select
                %s,
                left(encode(
                    sha256(convert_to(content::text, 'UTF8')), 'hex'
                ), 32)::uuid,
                %s,
                line,
                byte,
                reason,
                -- What is past its time is not kept here, either.
                case when not is_past then content end
            from {file}
            where reason is not null
            -- The first of equal ones; a sort keeps two runs from a deadlock.
            order by 2, position
            on conflict do nothing
            """,
            self.target.stream,
            self.name,
            rejected=sql.Identifier(*self.target.rejected),
        )
        report.applied = True

    def _one(self, text: str, *values: object, **parts: sql.Composable) -> Any:  # noqa: ANN401 - any value
        """The first value of a query's first row."""
        found = self._execute(text, *values, **parts).fetchone()
        return found[0] if found else None


_REFUSALS = (
    errors.DataError,
    errors.IntegrityError,
    errors.ProgramLimitExceeded,  # such as a text too long for its index
)


def _raw(row: Row) -> str:
    """A row that is no JSON, as a JSON text that PostgreSQL can store."""
    text = row.text.decode("utf-8", "backslashreplace")
    return json.dumps(text.replace("\0", "\\x00"), ensure_ascii=False)


def _as_text(alias: str, column: Column) -> sql.Composable:
    """A column's stored value as text; json has no equality of its own."""
    cast = "{}::jsonb::text" if column.type == "json" else "{}::text"
    return sql.SQL(cast).format(sql.Identifier(alias, column.name))


def _condition(error: psycopg.Error) -> str:
    """The condition's name, as in UniqueViolation; a message holds values."""
    what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    if error.diag.column_name:
        what += f" of {error.diag.column_name}"
    elif error.diag.constraint_name:
        what += f" of {error.diag.constraint_name}"
    return what
