"""What is known of an application's table, and how it is called here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Column:
    """A column, and what it seems to hold.

    Attributes:
        name: as the catalogue has it.
        type: in full, like `timestamp(3) without time zone`.
        base: without a length, and of a domain what it is over.
        group: text, number, boolean, time, date, uuid, ip, json or other.
        nullable: whether NULL may stand there.
        default_now: whether the database writes the time by itself.
        generated: whether the database works it out from other columns.
        readable: whether we may read it.
        kind: of personal data as in `meta.pii`, or secret; None where nothing
            could be told, and a person has to.
        why: what the kind was told by.
    """

    name: str
    type: str
    base: str
    group: str
    nullable: bool
    default_now: bool
    generated: bool
    readable: bool
    kind: str | None = None
    why: str = ""


@dataclass
class ForeignKey:
    """A foreign key of one table to another, or to it.

    Attributes:
        columns: of the table that refers.
        table: the other one, `schema.table`.
        action: what a delete does to the table that refers.
        indexed: whether its columns have an index to look them up by.
    """

    columns: list[str]
    table: str
    action: str
    indexed: bool


@dataclass
class Table:
    """A table, and what it seems to be.

    Attributes:
        schema: its schema.
        name: its name, as the catalogue has it.
        form: table, partitioned table, foreign table, view or materialized
            view.
        columns: all of them, in order.
        key: what makes a row unique: the primary key, or else a unique index
            over columns that are never NULL.
        key_is_primary: whether it is the primary key.
        rows: how many, or None where that cannot be told.
        rows_estimated: whether that is an estimate.
        bytes: with indexes and TOAST.
        clock: the column that rows seem to age from.
        clock_why: what it was told by.
        clock_indexed: whether an index begins with it.
        expiry: the column that says when a row is worth nothing any more.
        oldest: the oldest row's clock, UTC.
        oldest_estimated: whether that is of a sample only.
        kind: event or entity.
        kind_why: what that was told by.
        may_change: columns of an event that look like a state: if one changes
            after the row is written, it is an entity, which a person must say.
        past: rows older than `days`.
        past_estimated: whether that is an estimate.
        refers: foreign keys of this table.
        referred: foreign keys of others to this table.
        triggers: that a delete fires.
        partitions: leaf partitions, `(schema, table)`.
        notes: what kept us from seeing everything, in sentences.
    """

    oid: int
    schema: str
    name: str
    form: str
    bytes: int | None
    readable: bool
    columns: list[Column] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    key_is_primary: bool = False
    rows: int | None = None
    rows_estimated: bool = True
    updates: int = 0
    inserts: int = 0
    analyzed_rows: int | None = None
    clock: str | None = None
    clock_why: str = ""
    clock_indexed: bool = False
    expiry: str | None = None
    oldest: str | None = None
    oldest_estimated: bool = False
    kind: str = "entity"
    kind_why: str = ""
    may_change: list[str] = field(default_factory=list)
    past: int | None = None
    past_estimated: bool = True
    refers: list[ForeignKey] = field(default_factory=list)
    referred: list[ForeignKey] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    partitions: list[tuple[str, str]] = field(default_factory=list)
    leading: set[str] = field(default_factory=set)
    unique: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """`schema.table`, for people."""
        return f"{self.schema}.{self.name}"

    @property
    def is_view(self) -> bool:
        """Whether its rows are other tables' rows."""
        return self.form in ("view", "materialized view")

    @property
    def past_bytes(self) -> int | None:
        """What the rows in `past` take, estimated by their share."""
        if not self.rows or self.past is None or self.bytes is None:
            return None
        return round(self.bytes * min(1.0, self.past / self.rows))

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def quoted(name: str) -> str:
    """A name as SQL needs it: in quotation marks only where it must be."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


# What cannot stand as a name without quotation marks, or should not.
RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization binary
    both case cast check collate collation column concurrently constraint create
    cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like
    limit localtime localtimestamp natural not notnull null offset on only or
    order outer overlaps placing primary references returning right select
    session_user similar some symmetric system_user table tablesample then to
    trailing true union unique user using variadic verbose when where window
    with""".split()  # noqa: SIM905 - a list of words is read as words
)


def snake(name: str) -> str:
    """`UserAgent`, `userAgent` and `User Agent` as user_agent."""
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
    return f"n{text}" if text[:1].isdigit() else text or "unnamed"


_SAME = (
    "ss",
    "us",
    "is",
    "news",
    "series",
    "species",
    "sms",
    "gps",
    "https",
    "aws",
    "dns",
)


def singular(name: str) -> str:
    """The last word of a table's name in the singular, as far as rules go."""
    lower = name.lower()
    if lower.endswith("people"):
        return name[:-6] + ("Person" if name[-6] == "P" else "person")
    if lower.endswith("children"):
        return name[:-3]
    if lower.endswith(_SAME) or not lower.endswith("s"):
        return name
    if lower.endswith(("movies", "cookies", "calories")):
        return name[:-1]
    if lower.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")) and (
        not lower.endswith(("auses", "ouses", "caches", "niches"))
        or lower.endswith("statuses")
    ):
        return name[:-2]
    return name[:-1]
