"""The rules of jobs, tokens and the audit log, to the millisecond (R1, H5, P8).

A rule lets go of what is older than its time, not of what is exactly as old.
Rows stand a millisecond before each edge, on it, and one after; the source
keeps no finer time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.night import operation
from tests.conftest import (
    Warehouse,
    _silent,
    copy_of,
    without,
)

# Each edge of each rule; the engine itself is tested in every run.
pytestmark = pytest.mark.large

AS_OF = "2026-03-01T03:00:00Z"
BEFORE = "2026-02-28T03:00:00Z"
HUB_AND_JOBS = without(
    "analytics", "shop", "supabase", "engagement", "operations"
)


@pytest.fixture(params=["UTC", "America/New_York"])
def rows(
    server: Any,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Warehouse]:
    """A warehouse of hub and render_jobs, whatever time zone dbt is in."""
    monkeypatch.setenv("PGTZ", request.param)
    with copy_of("template1", HUB_AND_JOBS) as warehouse:
        operation("init", _silent, with_sources=True, days=0)
        yield warehouse


def at(years: int = 0, /, **back: float) -> dict[str, datetime]:
    """A millisecond older than the edge, on the edge, a millisecond younger."""
    edge = datetime(2026 - years, 3, 1, 3) - timedelta(**back)
    step = timedelta(milliseconds=1)
    return {"past": edge - step, "edge": edge, "young": edge + step}


def insert(rows: Warehouse, table: str, **columns: Any) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    rows.execute(
        f"insert into {table} ({names}) values ({marks})", *columns.values()
    )


def planned(rows: Warehouse, *rules: str) -> dict[str, tuple[Any, ...]]:
    """Past their time, and of these ready, by rule."""
    digest = rows.plan(AS_OF).digest
    return {
        rule: tuple(rest)
        for rule, *rest in rows.query(
            "select rule, past, ready, cutoff at time zone 'UTC'"
            " from retention.plan where digest = %s and rule = any (%s)",
            digest,
            list(rules),
        )
    }


def test_jobs_and_their_logs_are_past_their_time_after_seven_days(rows):
    for name, created in at(days=7).items():
        insert(
            rows,
            'render_jobs."Job"',
            id=name,
            status="SUCCEEDED",
            createdAt=created,
            completedAt=created + timedelta(days=3),
        )
        # A job's log is as old as itself, or younger.
        insert(
            rows,
            'render_jobs."JobLog"',
            id=name,
            jobId="past",
            message="INFO",
            createdAt=created,
        )
    rows.build(BEFORE)
    counted = planned(rows, "render_jobs.Job", "render_jobs.JobLog")
    week_ago = datetime(2026, 2, 22, 3)
    assert counted == {
        "render_jobs.Job": (1, 1, week_ago),
        "render_jobs.JobLog": (1, 1, week_ago),
    }
    # A job that raw does not hold as it is may not go.
    rows.execute(
        'update render_jobs."Job" set "status" = %s where "id" = %s',
        "FAILED",
        "past",
    )
    assert planned(rows, "render_jobs.Job") == {
        "render_jobs.Job": (1, 0, week_ago)
    }
    # Once it does, the job goes, and all that was logged of it before.
    rows.night(AS_OF)
    assert rows.query('select "id" from render_jobs."Job" order by 1') == [
        ("edge",),
        ("young",),
    ]
    assert rows.one('select count(*) from render_jobs."JobLog"') == 0
    assert rows.one("select count(*) from raw.raw_render_jobs_job_log") == 0


def test_a_token_is_past_its_time_once_it_has_expired_or_was_used(rows):
    expired = at(seconds=1)
    later = datetime(2026, 3, 1, 3, 59)
    for name, moment in expired.items():
        insert(
            rows,
            'hub."PasswordResetToken"',
            id=f"expired {name}",
            userId="u",
            tokenHash=f"expired {name}",
            expiresAt=moment,
        )
        insert(
            rows,
            'hub."PasswordResetToken"',
            id=f"used {name}",
            userId="u",
            tokenHash=f"used {name}",
            expiresAt=later,
            usedAt=moment,
        )
    insert(
        rows,
        'hub."PasswordResetToken"',
        id="open",
        userId="u",
        tokenHash="open",
        expiresAt=later,
    )
    insert(
        rows,
        'hub."PasswordResetToken"',
        id="both",
        userId="u",
        tokenHash="both",
        expiresAt=datetime(2026, 2, 1),
        usedAt=datetime(2026, 1, 31),
    )
    rows.build(BEFORE)
    edge = datetime(2026, 3, 1, 2, 59, 59)
    # Nobody copies them, so nothing has to hold them first.
    assert planned(
        rows, "hub.PasswordResetToken", "hub.PasswordResetToken#2"
    ) == {
        "hub.PasswordResetToken": (2, 2, edge),
        "hub.PasswordResetToken#2": (2, 2, edge),
    }
    rows.night(AS_OF)
    assert [
        token
        for (token,) in rows.query(
            'select "id" from hub."PasswordResetToken" order by 1'
        )
    ] == ["expired edge", "expired young", "open", "used edge", "used young"]


def test_the_audit_log_is_past_its_time_after_seven_years(rows):
    for name, created in at(7).items():
        insert(
            rows,
            'hub."AuditLog"',
            id=name,
            action="user.signed_in",
            targetType="User",
            createdAt=created,
        )
    rows.build(BEFORE)
    # Calendar years: one of them had a day more.
    assert planned(rows, "hub.AuditLog") == {
        "hub.AuditLog": (1, 1, datetime(2019, 3, 1, 3))
    }
    rows.night(AS_OF)
    assert rows.query('select "id" from hub."AuditLog" order by 1') == [
        ("edge",),
        ("young",),
    ]


def test_what_has_gone_stays_in_staging_for_a_week(rows):
    insert(
        rows,
        'render_jobs."Job"',
        id="here",
        createdAt=datetime(2026, 2, 27),
    )
    rows.build(BEFORE)
    # Staging keeps finer time than the source.
    edge = datetime(2026, 2, 22, 3, tzinfo=UTC)
    step = timedelta(microseconds=1)
    for name, gone in {
        "past": edge - step,
        "edge": edge,
        "young": edge + step,
    }.items():
        for table in (
            "staging.stg_render_jobs_job",
            "marts.marts_operations_render_jobs",
        ):
            rows.execute(
                f"insert into {table}"
                " (job_id, job_status, _version_at, _gone_at, _loaded_at)"
                " values (%s, 'FAILED', %s, %s, %s)",
                *(name, gone - timedelta(days=9), gone, gone),
            )
    counted = planned(rows, "stg_render_jobs_job")
    assert counted["stg_render_jobs_job"][:2] == (1, 1)
