"""A warehouse that has captured something, ready to be copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from flows import run_dbt
from flows.night import nightly
from flows.run_dbt import PROJECT, DbtError
from tests.conftest import Warehouse, connect, copy_of, keep_database

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]


@pytest.fixture(scope="session")
def captured_template(ready_template: str) -> str:
    """Ten taps on each of DAYS, and the night of 2025-01-11 over them."""
    with copy_of(ready_template) as warehouse:
        warehouse.taps(DAYS, each=10)
        nightly("2025-01-11", say=lambda _: None)
    return keep_database("captured_template")


@pytest.fixture
def captured(captured_template: str) -> Iterator[Warehouse]:
    """A warehouse in which 100 taps are in source, raw, staging and mart."""
    with copy_of(captured_template) as warehouse:
        yield warehouse


@pytest.fixture
def read_only(captured_template: str) -> Iterator[psycopg.Connection]:
    """The same warehouse, uncopied, for tests that only ask SQL questions."""
    with connect(
        captured_template, options="-c default_transaction_read_only=on"
    ) as connection:
        yield connection


def sentence(error: pytest.ExceptionInfo[DbtError]) -> str:
    """What a refusal said, which is one line for a person to read."""
    text = str(error.value)
    assert "\n" not in text
    assert "Traceback" not in text
    assert text.endswith((".", "?"))
    return text


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's models, macros and settings, to be edited."""
    for name in ("models", "macros", "tests/dbt"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def edited(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The copy, which every dbt command of the test now works on."""
    monkeypatch.setattr(run_dbt, "PROJECT", copy)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    return copy


def edit(file: Path, old: str, new: str) -> None:
    """Replaces a text that must be there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
