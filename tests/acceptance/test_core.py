"""The core marts say what the source rows say (P4, P9, X1).

Everything is worked out a second time in plain Python, from the source rows as
they were before any of them left, day by day and user by user: no window
functions, no running sums.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Warehouse
from tests.supabase import SALT, generate, supabase, supabase_template

__all__ = ["supabase", "supabase_template"]

SINCE = "2026-01-10T06:00:00Z"
UNTIL = "2026-04-05T18:00:00Z"
ACTIVITY = {
    "signed_up",
    "signed_in",
    "token_refreshed",
    "signed_out",
    "password_changed",
    "email_changed",
}
Rows = list[dict[str, Any]]


def hashed(kind: str, value: object) -> str:
    """What an identifier is in the warehouse (design §6)."""
    prefix = "" if kind == "email" else f"{kind}:"
    return hashlib.sha256(f"{prefix}{value}{SALT}".encode()).hexdigest()


def user_key(user_id: object) -> str:
    """The key of a user; nobody has none."""
    return hashed("user", user_id) if user_id else ""


def day(moment: datetime) -> date:
    """The day of a moment, in UTC."""
    return moment.astimezone(UTC).date()


def rows(warehouse: Warehouse, relation: str) -> Rows:
    """Every row of a table."""
    cursor = warehouse.connection.execute(f"select * from {relation}")
    names = [column.name for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor]


@dataclass
class World:
    """What supabase ever wrote, whatever has left it since."""

    users: Rows
    auth_events: Rows
    application_logs: Rows
    security_audit_logs: Rows
    transactions: Rows

    @classmethod
    def read(cls, warehouse: Warehouse) -> World:
        """As the tables are now."""
        return cls(
            *(
                rows(warehouse, f"supabase.{table}")
                for table in cls.__dataclass_fields__
            )
        )

    def active(self) -> dict[date, set[str]]:
        """Who was there, by day."""
        found: dict[date, set[str]] = defaultdict(set)
        for event in self.auth_events:
            if event["user_id"] and event["event_type"] in ACTIVITY:
                found[day(event["occurred_at"])].add(user_key(event["user_id"]))
        return found

    def close_inactive(self, at: datetime) -> int:
        """Closes whom a night closes (P7), two years and a warning on."""
        closed = 0
        for user in self.users:
            seen = user["last_sign_in_at"] or user["created_at"]
            warned = user["inactivity_warned_at"]
            if (
                user["deleted_at"] is None
                and seen < at.replace(year=at.year - 2)
                and warned
                and seen <= warned <= at - timedelta(days=30)
            ):
                user["deleted_at"] = at
                closed += 1
        return closed

    def records_begin(self) -> date:
        """The day of the first event."""
        return min(day(event["occurred_at"]) for event in self.auth_events)


def days(first: date, last: date) -> Iterator[date]:
    """Each day, both ends included."""
    while first <= last:
        yield first
        first += timedelta(days=1)


def expected_activity(world: World) -> dict[tuple[date, str], tuple[int, ...]]:
    """Of each day and user: events, activities, sign-ins, failed ones, rows."""
    found: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0] * 5)
    for event in world.auth_events:
        key = (day(event["occurred_at"]), user_key(event["user_id"]))
        what = event["event_type"]
        found[key][0] += 1
        found[key][1] += what in ACTIVITY
        found[key][2] += what in ("signed_up", "signed_in")
        found[key][3] += what == "sign_in_failed"
        found[key][4] += 1
    return {key: tuple(counts) for key, counts in found.items()}


def expected_kpis(world: World, today: date) -> list[tuple[Any, ...]]:
    """Each day's users, counted by looking at each day of its windows."""
    active = world.active()
    new = Counter(day(user["created_at"]) for user in world.users)
    found = []
    for on in days(world.records_begin(), today):

        def users(window: int, on: date = on) -> int:
            seen: set[str] = set()
            for back in range(window):
                seen |= active.get(on - timedelta(days=back), set())
            return len(seen)

        daily, monthly = users(1), users(30)
        sticky = (
            (Decimal(daily) / monthly).quantize(Decimal("0.0001"))
            if (monthly)
            else None
        )
        found.append(
            (on, daily, users(7), monthly, sticky, new[on], on < today)
        )
    return found


