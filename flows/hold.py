"""Holds on rows (requirement X5): the person's name passes by dbt and logs."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable

import psycopg

from flows.database import DatabaseError, resolve
from flows.run_dbt import operation

Say = Callable[[str], None]


def hold_person(until: str, because: str, by: str, say: Say) -> None:
    """Holds every row of a person, who is read from where nobody else looks.

    dbt logs each statement, and a server may: so the person goes there by
    COPY, whose rows are in no log, and only a salted hash of them is kept.

    Args:
        until: the last day, ISO 8601.
        because: the reason, which plans print.
        by: who asks.
        say: is called with each line for a person.

    Raises:
        DbtError: until or because is refused.
        DatabaseError: nobody was named, or the server refused it.
    """
    insert = operation(
        "hold_add", say, subject=True, until=until, because=because, by=by
    ).values["insert"]
    subject = _subject().strip()
    if not subject:
        raise DatabaseError(
            "Nobody was named: give an e-mail address, a phone number or an id"
            " on standard input, or in WAREHOUSE_SUBJECT."
        )
    try:
        with resolve().connect() as connection, connection.transaction():
            connection.execute(
                "create temporary table subject (value text) on commit drop"
            )
            with connection.cursor().copy("copy subject from stdin") as copy:
                copy.write_row([subject])
            cursor = connection.execute(insert)
            while cursor.nextset():
                pass  # to the last statement's: the INSERT's
            row = cursor.fetchone()
    except psycopg.Error as error:
        # The rest of an error's text can quote values.
        raise DatabaseError(
            error.diag.message_primary or "The server refused the hold."
        ) from None
    operation("hold_list", say, hold_id=row[0] if row else None)


def _subject() -> str:
    """Who it is: no argument, for those are seen by everybody."""
    if given := os.environ.get("WAREHOUSE_SUBJECT"):
        return given
    if sys.stdin.isatty():
        return getpass.getpass("E-mail address, phone number or id: ")
    return sys.stdin.readline()
