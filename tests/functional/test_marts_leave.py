"""The end of a mart's own time: whole buckets, kept facts, what comes late.

Events of analytics stay 30 days, what is made of them per hour 90 days, and
per day for years. Auth events of supabase are kept as facts for two years.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import (
    Warehouse,
    copy_of,
    keep_database,
    without,
)
from tests.supabase import supabase, supabase_template

__all__ = ["supabase", "supabase_template"]

ONLY_ANALYTICS = without("hub", "shop", "supabase", "render_jobs", "operations")
HOURLY = "marts_product_events_hourly"
# The latest event of an hour, and the first of the next.
EDGE = ("2025-03-03 09:59:59.999", "2025-03-03 10:00:00.000")
# 90 days after 3 March, 10:30, which is in the middle of the hour of 10:00.
HALF = "2025-06-01T10:30:00Z"


def write(
    warehouse: Warehouse,
    *moments: str,
    session: str = "s",
    kind: str = "page_viewed",
) -> None:
    """The application writes an event at each of the moments (UTC)."""
    for moment in moments:
        warehouse.execute(
            'insert into analytics."AnalyticsEvent" ("id", "sessionId",'
            ' "eventType", "timestamp", "receivedAt")'
            " values (%s, %s, %s, %s, %s)",
            uuid.uuid4().hex,
            session,
            kind,
            moment,
            moment,
        )


def hours(
    warehouse: Warehouse, relation: str = f"marts.{HOURLY}"
) -> dict[str, int]:
    """Rows that each hour of a rollup counts."""
    return {
        hour: int(rows)
        for hour, rows in warehouse.query(
            "select to_char(hour at time zone 'UTC', 'MM-DD HH24'), sum(_rows)"
            f" from {relation} group by 1 order by 1"
        )
    }


def states(warehouse: Warehouse) -> list[dict[str, int]]:
    """Hours of the mart, of what is sealed, and of what is derived of them."""
    derived = dict(
        warehouse.query(
            "select to_char(hour at time zone 'UTC', 'MM-DD HH24'),"
            " total_events::integer from marts.marts_product_rollup_hourly"
            " order by 1"
        )
    )
    return [
        hours(warehouse),
        hours(warehouse, f"sealed.{HOURLY}"),
        derived,
    ]


def left(warehouse: Warehouse) -> tuple[int, int, int]:
    """Rows in source, raw and staging."""
    return warehouse.query(
        """
        select
            (select count(*) from analytics."AnalyticsEvent"),
            (select count(*) from raw.raw_analytics_event),
            (select count(*) from staging.stg_analytics_event)
        """
    )[0]


def let_go(warehouse: Warehouse) -> tuple[int, int]:
    """What the ledger says of the hours: table rows, and events they count."""
    return warehouse.query(
        "select coalesce(sum(rows), 0)::int,"
        " coalesce(sum(-(sealed ->> %s)::int), 0)::int"
        " from retention.ledger where layer = 'marts' and relation = %s",
        HOURLY,
        HOURLY,
    )[0]


@pytest.fixture(scope="module")
def sealed_template(whole_template: str) -> str:
    """Events of three hours, captured, and long since sealed."""
    with copy_of(whole_template, ONLY_ANALYTICS) as warehouse:
        write(warehouse, *EDGE, "2025-03-03 10:29", "2025-03-03 10:31")
        # An hour of many rows in the mart.
        for kind in range(12):
            write(warehouse, f"2025-03-03 11:{kind:02d}", kind=f"k{kind}")
        warehouse.night("2025-03-04")
        warehouse.night("2025-05-01")
        assert left(warehouse) == (0, 0, 0)
        expected = {"03-03 09": 1, "03-03 10": 3, "03-03 11": 12}
        assert states(warehouse) == [expected] * 3
    return keep_database("sealed_hours_template")


@pytest.fixture
def sealed(sealed_template: str) -> Iterator[Warehouse]:
    """A warehouse of analytics whose events are sealed."""
    with copy_of(sealed_template, ONLY_ANALYTICS) as warehouse:
        yield warehouse


def test_an_hour_goes_whole_when_its_end_is_past_and_never_comes_back(
    sealed, monkeypatch
):
    sealed.night(HALF)
    # The hour of 10:00 is half past its time, so it is kept whole.
    kept = {"03-03 10": 3, "03-03 11": 12}
    assert states(sealed)[:2] == [kept, kept]
    assert let_go(sealed) == (1, 1)
    # The days are kept for years.
    days = "select sum(_rows) from marts.marts_product_visits_daily"
    assert sealed.one(days) == 16

    # Late: one event for the hour that is gone, one for the hour that is not.
    write(sealed, *EDGE)
    sealed.build("2025-06-01T10:40:00Z", "--full-refresh")
    kept["03-03 10"] = 4
    # It is alive, but does not bring its hour back.
    assert left(sealed) == (2, 2, 2)
    assert hours(sealed) == kept
    assert states(sealed)[2] == kept
    assert sealed.one(days) == 18

    # It goes the way of the others, in one night, and is counted.
    sealed.night("2025-06-01T10:59:59.999Z")
    assert left(sealed) == (0, 0, 0)
    assert states(sealed) == [kept] * 3
    assert let_go(sealed) == (2, 2)
    assert sealed.one(days) == 18

    # At the very end of the hour of 10:00.
    sealed.night("2025-06-01T11:00:00Z")
    kept.pop("03-03 10")
    assert states(sealed)[:2] == [kept, kept]
    assert let_go(sealed) == (3, 6)
    # Everything is let go of, made anew, and balances, test by test.
    sealed.night("2025-06-03")
    sealed.build("2025-06-03", "--full-refresh")
    assert states(sealed) == [{}] * 3
    assert let_go(sealed) == (15, 18)
    assert sealed.one(days) == 18

    # A day is due at its end, in UTC: 62 months after that it is past its time.
    monkeypatch.setenv("PGTZ", "America/Bogota")
    plan = sealed.plan("2030-05-05")
    assert sealed.query(
        "select past, overdue_hours from retention.plan"
        " where digest = %s and rule = 'marts_product_user_events_daily'",
        plan.digest,
    ) == [(13, 24)]
    assert sealed.one("select count(*) from retention.touched") == 0


def test_a_held_event_keeps_its_whole_hour(sealed):
    write(sealed, "2025-03-03 09:00", session="held")
    sealed.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('analytics.AnalyticsEvent', '\"sessionId\" = ''held''',"
        " 'a court asked', '2099-01-01')"
    )
    # Captured while its hour is in time, and still there when it is past.
    sealed.night("2025-05-02")
    sealed.night("2025-06-03")
    assert left(sealed) == (1, 1, 1)
    assert states(sealed)[:2] == [{"03-03 09": 2}, {"03-03 09": 1}]
    plan = sealed.plan("2025-06-04")
    assert sealed.query(
        "select past, on_hold, ready from retention.plan"
        " where digest = %s and rule = %s",
        plan.digest,
        HOURLY,
    ) == [(1, 1, 0)]
    sealed.execute("update retention.hold set released_at = now()")
    sealed.night("2025-06-05")
    assert states(sealed)[:2] == [{}, {}]
    assert left(sealed) == (0, 0, 0)


def test_a_batch_of_buckets_is_whole_or_not_at_all(sealed):
    digest = sealed.plan("2025-06-03").digest
    before = states(sealed)
    # The ledger's entry, the last step, fails once a bucket's rows are gone:
    # as a kill there would, it takes the deletes back with it.
    sealed.execute(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin if new.layer = 'marts' and new.rows > 0"
        " then raise exception 'no'; end if; return new; end $$"
    )
    sealed.execute(
        "create trigger refuse before insert on retention.ledger"
        " for each row execute function public.refuse()"
    )
    with pytest.raises(Exception, match="stopped"):
        sealed.apply(digest)
    assert states(sealed) == before
    assert let_go(sealed) == (0, 0)
    sealed.execute("drop trigger refuse on retention.ledger")
    # The first batch is one of ten rows, but none ends within an hour.
    sealed.apply(sealed.plan("2025-06-03").digest, granule_rows=1)
    assert states(sealed)[:2] == [{}, {}]
    assert let_go(sealed) == (14, 16)
    assert sealed.query(
        "select rows from retention.ledger where relation = %s and rows > 0",
        HOURLY,
    ) == [(14,)]


# Kept facts.


def facts(warehouse: Warehouse) -> list[int]:
    """Rows at the source, in staging, and kept as facts."""
    return [
        int(warehouse.one(f"select count(*) from {relation}"))
        for relation in (
            "supabase.auth_events",
            "staging.stg_supabase_auth_event",
            "marts.marts_core_auth_events",
        )
    ]


def test_a_kept_fact_goes_once_staging_has_let_go_of_it(supabase):
    def write_event(moment: str, **columns: Any) -> None:
        supabase.execute(
            "insert into supabase.auth_events (id, event_type, occurred_at)"
            " values (%s, 'signed_in', %s)",
            uuid.uuid4(),
            moment,
        )

    write_event("2023-01-01T00:00:00Z")
    write_event("2023-01-02T00:00:00Z")
    supabase.night("2023-01-03")
    assert facts(supabase) == [2, 2, 2]

    # Held at the source, it stays in every layer, and the plan says why.
    supabase.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('supabase.auth_events', 'true', 'a court asked',"
        " '2099-01-01')"
    )
    digest = supabase.plan("2025-01-02").digest
    supabase.apply(digest)
    assert facts(supabase) == [2, 2, 2]
    assert supabase.query(
        "select past, on_hold, ready from retention.plan"
        " where digest = %s and rule = 'marts_core_auth_events'",
        digest,
    ) == [(1, 1, 0)]
    supabase.execute("update retention.hold set released_at = now()")

    # Two years to the microsecond: one is past its time, the other is not; it
    # leaves every layer in one night.
    supabase.night("2025-01-02")
    assert facts(supabase) == [1, 1, 1]
    # The next build brings nothing back, and the accounts balance.
    supabase.night("2025-01-02T00:00:01Z")
    assert facts(supabase) == [0, 0, 0]
    supabase.build("2025-01-03", "--full-refresh")
    assert facts(supabase) == [0, 0, 0]