def expected_stages(world: World, today: date) -> dict[str, tuple[Any, ...]]:
    """Each user's stage, first and last day, and days of activity."""
    on_days: dict[str, set[date]] = defaultdict(set)
    for on, users in world.active().items():
        for user in users:
            on_days[user].add(on)
    two_years_ago = today.replace(year=today.year - 2)
    found = {}
    for user in world.users:
        key = user_key(user["id"])
        signed_up = day(user["created_at"])
        seen = on_days[key] | {signed_up}
        first = min(seen)
        if user["last_sign_in_at"]:
            seen = seen | {day(user["last_sign_in_at"])}
        last = max(seen)
        if user["deleted_at"]:
            stage = "deleted"
        elif (today - signed_up).days < 7:
            stage = "new"
        elif (today - last).days < 30:
            stage = "active"
        elif last <= two_years_ago:
            stage = "inactive"
        else:
            stage = "dormant"
        week = signed_up - timedelta(days=signed_up.weekday())
        month = signed_up.replace(day=1)
        found[key] = (stage, week, month, first, last, len(on_days[key]))
    return found


def expected_cohorts(world: World, today: date) -> set[tuple[Any, ...]]:
    """Of each cohort and period: its size, and who was there."""

    def start(grain: str, on: date) -> date:
        if grain == "month":
            return on.replace(day=1)
        return on - timedelta(days=on.weekday())

    active = world.active()
    found = set()
    for grain in ("week", "month"):
        cohorts: dict[date, set[str]] = defaultdict(set)
        for user in world.users:
            signed_up = day(user["created_at"])
            if signed_up >= world.records_begin():
                cohorts[start(grain, signed_up)].add(user_key(user["id"]))
        for cohort, members in cohorts.items():
            periods = sorted({start(grain, on) for on in days(cohort, today)})
            for index, period in enumerate(periods):
                there: set[str] = set()
                for on, users in active.items():
                    if start(grain, on) == period:
                        there |= users & members
                found.add((grain, cohort, index, len(members), len(there)))
    return found


def assert_reconciled(warehouse: Warehouse, world: World, today: date) -> None:
    """Every core mart against the world (P9)."""
    query = warehouse.query
    assert {
        (row[0], row[1]): row[2:]
        for row in query("select * from marts.marts_core_user_activity_daily")
    } == expected_activity(world)
    assert query(
        "select * from marts.marts_core_kpi_daily order by kpi_date"
    ) == expected_kpis(world, today)
    assert {
        row[0]: row[1:]
        for row in query(
            "select user_key, lifecycle_stage, cohort_week, cohort_month,"
            " first_seen_date, last_seen_date, active_day_count"
            " from marts.marts_core_dim_users"
        )
    } == expected_stages(world, today)
    cohorts = query(
        "select cohort_grain, cohort_start, period_index, cohort_size,"
        " active_users from marts.marts_core_retention_cohorts"
    )
    assert set(cohorts) == expected_cohorts(world, today)
    assert len(cohorts) == len(set(cohorts))
    assert Counter(
        (day(line["created_at"]), line["service"], line["level"])
        for line in world.application_logs
    ) == {
        row[:3]: row[3]
        for row in query(
            "select * from marts.marts_core_application_logs_daily"
        )
    }
    assert Counter(
        (day(change["created_at"]), change["action"], change["target_type"])
        for change in world.security_audit_logs
    ) == {
        row[:3]: row[3]
        for row in query("select * from marts.marts_core_security_audits_daily")
    }
    sums: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for paid in world.transactions:
        key = (day(paid["created_at"]), paid["kind"], paid["status"])
        sums[*key, paid["currency"]] += paid["amount"]
    assert sums == {
        row[:4]: row[5]
        for row in query("select * from marts.marts_core_transactions_daily")
    }


