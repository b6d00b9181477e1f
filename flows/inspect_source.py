"""`warehouse inspect`: what is in a database, and what a rule would free.

Read-only, for any PostgreSQL from 12 on; nothing is written, and no value of a
row is printed (`source_tables` says how).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from flows.source_address import connect, find_address
from flows.source_shape import Column, Table, quoted
from flows.source_tables import SAMPLED, read_tables

DAYS = 90


def inspect(
    url: str | None,
    schema: str | None = None,
    names: Sequence[str] = (),
    as_json: bool = False,
    console: Console | None = None,
) -> None:
    """Looks at a database and prints what it finds.

    Args:
        url: where it is; None is DIRECT_URL, DATABASE_URL or the warehouse.
        schema: that schema only; None is the URL's own, or else all of them.
        names: those tables only.
        as_json: print a JSON document instead.
        console: where to print to.

    Raises:
        SourceError: one sentence about what is wrong.
    """
    console = console or Console(highlight=False)
    address = find_address(url)
    with connect(address) as source:
        tables = read_tables(source, schema or address.schema, names, DAYS)
    if as_json:
        console.print_json(json.dumps([as_document(table) for table in tables]))
        return
    _print_overview(console, address.where, tables)
    for table in tables:
        _print_table(console, table)
    console.print(
        Text(
            "~ is an estimate, out of PostgreSQL's statistics or a sample of"
            f" {SAMPLED:,} rows. Kinds of data are guesses by name and sample:"
            " read them before you believe them.",
            style="dim",
        )
    )


def as_document(table: Table) -> dict[str, Any]:
    """A table as JSON has it."""
    document = asdict(table)
    for key in ("oid", "leading", "unique", "analyzed_rows", "inserts"):
        del document[key]
    return document | {
        "past_days": DAYS,
        "past_bytes": table.past_bytes,
        "index": index_statements(table),
        "prisma_index": prisma_index(table),
        "on_delete": on_delete(table),
        "yaml": rule_yaml(table),
    }


def index_statements(table: Table) -> list[str]:
    """What makes the index that the clock lacks; nothing where it has one."""
    if table.clock is None or table.clock_indexed or table.is_view:
        return []
    if table.form == "foreign table":
        return []
    clock = quoted(table.clock)

    def make(schema: str, name: str, how: str = " concurrently") -> str:
        # Without a name PostgreSQL gives it the one that Prisma would.
        return (
            f"create index{how} on {quoted(schema)}.{quoted(name)} ({clock});"
        )

    # Of a partitioned table only the partitions' can be made concurrently; the
    # table's own then takes them over, and builds nothing.
    if table.partitions:
        return [make(*leaf) for leaf in table.partitions] + [
            make(table.schema, table.name, "")
        ]
    return [make(table.schema, table.name)]


def prisma_index(table: Table) -> list[str]:
    """The same as a line of a Prisma schema."""
    return [f"@@index([{table.clock}])"] if index_statements(table) else []


def on_delete(table: Table) -> list[str]:
    """What a delete sets off, one sentence each."""
    says = []
    for key in table.referred:
        of = f"{key.table} ({', '.join(key.columns)})"
        says.append(
            {
                "cascade": f"{of}: its rows go, too (cascade)",
                "set null": f"{of}: set to NULL",
                "set default": f"{of}: set to its default",
            }.get(key.action, f"{of}: refuses while a row refers to it")
            + ("" if key.indexed else "; no index there, so each delete reads")
            + ("" if key.indexed else " all of it")
        )
    says += [f"trigger {name} fires" for name in table.triggers]
    return says


def rule_yaml(table: Table, reason: str = "") -> str | None:
    """The rule as it stands beside a source table; of events, of 90 days.

    What changes over time stays until a person says otherwise: a customer is
    not over 90 days after signing up.

    Args:
        table: the table.
        reason: what `because` says; empty, so that a person fills it in.
    """
    if table.is_view:
        return None
    key = ", ".join(_flow(name) for name in table.key)
    # In quotes: a reason may have a colon in it.
    because = f"because: {json.dumps(reason, ensure_ascii=False)}"
    if table.expiry and (_holds_secrets(table) or table.clock is None):
        return (
            "retention:\n"
            "  - keep: 1 hour\n"
            f"    since: {_flow(table.expiry)}\n"
            "    then: delete\n"
            "    held_by: nothing\n"
            f"    {because}\n"
        )
    capture = ""
    if table.key and table.kind == "event":
        capture = (
            "capture:\n"
            "  kind: event\n"
            f"  key: [{key}]\n"
            f"  clock: {_flow(table.clock or '')}\n"
        )
    elif table.key:
        capture = f"capture:\n  kind: entity\n  key: [{key}]\n"
    if table.clock is None or table.kind == "entity":
        return (
            f"{capture}retention:\n  - keep: forever\n    review:\n"
            f"    {because}\n"
        )
    return (
        f"{capture}"
        "retention:\n"
        f"  - keep: {DAYS} days\n"
        f"    since: {_flow(table.clock)}\n"
        "    then: delete\n"
        f"    held_by: {'raw' if table.key else 'nothing'}\n"
        f"    {because}\n"
    )


def _flow(name: str) -> str:
    """A name as YAML takes it."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in (
        "null",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
    ):
        return name
    return json.dumps(name, ensure_ascii=False)


