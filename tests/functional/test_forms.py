"""What a rule does besides deleting: redact, set, soft_delete, children.

Each form is applied, and seen in every layer; `test_*_rules.py` have every
edge of every rule.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import run_dbt
from flows.run_dbt import DbtError, operation
from tests.conftest import (
    Warehouse,
    _silent,
    connect,
    copy_of,
    without,
)
from tests.functional.conftest import edit
from tests.supabase import built, built_template, supabase_template

__all__ = ["built", "built_template", "supabase_template"]

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
IP = "198.51.100.7"
WHERE = {"ip": IP, "user_agent": "Firefox/133.0"}
LOG = 'render_jobs."JobLog"'
SOURCES = "models/raw/render_jobs/_render_jobs__sources.yml"


def write(warehouse: Warehouse, table: str, /, **columns: Any) -> Any:
    """The application writes a row; its id."""
    row = {"id": uuid.uuid4()} | columns
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    warehouse.execute(
        f"insert into {table} ({names}) values ({marks})", *row.values()
    )
    return row["id"]


def user(warehouse: Warehouse, **columns: Any) -> Any:
    """Somebody signed up, years ago."""
    return write(
        warehouse,
        "supabase.users",
        **{"created_at": NOW - 3000 * DAY} | columns,
    )


def session(warehouse: Warehouse, **columns: Any) -> Any:
    """Somebody signed in; the session is renewed, and lives on."""
    there = WHERE | {"expires_at": NOW + 30 * DAY}
    return write(warehouse, "supabase.sessions", **there | columns)


def test_where_people_were_goes_at_night_and_its_network_stays(built):
    """P6; in source and raw at once, though the run is cut off in between."""
    edge = NOW - 90 * DAY
    person = user(built, last_sign_in_at=NOW)
    signed_in = {
        name: session(built, user_id=person, created_at=created_at)
        for name, created_at in (
            ("old", edge - TICK),
            ("renewed", edge - TICK),
            ("edge", edge),
            ("young", NOW - DAY),
        )
    }
    for occurred_at in (edge - TICK, edge):
        write(
            built,
            "supabase.auth_events",
            event_type="signed_in",
            occurred_at=occurred_at,
            **WHERE,
        )

    def versions(name: str) -> list[tuple[Any, ...]]:
        return built.query(
            "select ip is not null, user_agent is not null, _extracted_at"
            " from raw.raw_supabase_session where id = %s order by 3",
            signed_in[name],
        )

    def kept(name: str) -> tuple[Any, ...]:
        return built.query(
            "select ip_hash is not null, ip_network::text, user_agent_family,"
            " staged.expires_at from staging.stg_supabase_session as staged"
            " inner join raw.raw_supabase_session on _key = session_key"
            " where id = %s",
            signed_in[name],
        )[0]

    first = built.build(NOW.isoformat()).invocation
    plan = built.plan(NOW.isoformat(), first).digest
    # As if it were killed: the source is done, raw cannot be.
    with connect(autocommit=False) as other:
        other.execute("lock table raw.raw_supabase_session in share mode")
        with pytest.raises(DbtError, match="another session is in the way"):
            built.apply(plan, lock_seconds=0.05)
    assert (
        built.query(
            "select ip is not null, user_agent is not null"
            " from supabase.sessions order by created_at"
        )
        == [(False, False)] * 2 + [(True, True)] * 2
    )
    assert versions("old") == [(True, True, NOW)]

    # One is renewed meanwhile; of another the application takes it out.
    built.execute(
        "update supabase.sessions set expires_at = expires_at + interval '30 d'"
        " where id = %s",
        signed_in["renewed"],
    )
    built.execute(
        "update supabase.sessions set ip = null where id = %s",
        signed_in["young"],
    )
    tomorrow = NOW + DAY - TICK
    built.night(tomorrow.isoformat())
    # No new version, but of what has really changed.
    assert versions("old") == [(False, False, NOW)]
    assert versions("renewed") == [(False, False, tomorrow)]
    assert versions("young") == [(False, True, tomorrow)]
    network = "198.51.100.0/24"
    renewed = (True, network, "Firefox", NOW + 60 * DAY)
    assert kept("old") == (True, network, "Firefox", NOW + 30 * DAY)
    assert kept("renewed") == renewed
    assert kept("young") == (False, None, "Firefox", NOW + 30 * DAY)

    # An event: every layer by its own rule, and the browser's family stays.
    for relation, column in (
        ("supabase.auth_events", "ip"),
        ("raw.raw_supabase_auth_event", "user_agent"),
        ("staging.stg_supabase_auth_event", "ip_hash"),
    ):
        assert built.query(
            f"select {column} is not null from {relation} order by occurred_at"
        ) == [(False,), (False,)]
    # However the rows of staging are treated again.
    built.execute("update retention.treatment set digest = ''")
    later = NOW + 37 * DAY + TICK
    built.night(later.isoformat())
    assert kept("renewed") == renewed
    assert built.query(
        "select user_agent_family from staging.stg_supabase_auth_event"
    ) == [("Firefox",), ("Firefox",)]
    # A week after they expired the others have gone, proved by what is left.
    for relation in ("supabase.sessions", "raw.raw_supabase_session"):
        assert built.query(f"select id from {relation}") == [
            (signed_in["renewed"],)
        ]
    assert built.one("select count(*) from marts.marts_core_auth_events") == 2
    # Versions are walked by their key; the ledger says when they came in.
    assert built.query(
        "select first_clock, last_clock from retention.ledger where rows > 0"
        " and rule = 'raw_supabase_session' order by entry desc limit 1"
    ) == [(NOW, tomorrow)]


def test_people_are_warned_then_closed_then_gone_with_their_sessions(built):
    """P7; a cascade is proved, and what nobody proved keeps its parent."""
    grace = NOW - 30 * DAY
    gone = user(built, deleted_at=grace - TICK)
    on_edge = user(built, deleted_at=grace)
    unproved = user(built, deleted_at=grace - TICK)
    needed = user(built, deleted_at=grace - TICK)
    for person in (gone, on_edge):
        session(built, user_id=person, created_at=grace - DAY)
        session(built, user_id=person, created_at=grace)
    two_years = datetime(2024, 6, 1, 4, tzinfo=UTC)
    inactive = {"last_sign_in_at": two_years - TICK}
    warned = user(built, **inactive, inactivity_warned_at=grace)
    not_warned = user(built, **inactive)
    # Warned of something else; and, in 30 days' time, inactive.
    before = user(built, **inactive, inactivity_warned_at=two_years - DAY)
    soon = user(built, last_sign_in_at=two_years + 30 * DAY - TICK)
    user(built, last_sign_in_at=two_years + 30 * DAY)
    built.execute(
        "create table supabase.notes ("
        " author uuid references supabase.users (id));"
        "create function supabase.noted() returns trigger language plpgsql"
        " as 'begin return old; end';"
        "create trigger noted before delete on supabase.users"
        " for each row execute function supabase.noted()"
    )
    built.execute("insert into supabase.notes values (%s)", needed)
    build = built.build(NOW.isoformat()).invocation
    # Raw does not hold this one.
    late = session(built, user_id=unproved, created_at=grace)

    lines: list[str] = []
    operation(
        "retention_plan", lines.append, as_of=NOW.isoformat(), build=build
    )
    said = "\n".join(lines)
    assert (
        "supabase.users: a delete fires the foreign key notes_author_fkey of"
        " supabase.notes (on delete no action), the foreign key"
        " sessions_user_id_fkey of supabase.sessions (on delete cascade), the"
        " trigger noted." in said
    )
    assert "supabase.users#2: 3 more to be warned 30 days ahead" in said
    plan = built.plan(NOW.isoformat(), build).digest
    assert built.query(
        "select past, ready, unproven from retention.plan"
        " where digest = %s and rule = 'supabase.users'",
        plan,
    ) == [(3, 1, 2)]
    built.apply(plan)

    left = {
        person for (person,) in built.query("select id from supabase.users")
    }
    assert gone not in left
    assert {on_edge, unproved, needed} <= left
    closed = dict(built.query("select id, deleted_at from supabase.users"))
    assert closed[warned] == NOW
    assert closed[not_warned] is closed[before] is closed[soon] is None
    # The copies of what went with it, too; and both are in the ledger.
    for relation in ("supabase.sessions", "raw.raw_supabase_session"):
        assert not built.query(
            f"select from {relation} where user_id = %s", gone
        )
    assert built.one("select count(*) from supabase.sessions") == 3
    assert late
    assert built.query(
        "select stream, relation, rows from retention.ledger"
        " where rule = 'supabase.users' order by entry"
    ) == [
        ("supabase.sessions", "sessions", 2),
        ("supabase.users", "users", 1),
    ]

    # Whom to warn, each once; who was warned leaves the list.
    to_warn = "select person_id::uuid, as_of from retention.person_to_warn"
    assert set(built.query(to_warn)) == {
        (person, NOW) for person in (not_warned, before, soon)
    }
    built.execute(
        "update supabase.users set inactivity_warned_at = %s where id = %s",
        NOW,
        not_warned,
    )
    tomorrow = NOW + DAY
    operation("people_to_warn", _silent, as_of=tomorrow.isoformat())
    listed = dict(built.query(to_warn))
    assert not_warned not in listed
    assert listed[before] == NOW

    # A cascade that nobody declared would take what nobody proved.
    built.execute(
        "create table supabase.letters (author uuid"
        " references supabase.users (id) on delete cascade)"
    )
    built.execute("delete from supabase.notes")
    # The rule has run this month; it is due again on the 1st of the next.
    next_month = datetime(2026, 7, 1, 4, tzinfo=UTC)
    plan = built.plan(next_month.isoformat()).digest
    with pytest.raises(DbtError, match="on delete cascade") as refused:
        built.apply(plan)
    assert "children: [{table: letters, key: author}]" in str(refused.value)
    assert needed in {
        person for (person,) in built.query("select id from supabase.users")
    }


@pytest.fixture
def jobs(
    server: Any, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """Jobs alone; of each status the latest stays, and failed ones change."""
    edit(
        copy / SOURCES,
        "                children: [{table: JobLog, key: jobId}]\n",
        "                spare: {latest: 1, per: [status]}\n"
        "                children: [{table: JobLog, key: jobId}]\n",
    )
    edit(
        copy / SOURCES,
        "                because: R1; a job is looked up for a week at most.\n",
        "                because: R1; a job is looked up for a week at most.\n"
        "              - keep: 1 day\n"
        "                since: createdAt\n"
        "                then: {set: {status: CANCELLED}}\n"
        "                where: status = 'FAILED'\n"
        "                because: S4; what has failed is filed.\n",
    )
    monkeypatch.setattr(run_dbt, "PROJECT", copy)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    only_jobs = without(
        "hub", "analytics", "shop", "supabase", "engagement", "operations"
    )
    with copy_of("template1", only_jobs) as warehouse:
        operation("init", _silent, with_sources=True, days=0)
        yield warehouse


def job(warehouse: Warehouse, name: str, at: datetime, status: str) -> None:
    """A job, and a line of its log."""
    at = at.replace(tzinfo=None)
    write(warehouse, 'render_jobs."Job"', id=name, status=status, createdAt=at)
    write(warehouse, LOG, id=name, jobId=name, message="", createdAt=at)


def test_jobs_go_with_their_logs_but_the_latest_and_what_is_needed(jobs):
    """R1, A13; no constraint is violated, and no log goes unproved."""
    first = datetime(2022, 1, 1, tzinfo=UTC)
    week = timedelta(days=7)
    for day in range(10):
        job(jobs, f"daily {day}", first + day * DAY, "SUCCEEDED")
    start = first + 10 * DAY
    # Logs that their own rule would keep.
    for name in ("gone", "held", "late", "needed"):
        job(jobs, name, first, "CANCELLED")
    job(jobs, "latest", first + TICK * 1000, "CANCELLED")
    jobs.execute(
        f'update {LOG} set "createdAt" = %s where "id" ~ %s',
        start,
        "^(gone|held|needed)$",
    )
    job(jobs, "failed", start, "FAILED")
    jobs.execute(
        'create table render_jobs."Line" ("log" text'
        ' references render_jobs."JobLog" ("id"))'
    )
    jobs.execute("insert into render_jobs.\"Line\" values ('needed')")
    jobs.build(start.isoformat())
    write(jobs, LOG, id="new", jobId="late", message="", createdAt=start)
    jobs.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('render_jobs.JobLog', '\"id\" = ''held''', 'r', '2030-01-01')"
    )

    def planned(at: datetime, *rules: str) -> list[Any]:
        digest = jobs.plan((at + week).isoformat()).digest
        return [
            jobs.query(
                "select past, ready from retention.plan"
                " where digest = %s and rule = %s",
                digest,
                rule,
            )[0]
            for rule in rules
        ]

    # Of the daily ones and the two of CANCELLED that nothing is in the way of.
    rules = ("render_jobs.Job", "render_jobs.JobLog")
    assert planned(first + 4 * DAY, *rules) == [(8, 5), (6, 6)]
    at = first + 9 * DAY + TICK
    assert planned(at, *rules) == [(13, 10), (12, 12)]
    plan = jobs.plan((at + week).isoformat()).digest
    assert jobs.query(
        "select rule, past, ready from retention.plan where digest = %s"
        " and layer = 'raw' order by 1",
        plan,
    ) == [("raw_render_jobs_job", 10, 10), ("raw_render_jobs_job_log", 13, 13)]
    jobs.apply(plan)

    def left(table: str) -> set[str]:
        return {name for (name,) in jobs.query(f'select "id" from {table}')}

    assert left('render_jobs."Job"') == {
        *("daily 9", "held", "late", "needed", "latest", "failed")
    }
    assert left(LOG) == {"held", "new", "needed", "failed"}
    assert left("raw.raw_render_jobs_job_log") == {"held", "needed", "failed"}
    assert jobs.query(
        "select stream, sum(rows) from retention.ledger"
        " where layer = 'source' group by 1, rule order by 1, rule"
    ) == [
        ("render_jobs.Job", 10),
        ("render_jobs.Job", 1),
        ("render_jobs.JobLog", 10),
        ("render_jobs.JobLog", 3),
    ]
    # What was set is, for raw and staging, a change like any other.
    state = 'select "status" from render_jobs."Job" where "id" = \'failed\''
    assert jobs.one(state) == "CANCELLED"
    jobs.build((at + week + DAY).isoformat())
    assert jobs.query(
        "select job_status from staging.stg_render_jobs_job"
        " where job_id = 'failed'"
    ) == [("CANCELLED",)]
