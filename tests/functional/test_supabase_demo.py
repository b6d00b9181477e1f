"""The demo rows of supabase are the same however the time is cut."""

from __future__ import annotations

from tests.conftest import Warehouse
from tests.supabase import generate, supabase, supabase_template

__all__ = ["supabase", "supabase_template"]

TABLES = [
    "users",
    "sessions",
    "email_verifications",
    "password_resets",
    "magic_links",
    "rate_limits",
    "auth_events",
    "application_logs",
    "security_audit_logs",
    "transactions",
]


def rows(warehouse: Warehouse) -> dict[str, list[tuple[str]]]:
    """Every row of every table, as text."""
    return {
        table: warehouse.query(
            f"select rows::text from supabase.{table} as rows order by id"
        )
        for table in TABLES
    }


def test_rows_are_the_same_in_one_piece_or_in_three(supabase):
    """Cut within a day, too: a visit is counted once, a session renewed."""
    generate("2026-03-01", "2026-03-21")
    whole = rows(supabase)
    assert all(len(found) > 5 for found in whole.values())

    for table in TABLES:
        supabase.execute(f"truncate supabase.{table} cascade")
    generate("2026-03-01", "2026-03-08T09:30:00Z")
    generate("2026-03-08T09:30:00Z", "2026-03-08T18:00:00.001Z")
    generate("2026-03-08T18:00:00.001Z", "2026-03-21")
    assert rows(supabase) == whole


def test_the_world_has_what_the_rules_are_for(supabase):
    """Each rule finds something to do in a year, or it would show nothing."""
    written = generate("2026-01-01", "2026-05-01")
    assert written > 5000

    def count(what: str) -> int:
        return int(supabase.one(f"select count(*) from supabase.{what}"))

    closed = count("users where deleted_at < '2026-04-01Z'")
    warned = count(
        "users where last_sign_in_at < '2024-05-01Z' and deleted_at is null"
        " and inactivity_warned_at < '2026-04-01Z'"
    )
    unwarned = count(
        "users where last_sign_in_at < '2024-05-01Z' and deleted_at is null"
        " and inactivity_warned_at is null"
    )
    renewed = count(
        "sessions where created_at < '2026-02-01Z'"
        " and expires_at > '2026-05-01Z'"
    )
    expired = count("sessions where expires_at < '2026-04-20Z'")
    odd = count("users where email <> lower(btrim(email))")
    assert min(closed, warned, unwarned, renewed, expired, odd) > 0
    assert count("auth_events where user_id is null") > 0
    assert (
        count(
            "auth_events as event where user_id is not null and not exists ("
            "select from supabase.users where users.id = event.user_id"
            " and users.created_at <= event.occurred_at)"
        )
        == 0
    )