def events(warehouse: Warehouse) -> set[tuple[Any, ...]]:
    """The auth events as the fact has them."""
    return set(
        warehouse.query(
            "select auth_event_id, event_date, coalesce(user_key, ''),"
            " event_type, is_activity, occurred_at"
            " from marts.marts_core_auth_events"
        )
    )


def assert_nobody_is_in(warehouse: Warehouse, people: Rows) -> None:
    """No address, number, name, IP, browser or id of anybody, nor free text."""
    tables = warehouse.query(
        "select table_schema || '.' || table_name"
        " from information_schema.tables"
        " where table_schema in ('staging', 'marts', 'sealed')"
    )
    text = "\n".join(
        str(line[0])
        for [table] in tables
        for line in warehouse.query(f"select rows::text from {table} as rows")
    )
    assert len(tables) >= 14
    assert len(text) > 100_000
    ids = {str(user["id"]) for user in people}
    assert not ids & set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}", text))
    assert "@" not in text
    assert not re.findall(r"\+49|Mozilla|python-requests|handled for", text)
    names = {user["raw_user_meta_data"]["name"] for user in people}
    words = {word for name in names for word in name.split()}
    assert not words & set(re.findall(r"[^\W\d_][\w']+", text))
    # An address only as the network that it is in.
    assert not [
        found
        for found in re.findall(r"\d+\.\d+\.\d+\.\d+(?:/\d+)?", text)
        if not found.endswith(".0/24")
    ]


def hashes(warehouse: Warehouse, schema: str) -> set[str]:
    """Everything in a schema that looks like a SHA-256."""
    tables = warehouse.query(
        "select table_name from information_schema.tables"
        " where table_schema = %s",
        schema,
    )
    return {
        found
        for [table] in tables
        for [line] in warehouse.query(
            f"select rows::text from {schema}.{table} as rows"
        )
        for found in re.findall(r"\b[0-9a-f]{64}\b", line)
    }


def count(warehouse: Warehouse, relation: str) -> int:
    """Rows of a table."""
    return int(warehouse.one(f"select count(*) from {relation}"))


@pytest.mark.large
def test_marts_agree_with_the_source_and_stay_when_it_lets_go(supabase):
    """Before the first row leaves; when logs have; when events have."""
    generate(SINCE, UNTIL)
    world = World.read(supabase)
    assert min(len(found) for found in vars(world).values()) > 5
    stages = {
        row[0] for row in expected_stages(world, date(2026, 4, 5)).values()
    }
    assert stages == {"new", "active", "dormant", "inactive", "deleted"}

    supabase.build(UNTIL)
    assert_reconciled(supabase, world, date(2026, 4, 5))
    assert events(supabase) == {
        (
            event["id"],
            day(event["occurred_at"]),
            user_key(event["user_id"]),
            event["event_type"],
            event["event_type"] in ACTIVITY,
            event["occurred_at"],
        )
        for event in world.auth_events
    }

    # A log line is kept for 90 days: of these, half are gone.
    first = datetime(2026, 5, 25, 3, tzinfo=UTC)
    supabase.night(first.isoformat())
    left = sum(
        line["created_at"] >= datetime(2026, 2, 24, 3, tzinfo=UTC)
        for line in world.application_logs
    )
    assert 0 < left < len(world.application_logs)
    for relation in (
        "supabase.application_logs",
        "raw.raw_supabase_application_log",
        "staging.stg_supabase_application_log",
    ):
        assert count(supabase, relation) == left
    assert_reconciled(supabase, world, date(2026, 5, 25))
    # It built before it closed accounts: a later build says so. Who had asked
    # to be forgotten 30 days before has left the source.
    assert world.close_inactive(first) > 1
    assert dict(
        supabase.query("select id, deleted_at from supabase.users")
    ) == {
        user["id"]: user["deleted_at"]
        for user in world.users
        if not user["deleted_at"]
        or user["deleted_at"] >= first - timedelta(days=30)
    }

    # And an auth event for two years: all are gone. Nobody was warned since.
    last = datetime(2028, 4, 6, 3, tzinfo=UTC)
    supabase.night(last.isoformat())
    assert world.close_inactive(last) == 0
    assert set(supabase.query("select id from supabase.users")) == {
        (user["id"],) for user in world.users if not user["deleted_at"]
    }
    for relation in (
        "supabase.auth_events",
        "raw.raw_supabase_auth_event",
        "staging.stg_supabase_auth_event",
    ):
        assert count(supabase, relation) == 0
    supabase.build("2028-04-06T04:00:00Z", "--full-refresh")
    assert_reconciled(supabase, world, date(2028, 4, 6))
    assert_nobody_is_in(supabase, world.users)


