"""A server of the benchmarks' own, and databases copied from templates."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from flows import embedded
from flows.run_dbt import operation

# The same for both sides of each comparison: as PostgreSQL is set up, what is
# committed is on the disk, and no background job has a say in the figures.
SETTINGS = {
    "autovacuum": "off",
    "max_wal_size": "16GB",
    "shared_buffers": "1GB",
}
# One name for all copies: dbt need not read the project again for each.
DATABASE = "bench"


@dataclass(frozen=True)
class Lab:
    """A running server, and where dbt writes.

    Attributes:
        server: The embedded PostgreSQL.
        target: dbt's target path.
    """

    server: embedded.Server
    target: Path

    def connect(self, database: str = DATABASE) -> psycopg.Connection[Any]:
        """Connects; each statement is a transaction of its own."""
        return self.server.connect(database)

    def fresh(self, template: str = "template1") -> None:
        """Makes the database anew, as a copy of a template."""
        with self.connect("postgres") as connection:
            for statement in (
                "drop database if exists {0} with (force)",
                "create database {0} template {1} strategy file_copy",
                "checkpoint",
            ):
                connection.execute(
                    sql.SQL(statement).format(
                        sql.Identifier(DATABASE), sql.Identifier(template)
                    )
                )

    def keep(self, template: str) -> None:
        """Makes the database a template, under that name."""
        with self.connect("postgres") as connection:
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(template)
                )
            )


@contextmanager
def lab() -> Iterator[Lab]:
    """Starts the server, points dbt at it, and leaves nothing behind.

    Yields:
        The lab, with an empty database.
    """
    with tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder:
        place = Path(folder)
        server = embedded.up(
            place / "postgresql", settings=SETTINGS, write_env=None
        )
        mine = {
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGUSER": server.user,
            "PGPASSWORD": server.password,
            "PGDATABASE": DATABASE,
            "PGSSLMODE": "disable",
            "DBT_TARGET": "prod",
            "DBT_ENGINE_TARGET_PATH": str(place / "target"),
            "DBT_ENGINE_LOG_PATH": str(place / "logs"),
        }
        before = {name: os.environ.get(name) for name in mine}
        os.environ.update(mine)
        try:
            yield Lab(server, place / "target")
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            embedded.remove(place / "postgresql")


@contextmanager
def stopwatch() -> Iterator[Any]:
    """Times a block: call what it yields for the seconds since it began."""
    began = time.perf_counter()
    yield lambda: time.perf_counter() - began


def let_go(lab: Lab, as_of: str) -> dict[str, tuple[int, float]]:
    """One plan and its apply.

    Args:
        lab: The server.
        as_of: The moment of both.

    Returns:
        For each table of the ledger the rows, and the seconds in batches.
    """
    plan = operation("retention_plan", lambda _: None, as_of=as_of)
    operation("retention_apply", lambda _: None, digest=plan.values["digest"])
    with lab.connect() as connection:
        return {
            relation: (rows, float(took))
            for relation, rows, took in connection.execute(
                "select relation, sum(rows)::bigint,"
                " extract(epoch from sum(took))"
                " from retention.ledger group by 1"
            )
        }


@dataclass(frozen=True)
class Figure:
    """A figure that has nothing beside it.

    Attributes:
        name: What was measured.
        value: How much.
        unit: Of what.
        aim: What it should not exceed, where there is an aim.
    """

    name: str
    value: float
    unit: str
    aim: float | None = None

    def row(self) -> tuple[str, ...]:
        """Its cells."""
        return (
            self.name,
            f"{self.value:.2f} {self.unit}".strip(),
            f"{self.aim:g} {self.unit}".strip() if self.aim else "-",
        )


@dataclass
class Comparison:
    """Times of the warehouse and of plain SQL, taken in turns.

    Attributes:
        name: What was done.
        aim: The ratio that it should not exceed, where there is an aim.
        ours: Seconds of the warehouse, one per run.
        theirs: Seconds of plain SQL, one per run.
    """

    name: str
    aim: float | None = None
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float) -> None:
        """Notes a pair of runs."""
        self.ours.append(ours)
        self.theirs.append(theirs)

    def row(self) -> tuple[str, ...]:
        """The medians, their ratio, and each pair's lowest and highest."""
        ours = statistics.median(self.ours)
        theirs = statistics.median(self.theirs)
        pairs = [a / b for a, b in zip(self.ours, self.theirs, strict=True)]
        return (
            self.name,
            f"{ours:.2f} s",
            f"{theirs:.2f} s",
            f"{ours / theirs:.2f}",
            f"{min(pairs):.2f}-{max(pairs):.2f}",
            f"{self.aim:.1f}" if self.aim else "-",
        )
