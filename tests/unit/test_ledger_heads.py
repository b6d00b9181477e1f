"""Heads of the ledger go to a file, and come back as they were (X5)."""

from __future__ import annotations

import json

import pytest

from flows import ledger_heads
from flows.ledger_heads import HeadError, heads_file, note_head, read_heads
from flows.night import code_version

HEAD = {
    "warehouse": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "entry": 7,
    "hash": "ab" * 32,
    "entries": 6,
    "as_of": "2025-06-01T00:00:00.000000Z",
}


@pytest.fixture
def named(monkeypatch, tmp_path):
    """Sets the variable, and makes tmp_path the project."""
    monkeypatch.setattr(ledger_heads, "PROJECT", tmp_path)
    return lambda text: monkeypatch.setenv("WAREHOUSE_LEDGER_HEADS", text)


@pytest.mark.parametrize(
    "text",
    ["a b/heads.jsonl", "{}/a b/heads.jsonl", "file://{}/a%20b/heads.jsonl"],
)
def test_a_path_and_a_file_url_name_the_file(named, tmp_path, text):
    named(text.format(tmp_path))
    assert heads_file() == tmp_path / "a b" / "heads.jsonl"
    for entry in (7, 8):
        note_head(HEAD | {"entry": entry})
    note_head(None)
    # As an editor leaves one at the end.
    with heads_file().open("a") as heads:
        heads.write("\n")
    assert read_heads(heads_file()) == [HEAD, HEAD | {"entry": 8}]


@pytest.mark.parametrize("host", ["", "warehouse.example"])
def test_without_a_name_the_file_is_beside_the_embedded_server_only(
    named, monkeypatch, tmp_path, host
):
    monkeypatch.delenv("WAREHOUSE_LEDGER_HEADS", raising=False)
    monkeypatch.setenv("PGHOST", host)
    for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.setenv(f"WAREHOUSE_EMBEDDED_{name}", "5432")
    own = tmp_path / ".warehouse" / "ledger-heads.jsonl"
    assert heads_file() == (None if host else own)


def test_a_url_of_another_kind_is_refused_without_its_password(named):
    named("s3://key:secret@bucket/heads")
    with pytest.raises(HeadError) as error:
        note_head(HEAD)
    assert "begins with s3://, which this code cannot write" in str(error.value)
    assert "secret" not in str(error.value)


def test_on_a_machine_without_git_the_ledger_names_no_commit(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_version() == ""


@pytest.mark.parametrize(
    "line",
    [
        *('{"entry": 7', "[]", "{}", '{"entry": "7"}', "7", "\x00"),
        json.dumps(HEAD | {"as_of": "soon"}),
        json.dumps(HEAD | {"entries": "6"}),
    ],
)
def test_a_line_that_is_no_head_is_named(named, tmp_path, line):
    named("heads.jsonl")
    file = tmp_path / "heads.jsonl"
    note_head(HEAD)
    # Its writing was cut off; the next head stands on a line of its own.
    with file.open("a") as heads:
        heads.write(line)
    note_head(HEAD)
    with pytest.raises(HeadError, match=r"^Line 2 of .* is no head"):
        read_heads(file)
    file.write_text(file.read_text().replace(line + "\n", ""))
    assert read_heads(file) == [HEAD, HEAD]
