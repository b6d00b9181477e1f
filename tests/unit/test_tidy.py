"""Files that runs leave behind stay 30 days (X9), and no other file goes."""

from __future__ import annotations

import ast
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows import embedded
from flows.run_dbt import SCOPES
from flows.tidy import remove_old, tidy_up

PROJECT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 5, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
EDGE = NOW - 30 * DAY


def write(file: Path, at: datetime, text: str = "a line\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def test_what_runs_left_goes_after_30_days(tmp_path, monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example")  # no embedded server's log
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(tmp_path / "logs"))
    old = EDGE - timedelta(seconds=1)
    others = write(tmp_path / "elsewhere" / "letter.txt", old)
    kept = [
        write(tmp_path / "target" / "build" / "manifest.json", EDGE),
        # By hand, or another program's.
        write(tmp_path / "target" / "manifest.json", old),
        write(tmp_path / "target" / "mine" / "notes.txt", old),
        others,
    ]
    gone = [
        write(tmp_path / "target" / "build" / "run" / "a" / "gone.sql", old),
        write(tmp_path / "logs" / "rollups" / "dbt.log.1", old),
        write(tmp_path / "logs" / "build" / "dbt.log.2026-03-31", old),
    ]
    # A link that leads out is not followed.
    (tmp_path / "target" / "docs").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "target" / "build" / "out").symlink_to(tmp_path / "elsewhere")

    assert tidy_up(NOW) == len(gone)
    assert all(file.exists() for file in kept)
    assert not any(file.exists() for file in gone)
    assert tidy_up(NOW) == 0


def test_a_log_that_is_written_to_is_turned_over_by_the_day(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(tmp_path / "logs"))
    log = write(tmp_path / "logs" / "build" / "dbt.log", NOW, "monday\n")
    with log.open("a") as writer:
        assert tidy_up(NOW) == 0
        aside = log.with_name("dbt.log.2026-05-01")
        assert (aside.read_text(), log.read_text()) == ("monday\n", "")
        # Whoever has it open writes on, at its new end; a day is one part.
        writer.write("tuesday\n")
        writer.flush()
        assert tidy_up(NOW) == 0
        assert (aside.read_text(), log.read_text()) == ("monday\n", "tuesday\n")


def test_so_is_the_log_of_the_embedded_server(tmp_path, monkeypatch):
    monkeypatch.delenv("PGHOST", raising=False)
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(tmp_path / "logs"))
    server = embedded.Server(password="", data=tmp_path / "home" / "data")
    monkeypatch.setattr(embedded, "status", lambda: server)
    log = write(tmp_path / "home" / "server.log", NOW, "monday\n")
    gone = write(log.with_name("server.log.2026-03-31"), EDGE - DAY)
    assert tidy_up(NOW) == 1
    assert not gone.exists()
    aside = log.with_name("server.log.2026-05-01")
    assert (aside.read_text(), log.read_text()) == ("monday\n", "")


def test_a_file_that_somebody_else_removed_is_passed_over(tmp_path):
    old = write(tmp_path / "old", EDGE - DAY)
    assert remove_old([tmp_path / "not there", old], NOW) == 1
    assert not old.exists()


def test_every_folder_that_a_flow_names_is_among_those_looked_after():
    """One that is missing here would keep its log for ever."""
    named = {"warehouse"}
    for file in (PROJECT / "flows").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "scope":
                named.add(getattr(node.value, "value", "warehouse"))
    assert named == set(SCOPES)