def _holds_secrets(table: Table) -> bool:
    return any(column.kind == "secret" for column in table.columns)


def _print_overview(console: Console, where: str, tables: list[Table]) -> None:
    """One line a table."""
    grid = Grid(
        title=f"{_plural(len(tables), 'table')} at {where}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    grid.add_column("table", overflow="fold")
    grid.add_column("rows", justify="right", no_wrap=True)
    grid.add_column("size", justify="right", no_wrap=True)
    grid.add_column("oldest", no_wrap=True)
    grid.add_column("clock", overflow="fold")
    grid.add_column("rows are", no_wrap=True)
    grid.add_column(f"{DAYS} days free", justify="right", no_wrap=True)
    for table in tables:
        grid.add_row(
            table.label,
            _number(table.rows, table.rows_estimated),
            _size(table.bytes),
            _oldest(table, short=True),
            "-"
            if table.is_view
            else (table.clock or "none")
            + (" *" if index_statements(table) else ""),
            "a view" if table.is_view else _kind(table),
            _number(table.past, table.past_estimated),
        )
    console.print(grid)
    if any(index_statements(table) for table in tables):
        console.print(Text("* no index begins with it\n", style="dim"))


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _kind(table: Table) -> str:
    return {"event": "events", "entity": "entities"}[table.kind]


def _print_table(console: Console, table: Table) -> None:
    """All about one table."""
    console.rule(Text(table.label, style="bold"), align="left", characters="-")
    lines = Grid.grid(padding=(0, 2, 0, 0))
    lines.add_column(style="dim", no_wrap=True)
    lines.add_column(overflow="fold")

    def line(name: str, *texts: str) -> None:
        for text in texts:
            lines.add_row(name, Text(text))
            name = ""

    rows = _number(table.rows, table.rows_estimated)
    line(
        table.form,
        f"{rows} rows" + (f", {_size(table.bytes)}" if table.bytes else ""),
        *table.notes,
    )
    if not table.is_view:
        line("key", _key(table))
        line("clock", _clock(table))
        line("rows are", f"{_kind(table)}: {table.kind_why}")
    if table.oldest:
        line("oldest row", _oldest(table))
    if table.past is not None:
        size = f", about {_size(table.past_bytes)}" if table.past else ""
        line(
            f"{DAYS} days free",
            f"{_number(table.past, table.past_estimated)} rows{size}",
        )
    personal = [_said(c) for c in table.columns if c.kind not in ("none", None)]
    unclear = [_said(c) for c in table.columns if c.kind is None]
    line("personal data", *(personal or ["none found"]))
    if table.may_change:
        unclear.append(
            f"{', '.join(table.may_change)}: does that change after a row is"
            " written? then its rows are entities"
        )
    if unclear:
        line("a person must say", *unclear)
    if table.refers:
        line(
            "refers to",
            *(f"{', '.join(k.columns)}: {k.table}" for k in table.refers),
        )
    line("on delete", *(on_delete(table) or ["nothing else"]))
    console.print(Padding(lines, (0, 0, 0, 2)))
    _print_lines(console, "Index", index_statements(table))
    _print_lines(console, "The same in a Prisma schema", prisma_index(table))
    if yaml := rule_yaml(table):
        title = "Rule, once its reason is filled in"
        if not table.clock_indexed:
            title += " (and the index made)" if index_statements(table) else ""
        _print_lines(console, title, yaml.splitlines())
    console.print()


def _print_lines(console: Console, title: str, lines: Sequence[str]) -> None:
    """Lines to copy: never wrapped."""
    if lines:
        console.print(Text(f"  {title}:", style="dim"))
    for text in lines:
        console.print(Text(f"    {text}", style="cyan"), soft_wrap=True)


def _key(table: Table) -> str:
    if not table.key:
        return "none, so its rows cannot be told apart, nor captured"
    form = "" if table.key_is_primary else " (a unique index)"
    return ", ".join(table.key) + form


def _clock(table: Table) -> str:
    if table.clock is None:
        expiry = f"; {table.expiry} says when a row is over"
        return "none found" + (expiry if table.expiry else "")
    indexed = "indexed" if table.clock_indexed else "no index begins with it"
    return f"{table.clock} ({table.clock_why}); {indexed}"


def _said(column: Column) -> str:
    kind = f"{column.kind}, " if column.kind else ""
    return f"{column.name}: {kind}{column.why}"


def _oldest(table: Table, short: bool = False) -> str:
    if not table.oldest:
        return "-"
    text = table.oldest[:10] if short else f"{table.oldest} UTC"
    return ("~" if table.oldest_estimated else "") + text


def _number(value: int | None, estimated: bool) -> str:
    if value is None:
        return "-"
    return ("~" if estimated else "") + f"{value:,}"


def _size(value: int | None) -> str:
    if value is None:
        return "-"
    units = ["B", "kB", "MB", "GB", "TB"]
    size = float(value)
    while size >= 1000 and len(units) > 1:
        size /= 1024
        del units[0]
    digits = 0 if size >= 10 or units[0] == "B" else 1
    return f"{size:.{digits}f} {units[0]}"
