"""Rules run when it is their turn, and what they name goes with its copies."""

from __future__ import annotations

import uuid

import pytest

from flows.night import Bounds, nightly
from flows.night import plan as make_plan
from flows.run_dbt import DbtError
from tests.conftest import Warehouse
from tests.functional.conftest import sentence
from tests.supabase import supabase, supabase_template

__all__ = ["supabase", "supabase_template"]

SESSIONS = "supabase.sessions"
COPIES = {"raw_supabase_session", "stg_supabase_session"}
# The address is taken out of them every day.
EMPTIED = {"supabase.sessions#2", "raw_supabase_session#2"}


def session(warehouse: Warehouse, expires_at: str) -> None:
    """The application writes a session of somebody new."""
    person = uuid.uuid4()
    warehouse.execute(
        "insert into supabase.users (id, created_at) values (%s, '2025-01-01')",
        person,
    )
    warehouse.execute(
        "insert into supabase.sessions (id, user_id, created_at, expires_at)"
        " values (%s, %s, %s::timestamptz - interval '30 days', %s)",
        uuid.uuid4(),
        person,
        expires_at,
        expires_at,
    )


def left(warehouse: Warehouse) -> tuple[int, ...]:
    """Sessions in source and raw; in staging those that are not gone."""
    return warehouse.query(
        "select (select count(*) from supabase.sessions),"
        " (select count(*) from raw.raw_supabase_session),"
        " (select count(*) from staging.stg_supabase_session"
        " where _gone_at is null)"
    )[0]


def night(as_of: str, *every: str, select: str = SESSIONS) -> list[str]:
    """One night of some tables; what it says."""
    said: list[str] = []
    bounds = Bounds(
        select=[select], every=list(every) or None, needed_only=True
    )
    nightly(as_of, say=said.append, bounds=bounds)
    return said


def planned(warehouse: Warehouse, as_of: str, **bounds) -> dict[str, str]:
    """Rules of a plan that let go of rows of the source, and their status."""
    digest = make_plan(as_of, None, lambda _: None, Bounds(**bounds)).digest
    return dict(
        warehouse.query(
            "select rule, status from retention.plan where digest = %s"
            " and status <> 'kept'",
            digest,
        )
    )


def test_a_weekly_rule_runs_once_a_week_and_its_copies_go_with_it(supabase):
    """P6, law 3; 2025-03-02 is a Sunday."""
    session(supabase, "2025-02-01")  # past its week
    session(supabase, "2025-03-20")

    # Its turn, and the models that it needs are built, and no other.
    night("2025-03-02T03:00:00Z", "week")
    assert left(supabase) == (1, 1, 1)
    built = supabase.query(
        "select distinct split_part(node, '.', 3) from retention.build"
        " where node like 'model.%%'"
    )
    assert {name for (name,) in built} >= COPIES
    assert "raw_supabase_user" not in {name for (name,) in built}

    # What is past its time on Thursday goes on Sunday, when it is due again.
    session(supabase, "2025-02-26")
    said = night("2025-03-08T23:59:59Z")
    assert left(supabase) == (2, 2, 2)
    assert (
        f"- {SESSIONS} has run this week; it is due again on"
        " 2025-03-09 00:00 UTC."
    ) in said
    # A rule that is not due is in nobody's way.
    assert planned(supabase, "2025-03-08T23:59:59Z", select=[SESSIONS]) == {
        SESSIONS: "not due"
    } | dict.fromkeys(COPIES | EMPTIED, "nothing to do")
    night("2025-03-09T00:00:00Z")
    assert left(supabase) == (1, 1, 1)

    # With a cadence, due or not, exactly the rules of it, and the copies.
    later = "2025-03-10"
    weekly = planned(supabase, later, every=["week"])
    assert set(weekly) == {SESSIONS, "raw_supabase_session#2"} | COPIES
    daily = planned(supabase, later, every=["day"], select=["supabase"])
    assert SESSIONS not in daily
    assert set(daily) >= COPIES
    assert planned(supabase, later, every=["month"], select=[SESSIONS]) == {}

    # A run that was killed, or did not come to the rule, was no turn.
    for undone in ("finished_at = null", "done = '{another}'"):
        assert planned(supabase, later)[SESSIONS] == "not due"
        supabase.execute(
            "create temporary table before as table retention.run;"
            f"update retention.run set {undone}"
        )
        assert planned(supabase, later)[SESSIONS] == "nothing to do"
        supabase.execute(
            "truncate retention.run;"
            "insert into retention.run table before; drop table before"
        )


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"every": ["year"]}, "every is `year`; write day, week or month."),
        (
            {"select": ["hub.Tap"]},
            "select is `hub.Tap`, which has no rule here; write a source or a"
            " table of it: hub, hub.",
        ),
        ({"step": "1 moon"}, "The step is `1 moon`; write a number and a"),
        ({"disk_budget": "much"}, "The disk budget is `much`; write a number"),
    ],
)
def test_a_mistake_in_a_bound_is_one_sentence_before_the_build(
    warehouse, bounds, words
):
    with pytest.raises(DbtError) as error:
        nightly(say=lambda _: None, bounds=Bounds(needed_only=True, **bounds))
    assert words in sentence(error)
    assert warehouse.one("select count(*) from retention.build") == 0