def test_changes_of_users_arrive_and_nobody_is_counted_twice(supabase):
    """A sign-in, a soft delete and a late event between two builds."""
    generate(SINCE, "2026-02-01T00:00:00Z")
    supabase.build("2026-02-01T00:00:00Z")
    generate("2026-02-01T00:00:00Z", "2026-02-20T00:00:00Z")
    user = supabase.one(
        "select id from supabase.users where deleted_at is null"
        " order by last_sign_in_at limit 1"
    )
    supabase.execute(
        "update supabase.users set last_sign_in_at = '2026-02-19 23:59:59.999Z'"
        " where id = %s",
        user,
    )
    supabase.execute(
        "insert into supabase.auth_events (user_id, event_type, occurred_at)"
        " values (%s, 'signed_in', '2026-01-20 12:00Z')",
        user,
    )
    supabase.build("2026-02-20T00:00:00Z")
    world = World.read(supabase)
    assert_reconciled(supabase, world, date(2026, 2, 20))
    stage = expected_stages(world, date(2026, 2, 20))[user_key(user)]
    assert stage[0] == "active"
    assert count(supabase, "staging.stg_supabase_user") == len(world.users)


def test_an_address_has_one_hash_however_it_is_typed(supabase):
    """P4, byte by byte as Python computes it; a phone never equals it."""
    typed = {
        "alice@example.com": "alice@example.com",
        " Alice@Example.COM\t": "alice@example.com",
        "élan@x.fr": "élan@x.fr",
        "e\u0301lan@x.fr ": "élan@x.fr",
        "a\\b@x.com": "a\\b@x.com",
        "+49 151 1": "+49 151 1",
    }
    for number, address in enumerate(typed):
        supabase.execute(
            "insert into supabase.users (id, email, phone) values (%s, %s, %s)",
            f"00000000-0000-0000-0000-00000000000{number}",
            address,
            "+49 151 1",
        )
    supabase.build(None, "--select", "raw_supabase_user", "stg_supabase_user")
    found = supabase.query(
        "select user_key, email_hash, phone_hash from staging.stg_supabase_user"
    )
    assert sorted(found) == sorted(
        (
            user_key(f"00000000-0000-0000-0000-00000000000{number}"),
            hashed("email", address),
            hashed("phone", "+49 151 1"),
        )
        for number, address in enumerate(typed.values())
    )
    assert len({row[1] for row in found}) == 4
    assert not {row[1] for row in found} & {row[2] for row in found}


def test_no_person_is_in_staging_or_marts(supabase):
    """And what can be guessed is, hashed, in staging, but in no mart."""
    generate(SINCE, "2026-01-31T00:00:00Z")
    world = World.read(supabase)
    supabase.build("2026-01-31T00:00:00Z")
    assert_nobody_is_in(supabase, world.users)

    guessable = {hashed("ip", event["ip"]) for event in world.auth_events}
    for user in world.users:
        guessable.add(hashed("email", user["email"].strip().lower()))
        guessable.add(hashed("phone", user["phone"]))
    assert len(hashes(supabase, "staging") & guessable) > len(world.users)
    assert hashes(supabase, "marts")
    assert not hashes(supabase, "marts") & guessable
