"""Which database the warehouse is in, and a connection to it."""

import os
from dataclasses import dataclass, field
from typing import Any

import psycopg
from dotenv import dotenv_values

from flows.embedded import PROJECT

ENV_FILE = PROJECT / ".env"


class DatabaseError(RuntimeError):
    """Says in one sentence what is wrong with the database, and what to do."""


@dataclass(frozen=True)
class Connection:
    """How to reach a database.

    Attributes:
        host: Host name, address, or directory of a Unix socket.
        port: TCP port.
        user: Role to log in as.
        password: Its password; empty leaves it to libpq (`~/.pgpass`).
        database: Database name.
        embedded: Whether it is the server that `warehouse up` starts.
        sslmode: As libpq knows it.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    embedded: bool
    sslmode: str = "prefer"

    def connect(
        self,
        **kwargs: Any,  # noqa: ANN401 - whatever psycopg takes
    ) -> psycopg.Connection[Any]:
        """Connects; times are in UTC.

        Args:
            **kwargs: For `psycopg.connect`; they win over what is known here.

        Returns:
            The open connection.

        Raises:
            DatabaseError: The server is down or refuses us.
        """
        known: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            "sslmode": self.sslmode,
            "application_name": "warehouse",
            "connect_timeout": 10,
            "options": "-c timezone=UTC",
        }
        try:
            return psycopg.connect(**{**known, **kwargs})
        except psycopg.OperationalError as error:
            # libpq says several lines; the first one's end is the cause.
            why = str(error).partition("\n")[0].rpartition("failed: ")[2]
            why = why.removeprefix("FATAL:  ")
            advice = (
                "start it with `warehouse up`"
                if self.embedded
                else "start it, or correct PGHOST, PGPORT, PGUSER, PGPASSWORD,"
                " PGDATABASE and PGSSLMODE"
            )
            raise DatabaseError(
                f"PostgreSQL at {self.host}:{self.port} cannot be used"
                f" ({why}): {advice}."
            ) from None


def resolve() -> Connection:
    """Finds the database: with PGHOST your own, else the embedded one.

    As for dbt, a variable of the environment wins over the same one in `.env`.

    Returns:
        How to reach it; whether it runs is not looked at.

    Raises:
        DatabaseError: There is none, or a variable makes no sense.
    """
    if host := os.environ.get("PGHOST"):
        if "://" in host:  # not repeated: it may hold the password
            raise DatabaseError(
                "PGHOST is a URL: put the host alone there, and the rest into"
                " PGPORT, PGUSER, PGPASSWORD and PGDATABASE."
            )
        return Connection(
            host=host,
            port=_port("PGPORT", os.environ.get("PGPORT") or "5432"),
            user=os.environ.get("PGUSER") or "warehouse",
            password=os.environ.get("PGPASSWORD", ""),
            database=os.environ.get("PGDATABASE") or "warehouse",
            embedded=False,
            sslmode=os.environ.get("PGSSLMODE") or "prefer",
        )
    try:
        known = dotenv_values(ENV_FILE, interpolate=False) | os.environ
    except OSError as error:
        raise DatabaseError(
            f"{ENV_FILE} cannot be read ({error.strerror}): run as the user who"
            " ran `warehouse up`, or set PGHOST to a server of your own."
        ) from None
    names = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
    values = [known.get(f"WAREHOUSE_EMBEDDED_{name}") or "" for name in names]
    if not all(values):
        raise DatabaseError(
            "There is no database: start the embedded one with `warehouse up`,"
            " or set PGHOST to a server of your own."
        )
    host, port, user, password, database = values
    return Connection(
        host=host,
        port=_port("WAREHOUSE_EMBEDDED_PORT", port),
        user=user,
        password=password,
        database=database,
        embedded=True,
        sslmode="disable",  # it is on this machine, and the wheel has no TLS
    )


def _port(name: str, value: str) -> int:
    """Reads a port from a variable; DatabaseError if it is not a number."""
    if not value.isdecimal():
        raise DatabaseError(f"{name} is not a port number: set it to one.")
    return int(value)
