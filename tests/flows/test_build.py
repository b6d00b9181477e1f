"""The flow `build`: as fresh as asked for, and nothing leaves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.build import build
from flows.run_dbt import DbtError

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

LATER = datetime(2025, 6, 1, tzinfo=UTC)


def test_a_build_makes_what_is_selected_and_lets_nothing_go(
    warehouse, prefect_api
):
    warehouse.taps(["2025-01-01"], each=10)
    selected = "raw_hub_tap_log stg_hub_tap_log"

    state = build(select=selected, as_of=LATER, return_state=True)
    assert state.is_completed(), state.message
    assert warehouse.left() == (10, 10, 10)
    assert (
        warehouse.query(
            "select tablename from pg_tables where schemaname = 'marts'"
        )
        == []
    )

    # All of it; a time without offset is UTC.
    naive = LATER.replace(tzinfo=None)
    assert build(as_of=naive, return_state=True).is_completed()
    assert warehouse.per_day() == {"2025-01-01": 10}
    assert warehouse.query("select distinct loaded_at from retention.load") == [
        (LATER,)
    ]
    # Past its time, and here all the same.
    assert warehouse.left() == (10, 10, 10)
    assert warehouse.one("select count(*) from retention.ledger") == 0


def test_a_build_that_fails_fails_the_flow_in_the_databases_words(
    warehouse, prefect_api
):
    warehouse.taps(["2025-01-01"], each=1)
    warehouse.execute("alter table retention.load drop column bucket")
    state = build(as_of=LATER, return_state=True)
    assert state.is_failed()
    with pytest.raises(
        DbtError, match='column "bucket" of relation "load" does not exist'
    ):
        state.result()
