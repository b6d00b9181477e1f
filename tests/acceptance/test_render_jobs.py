"""Jobs and their logs: every mart is what plain Python makes of the rows.

The rows are the demo's, and some that no application should write. What the
marts say is worked out again from the source tables, before anything is let go
of, and once it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from flows.night import operation
from tests.conftest import (
    Warehouse,
    _silent,
    copy_of,
    without,
)

ONLY_JOBS = without("hub", "analytics", "shop", "supabase")
STATES = ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")
Rows = dict[str, tuple[Any, ...]]


@pytest.fixture
def jobs(server: Any) -> Iterator[Warehouse]:
    """A warehouse of render_jobs alone, its tables empty."""
    with copy_of("template1", ONLY_JOBS) as warehouse:
        operation("init", _silent, with_sources=True, days=0)
        yield warehouse


def generate(since: str, until: str) -> None:
    operation("generate_demo_rows", _silent, since=since, until=until)


class Seen:
    """All that was ever in the source tables, in its last state."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.jobs: Rows = {}
        self.logs: Rows = {}

    def look(self) -> None:
        """Reads the source."""
        for job, *rest in self.warehouse.query(
            'select "id", "status", "createdAt", "completedAt"'
            ' from render_jobs."Job"'
        ):
            self.jobs[job] = tuple(rest)
        for log, *rest in self.warehouse.query(
            'select "id", "message", "createdAt" from render_jobs."JobLog"'
        ):
            self.logs[log] = tuple(rest)

    def outcomes(self) -> dict[date, tuple[Any, ...]]:
        """What the days' jobs came to."""
        days = defaultdict(list)
        for status, created, completed in self.jobs.values():
            days[created.date()].append((status, created, completed))
        found = {}
        for day, members in days.items():
            states = Counter(
                status if status in STATES else "" for status, *_ in members
            )
            taken = sorted(
                max(Decimal(0), seconds(completed - created))
                for _, created, completed in members
                if completed
            )
            ended = states["SUCCEEDED"] + states["FAILED"]
            found[day] = (
                len(members),
                states["SUCCEEDED"],
                states["FAILED"],
                states["CANCELLED"],
                states["QUEUED"] + states["RUNNING"],
                states[""],
                (Decimal(states["SUCCEEDED"]) / ended).quantize(
                    Decimal("0.0001"), ROUND_HALF_UP
                )
                if ended
                else None,
                taken[math.ceil(len(taken) / 2) - 1] if taken else None,
                taken[-1] if taken else None,
            )
        return found

    def lines(self) -> dict[tuple[date, str], tuple[int, int, int]]:
        """How many lines, and characters, of a day and level."""
        found: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
        for message, said in self.logs.values():
            level = re.match(r"(DEBUG|INFO|WARN|ERROR)\b", message)
            counts = found[said.date(), level[1] if level else ""]
            counts[0] += 1
            counts[1] += len(message)
        return {key: (n, length, n) for key, (n, length) in found.items()}

    def jobs_since(self, moment: datetime) -> int:
        """How many jobs were created then, or later."""
        return sum(created >= moment for _, created, _ in self.jobs.values())

    def check(self) -> None:
        """The marts say the same."""
        query = self.warehouse.query
        assert {
            day: tuple(rest)
            for day, *rest in query(
                "select * from marts.marts_operations_render_job_outcomes_daily"
            )
        } == self.outcomes()
        assert {
            (day, level): tuple(rest)
            for day, level, *rest in query(
                "select * from marts.marts_operations_render_job_logs_daily"
            )
        } == self.lines()
        assert {
            job: tuple(rest)
            for job, *rest in query(
                "select job_id, job_status, created_at at time zone 'UTC',"
                " completed_at at time zone 'UTC'"
                " from marts.marts_operations_render_jobs"
            )
        } == {
            job: (status if status in STATES else "", created, completed)
            for job, (status, created, completed) in self.jobs.items()
        }


def seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(milliseconds=1)) / 1000


def count(warehouse: Warehouse, table: str) -> int:
    return int(warehouse.one(f"select count(*) from {table}"))


