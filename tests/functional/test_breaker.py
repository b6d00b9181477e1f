"""X5: a volume out of the usual waits for a person, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from flows.cli import main
from flows.night import approve, nightly
from tests.conftest import (
    Warehouse,
    copy_of,
    keep_database,
)


def statuses(warehouse: Warehouse, digest: str) -> dict[str, str]:
    """The status of each rule with rows to let go of."""
    return dict(
        warehouse.query(
            "select rule, status from retention.plan"
            " where digest = %s and ready > 0",
            digest,
        )
    )


def history(warehouse: Warehouse, rule: str, layer: str, *runs: int) -> None:
    """The ledger of earlier runs, each in two batches."""
    for number, rows in enumerate(runs):
        for part in (rows // 2, rows - rows // 2):
            warehouse.execute(
                """
                insert into retention.ledger (
                    run_id, digest, rule, rule_text, stream, layer, relation,
                    as_of, rows, outcome, attempts, took
                )
                values (
                    %s, 'p', %s, '{}', 'hub.TapLog', %s, %s,
                    '2025-01-11', %s, 'let go', 1, '0.5 seconds'
                )
                """,
                *(f"run {number}", rule, layer),
                *(rule.removeprefix("hub."), part),
            )


def forget(warehouse: Warehouse) -> None:
    """No earlier run: its trigger keeps the ledger otherwise."""
    warehouse.execute(
        "alter table retention.ledger disable trigger user;"
        "truncate retention.ledger;"
        "alter table retention.ledger enable trigger user"
    )


@pytest.fixture(scope="module")
def busy_template(ready_template: str) -> str:
    """1,300 taps of a day, captured; the usual night lets go of 40."""
    with copy_of(ready_template) as warehouse:
        warehouse.taps(["2025-01-05"], each=1300)
        warehouse.build("2025-01-11")
        history(warehouse, "hub.TapLog", "source", 30, 40, 50)
    return keep_database("busy_template")


@pytest.fixture
def busy(busy_template: str) -> Iterator[Warehouse]:
    """A copy of it."""
    with copy_of(busy_template) as warehouse:
        yield warehouse


def test_an_unusual_volume_waits_for_a_person_and_goes_once_approved(busy):
    # More than ten times the usual, but no thousand: as half of the table.
    plan = busy.plan("2025-04-05 17:00:00")
    assert (
        700
        < busy.one(
            "select ready from retention.plan where digest = %s"
            " and rule = 'hub.TapLog'",
            plan.digest,
        )
        < 1000
    )
    assert statuses(busy, plan.digest)["hub.TapLog"] == "unusual"

    said: list[str] = []
    night = nightly("2025-06-01", say=said.append)
    assert night.name == "approval needed: 1 rule"
    assert (
        "- hub.TapLog would let go of 1,300 rows, 32 times its usual 40: if"
        f" that is right, `warehouse approve {night.digest}`." in said
    )
    # What is to its right has no history, and no row to let go of before it.
    assert busy.left() == (1300, 1300, 1300)
    assert statuses(busy, night.digest)["stg_hub_tap_log"] == "ready"

    approve(night.digest, False, lambda _: None)
    # The next day's plan, too: its rows are those that were read of.
    later = busy.plan("2025-06-02")
    assert later.pending == 0
    busy.apply(later.digest)
    assert busy.left() == (0, 0, 0)
    # The approval is used up: the same again is as unusual as before. A demo
    # or test database approves its own.
    busy.taps(["2025-03-02"], each=1300)
    again = nightly("2025-06-03", True, said.append)
    assert again.name == "Completed"
    assert statuses(busy, again.digest)["hub.TapLog"] == "unusual"
    assert busy.left() == (0, 0, 0)


def test_a_usual_volume_needs_nobody(busy):
    # 1,300 is no ten times 200, and a usual share is over a quarter.
    forget(busy)
    history(busy, "hub.TapLog", "source", 10, 400, 500)
    plan = busy.plan("2025-06-01")
    assert statuses(busy, plan.digest)["hub.TapLog"] == "ready"
    # Two runs are no history.
    forget(busy)
    history(busy, "hub.TapLog", "source", 1, 1)
    plan = busy.plan("2025-06-01")
    assert statuses(busy, plan.digest)["hub.TapLog"] == "ready"


def test_a_plan_for_people_and_one_for_a_program_say_the_same(busy, capsys):
    busy.execute('drop index if exists hub."TapLog_tappedAt_idx"')
    assert main(["plan", "--as-of", "2025-06-01"]) == 0
    printed = capsys.readouterr().out.splitlines()
    table = [line for line in printed if not line.startswith("- ")]
    assert max(map(len, table)) <= 120
    assert main(["plan", "--as-of", "2025-06-01", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    rule = {line["rule"]: line for line in plan["rules"]}["hub.TapLog"]
    assert (rule["past"], rule["ready"], rule["status"]) == (
        1300,
        1300,
        "unusual",
    )
    # 120 rows took three seconds.
    assert rule["takes_seconds"] == pytest.approx(1300 / 40)
    line = next(line for line in printed if line.startswith("hub.TapLog "))
    assert line.split()[1:3] == ["1300", "1300"]
    assert line.split()[-3:] == ["32", "s", "unusual"]

    assert (
        main(["plan", "--as-of", "2025-01-20", "--what-if", "hub.TapLog=10d"])
        == 0
    )
    said = capsys.readouterr().out
    line = next(x for x in said.splitlines() if x.startswith("hub.TapLog "))
    assert line.split()[1:3] == ["1300", "1300"]
    assert "what if" in line
    digest = said.split()[1]
    for command in ("apply", "approve"):
        assert main([command, digest]) == 1
        assert "only says what if" in capsys.readouterr().err
    for what_if, why in {
        "hub.TapLog": "names no time",
        "hub.TapLog=soon": "no time",
        "hub.Nothing=30d": "no rule hub.Nothing",
    }.items():
        assert main(["plan", "--what-if", what_if]) == 1
        assert why in capsys.readouterr().err
    assert busy.left() == (1300, 1300, 1300)
