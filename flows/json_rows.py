"""Read a JSON array of objects row by row, in the memory that one row takes.

A parser that hands out events (ijson was tried, docs/decisions) knows no
line, cannot go on after a row that is no JSON, and changes or drops what it
does not like. So a row's extent is found here, by its brackets and strings
alone; what is in it is read by Python's own parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

CHUNK = 256 * 1024
MOST_BYTES = 16 * 1024 * 1024
MOST_LEVELS = 100
# JavaScript writes numbers up to 1.8e308; jsonb would write out 1e100000.
_MOST_DIGITS = 400

# A whole string, or a sign of structure; a lone quote opens a string that the
# buffer does not hold to its end.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],"]', re.DOTALL)
_BLANK = b" \t\n\r"
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}
_KINDS: dict[type, str] = {str: "a text", list: "a list", dict: "an object"}
_ODD = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class JsonFileError(RuntimeError):
    """The file is no JSON array; one sentence without a row's values."""


class RowError(ValueError):
    """One row cannot be read; the message is the reason, without its values."""


@dataclass(frozen=True, slots=True)
class Row:
    """One element of the array, as it stands in the file.

    Attributes:
        line: where it begins, from 1.
        byte: where it begins, from 1.
        levels: how deeply it is nested.
        text: its bytes.
    """

    line: int
    byte: int
    levels: int
    text: bytes


class _File:
    """The part of the file that is in memory, and where it is."""

    def __init__(self, name: str, data: BinaryIO, chunk: int) -> None:
        self.name = name
        self.data = data
        self.chunk = chunk
        self.buffer = b""
        self.dropped = 0  # bytes in front of the buffer
        self.line = 1  # at self.counted
        self.counted = 0

    def more(self, keep_from: int) -> bool:
        """Drops what is in front of an index, and reads on."""
        self.line_at(keep_from)
        # At least as much again: a long string is not scanned too often.
        size = max(self.chunk, len(self.buffer) - keep_from)
        added = self.data.read(size)
        self.buffer = self.buffer[keep_from:] + added
        self.dropped += keep_from
        self.counted = 0
        return bool(added)

    def line_at(self, index: int) -> int:
        """The line of an index; they are asked for in order."""
        self.line += self.buffer.count(b"\n", self.counted, index)
        self.counted = index
        return self.line

    def fail(self, index: int, what: str) -> NoReturn:
        """Raises the sentence for a place in the buffer."""
        line = self.line + self.buffer.count(b"\n", self.counted, index)
        raise JsonFileError(
            f"{self.name}, line {line}, byte {self.dropped + index + 1}:"
            f" {what}; nothing was written."
        )


def rows(
    name: str,
    data: BinaryIO,
    *,
    chunk: int = CHUNK,
    most_bytes: int = MOST_BYTES,
) -> Iterator[Row]:
    """Yields the elements of the one array in a file, as they stand there.

    Args:
        name: What a sentence calls the file.
        data: The file, UTF-8, with or without a byte order mark.
        chunk: How many bytes to read at once, at least.
        most_bytes: No row is larger than this.

    Yields:
        Each element between the array's commas; it may be no JSON.

    Raises:
        JsonFileError: There is no array, or it does not end as one.
    """
    file = _File(name, data, chunk)
    _open(file)
    start = scan = 0  # of this row; of what was not looked at yet
    opened = bytearray()  # the brackets around the place we are at
    levels = 0
    found = 0
    while True:
        for match in _TOKEN.finditer(file.buffer, scan):
            at, sign = match.start(), file.buffer[match.start()]
            scan = match.end()
            if sign == ord('"'):
                if scan - at == 1:
                    scan = at
                    break
            elif sign in b"{[":
                opened.append(sign)
                levels = max(levels, len(opened))
            elif sign in b"}]" and opened:
                if opened.pop() != _CLOSES[sign]:
                    file.fail(at, f"a {chr(sign)} closes what it did not open")
            elif sign == ord("}"):
                file.fail(at, "a } closes what it did not open")
            elif not opened:  # a comma between rows, or the array's end
                text = file.buffer[start:at].strip(_BLANK)
                if text:
                    first = file.buffer.index(text[:1], start)
                    yield Row(
                        file.line_at(first),
                        file.dropped + first + 1,
                        levels,
                        text,
                    )
                elif sign == ord(","):
                    file.fail(at, "a comma stands where a row must be")
                elif found:
                    file.fail(at, "a comma stands before the array's end")
                found += 1
                start, levels = scan, 0
                if sign == ord("]"):
                    _close(file, start)
                    return
        else:
            scan = len(file.buffer)
        if len(file.buffer) - start > most_bytes:
            file.fail(
                start,
                f"a row of more than {most_bytes // 1024 // 1024} MB begins"
                " here, or a quote or bracket is missing",
            )
        scan -= start
        if not file.more(start):
            file.fail(
                len(file.buffer),
                "the file is cut off: it ends before its array does",
            )
        start = 0


def _open(file: _File) -> None:
    """Reads up to the array's opening bracket."""
    file.more(0)
    if file.buffer.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise JsonFileError(f"{file.name} is not UTF-8: save it as that.")
    if file.buffer.startswith(b"\xef\xbb\xbf"):
        file.buffer = file.buffer[3:]
        file.dropped = 3
    while not (text := file.buffer.lstrip(_BLANK)):
        if not file.more(len(file.buffer)):
            raise JsonFileError(f"{file.name} is empty.")
    first = len(file.buffer) - len(text)
    if text[:1] != b"[":
        file.fail(first, "the file is no JSON array, which begins with [")
    file.line_at(first)
    file.dropped += first + 1
    file.buffer = text[1:]
    file.counted = 0


def _close(file: _File, start: int) -> None:
    """Reads to the file's end, which must be near."""
    while not (text := file.buffer[start:].lstrip(_BLANK)):
        if not file.more(len(file.buffer)):
            return
        start = 0
    file.fail(len(file.buffer) - len(text), "something follows the array's end")


def parse(row: Row) -> dict[str, Any]:
    """Reads a row as an object that PostgreSQL can store as jsonb.

    Returns:
        The object; numbers with a fraction or an exponent are Decimal.

    Raises:
        RowError: It is none.
    """
    if row.levels > MOST_LEVELS:
        raise RowError(f"nested more than {MOST_LEVELS} levels deep")
    try:
        text = row.text.decode()
    except UnicodeDecodeError:
        raise RowError("not UTF-8") from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # Python's words for it name no value.
        raise RowError(f"no JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise RowError(f"{kind_of(value)}, where an object must be")
    if _ODD.search(text):
        _check_characters(value)
    return value


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return "a number"
    for kind, words in _KINDS.items():
        if isinstance(value, kind):
            return words
    return "null"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two values under one key none would be the right one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RowError("a key stands twice in one object")
    return found


def _number(text: str) -> Decimal:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _MOST_DIGITS or (
        exponent and (len(exponent) > 9 or abs(int(exponent)) > _MOST_DIGITS)
    ):
        raise RowError(f"a number of more than {_MOST_DIGITS} digits")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise RowError(f"a number of more than {_MOST_DIGITS} digits")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise RowError(f"no JSON: {text} is no number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_number,
    parse_int=_integer,
    parse_constant=_constant,
)


def _check_characters(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Raises if there is a character that PostgreSQL cannot store."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_characters(key)
            _check_characters(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_characters(inner)
    elif isinstance(value, str):
        if "\0" in value:
            raise RowError("a NUL character, which PostgreSQL cannot store")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RowError("half of a surrogate pair") from None