@pytest.mark.large
def test_the_marts_are_what_the_rows_come_to_and_stay_so(jobs):
    seen = Seen(jobs)
    generate("2026-01-01", "2026-01-20T12:00:00Z")
    jobs.execute(
        """
        insert into render_jobs."Job" ("id", "status", "createdAt",
            "completedAt")
        values
            ('odd', 'PAUSED', '2026-01-19 23:59:59.999', null),
            ('back', 'FAILED', '2026-01-20 00:00:00', '2026-01-19 23:00:00'),
            ('wait', 'QUEUED', '2026-01-18 00:00:00', null);
        insert into render_jobs."JobLog" ("id", "jobId", "message", "createdAt")
        values
            ('none', 'odd', '', '2026-01-19 23:59:59.999'),
            ('word', 'odd', 'INFORMATION élan', '2026-01-20 00:00:00'),
            ('two', 'odd', E'ERROR\\nINFO', '2026-01-20 00:00:00.001');
        """
    )
    seen.look()
    assert len(seen.jobs) > 500
    assert len(seen.logs) > 1500
    assert {level for _, level in seen.lines()} == {"INFO", "WARN", "ERROR", ""}
    jobs.build("2026-01-20T12:00:00Z")
    seen.check()
    assert dict(
        jobs.query(
            "select job_id, _issues from staging.stg_render_jobs_job"
            " where _issues is not null"
        )
    ) == {
        "odd": "status is unknown",
        "back": "completedAt is before createdAt",
    }

    # The application goes on: what waited has ended, and new jobs came.
    generate("2026-01-20T12:00:00Z", "2026-01-21T12:00:00Z")
    jobs.execute(
        'update render_jobs."Job" set "status" = \'SUCCEEDED\','
        " \"completedAt\" = '2026-01-21 00:00:00' where \"id\" = 'wait'"
    )
    seen.look()
    jobs.night("2026-01-21T12:00:00Z")
    seen.check()
    # Logs and jobs go at their time, from the source on; the version that is no
    # longer true went, too. Staging keeps a job for a week after that.
    week_ago = datetime(2026, 1, 14, 12)
    alive = sum(said >= week_ago for _, said in seen.logs.values())
    assert 0 < alive < len(seen.logs)
    for table in (
        'render_jobs."JobLog"',
        "raw.raw_render_jobs_job_log",
        "staging.stg_render_jobs_job_log",
    ):
        assert count(jobs, table) == alive
    young = seen.jobs_since(week_ago)
    assert 0 < young < len(seen.jobs) / 2
    for table in ('render_jobs."Job"', "raw.raw_render_jobs_job"):
        assert count(jobs, table) == young
    assert count(jobs, "staging.stg_render_jobs_job") == len(seen.jobs)
    check_operations(jobs, seen, alive, young)

    # The application itself deletes a day of jobs, their logs first, in the
    # night in which the rule would.
    jobs.execute(
        """
        delete from render_jobs."JobLog" where "jobId" in (
            select "id" from render_jobs."Job"
            where "createdAt" < '2026-01-15 12:00:00'
        );
        delete from render_jobs."Job" where "createdAt" < '2026-01-15 12:00:00';
        """
    )
    left = count(jobs, 'render_jobs."Job"')
    assert left == seen.jobs_since(datetime(2026, 1, 15, 12)) < young
    jobs.night("2026-01-22T12:00:00Z")
    seen.check()
    assert count(jobs, "raw.raw_render_jobs_job") == left
    assert count(jobs, "staging.stg_render_jobs_job") == len(seen.jobs)
    # What has gone is seen to have gone in the marts, a night later ...
    jobs.night("2026-01-23T12:00:00Z")
    seen.check()
    assert jobs.query(
        "select (_gone_at at time zone 'UTC')::text, count(*)"
        " from marts.marts_operations_render_jobs group by 1 order by 1"
    ) == [
        ("2026-01-21 12:00:00", len(seen.jobs) - young),
        ("2026-01-22 12:00:00", young - left),
        (None, left),
    ]
    # ... and a week later staging has let go of it, and of what that night
    # archived. The jobs that go only now stay in staging for a week yet.
    last = seen.jobs_since(datetime(2026, 1, 16, 12))
    assert 0 < last < left
    assert count(jobs, "raw.raw_render_jobs_job") == last
    jobs.night("2026-01-30T12:00:01Z")
    for table, rows in (
        ('render_jobs."Job"', 0),
        ("raw.raw_render_jobs_job", 0),
        ("staging.stg_render_jobs_job", last),
    ):
        assert count(jobs, table) == rows
    seen.check()
    jobs.build("2026-01-30T12:00:01Z", "--full-refresh")
    seen.check()


