"""docs/retention.md is what the rules say, in words."""

from __future__ import annotations

import shutil

import pytest

from flows import run_dbt
from flows.cli import main


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No server answers, every application is on, dbt's files are apart."""
    monkeypatch.delenv("WAREHOUSE_VARS", raising=False)
    for name, value in {
        "DBT_ENGINE_TARGET_PATH": str(tmp_path / "target"),
        "DBT_ENGINE_LOG_PATH": str(tmp_path / "logs"),
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGPASSWORD": "",
        "PGDATABASE": "nothing",
        "DBT_TARGET": "prod",
    }.items():
        monkeypatch.setenv(name, value)


def test_the_committed_page_is_what_the_rules_say(capsys):
    assert main(["docs", "--check"]) == 0, capsys.readouterr().err


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """A project with a rule of every form."""
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(run_dbt.PROJECT / name, tmp_path)
    for name in ("macros", "tests/dbt"):
        shutil.copytree(run_dbt.PROJECT / name, tmp_path / name)
    models = run_dbt.PROJECT / "tests/samples/rules/models"
    shutil.copytree(models, tmp_path / "models")
    raw = tmp_path / "models/raw/hub/_hub__models.yml"
    rule = "          - keep: while_in_source\n"
    graced = rule + "            grace: 7 days\n"
    raw.write_text(raw.read_text().replace(rule, graced))
    monkeypatch.setattr(run_dbt, "PROJECT", tmp_path)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    return tmp_path


def test_the_page_says_every_form_of_a_rule_in_words(sample, capsys):
    assert main(["docs", "--check"]) == 1
    assert "run `warehouse docs`" in capsys.readouterr().err
    assert main(["docs"]) == 0
    page = (sample / "docs" / "retention.md").read_text()
    assert main(["docs", "--check"]) == 0
    for line in (
        "| source | 30 days after `deleted_at`, then deleted;"
        " with its rows of `note`; every month | P7; a month of grace. |",
        "| source | 2 years after `updated_at`, then marked as deleted;"
        " where `warned_at is not null`; every month |"
        " P7; nobody has seen them for long. |",
        "| source | 90 days after `updated_at`, then `ip` emptied; every day |"
        " P6; where somebody was matters for a quarter. |",
        "| source | 90 days after `updated_at`, then `plan` set to `free`;"
        " every day | A plan ends. |",
        "| raw | as long as the source has it; where a rule let it go there,"
        " 7 days more, for `warehouse undo` |"
        " A copy never outlives its original (law 3). |",
        "| staging | 30 days after its original has gone (`_gone_at`),"
        " then deleted; every day | Nobody is in it. |",
        "| `marts_lab_person` | 5 years after its original has gone"
        " (`_gone_at`), then deleted; every day | P3. |",
        "| source | 30 days after `written_at`, then deleted;"
        " where `status = 'done' and \"personId\" is not null`;"
        " but the latest of each `personId`, `status` stays however old;"
        " every day | A note that is done is of no use. |",
        "| `email` | e-mail address | `email_hash`, a salted hash |",
        "| `ip` | IP address | `network`, its network |",
        "| `fullName` | name | its length, a single key, a match,"
        " or whether there is one |",
        "| `warned_at` | nothing of a person | not copied |",
        "Nothing of it is copied.",
        "| 2027-11-01 | lab.note | No policy exists yet. |",
    ):
        assert line in page.splitlines(), line


def test_a_rule_that_changed_makes_the_page_old(sample, capsys):
    assert main(["docs"]) == 0
    rules = sample / "models" / "raw" / "lab" / "_lab__sources.yml"
    rules.write_text(rules.read_text().replace("1 hour", "2 hours"))
    run_dbt._MANIFESTS.clear()
    assert main(["docs", "--check"]) == 1
    assert "does not say what the rules say" in capsys.readouterr().err
