"""An application's own database, connected once (requirements S10, X10).

The URLs pass by dbt, its log and every command line: they are read here, and go
to the warehouse's server as rows of a temporary table. By one of them tables
are read, from a replica or not; by the other, if it is given, rows leave.
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
# And where rows are deleted, which each transaction says for itself.
DELETE_SETTINGS = "-c row_security=off"

# Where each part of a URL goes in postgres_fdw; it sets the encoding itself.
OF_USER = {"user", "password", "sslpassword"}
OF_NOBODY = {"client_encoding", "options", "application_name"}


def connect_source(
    name: str,
    schema: str | None = None,
    say: Say = print,
    deletes: bool = False,
) -> None:
    """Makes the tables of an application's own database readable here.

    Again after its password, address or declared columns have changed.

    Args:
        name: the source's, as its YAML has it.
        schema: that its tables are in over there; none is the URL's, or public.
        say: is called with each line for a person.
        deletes: ask for the URL by which its rows are let go of, too, where the
            environment has none (NAME_DELETE_URL).

    Raises:
        SourceError: a URL, what it leads to, or a right that is missing.
        DatabaseError: the warehouse's server refuses it.
        DbtError: there is no such source, or no postgres_fdw.
    """
    address = _find_url(name)
    primary = _find_delete_url(name, deletes)
    schema = schema or address.schema or "public"
    if re.search(r"[^\w $-]", schema):
        raise SourceError(f"{schema!r} is no name of a schema: correct it.")
    found = operation(
        "connect",
        lambda _: None,
        source=name,
        schema=schema,
        deletes=True if primary else None,
    ).values
    if primary and not found["lets_go"]:
        primary = None
        say("- This target lets go of nothing: it needs no URL to delete by.")
    seen = _look(address, found["look"])
    for table in seen["tables"].values():
        _check(name, address, table)
    if primary:
        _check_primary(name, primary, seen, _look(primary, found["look"]))
    _create(address, primary, found, seen)
    say(
        f"{name} is connected: {len(seen['tables'])} tables of schema {schema}"
        f" at {address.where}"
        + (f"; its rows are let go of at {primary.where}." if primary else ".")
    )
    if not primary and found["lets_go"]:
        own = _variable(name, "DELETE_URL")
        say(
            "- Its rows are not let go of: that takes a URL to delete by"
            f" ({own}, or --delete-url)."
        )
    for rule in seen["rules"]:
        if rule["advice"]:
            say(f"- {rule['advice']}")


def _find_url(name: str) -> Address:
    """The URL, from where nobody else looks; Prisma's direct one first."""
    own = _variable(name, "DATABASE_URL")
    for variable in (
        _variable(name, "DIRECT_URL"),
        own,
        "DIRECT_URL",
        "DATABASE_URL",
    ):
        if given := os.environ.get(variable):
            return _parse(given, variable)
    return _ask(f"URL of {name}'s database", own, "The URL")


def _find_delete_url(name: str, deletes: bool) -> Address | None:
    """The URL to delete by; none where none is wanted."""
    own = _variable(name, "DELETE_URL")
    if given := os.environ.get(own):
        return _parse(given, own)
    if not deletes:
        return None
    return _ask(
        f"URL to delete by, of {name}'s primary", own, "The URL to delete by"
    )


def _variable(name: str, which: str) -> str:
    """What an environment variable of a source is called."""
    return re.sub(r"\W", "_", name).upper() + "_" + which


def _ask(prompt: str, variable: str, what: str) -> Address:
    """A URL from the terminal, unseen, or from standard input."""
    if sys.stdin.isatty():
        given = getpass.getpass(f"{prompt} (not shown): ")
    else:
        given = sys.stdin.readline()
    if not given.strip():
        raise SourceError(
            f"No URL was given: set {variable}, or write it when asked;"
            " in a command others would see the password."
        )
    return _parse(given, what)


def _parse(given: str, what: str) -> Address:
    """SourceError where a pooler answers, by what the URL says."""
    address = parse_url(given, what)
    if address.pooled:
        raise SourceError(_pooler(address))
    return address


def _look(address: Address, query: str) -> dict[str, Any]:
    """What is there."""
    with connect(address) as source:
        seen: dict[str, Any] = source.rows(query)[0][0]
        if seen["process"] != source.process:
            raise SourceError(_pooler(address))
    return seen


def _check_primary(
    name: str, address: Address, read: dict[str, Any], seen: dict[str, Any]
) -> None:
    """SourceError where rows cannot be let go of by this URL."""
    if any(
        seen[what] != read[what] for what in ("system", "database", "remote")
    ):
        raise SourceError(
            f"At {address.where} is another database than the one that is read:"
            f" give the URL of {name}'s own primary to delete by."
        )
    if seen["is_standby"]:
        raise SourceError(
            f"At {address.where} is a standby, which nobody can write to: give"
            f" the URL of {name}'s primary to delete by."
        )
    for rule in seen["rules"]:
        table = seen["tables"][rule["table"]]
        _check(name, address, table)
        right = rule["right"]
        if not table[f"may_{right}"]:
            role = address.parameters.get("user", "of the URL to delete by")
            where = table["relation"]
            raise SourceError(
                f"The role {role} may not {right} rows of {where}, as rule"
                f" {rule['id']} does: `grant select, {right} on {where} to"
                " ...`."
            )


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


def _options(
    kind: str, address: Address, settings: str, **more: str
) -> list[tuple[str, str, str]]:
    """The options of a server, and of a user mapping of its."""
    known = address.parameters
    server = {
        "connect_timeout": "10",
        # Of a network that is silent the server would wait for hours.
        "keepalives_idle": "60",
        "keepalives_interval": "10",
        "keepalives_count": "6",
        **{k: known[k] for k in set(known) - OF_USER - OF_NOBODY},
        "application_name": "warehouse",
        "options": f"{known.get('options', '')} {settings}".strip(),
        **more,
    }
    return [
        (f"{kind}user", key, known[key]) for key in OF_USER & set(known)
    ] + [(f"{kind}server", key, value) for key, value in server.items()]


def _create(
    address: Address,
    primary: Address | None,
    found: dict[str, Any],
    seen: dict[str, Any],
) -> None:
    """Makes servers, user mappings and tables in one transaction."""
    rows = [("given", "", json.dumps(seen))]
    rows += _options(
        "",
        address,
        SETTINGS,
        fetch_size=str(FETCH_SIZE),
        # Else each table counts as one of a thousand rows.
        use_remote_estimate="true",
        updatable="false",
    )
    if primary:
        rows += _options("delete ", primary, DELETE_SETTINGS)
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
