"""The SQL of a night as dbt sent it, sent again in milliseconds.

A night by dbt takes seconds, and a property test needs thousands. So each
statement that dbt sends during a night is noted once; what differs from night
to night (the time, the run, counts, what a rule keeps) becomes a placeholder;
and what only looks is left out. What Jinja decides between two statements is
decided here: `Replay` is short so that it can be read beside `apply_rule`.

Not covered, because it is not here: the plan's counts (here a run may let go
of all that is proved), approvals, granules (there is one), pauses, tries
again, ANALYZE, the dropping of partitions, whole or empty (the recorded nights
are of one year, and so is a partition; tests/faults.py drops them), and
treating rows anew.
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
from tests.forms import BY_NAME

STREAMS = [BY_NAME["entity"], BY_NAME["event"]]
DAY = timedelta(days=1)
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
    # What dbt asks the catalogue.
    return text.startswith("with") and not re.search(
        r"\b(insert into|delete from|update)\b", text
    )


@dataclass
class Texts:
    """Statements of a night, with placeholders.

    Attributes:
        build: of each model, in their order.
        partition: of each raw model, what makes the partition of a year.
        sweeps: of each stream, per sweep of a rule the layer, what finds the
            bounds of a batch, and the batch; in the order of the rules.
        lists: of each stream of entities, what lists keys of several versions.
        all_left: of each stream, what looks whether raw let go of all that is
            past its time in staging.
        guard: of each stream, what says how many rows it has lost.
        sums: what sums up old entries of the accounts.
        skipped: what writes, and is not sent again.
    """

    build: dict[str, list[str]] = field(default_factory=dict)
    partition: dict[str, str] = field(default_factory=dict)
    sweeps: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    all_left: dict[str, str] = field(default_factory=dict)
    guard: dict[str, str] = field(default_factory=dict)
    sums: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def texts_of(statements: list[tuple[str, str]], as_of: datetime) -> Texts:
    """Makes placeholders of what differs from night to night."""
    texts = Texts()
    apply = [sql for name, sql in statements if "retention_apply" in name]
    run = _found(r"run_id = '([0-9a-f-]{36})'", "\n".join(apply))
    digest = _found(r"where digest = '(\w+)'", "\n".join(apply))
    bounds = ""
    for name, sql in statements:
        model = name.rsplit(".", 1)[-1]
        sql = (
            sql.replace(literal(as_of), "{as_of}")
            # The plan has reckoned them: of a rule, and of who is gone.
            .replace(literal(as_of - KEEP * DAY), "{cutoff}")
            .replace(literal(as_of - DAY), "{gone_cutoff}")
            .replace(run, "{run}")
            .replace(digest, "{digest}")
        )
        if name.startswith("model.") and "attach partition" in sql:
            year = f"{as_of:%Y}0101"
            first, last = re.findall(r"'([-0-9: +]+)'", sql)
            sql = sql.replace(year, "{year}")
            texts.partition[model] = sql.replace(first, "{first}").replace(
                last, "{last}"
            )
        elif name.startswith("model.") and not only_looks(sql):
            texts.build.setdefault(model, []).append(
                re.sub(r"array\[[^]]*\]::date", "array[{days}]::date", sql)
            )
        elif "count(*) filter (where original." in sql:
            texts.guard[_found(r'"app"\."(\w+)"', sql)] = sql
        elif "create temporary table changed_keys" in sql:
            texts.lists[_found(r"raw_app_(\w+)", sql)] = sql
        elif sql.startswith("-- Has raw let go of all"):
            texts.all_left[_found(r"raw_app_(\w+)", sql)] = sql
        elif "create temporary table batch_bounds" in sql:
            bounds = re.sub(r"place (<?=) \d+\b(?! %)", r"place \1 {most}", sql)
            bounds = re.sub(r"(% 1000 = )\{most\}", r"\1", bounds)
        elif "$batch$" in sql and "granules" in sql:
            batch = re.sub(r"proved > -?\d+", "proved > {most}", sql)
            batch = re.sub(
                r"(account\.relation = '\w+'\s*\) = )\d+",
                r"\1{taken_in}",
                batch,
            )
            layer = _found(r"-- \S+ \((\w+)\), granules 0 to 0\.", sql)
            stream = _found(r"-- (?:app\.|raw_app_|stg_app_)(\w+)", sql)
            texts.sweeps.setdefault(stream, []).append((layer, bounds, batch))
        elif sql.startswith("-- Accounts keep their sums"):
            texts.sums.append(sql)
        elif "retention_apply" in name and not only_looks(sql):
            texts.skipped.append(sql)
    return texts


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"no {pattern} in what dbt sent"
    return found[1]


class Crash(Exception):
    """The server ended the session in the middle."""


class Replay:
    """Builds and applies as dbt does, by its own statements.

    Attributes:
        sent: each statement that was sent, where somebody listens.
    """

    def __init__(self, free: Texts, held: Texts) -> None:
        self.free, self.held = free, held
        self.sent: list[str] | None = None
        self.zone = "UTC"
        self.session = connect()

    def send(self, text: str, **values: object) -> psycopg.Cursor[Any]:
        """Sends a statement with its placeholders filled."""
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        if self.sent is not None:
            self.sent.append(text)
        try:
            return self.session.execute(text)
        except psycopg.OperationalError:
            self.session = connect()
            self.mean_zone(self.zone)
            raise Crash from None

    def mean_zone(self, zone: str) -> None:
        """What the session takes for its time zone."""
        self.zone = zone
        self.session.execute(f"set timezone to '{zone}'")

    def crash_at(self, key: int | None) -> None:
        """The session ends at that point (`faults.stop_triggers`)."""
        self.session.execute(f"set witness.crash = '{key or ''}'")

    def partitions(self, first: int, years: int) -> None:
        """Makes the partitions of so many years."""
        for year in range(first, first + years):
            for model, text in self.free.partition.items():
                if not self._any(
                    f"select where to_regclass('raw.{model}__{year}0101')"
                    " is null"
                ):
                    continue
                self.send(
                    text,
                    year=f"{year}0101",
                    first=f"{year}-01-01 00:00:00+00",
                    last=f"{year + 1}-01-01 00:00:00+00",
                )

    def build(
        self, as_of: datetime, failing: str | None = None
    ) -> Iterator[str]:
        """Builds model by model; yields the name of each that is built.

        Args:
            as_of: the time of the build.
            failing: a model that fails, and all that reads it.

        Raises:
            Crash: the session ended.
        """
        stopped: set[str] = set()
        for layer in ("raw", "stg", "marts"):
            for form in STREAMS:
                model = f"{layer}_app_{form.table}"
                if model == failing:
                    stopped.add(form.table)
                if form.table in stopped:
                    continue
                days = ""
                self.session.execute("begin")
                for text in self.free.build[model]:
                    answer = self.send(text, as_of=literal(as_of), days=days)
                    if text.startswith("with taken as"):
                        days = ", ".join(  # as in_buckets writes them
                            f"'{row[0]}'" for row in answer.fetchall()
                        )
                self.session.execute("commit")
                yield model

    def apply(
        self,
        as_of: datetime,
        keep: int = KEEP,
        is_held: bool = False,
        blocked: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> bool:
        """Lets go of what is past its time; whether every stream did.

        Args:
            as_of: the time of the run.
            keep: days that the events and entities are kept.
            is_held: a hold on HELD is active.
            blocked: streams whose build failed.

        Raises:
            Crash: the session ended.
        """
        texts = self.held if is_held else self.free
        values = {
            "as_of": literal(as_of),
            "cutoff": literal(as_of - keep * DAY),
            "gone_cutoff": literal(as_of - DAY),
            "run": uuid.uuid4(),
            "digest": "replayed",
            "most": 10**9,
        }
        is_clean = not blocked
        for form in STREAMS:
            if form.table in blocked:
                continue
            there, lost = self.send(
                texts.guard[form.table], **values
            ).fetchone()  # type: ignore[misc]
            share = 10 if form.kind == "entity" and there >= 100 else 2
            if lost * share > there:
                is_clean = False
                continue
            for layer, bounds, batch in texts.sweeps[form.table]:
                if layer == "source" and form.table in texts.lists:
                    values["taken_in"] = self.session.execute(
                        "select sum(rows) from retention.load"
                        " where relation = %s",
                        [f"raw_app_{form.table}"],
                    ).fetchone()[0]  # type: ignore[index]
                    self.send(texts.lists[form.table])
                elif layer == "staging":
                    all_left = self.send(
                        texts.all_left[form.table], **values
                    ).fetchone()
                    # -1: never, so that each row is looked up.
                    values["taken_in"] = all_left[0] if all_left else -1
                self.send(bounds, **values)
                if not self._any("select from pg_temp.batch_bounds"):
                    continue
                self.send(batch, **values)
                if self._any(
                    "select from retention.ledger"
                    " where outcome not like 'let go%'"
                    f" and run_id = '{values['run']}'"
                ):
                    is_clean = False
                    break
        for text in texts.sums:
            self.send(text)
        return is_clean

    def _any(self, query: str) -> bool:
        found = self.session.execute(f"select exists ({query})").fetchone()
        assert found is not None
        return bool(found[0])
