"""A JSON array is read row by row: all of it, or one sentence says why not."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.json_rows import JsonFileError, Row, RowError, parse, rows
from flows.json_values import Column, check_kind, column_kind, moment_of

# What a browser writes: JSON.stringify knows no NaN and no half surrogates.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text('ab"\\{}[],:\n\u00e9', max_size=4), inner, max_size=4
        )
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(
    st.text('ab"\\{}[],:\n\u00e9', max_size=4), VALUES, max_size=4
)
SHAPES = st.sampled_from(
    [
        {"indent": None},
        {"indent": 2},
        {"separators": (",", ":")},
        {"ensure_ascii": False},
    ]
)
PROPERTY = settings(deadline=None, database=None, derandomize=True)


def read(content: bytes | str, **options) -> list[Row]:
    """All rows of a file with this content."""
    if isinstance(content, str):
        content = content.encode()
    return list(rows("f.json", io.BytesIO(content), **options))


def texts(content: bytes | str, **options) -> list[bytes]:
    return [row.text for row in read(content, **options)]


def refused(content: bytes | str, **options) -> str:
    with pytest.raises(JsonFileError) as error:
        read(content, **options)
    text = str(error.value)
    assert "\n" not in text and text.endswith(".")
    return text


def reason(text: str | bytes) -> str:
    """Why a row cannot be read; the rows around it can."""
    if isinstance(text, str):
        text = text.encode()
    before, found, after = read(b'[{"a": 1}, ' + text + b', {"b": 2}]')
    assert (parse(before), parse(after)) == ({"a": 1}, {"b": 2})
    with pytest.raises(RowError) as error:
        parse(found)
    return str(error.value)


@PROPERTY
@given(st.lists(OBJECTS, max_size=6), SHAPES, st.integers(1, 60))
def test_the_rows_are_those_that_pythons_own_parser_finds(found, shape, chunk):
    content = json.dumps(found, **shape).encode()
    expected = json.loads(content, parse_float=Decimal)
    read_rows = read(content, chunk=chunk)
    assert [parse(row) for row in read_rows] == expected
    for row in read_rows:
        # Each place is where the row begins.
        assert content[row.byte - 1 :].startswith(row.text)
        assert row.line == content.count(b"\n", 0, row.byte - 1) + 1


@PROPERTY
@given(st.lists(OBJECTS, min_size=1, max_size=4), SHAPES, st.data())
def test_a_file_that_is_cut_off_is_never_taken_for_whole(found, shape, data):
    content = json.dumps(found, **shape).encode()
    length = data.draw(st.integers(1, len(content) - 1))
    text = refused(content[:length], chunk=data.draw(st.integers(1, 60)))
    line = content.count(b"\n", 0, length) + 1
    assert text == (
        f"f.json, line {line}, byte {length + 1}: the file is cut off: it ends"
        " before its array does; nothing was written."
    )


@PROPERTY
@given(st.binary(max_size=60), st.integers(1, 8))
def test_no_bytes_make_it_fail_otherwise(content, chunk):
    try:
        found = read(b"[" + content, chunk=chunk)
    except JsonFileError:
        return
    for row in found:
        try:
            parse(row)
        except RowError as error:
            assert str(error)


def test_an_empty_array_has_no_rows():
    assert texts("[]") == []
    assert texts(" \n[ \n ] \n") == []


def test_the_byte_order_mark_of_windows_is_no_part_of_it():
    [row] = read(b'\xef\xbb\xbf\r\n[\r\n{"a": 1}]')
    assert (row.line, row.byte, row.text) == (3, 9, b'{"a": 1}')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "f.json is empty."),
        (" \n ", "f.json is empty."),
        (
            '{"a": 1}',
            "f.json, line 1, byte 1: the file is no JSON array, which begins"
            " with [; nothing was written.",
        ),
        (
            '\n "[{}]"',
            "f.json, line 2, byte 3: the file is no JSON array, which begins"
            " with [; nothing was written.",
        ),
        (
            "[{},\n{},\n]",
            "f.json, line 3, byte 10: a comma stands before the array's end;"
            " nothing was written.",
        ),
        (
            "[{},\n,{}]",
            "f.json, line 2, byte 6: a comma stands where a row must be;"
            " nothing was written.",
        ),
        (
            "[,{}]",
            "f.json, line 1, byte 2: a comma stands where a row must be;"
            " nothing was written.",
        ),
        (
            '[{"a": [1}]',
            "f.json, line 1, byte 10: a } closes what it did not open; nothing"
            " was written.",
        ),
        (
            "[{}}]",
            "f.json, line 1, byte 4: a } closes what it did not open; nothing"
            " was written.",
        ),
        (
            "[{}]\n[{}]",
            "f.json, line 2, byte 6: something follows the array's end; nothing"
            " was written.",
        ),
        (
            '[{"a": 1},\n{"b": "2',
            "f.json, line 2, byte 20: the file is cut off: it ends before its"
            " array does; nothing was written.",
        ),
    ],
)
@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_what_is_no_array_is_one_sentence(content, said, chunk):
    assert refused(content, chunk=chunk) == said


def test_utf_16_is_named():
    assert refused("[]".encode("utf-16")) == (
        "f.json is not UTF-8: save it as that."
    )


def test_a_row_without_an_end_does_not_fill_the_memory():
    content = b'[{"a": 1}, {"b": "' + b"x" * 5_000_000
    tracemalloc.start()
    text = refused(content, most_bytes=1024 * 1024)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert text.startswith("f.json, line 1, byte 11: a row of more than 1 MB")
    assert peak < 10_000_000


def test_a_long_string_is_one_row_however_the_file_is_cut():
    text = '{"a": "' + '\\"\\\\' * 250_000 + '"}'
    assert texts(f"[{text},{text}]", chunk=1000) == [text.encode()] * 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": NaN}', "no JSON: NaN is no number"),
        ('{"a": -Infinity}', "no JSON: -Infinity is no number"),
        ('{"a": 1,}', "no JSON: "),
        ("{'a': 1}", "no JSON: "),
        ('{"a": 01}', "no JSON: "),
        ('{"a": "\t"}', "no JSON: Invalid control character at"),
        ('{"a": "\0"}', "no JSON: Invalid control character at"),
        ('{"a": 1} {"b": 2}', "no JSON: Extra data"),
        ("undefined", "no JSON: Expecting value"),
        ("7", "a number, where an object must be"),
        ("true", "true or false, where an object must be"),
        ("null", "null, where an object must be"),
        ('"x, [y"', "a text, where an object must be"),
        ("[{}]", "a list, where an object must be"),
        ('{"a": 1, "a": 2}', "a key stands twice in one object"),
        ('{"b": [{"a": 1, "\\u0061": 1}]}', "a key stands twice in one object"),
        ('{"a": "\\u0000"}', "a NUL character, which PostgreSQL cannot store"),
        ('{"a": [{"x\\u0000": 1}]}', "a NUL character, which PostgreSQL"),
        ('{"a": "\\ud83d"}', "half of a surrogate pair"),
        ('{"a": {"\\ude00": 1}}', "half of a surrogate pair"),
        ('{"a": "\\ude00\\ud83d"}', "half of a surrogate pair"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        ('{"a": ' + "9" * 401 + "}", "a number of more than 400 digits"),
        ('{"a": 1e401}', "a number of more than 400 digits"),
        ('{"a": 1E-99999999999999999999}', "a number of more than 400 digits"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "nested more than 100 levels"),
        ("[" * 500_000 + "]" * 500_000, "nested more than 100 levels deep"),
    ],
)
def test_a_bad_row_says_why_and_stops_no_other(text, why):
    assert reason(text).startswith(why)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud83d\\ude00 \\\\u0000 \\\\ud83d"}',
        '{"a": ' + "[" * 99 + "]" * 99 + "}",
        '{"a": ' + "9" * 400 + ', "b": 1.7976931348623157e308}',
        '{"": {"a": {"a": 1}}}',
        '{"a": "x\\u007f\\n"}',
    ],
)
def test_what_only_looks_bad_is_read(text):
    [row] = read(f"[{text}]")
    assert parse(row) == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2025-10-18T01:02:03.456Z", "2025-10-18T01:02:03.456000"),
        ("2025-10-18T01:02:03Z", "2025-10-18T01:02:03"),
        ("2025-10-18T01:02:03", "2025-10-18T01:02:03"),
        ("2025-10-18 01:02", "2025-10-18T01:02:00"),
        ("2025-10-18T01:02:03+02:00", "2025-10-17T23:02:03"),
        ("2025-10-18T01:02:03-0530", "2025-10-18T06:32:03"),
        ("2025-10-18T01:02:03.123456789Z", "2025-10-18T01:02:03.123456"),
        ("2024-02-29T23:59:59.999+00:00", "2024-02-29T23:59:59.999000"),
        (1760749323456, "2025-10-18T01:02:03.456000"),
        (Decimal("1760749323456.789"), "2025-10-18T01:02:03.456789"),
        (Decimal("1.760749323456e12"), "2025-10-18T01:02:03.456000"),
        (0, "1970-01-01T00:00:00"),
        (-1, "1969-12-31T23:59:59.999000"),
        (100_000_000_000, "1973-03-03T09:46:40"),
    ],
)
def test_a_moment(value, iso):
    assert moment_of("at", value).isoformat() == f"{iso}+00:00"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        *[
            (text, "at is neither ISO 8601 with a time of day nor epoch")
            for text in (
                *("", "now", "2025-10-18", "20251018T010203Z", "1760749323456"),
                *("2025-10-18T01:02:03 Z", "2025-W42-6T01:02:03Z"),
                *("+275760-09-13T00:00:00.000Z", "2025-10-18T01:02:03Z\n"),
                *("\u0662\u0660\u0662\u0665-10-18T01:02:03Z",),
                *("2025-10-18T01:02:03.1234567890Z", "18.10.2025 01:02"),
            )
        ],
        *[
            (value, "at is no moment that there is")
            for value in (
                *("2025-02-29T01:02:03Z", "2025-10-18T24:00:00Z"),
                *("2025-10-18T23:59:60Z", "2025-10-18T01:02:03+24:00"),
                *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"),
                *("9999-12-31T23:59:59-01:00", 8_640_000_000_000_001),
                *(-8_640_000_000_000_000, 10**399, Decimal("1e400")),
            )
        ],
        (1760749323, "at is too small a number for milliseconds (seconds?)"),
        (True, "at is true or false, where a time must be"),
        ([], "at is a list, where a time must be"),
        ({}, "at is an object, where a time must be"),
    ],
)
def test_what_is_no_moment(value, why):
    with pytest.raises(RowError, match=f"^{re.escape(why)}"):
        moment_of("at", value)


@pytest.mark.parametrize(
    ("type_", "category", "good", "bad"),
    [
        ("text", "S", ["", "x"], [1, True, [], {}, Decimal(1)]),
        ("character varying", "S", ["x"], [1]),
        ("boolean", "B", [True, False], [0, 1, "true", []]),
        ("integer", "N", [0, -5, 10**30], [True, Decimal("1.5"), "1"]),
        ("numeric", "N", [1, Decimal("1.5")], [False, "1"]),
        ("jsonb", "U", [1, "x", [], {}, True], []),
        (
            "uuid",
            "U",
            ["0189dcc1-0000-7000-8000-0000000000AF"],
            ["0189dcc1", 7, "0189dcc1-0000-7000-8000-0000000000AFx"],
        ),
        ("some_enum", "E", ["open"], [1, None]),
    ],
)
def test_a_column_takes_its_kind_of_value_and_no_other(
    type_, category, good, bad
):
    kind = column_kind(type_, category)
    column = Column("a", "a", type_, kind, False, None, "")
    for value in good:
        check_kind(column, value)
    for value in bad:
        with pytest.raises(RowError, match=r"^a is "):
            check_kind(column, value)
