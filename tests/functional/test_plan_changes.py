"""What a pull request makes eligible, by a role that writes nothing."""

from __future__ import annotations

from flows import run_dbt
from flows.cli import main
from tests.functional.conftest import edit

READ_ONLY = "-c default_transaction_read_only=on"
PLANS = "select count(*), max(planned_at) from retention.plan"
AS_OF = "2025-02-05"


def test_a_change_of_a_rule_says_how_many_rows_it_makes_eligible(
    captured, edited, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("PGOPTIONS", READ_ONLY)
    plans = captured.query(PLANS)
    before = tmp_path / "before.json"

    assert main(["plan", "--read-only", "--as-of", AS_OF]) == 0
    printed = capsys.readouterr().out
    assert "hub.TapLog" not in printed
    assert main(["plan", "--read-only", "--as-of", AS_OF, "--json"]) == 0
    before.write_text(capsys.readouterr().out)
    assert main(["plan", "--compare", str(before)]) == 0
    assert capsys.readouterr().out.startswith(
        "This change makes 0 rows eligible, and 0 copies of ours, as of"
        " 2025-02-05 00:00:00 UTC.\n"
    )

    for file in ("raw/hub/_hub__sources.yml", "staging/hub/_hub__models.yml"):
        text = (edited / "models" / file).read_text()
        place = text.index("TapLog" if "raw" in file else "stg_hub_tap_log")
        old = text[place : text.index("keep: 90 days", place) + 13]
        edit(edited / "models" / file, old, old[:-13] + "keep: 30 days")
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})  # as in a new process
    assert main(["plan", "--compare", str(before)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(
        "This change makes 50 rows eligible, and 100 copies of ours,"
    )
    assert "| hub.TapLog | 0 | 50 | +50 |" in printed
    assert captured.query(PLANS) == plans

    before.write_text('{"rules": []}')
    assert main(["plan", "--compare", str(before)]) == 1
    assert "holds no plan: write it with" in capsys.readouterr().err
