"""Heads of the ledger, kept outside the database (requirement X5).

Whoever can write to the database can write its ledger anew; that shows in the
heads that were noted somewhere else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flows.database import resolve
from flows.run_dbt import PROJECT

VARIABLE = "WAREHOUSE_LEDGER_HEADS"
TYPES = {
    "warehouse": str,
    "entry": int,
    "hash": str,
    "entries": int,
    "as_of": str,
}


class HeadError(RuntimeError):
    """Says in one sentence why heads cannot be written or read."""


def heads_file() -> Path | None:
    """Where heads are noted, one JSON object a line.

    Returns:
        What WAREHOUSE_LEDGER_HEADS names (a path, from the project's folder
        where it is relative, or a file:// URL); else a file beside the
        embedded server; none on a server of your own.

    Raises:
        HeadError: the variable names no file of this machine.
        DatabaseError: there is no database.
    """
    named = os.environ.get(VARIABLE, "")
    if not named:
        own = PROJECT / ".warehouse" / "ledger-heads.jsonl"
        return own if resolve().embedded else None
    if "://" not in named:
        return PROJECT / Path(named).expanduser()
    url = urlsplit(named)
    if url.scheme != "file" or url.netloc not in ("", "localhost"):
        # The rest of a URL may hold a password.
        raise HeadError(
            f"{VARIABLE} begins with {url.scheme}://, which this code cannot"
            " write to: name a path or a file:// URL of this machine."
        )
    return Path(unquote(url.path))


def note_head(head: Mapping[str, Any] | None) -> None:
    """Adds a head to the file, and waits until it is on the disk.

    Args:
        head: as `retention_apply` reports it; none where the ledger is empty.

    Raises:
        HeadError: it cannot be written; the ledger has it all the same.
        DatabaseError: there is no database.
    """
    file = heads_file() if head else None
    if file is None:
        return
    line = json.dumps(head).encode() + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as heads:
            # After a line that was cut off, as the disk was full.
            if heads.tell() and not _ends_a_line(heads.name):
                line = b"\n" + line
            heads.write(line)
            heads.flush()
            os.fsync(heads.fileno())
    except OSError as error:
        raise HeadError(
            f"The head of the ledger cannot be noted in {file}"
            f" ({error.strerror}): make it writable or set {VARIABLE}; the next"
            " run notes the head of all entries."
        ) from None


def read_heads(file: Path) -> list[dict[str, Any]]:
    """The heads in a file, of every warehouse that wrote to it.

    Raises:
        HeadError: there is no such file, or a line in it is no head.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise HeadError(
            f"The heads of the ledger in {file} cannot be read ({why}): name"
            " the file that was written after each run."
        ) from None
    heads = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            head = json.loads(line)
            if not all(
                type(head[name]) is kind for name, kind in TYPES.items()
            ):
                raise ValueError
            datetime.fromisoformat(head["as_of"])
        except (ValueError, KeyError, TypeError):
            raise HeadError(
                f"Line {number} of {file} is no head of a ledger: if writing it"
                " was cut off, take it out; if not, somebody changed it."
            ) from None
        heads.append({name: head[name] for name in TYPES})
    return heads


def _ends_a_line(file: str) -> bool:
    with Path(file).open("rb") as written:
        written.seek(-1, os.SEEK_END)
        return written.read(1) == b"\n"
