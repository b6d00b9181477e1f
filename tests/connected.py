"""A warehouse on one server, and applications on servers of their own.

Of programs that have postgres_fdw and dblink, which the wheel has not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from flows import embedded
from flows.connect_source import connect_source
from tests.conftest import ONLY_HUB, PROJECT, Warehouse, connect, new_home

# WAREHOUSE_CONTRIB_BIN says where such are; else the newest of Debian's.
PROGRAMS = Path(
    os.environ.get("WAREHOUSE_CONTRIB_BIN")
    or max(
        map(str, Path("/usr/lib/postgresql").glob("1[5-8]/bin")),
        default="/usr/lib/postgresql/15/bin",
    )
)
PASSWORD = "in-no-log-4f1c"  # noqa: S105
FAST = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "64MB"}
LOGGED = {"log_statement": "all", "log_line_prefix": "%a "}


@dataclass
class Pair:
    """A warehouse on one server, and hub's own database on another."""

    warehouse: Warehouse
    application: Any
    server: embedded.Server
    home: Path
    paths: Path

    def url(self, role: str = "app", query: str = "?schema=public") -> str:
        """As Prisma writes it."""
        return (
            f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.server.port}"
            f"/application{query}"
        )

    def connect(self, monkeypatch: Any, role: str = "app", **given: Any) -> str:
        """Connects hub; what was said."""
        monkeypatch.setenv("HUB_DATABASE_URL", self.url(role))
        said: list[str] = []
        connect_source("hub", say=said.append, **given)
        return "\n".join(said)

    def sent(self, since: int = 0) -> list[str]:
        """Statements that the warehouse sent, after so many of them."""
        log = (self.server.data.parent / "server.log").read_text()
        return [
            line.partition(": ")[2]
            for line in log.replace("\n\t", " ").splitlines()
            if line.startswith("warehouse LOG:")
        ][since:]

    def open(self) -> None:
        """A connection of the application's own, by its server's owner."""
        self.application = self.server.connect("application")

    def taps(self, days: list[str], each: int = 10) -> None:
        """The application writes taps."""
        self.application.execute(
            """
            insert into "TapLog" ("id", "eventId", "tagId", "tappedAt")
            select 'c' || md5(day || n), 'event_' || mod(n, 3), 'tag_1',
                day::timestamp + n * interval '1 hour'
            from unnest(%s::text[]) as day
            cross join generate_series(0, %s - 1) as n
            on conflict do nothing
            """,
            (days, each),
        )

    def per_day(self) -> dict[str, int]:
        """Taps per day, as the application has them."""
        return {
            str(day): count
            for day, count in self.application.execute(
                'select "tappedAt"::date, count(*) from "TapLog" group by 1'
            ).fetchall()
        }


def create_tables(source: str, schema: str) -> str:
    """The statements that make an application's tables, for its own server."""
    macro = PROJECT / f"macros/sources/{source}/{source}__create_tables.sql"
    made = re.sub(r"{%.*?%}", "", macro.read_text())
    return made.replace("{{ schema }}", schema)


@contextmanager
def make_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both servers; the application's tables are those of a Prisma schema."""
    if not (PROGRAMS / "initdb").exists():
        pytest.skip(
            f"{PROGRAMS} is not here, and the wheel has no postgres_fdw"
        )
    homes = [new_home(tmp_path_factory, name) for name in ("warehouse", "hub")]
    paths = tmp_path_factory.mktemp("dbt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_PG_BIN", str(PROGRAMS))
        here = embedded.up(homes[0], settings=FAST, write_env=None)
        there = embedded.up(homes[1], settings=FAST | LOGGED, write_env=None)
        for name, value in {
            "PGHOST": here.host,
            "PGPORT": str(here.port),
            "PGUSER": here.user,
            "PGPASSWORD": here.password,
            "PGDATABASE": here.database,
            "WAREHOUSE_VARS": ONLY_HUB,
            "DBT_ENGINE_TARGET_PATH": str(paths / "target"),
            "DBT_ENGINE_LOG_PATH": str(paths / "logs"),
        }.items():
            patch.setenv(name, value)
        try:
            with connect(here.database) as connection:
                made = Pair(Warehouse(connection), None, there, homes[1], paths)
                _make_application(made)
                yield made
                made.application.close()
        finally:
            for home in homes:
                embedded.remove(home)


def _make_application(pair: Pair) -> None:
    with pair.server.connect() as connection:
        connection.execute("create database application")
    pair.open()
    pair.application.execute(create_tables("hub", "public"))
    pair.application.execute(
        f"""
        -- as many connections as the README says
        create role app login connection limit 5 password '{PASSWORD}';
        grant select on all tables in schema public to app;
        grant delete on "TapLog" to app;
        create role half login password '{PASSWORD}';
        grant select on all tables in schema public to half;
        drop index "AuditLog_createdAt_idx";
        """
    )
    pair.taps([f"2025-01-{day:02d}" for day in range(1, 11)])


def copy_server(of: embedded.Server, home: Path) -> embedded.Server:
    """A streaming replica of a server, started."""
    place = embedded._place(home)
    data = place / "data"
    done = embedded._run(
        [
            PROGRAMS / "pg_basebackup",
            *("-D", data, "-R", "-X", "stream", "-c", "fast", "-d"),
            f"host={of.host} port={of.port} user={of.user}"
            f" password={of.password}",
        ],
        place,
    )
    assert done.returncode == 0, done.stderr
    server = replace(of, data=data, port=0)
    embedded._save(home, server)
    return embedded.up(home, settings=FAST, write_env=None)
