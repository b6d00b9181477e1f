"""Letting go in an application's own database: intent, delete there, outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.connected import PASSWORD, Pair, make_pair


@pytest.fixture(scope="module")
def pair(
    server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Both servers; a role that reads, and one that deletes."""
    with make_pair(tmp_path_factory) as made:
        made.application.execute(
            f"""
            create role gone login password '{PASSWORD}';
            grant select, delete on all tables in schema public to gone;
            revoke delete on "TapLog" from app;
            """
        )
        yield made


@pytest.fixture(scope="module")
def connected(pair: Pair) -> Iterator[Pair]:
    """A hub that is connected by both URLs, and captured."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_DELETE_URL", pair.url("gone"))
        pair.connect(patch)
    pair.warehouse.execute("update retention.database set purpose = 'test'")
    pair.warehouse.night("2025-01-11")
    yield pair


def test_taps_leave_source_raw_and_staging_and_no_total_moves(connected):
    w = connected.warehouse
    before = w.per_day()
    planned = w.plan("2025-04-06")
    from flows.run_dbt import operation
    operation("approve", lambda _: None, digest=planned.digest)
    w.night("2025-04-06", print)
    for row in w.query("select rule, relation, rows, outcome from retention.ledger"):
        print(row)
    assert w.per_day() == before
    assert w.left() == (0,0,0)
