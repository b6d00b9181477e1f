"""Where an application's database is, and a connection that only reads.

Every look is a transaction of its own that is read-only by `BEGIN READ ONLY`:
it cannot write, holds no lock for long, and leaves nothing behind in a pooler's
session (a setting would stay there, and make the next client's read-only).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

STATEMENT_SECONDS = 10
LOCK_SECONDS = 2
POOLER_PORT = "6543"  # of Supabase, in transaction mode

# What Prisma takes behind the question mark, and libpq does not know.
_PRISMA = {
    "connection_limit",
    "max_connection_lifetime",
    "max_idle_connection_lifetime",
    "pool_timeout",
    "schema",
    "single_use_connections",
    "socket_timeout",
    "sslaccept",
    "sslidentity",
    "sslpassword",
    "statement_cache_size",
}


class SourceError(RuntimeError):
    """One sentence about what cannot be looked at; never a password."""


@dataclass(frozen=True)
class Address:
    """Where a URL points.

    Attributes:
        parameters: as libpq takes them, the password among them.
        schema: as Prisma writes it, `?schema=...`.
        pooled: Whether the URL says that a pooler answers there.
    """

    parameters: dict[str, str] = field(repr=False)
    schema: str | None = None
    pooled: bool = False

    @property
    def where(self) -> str:
        """Host, port and database, for a message."""
        known = self.parameters
        host = known.get("host") or "the local socket"
        port = known.get("port")
        return (
            host
            + (f":{port}" if port else "")
            + (f", database {known['dbname']}" if known.get("dbname") else "")
        )


def find_address(url: str | None) -> Address:
    """Where to look: the URL, or DIRECT_URL, DATABASE_URL, the warehouse.

    A URL from the environment does not show in the list of processes.

    Raises:
        SourceError: it is no URL of a PostgreSQL.
        flows.database.DatabaseError: there is no warehouse either.
    """
    if url:
        return parse_url(url, "The URL")
    for name in ("DIRECT_URL", "DATABASE_URL"):
        if os.environ.get(name):
            return parse_url(os.environ[name], name)
    from flows.database import resolve

    found = resolve()
    return Address(
        {
            "host": found.host,
            "port": str(found.port),
            "user": found.user,
            "password": found.password,
            "dbname": found.database,
            "sslmode": found.sslmode,
        }
    )


def parse_url(url: str, name: str) -> Address:
    """Reads a URL as libpq, Prisma or SQLAlchemy write it.

    libpq is not given the URL: it refuses what Prisma adds, and its message
    about one that it cannot read repeats a part of it, which may be the
    password.

    Args:
        url: the URL; quotation marks around it came along from an .env file.
        name: what it is called in a message.

    Raises:
        SourceError: it cannot be read.
    """
    text = url.strip().strip("\"'")
    scheme = text.partition("://")[0].partition("+")[0]
    if scheme == "prisma":
        raise SourceError(
            f"{name} is one of Prisma's own proxy, not of a PostgreSQL: give"
            " the database's, which Prisma calls DIRECT_URL."
        )
    if scheme not in ("postgres", "postgresql") or "://" not in text:
        raise SourceError(
            f"{name} is not one of a PostgreSQL: it is written like"
            " postgresql://user:password@host:5432/database."
        )
    try:
        parts = urlsplit("postgresql://" + text.partition("://")[2])
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        port, host = -1, ""
        parts = urlsplit("")
    if port == -1 or "@" in parts.path + parts.query or parts.fragment:
        raise SourceError(
            f"{name} cannot be read: in a password, # is written %23, / %2F,"
            " ? %3F, @ %40 and : %3A; the port is a number."
        )
    known = {
        "host": unquote(host),
        "port": str(port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.lstrip("/")),
    }
    libpq = {
        option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()
    }
    schema = None
    pooled = known["port"] == POOLER_PORT
    for key, value in parse_qsl(parts.query):
        if key == "schema":
            schema = value
        elif key == "pgbouncer":
            pooled = value == "true"
        elif key in libpq:
            known[key] = value
        elif key not in _PRISMA:
            raise SourceError(
                f"{name} has a parameter `{key}` that neither PostgreSQL nor"
                " Prisma knows: correct it, or take it out."
            )
    return Address({k: v for k, v in known.items() if v}, schema, pooled)


class Source:
    """A connection to look through."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @property
    def is_closed(self) -> bool:
        """Whether the connection broke."""
        return self._connection.closed

    @property
    def process(self) -> int:
        """The server process that was promised when connecting."""
        return self._connection.info.backend_pid

    @contextmanager
    def look(self) -> Iterator[psycopg.Cursor[Any]]:
        """A short transaction that can only read, in UTC.

        Names are PostgreSQL's own: a function of the application's that is
        called like one of them is not ours to call.
        """
        with self._connection.transaction(), self._connection.cursor() as look:
            look.execute(
                sql.SQL(
                    "set local statement_timeout = {};"
                    " set local lock_timeout = {};"
                    " set local timezone = 'UTC';"
                    " set local search_path = pg_catalog"
                ).format(STATEMENT_SECONDS * 1000, LOCK_SECONDS * 1000)
            )
            yield look

    def rows(
        self, query: str | sql.Composed, *values: object
    ) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.look() as look:
            return look.execute(query, values or None).fetchall()


@contextmanager
def connect(address: Address) -> Iterator[Source]:
    """Connects to read, and only that.

    Raises:
        SourceError: it cannot be reached, refuses us, or is too old.
    """
    # Prepared statements are lost behind a pooler in transaction mode.
    known: dict[str, Any] = {
        "application_name": "warehouse inspect",
        "connect_timeout": "10",
        "client_encoding": "utf8",
        **address.parameters,
        "prepare_threshold": None,
    }
    try:
        connection = psycopg.connect(**known)
    except psycopg.Error as error:
        why = str(error).partition("\n")[0].rpartition("failed: ")[2]
        why = why.removeprefix("FATAL:  ").strip()
        secret = address.parameters.get("password")
        if secret and secret in why:
            why = "it says no more than that"
        raise SourceError(
            f"PostgreSQL at {address.where} cannot be used ({why}): correct"
            " the URL, or start the server."
        ) from None
    with connection:
        connection.read_only = True
        if connection.info.server_version < 120000:
            raise SourceError(
                f"PostgreSQL at {address.where} is older than version 12, the"
                " first that can be inspected."
            )
        try:
            yield Source(connection)
        except psycopg.Error as error:
            raise SourceError(
                f"PostgreSQL at {address.where} broke off ({reason(error)}):"
                " try again."
            ) from None


def reason(error: psycopg.Error) -> str:
    """PostgreSQL's reason, without what it says about values."""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return f"it took longer than {STATEMENT_SECONDS} s"
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return f"it was locked for longer than {LOCK_SECONDS} s"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "this role may not read all that it takes"
    if error.sqlstate and error.sqlstate[:2] not in ("22", "23", "P0"):
        return (error.diag.message_primary or "no reason given").rstrip(".")
    # The condition's name; a message of these may hold a value.
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
