"""The flow `retain`: what some rules need is built, and their rows go."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.retain import retain

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

LATER = datetime(2025, 6, 1, tzinfo=UTC)


def test_a_run_of_no_rule_does_nothing_and_one_of_no_table_fails(
    warehouse, prefect_api
):
    # No rule of it runs every week: nothing is built, nothing goes.
    state = retain(
        select=["hub"], every=["week"], as_of=LATER, return_state=True
    )
    assert state.is_completed(), state.message
    assert warehouse.one("select count(*) from retention.build") == 0
    # A typing error is no quiet run of nothing.
    state = retain(select=["hub.Tap"], as_of=LATER, return_state=True)
    assert state.is_failed()
    assert "select is `hub.Tap`, which has no rule here" in state.message


def test_it_builds_what_its_rules_need_and_lets_go_of_rows_and_copies(
    warehouse, prefect_api, read_run
):
    warehouse.taps(["2025-01-01"], each=10)
    state = retain(
        select=["hub.TapLog"], every=["day"], as_of=LATER, return_state=True
    )
    run = read_run(state.state_details.flow_run_id)
    assert run.state == ("COMPLETED", "Completed")
    assert "stg_hub_tap_log" in run.artifact
    assert "hub.AuditLog" not in run.artifact
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(10)
    built = warehouse.query(
        "select split_part(node, '.', 3) from retention.build"
        " where node like 'model.%%' order by 1"
    )
    assert [name for (name,) in built] == [
        "marts_engagement_tap_summary_daily",
        "raw_hub_tap_log",
        "stg_hub_tap_log",
    ]