def check_operations(
    jobs: Warehouse, seen: Seen, alive: int, young: int
) -> None:
    """How fresh, and how many rows: counted here from the tables.

    Args:
        jobs: the warehouse.
        seen: all that was ever there.
        alive: how many lines still are.
        young: how many jobs still are.
    """
    jobs.build("2026-01-21T13:00:00Z")
    newest = max(said for _, said in seen.logs.values())
    assert jobs.query(
        "select source_name, table_name, newest_row_at at time zone 'UTC',"
        " last_captured_at at time zone 'UTC', hours_old,"
        " measured_at at time zone 'UTC'"
        " from marts.marts_operations_data_freshness order by 2"
    ) == [
        (
            "render_jobs",
            "Job",
            datetime(2026, 1, 21, 12),
            datetime(2026, 1, 21, 12),
            Decimal("1.00"),
            datetime(2026, 1, 21, 13),
        ),
        (
            "render_jobs",
            "JobLog",
            newest,
            datetime(2026, 1, 21, 12),
            (seconds(datetime(2026, 1, 21, 13) - newest) / 3600).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            ),
            datetime(2026, 1, 21, 13),
        ),
    ]
    layers = {
        (stream, layer): tuple(rest)
        for stream, layer, *rest in jobs.query(
            "select stream, layer, relation_name, rows_taken_in, rows_alive,"
            " rows_let_go from marts.marts_operations_rows_per_layer"
        )
    }
    logs = len(seen.logs)
    assert {
        layer: counts
        for (stream, layer), counts in layers.items()
        if stream == "render_jobs.JobLog"
    } == {
        "source": ("JobLog", None, None, logs - alive),
        "raw": ("raw_render_jobs_job_log", logs, alive, logs - alive),
        "staging": ("stg_render_jobs_job_log", logs, alive, logs - alive),
        "marts": (
            "marts_operations_render_job_logs_daily",
            None,
            len(seen.lines()),
            0,
        ),
    }
    staged = layers["render_jobs.Job", "staging"]
    assert staged == ("stg_render_jobs_job", len(seen.jobs), len(seen.jobs), 0)
    gone = len(seen.jobs) - young
    assert layers["render_jobs.Job", "source"] == ("Job", None, None, gone)
    # A job that went on was taken in once more.
    _, taken_in, there, let_go = layers["render_jobs.Job", "raw"]
    assert taken_in > len(seen.jobs)
    assert there == young
    assert taken_in == there + let_go


def test_what_a_worker_said_is_nowhere_but_in_the_source(jobs):
    jobs.build("2026-01-01")
    # Nothing is not fresh.
    assert (
        jobs.query(
            "select newest_row_at, last_captured_at, hours_old"
            " from marts.marts_operations_data_freshness"
        )
        == [(None, None, None)] * 2
    )
    generate("2026-01-01", "2026-01-03")
    said = "%@mail.example%"
    assert jobs.one(
        'select count(*) from render_jobs."JobLog" where "message" like %s',
        said,
    )
    jobs.night("2026-01-03")
    looked_at = []
    for schema, table in jobs.query(
        "select n.nspname, c.relname from pg_class as c"
        " inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname in ('raw', 'staging', 'sealed', 'marts', 'retention')"
        " and c.relkind in ('r', 'p')"
    ):
        looked_at.append(table)
        assert not jobs.one(
            f'select count(*) from "{schema}"."{table}" as t'
            " where t::text like %s or t::text like '%%/renders/%%'",
            said,
        ), table
    assert "raw_render_jobs_job_log" in looked_at
