"""The SQL of a night as dbt sent it, sent again in milliseconds.

A night by dbt takes seconds, and a property test needs thousands. So each
statement that dbt sends during a night is noted once; what differs from night
to night (the time, the run, counts, what a rule keeps) becomes a placeholder;
and what only looks is left out. What Jinja decides between two statements is
decided here: `Replay` is short so that it can be read beside `apply_rule`.

Not covered, because it is not here: the plan's counts (here a run may let go
of all that is proved), approvals, granules (there is one), pauses, tries
again, ANALYZE, the dropping of empty partitions, and treating rows anew.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.conftest import connect
from tests.forms import BY_NAME, Form

STREAMS = [BY_NAME["entity"], BY_NAME["event"]]
KEEP = 90
# In microseconds, so that it is written the same everywhere.
MARK = datetime(2025, 6, 1, 3, 4, 5, 123456)
HELD = "kind = 'held'"


def literal(moment: datetime) -> str:
    """A moment as the macros write it (`moment`)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "+00"


@contextmanager
def noted() -> Iterator[list[tuple[str, str]]]:
    """Notes what dbt sends: the connection's name, and the statement."""
    from dbt.adapters.sql.connections import SQLConnectionManager

    statements: list[tuple[str, str]] = []
    send = SQLConnectionManager.add_query

    def note(manager: Any, sql: str, *given: Any, **named: Any) -> Any:
        name = manager.get_thread_connection().name
        statements.append((str(name), plain(sql)))
        return send(manager, sql, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLConnectionManager, "add_query", note)
        yield statements


def plain(sql: str) -> str:
    """A statement without dbt's comment in front of it."""
    return re.sub(r"^\s*/\*.*?\*/\s*", "", sql, flags=re.DOTALL).strip()


def only_looks(sql: str) -> bool:
    """Whether a statement changes nothing that a later one reads."""
    text = re.sub(r"^(--[^\n]*\n\s*)+", "", sql).lower()
    if text.startswith(("begin", "commit", "analyze", "comment", "grant")):
        return True
    if text.startswith("select") and "pg_advisory" not in text:
        return True
    # An introspection by dbt.
    return text.startswith("with") and not re.search(
        r"\b(insert into|delete from|update)\b", text
    )


@dataclass
class Texts:
    """Statements of a night, with placeholders.

    Attributes:
        build: of each model, in their order.
        partition: what makes a month's partition, of each raw model.
        bounds, batch: of each sweep, in the order of the rules.
        guard: of each stream, what says how many rows it has lost.
    """

    build: dict[str, list[str]] = field(default_factory=dict)
    partition: dict[str, str] = field(default_factory=dict)
    bounds: list[str] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    guard: dict[str, str] = field(default_factory=dict)


def texts_of(
    statements: list[tuple[str, str]], as_of: datetime, keep: int = KEEP
) -> Texts:
    """Makes placeholders of what differs from night to night."""
    texts = Texts()
    for name, sql in statements:
        sql = sql.replace(literal(as_of), "{as_of}").replace(
            f"interval '{keep} days'", "interval '{keep} days'"
        )
        model = name.rsplit(".", 1)[-1]
        if name.startswith("model."):
            if "attach partition" in sql:
                texts.partition[model] = sql
            elif not only_looks(sql):
                texts.build.setdefault(model, []).append(_any_bucket(sql))
        elif "create temporary table batch_bounds" in sql:
            texts.bounds.append(
                re.sub(r"place (<?=) \d+( or|\nand)", r"place \1 {most}\2", sql)
            )
        elif "$batch$" in sql:
            sql = re.sub(r"proved > -?\d+", "proved > {most}", sql)
            sql = re.sub(
                r"(values \(\s*)'[^']*', '[^']*',", r"\1'{run}', 'replay',", sql
            )
            texts.batch.append(sql)
        elif "count(*) filter (where original." in sql:
            stream = re.search(r"raw_app_(\w+)", sql)
            assert stream is not None
            texts.guard[stream[1]] = sql
    return texts


def _any_bucket(sql: str) -> str:
    return re.sub(r"array\[[^\]]*\]::date\[\]", "array[{days}]::date[]", sql)
