"""An application's own database, connected once (requirements S10, X10).

The URL passes by dbt, its log and every command line: it is read here, and goes
to the warehouse's server as rows of a temporary table.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import psycopg

from flows.database import DatabaseError, resolve
from flows.run_dbt import operation
from flows.source_address import Address, SourceError, connect, parse_url

Say = Callable[[str], None]

# Rows in one answer of the application's server, when many are read.
FETCH_SIZE = 10_000

# What the application's server is told about each connection: a row that the
# role may not see is an error, and nothing is written, whatever is asked.
SETTINGS = "-c row_security=off -c default_transaction_read_only=on"

# Where each part of a URL goes in postgres_fdw; it sets the encoding itself.
OF_USER = {"user", "password", "sslpassword"}
OF_NOBODY = {"client_encoding", "options", "application_name"}


def connect_source(
    name: str, schema: str | None = None, say: Say = print
) -> None:
    """Makes the tables of an application's own database readable here.

    Again after its password, address or declared columns have changed.

    Args:
        name: the source's, as its YAML has it.
        schema: that its tables are in over there; none is the URL's, or public.
        say: is called with each line for a person.

    Raises:
        SourceError: the URL, what it leads to, or a right that is missing.
        DatabaseError: the warehouse's server refuses it.
        DbtError: there is no such source, or no postgres_fdw.
    """
    address = _find_url(name)
    if address.pooled:
        raise SourceError(_pooler(address))
    schema = schema or address.schema or "public"
    if re.search(r"[^\w $-]", schema):
        raise SourceError(f"{schema!r} is no name of a schema: correct it.")
    found = operation(
        "connect", lambda _: None, source=name, schema=schema
    ).values
    with connect(address) as source:
        seen: dict[str, Any] = source.rows(found["look"])[0][0]
        if seen["process"] != source.process:
            raise SourceError(_pooler(address))
    for table in seen["tables"].values():
        _check(name, address, table)
    _create(address, found, seen)
    say(
        f"{name} is connected: {len(seen['tables'])} tables of schema {schema}"
        f" at {address.where}."
    )
    for rule in seen["rules"]:
        table = seen["tables"][rule["table"]]
        may = "may" if table["may_delete"] else "may not"
        where = table["relation"]
        say(f"- {rule['id']}: this role {may} delete rows of {where}.")
        if rule["advice"]:
            say(f"- {rule['advice']}")


def _find_url(name: str) -> Address:
    """The URL, from where nobody else looks; Prisma's direct one first."""
    own = re.sub(r"\W", "_", name).upper()
    for variable in (
        f"{own}_DIRECT_URL",
        f"{own}_DATABASE_URL",
        "DIRECT_URL",
        "DATABASE_URL",
    ):
        if given := os.environ.get(variable):
            return parse_url(given, variable)
    if sys.stdin.isatty():
        given = getpass.getpass(f"URL of {name}'s database (not shown): ")
    else:
        given = sys.stdin.readline()
    if not given.strip():
        raise SourceError(
            f"No URL was given: set {own}_DATABASE_URL, or write it when asked;"
            " in a command others would see the password."
        )
    return parse_url(given, "The URL")


def _pooler(address: Address) -> str:
    return (
        f"At {address.where} a pooler answers, which loses what a connection"
        " needs: give the database's own URL, which Prisma calls DIRECT_URL"
        " (mostly port 5432, without pgbouncer=true)."
    )


def _check(name: str, address: Address, table: dict[str, Any]) -> None:
    """SourceError where a declared table cannot be read there as declared."""
    relation, place = table["relation"], table["place"]
    if not table["is_there"]:
        raise SourceError(
            f"{relation} is not in the database at {address.where}: give the"
            f" schema with --schema, or correct or switch off {place}."
        )
    for column, there in table["columns"].items():
        if not there["is_there"]:
            raise SourceError(
                f"{place} declares a column `{column}` that {relation} has not:"
                " correct it there."
            )
        if not there["is_declared"]:
            raise SourceError(
                f"{place}: columns.{column}.data_type is"
                f" `{there['declared']}`, but {relation} has"
                f" `{there['type']}`: write that there."
            )
        if not there["may_read"]:
            raise SourceError(
                f"The role {address.parameters.get('user', 'of the URL')} may"
                f" not read {relation}: `grant select on {relation} to ...`."
            )
    if table["is_hidden"]:
        raise SourceError(
            f"{relation} is hidden from this role in part by row-level"
            " security, so what is missing there cannot be told from what was"
            f" deleted: connect {name} as a role that sees every row"
            " (BYPASSRLS, or the table's owner without FORCE)."
        )


def _create(
    address: Address, found: dict[str, Any], seen: dict[str, Any]
) -> None:
    """Makes server, user mapping and tables in one transaction."""
    known = address.parameters
    rows = [("given", "", json.dumps(seen))]
    rows += [("user", key, known[key]) for key in OF_USER & set(known)]
    rows += [
        ("server", key, value)
        for key, value in {
            "connect_timeout": "10",
            **{k: known[k] for k in set(known) - OF_USER - OF_NOBODY},
            "application_name": "warehouse",
            "options": f"{known.get('options', '')} {SETTINGS}".strip(),
            "fetch_size": str(FETCH_SIZE),
            # Else each table counts as one of a thousand rows.
            "use_remote_estimate": "true",
            "updatable": "false",
        }.items()
    ]
    try:
        with (
            resolve().connect() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            cursor.execute(found["begin"])
            with cursor.copy("copy connection from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(found["create"])
    except psycopg.Error as error:
        raise DatabaseError(
            error.diag.message_primary or "The server refused the connection."
        ) from None
