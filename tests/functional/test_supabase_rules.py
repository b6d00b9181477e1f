"""What the plan names of supabase: rows on both sides of each edge (P5 to P8).

A row goes when its time has passed: one that is of the very microsecond stays,
one that is a microsecond older goes.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Warehouse
from tests.supabase import built, built_template, supabase_template

# Each edge of each rule; the engine itself is tested in every run.
pytestmark = pytest.mark.large

__all__ = ["built", "built_template", "supabase_template"]

NOW = datetime(2026, 6, 15, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)
TWO_YEARS = datetime(2024, 6, 15, 3, tzinfo=UTC)
SEVEN_YEARS = datetime(2019, 6, 15, 3, tzinfo=UTC)
TOKENS = (
    "email_verifications",
    "password_resets",
    "magic_links",
    "rate_limits",
)
# What a row must have besides.
FILLING: dict[str, dict[str, Any]] = {
    "email_verifications": {"email": "a@mail.example", "token_hash": None},
    "password_resets": {"user_id": uuid.uuid4(), "token_hash": None},
    "magic_links": {"email": "a@mail.example", "token_hash": None},
    "rate_limits": {"identifier": "198.51.100.7", "action": "sign_in"},
    "auth_events": {"event_type": "signed_in"},
    "application_logs": {"level": "info", "service": "api", "message": "m"},
    "security_audit_logs": {"action": "role_changed"},
    "transactions": {
        "user_id": uuid.uuid4(),
        "kind": "charge",
        "status": "succeeded",
        "amount": 1,
    },
}


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def write(warehouse: Warehouse, table: str, **columns: Any) -> uuid.UUID:
    """The application writes a row; its id."""
    row = {"id": uuid.uuid4()} | FILLING.get(table, {}) | columns
    if "token_hash" in row:
        row["token_hash"] = str(row["id"])
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    warehouse.execute(
        f"insert into supabase.{table} ({names}) values ({marks})",
        *row.values(),
    )
    return uuid.UUID(str(row["id"]))


def user(warehouse: Warehouse, **columns: Any) -> uuid.UUID:
    """A user who signed up long ago."""
    return write(warehouse, "users", **{"created_at": SEVEN_YEARS} | columns)


def planned(warehouse: Warehouse) -> dict[str, int]:
    """Rows past their time, by rule."""
    night = warehouse.plan(NOW.isoformat())
    return {
        rule: int(past)
        for rule, past in warehouse.query(
            "select rule, past from retention.plan"
            " where digest = %s and layer = 'source'",
            night.digest,
        )
    }


def test_tokens_go_an_hour_after_they_expire(built):
    """P5; used or not, whenever they were made."""
    edge = NOW - timedelta(hours=1)
    for table in TOKENS:
        for expires_at in (edge - TICK, edge, edge + TICK, NOW, NOW + TICK):
            write(
                built,
                table,
                created_at=expires_at - timedelta(hours=1),
                expires_at=expires_at,
            )
        write(built, table, created_at=SEVEN_YEARS, expires_at=NOW)
    plan = planned(built)
    assert {
        table: plan[f"supabase.{table}"] for table in TOKENS
    } == dict.fromkeys(TOKENS, 1)
    # Nobody keeps a copy of a token.
    assert not built.query(
        "select from information_schema.columns"
        " where table_schema in ('raw', 'staging', 'marts', 'sealed')"
        " and column_name like '%%token%%'"
    )


def test_events_go_after_their_time(built):
    """P8; a year is a year of the calendar, leap days and all."""
    edges = {
        ("application_logs", "created_at"): NOW - days(90),
        ("security_audit_logs", "created_at"): SEVEN_YEARS,
        ("transactions", "created_at"): SEVEN_YEARS,
        ("auth_events", "occurred_at"): TWO_YEARS,
    }
    for (table, clock), edge in edges.items():
        for moment in (edge - TICK, edge, edge + TICK, NOW):
            write(built, table, **{clock: moment})
    plan = planned(built)
    assert {table: plan[f"supabase.{table}"] for table, _ in edges} == {
        table: 1 for table, _ in edges
    }
    built.night(NOW.isoformat())
    for (table, clock), edge in edges.items():
        assert built.query(
            f"select count(*), min({clock}) from supabase.{table}"
        ) == [(3, edge)]


def test_where_a_person_was_is_taken_out_after_90_days(built):
    """P6; of sessions that live on, and of auth events; once."""
    somebody = user(built, last_sign_in_at=NOW)
    edge = NOW - days(90)
    there = {"ip": "198.51.100.7", "user_agent": "Firefox/133.0"}
    for moment in (edge - TICK, edge, edge + TICK):
        for known in (there, {}, {"ip": "198.51.100.7"}, {"user_agent": "x"}):
            write(
                built,
                "sessions",
                user_id=somebody,
                created_at=moment,
                expires_at=NOW + days(30),
                **known,
            )
            write(built, "auth_events", occurred_at=moment, **known)
    plan = planned(built)
    # Three of the four that are past their time have something to take out.
    assert plan["supabase.sessions#2"] == 3
    assert plan["supabase.auth_events#2"] == 3
    assert plan["supabase.sessions"] == plan["supabase.auth_events"] == 0


def test_copies_of_auth_events_are_redacted_with_them(built):
    """P6, law 3; in raw and in staging, by the same clock."""
    edge = NOW - days(90)
    for moment in (edge - TICK, edge):
        write(built, "auth_events", occurred_at=moment, ip="198.51.100.7")
        write(built, "auth_events", occurred_at=moment)
    built.build(NOW.isoformat(), "--select", "+stg_supabase_auth_event")
    planned(built)
    assert dict(
        built.query(
            "select layer, past from retention.plan"
            " where stream = 'supabase.auth_events' and rule like '%%#2'"
        )
    ) == {"source": 1, "raw": 1, "staging": 1}


def test_sessions_go_a_week_after_they_expire(built):
    """P6; however old they are, for a renewed one lives on."""
    somebody = user(built, last_sign_in_at=NOW)
    edge = NOW - days(7)
    for created_at in (SEVEN_YEARS, NOW - days(40)):
        for expires_at in (edge - TICK, edge, edge + TICK, NOW):
            write(
                built,
                "sessions",
                user_id=somebody,
                created_at=created_at,
                expires_at=expires_at,
            )
    assert planned(built)["supabase.sessions"] == 2


def test_closed_accounts_go_after_30_days(built):
    """P7; the grace counts from the soft delete, and nothing else does."""
    edge = NOW - days(30)
    for deleted_at in (edge - TICK, edge, edge + TICK, NOW, None):
        user(built, last_sign_in_at=NOW - days(40), deleted_at=deleted_at)
    plan = planned(built)
    assert plan["supabase.users"] == 1
    assert plan["supabase.users#2"] == plan["supabase.users#3"] == 0


def test_inactive_accounts_are_closed_only_once_warned(built):
    """P7; two years of inactivity, and a warning of at least 30 days ago."""
    warned = NOW - days(30)
    for last_seen, warned_at in [
        # Goes: past both times, or, the warning, on the very edge.
        (TWO_YEARS - TICK, warned),
        (TWO_YEARS - TICK, warned - TICK),
        # Not warned, warned too late, or before the last sign-in.
        (TWO_YEARS - TICK, None),
        (TWO_YEARS - TICK, warned + TICK),
        (TWO_YEARS - TICK, TWO_YEARS - days(1)),
        # Not inactive for long enough.
        (TWO_YEARS, warned),
        (TWO_YEARS + TICK, warned),
    ]:
        user(built, last_sign_in_at=last_seen, inactivity_warned_at=warned_at)
    # Closed already.
    user(
        built,
        last_sign_in_at=SEVEN_YEARS,
        inactivity_warned_at=warned,
        deleted_at=NOW - days(1),
    )
    plan = planned(built)
    assert plan["supabase.users#2"] == 2
    assert plan["supabase.users#3"] == 0
    built.night(NOW.isoformat())
    assert built.query(
        "select count(*) from supabase.users where deleted_at = %s", NOW
    ) == [(2,)]


def test_accounts_that_were_never_used_count_from_the_sign_up(built):
    """P7; they have no last sign-in, and would stay for ever."""
    warned = NOW - days(30)
    for created_at, warned_at in [
        (TWO_YEARS - TICK, warned),
        (TWO_YEARS - TICK, None),
        (TWO_YEARS - TICK, warned + TICK),
        (TWO_YEARS, warned),
    ]:
        user(built, created_at=created_at, inactivity_warned_at=warned_at)
    plan = planned(built)
    assert plan["supabase.users#3"] == 1
    assert plan["supabase.users#2"] == 0
