"""What value a column takes from JSON: types and times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flows.json_rows import RowError, kind_of

# JavaScript's own range of time, and what is more likely seconds than
# milliseconds: until March 1973.
_MOST_MILLISECONDS = 8_640_000_000_000_000
_MOST_SECONDS = 100_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})"
    r"(?::([0-9]{2})(?:[.]([0-9]{1,9}))?)?"
    r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Column:
    """A column of the table, and the key of an object that it takes.

    Attributes:
        key: The key.
        name: The column, as it is written in the catalog.
        type: Its type, without length or precision.
        kind: What JSON value it takes.
        required: Whether it takes no NULL, and has no default.
        default: SQL of its default.
        time: What the temporary table calls it, if it is a time.
    """

    key: str
    name: str
    type: str
    kind: str
    required: bool
    default: str | None
    time: str


def column_kind(type_: str, category: str) -> str:
    """What JSON value a column takes."""
    if type_.startswith("timestamp"):
        return "time"
    if type_ in ("json", "jsonb"):
        return "json"
    if type_ in ("smallint", "integer", "bigint"):
        return "integer"
    if type_ == "uuid":
        return "uuid"
    return {"S": "text", "B": "boolean", "N": "number"}.get(category, "other")


def check_kind(column: Column, value: object) -> None:
    """Raises RowError unless a value is of the kind that a column takes."""
    if column.kind == "json":
        return
    wanted: tuple[tuple[type, ...], str] = {
        "boolean": ((bool,), "true or false"),
        "integer": ((int,), "a whole number"),
        "number": ((int, Decimal), "a number"),
    }.get(column.kind, ((str,), "a text"))
    # In Python true is a whole number.
    if not isinstance(value, wanted[0]) or (
        isinstance(value, bool) and column.kind != "boolean"
    ):
        raise RowError(
            f"{column.key} is {kind_of(value)}, where {wanted[1]} must be"
        )
    if column.kind == "uuid" and not _UUID.fullmatch(str(value)):
        raise RowError(f"{column.key} is no uuid")


def moment_of(key: str, value: object) -> datetime:
    """A time in ISO 8601 (UTC if it has no offset) or epoch milliseconds.

    Args:
        key: Where it stands, for a reason.
        value: A JSON value.

    Returns:
        The moment, in UTC, to the microsecond.

    Raises:
        RowError: It is none.
    """
    try:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _from_epoch(key, Decimal(value))
        if isinstance(value, str):
            return _from_iso(key, value)
    except (ValueError, OverflowError) as error:
        if isinstance(error, RowError):
            raise
        raise RowError(f"{key} is no moment that there is") from None
    raise RowError(f"{key} is {kind_of(value)}, where a time must be")


def _from_epoch(key: str, value: Decimal) -> datetime:
    if abs(value) > _MOST_MILLISECONDS:
        raise OverflowError
    if 0 < value < _MOST_SECONDS:
        raise RowError(
            f"{key} is too small a number for milliseconds (seconds?)"
        )
    return _EPOCH + timedelta(microseconds=int(value * 1000))


def _from_iso(key: str, value: str) -> datetime:
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise RowError(
            f"{key} is neither ISO 8601 with a time of day nor epoch"
            " milliseconds"
        )
    year, month, day, hour, minute = map(int, match.groups()[:5])
    second, fraction, sign, hours, minutes = match.groups()[5:]
    moment = datetime(
        *(year, month, day, hour, minute, int(second or 0)),
        int((fraction or "").ljust(6, "0")[:6]),
        tzinfo=UTC,
    )
    if sign is None:
        return moment
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return moment - offset if sign == "+" else moment + offset
