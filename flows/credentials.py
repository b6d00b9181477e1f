"""The salt and Metabase's password: how secrets get into the database.

Neither is in argv, in a SQL statement in clear, or in what dbt writes: these
are the two things that `warehouse` does to a database without dbt.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from psycopg import sql

from flows.database import Connection

METABASE_PASSWORD = (
    Path(__file__).resolve().parent.parent / ".warehouse" / "metabase_password"
)


class CredentialError(RuntimeError):
    """A secret cannot be used; one sentence says why, without it."""


def give_salt(
    address: Connection, schema: str, salt: str, fingerprint: str | None
) -> None:
    """Stores a salt that the user brings, or brings back (design, section 6).

    By COPY: what is copied stands in no statement, so in no log of statements.

    Args:
        address: the warehouse's database.
        schema: where its table `salt` is.
        salt: 32 bytes at least.
        fingerprint: of the salt that rows were hashed with, if any were: the
            first 8 hexadecimal digits of its SHA-256.

    Raises:
        CredentialError: it is too short, or another one is there already, or
            was there.
    """
    if len(salt.encode()) < 32:
        raise CredentialError(
            "PII_SALT is shorter than 32 bytes; make one with"
            " `openssl rand -hex 32`."
        )
    table = sql.Identifier(schema, "salt")
    with address.connect() as connection:
        active = connection.execute(
            sql.SQL("select salt from {} where retired_at is null").format(
                table
            )
        ).fetchall()
        if active and active != [(salt,)]:
            raise CredentialError(
                "The database has another salt already, and rows may be hashed"
                " with it: unset PII_SALT, or init an empty database."
            )
        digest = hashlib.sha256(salt.encode()).hexdigest()
        if not active and fingerprint not in (None, digest[:8]):
            raise CredentialError(
                "PII_SALT is not the salt that rows were hashed with (its"
                " fingerprint differs): give that one, from its backup."
            )
        if not active:
            with connection.cursor().copy(
                sql.SQL("copy {} (salt) from stdin").format(table)
            ) as copy:
                copy.write_row([salt])


def set_metabase_password(address: Connection) -> None:
    """Lets warehouse_metabase log in, with a password hashed on this side.

    It is METABASE_PASSWORD from the environment; on the embedded server,
    without that, one is made and kept in .warehouse/metabase_password.
    """
    password = os.environ.get("METABASE_PASSWORD", "")
    if not password and not address.embedded:
        return
    if not password and METABASE_PASSWORD.exists():
        password = METABASE_PASSWORD.read_text().strip()
    elif not password:
        password = secrets.token_urlsafe(24)
        METABASE_PASSWORD.parent.mkdir(exist_ok=True)
        descriptor = os.open(
            METABASE_PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
        )
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
    with address.connect() as connection:
        hashed = connection.pgconn.encrypt_password(
            password.encode(), b"warehouse_metabase", b"scram-sha-256"
        ).decode()
        connection.execute(
            sql.SQL("alter role warehouse_metabase password {}").format(
                sql.Literal(hashed)
            )
        )
