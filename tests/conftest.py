"""One server for all tests, and for each test a database of its own.

Nothing of the user's is touched: the server, target/ and logs/ are below
pytest's temporary folder, and the connection is given by environment
variables, which win over .env.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest
from xdist.scheduler import LoadScopeScheduling

from flows import embedded
from flows.night import Night, nightly
from flows.night import plan as make_plan
from flows.run_dbt import DbtResult, operation, run_dbt

DATABASE = "warehouse_test"


def without(*parts: str, **variables: Any) -> str:
    """WAREHOUSE_VARS of a project with these applications or marts off."""
    off = {f"{part}_enabled": False for part in parts}
    return json.dumps(off | variables)


# What it says when the laws do not hold is read like a test's own assertions.
pytest.register_assert_rewrite("tests.faults")

# Of hub the taps alone, and their summary.
ONLY_HUB = without(
    "analytics", "shop", "supabase", "render_jobs", "engagement", "operations"
)
PROJECT = Path(__file__).resolve().parent.parent
SHARED_DATA = PROJECT.parent / "shared" / "data"


# Which files share what is made once per worker, besides the hub's databases:
# a Prefect server, an application's parsed project and database, the sample
# of a project that the linter reads.
TOGETHER = {
    "flows": ("tests/flows/",),
    "rules": ("tests/functional/test_rules.py",),
    "faults": (
        "tests/functional/test_faults.py::test_after_any",
        "tests/functional/test_faults.py::test_a_",
    ),
    "properties": ("tests/functional/test_properties.py",),
    "forms": ("tests/functional/test_forms.py",),
    "marts leave": ("tests/functional/test_marts_leave.py",),
    "ledger": ("tests/functional/test_ledger.py",),
    "project": ("tests/unit/test_project.py",),
    "backfill": ("tests/functional/test_backfill.py",),
    "connect": ("tests/functional/test_connect.py",),
    "letting go there": ("tests/functional/test_connect_letting_go.py",),
    "analytics": ("tests/acceptance/test_analytics.py",),
    "shop": (
        "tests/acceptance/test_shop.py",
        "tests/functional/test_shop_rules.py",
    ),
    "supabase": (
        "tests/acceptance/test_core.py",
        "tests/functional/test_supabase_",
    ),
    "render_jobs": (
        "tests/acceptance/test_render_jobs.py",
        "tests/functional/test_jobs_rules.py",
        "tests/functional/test_render_files.py",
    ),
}


# What takes longest (`pytest --durations=45`): CI has 15 minutes for all of it,
# so these run with -m large until they are cheaper. All passed on 2026-11-21.
LONG = (
    "tests/acceptance/test_analytics.py::test_demo_rows_are_the_same",
    "tests/acceptance/test_analytics.py::test_every_mart_is",
    "tests/acceptance/test_analytics.py::test_sessions_stay_exact_when",
    "tests/acceptance/test_analytics.py::test_the_edge_of_the_30_days",
    "tests/functional/test_new_user.py",
    "tests/acceptance/test_core.py::test_changes_of_users_arrive",
    "tests/acceptance/test_engagement.py::test_the_marts_are",
    "tests/acceptance/test_nasa.py::test_a_slice_of_the_arrivals",
    "tests/acceptance/test_shop.py::test_no_mart_moves",
    "tests/acceptance/test_shop.py::test_the_newest_version",
    "tests/flows/test_build_and_retain.py::test_the_module_runs_from_any",
    "tests/flows/test_retain.py::test_it_builds",
    "tests/functional/test_cadences.py::test_a_weekly_rule_runs_once",
    # Each of them needs the one before it, and no other needs these.
    "tests/functional/test_connect.py::test_another_target",
    "tests/functional/test_connect.py::test_nothing_is_written",
    "tests/functional/test_connect.py::test_a_server_that_is_down",
    "tests/functional/test_connect.py::test_an_emptied_hidden",
    "tests/functional/test_connect.py::test_a_new_password",
    "tests/functional/test_connect.py::test_disconnect_takes",
    "tests/functional/test_connect_letting_go.py",
    "tests/functional/test_concurrency.py::test_a_build_and_a_purge",
    "tests/functional/test_concurrency.py::test_of_two_runs_at_once",
    "tests/functional/test_conservation.py::test_ten_more_nights",
    "tests/functional/test_edges.py::test_a_rule_is_shortened",
    "tests/functional/test_edges.py::test_any_clock",
    "tests/functional/test_edges.py::test_rows_of_one_moment",
    "tests/functional/test_edges.py::test_a_late_value",
    "tests/functional/test_forms.py::test_people_are_warned",
    "tests/functional/test_forms.py::test_where_people_were",
    "tests/functional/test_marts_leave.py::test_a_kept_fact_goes",
    "tests/functional/test_partitions.py::test_a_partition_wider_than",
    "tests/functional/test_partitions.py::test_entities_whose_last_version",
    "tests/functional/test_schema_changes.py::test_a_newer_database_than",
    "tests/functional/test_schema_changes.py::test_a_rollup_of_new_columns",
    "tests/functional/test_schema_changes.py::test_a_stricter_treatment",
    "tests/functional/test_steps.py::test_a_backlog",
    "tests/functional/test_steps.py::test_no_batch",
    "tests/functional/test_time_zones.py::test_days_cutoffs_and_partitions_are"
    "_those_of_utc[America/Bogota]",
    "tests/functional/test_time_zones.py::test_days_cutoffs_and_partitions_are"
    "_those_of_utc[UTC]",
)


# Their tests go on from one another, so with -m large all of them run.
IN_ORDER = (
    "tests/acceptance/test_shop.py",
    "tests/functional/test_connect.py",
)


class KeepTogether(LoadScopeScheduling):
    """Gives tests one by one, but those of TOGETHER to one worker.

    The largest groups go first, and what is given one by one fills the end.
    """

    def _split_scope(self, nodeid: str) -> str:
        for group, files in TOGETHER.items():
            if nodeid.startswith(files):
                return group
        return nodeid


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Marks what is LONG, and for -m large what that goes on from."""
    marked = LONG
    if config.option.markexpr == "large":
        marked += IN_ORDER
    for item in items:
        if item.nodeid.startswith(marked):
            item.add_marker(pytest.mark.large)


def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Any
) -> KeepTogether:
    """How pytest-xdist hands out the tests."""
    return KeepTogether(config, log)


def new_home(factory: pytest.TempPathFactory, name: str) -> Path:
    """Where nothing is left of a run that was killed under the same number."""
    home = factory.mktemp(name)
    embedded.remove(home)
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A private PostgreSQL; os.environ points at it for the whole session."""
    home = new_home(tmp_path_factory, "postgresql")
    server = embedded.up(
        home,
        settings={
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_wal_size": "4GB",
            "shared_buffers": "512MB",
        },
        write_env=None,
    )
    _make_connecting_cheap(server)
    paths = tmp_path_factory.mktemp("dbt")
    mine = {
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": server.user,
        "PGPASSWORD": server.password,
        "PGDATABASE": DATABASE,
        "PGSSLMODE": "disable",
        "DBT_TARGET": "prod",
        # Tests of the engine need one application; of all: `whole_warehouse`.
        "WAREHOUSE_VARS": ONLY_HUB,
        "DBT_ENGINE_TARGET_PATH": str(paths / "target"),
        "DBT_ENGINE_LOG_PATH": str(paths / "logs"),
        # A fifth of a small build; what reads artefacts asks for them.
        "DBT_ENGINE_WRITE_JSON": "false",
    }
    before = {name: os.environ.get(name) for name in (*mine, "PII_SALT")}
    os.environ.pop("PII_SALT", None)
    os.environ.update(mine)
    yield server
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    embedded.remove(home)


def audit_page() -> tuple[str, str]:
    """The query and the snippet that docs/audit.md hands to an auditor."""
    page = (PROJECT / "docs" / "audit.md").read_text()
    [query] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    [snippet] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return query, snippet


def _make_connecting_cheap(server: embedded.Server) -> None:
    """One round of hashing a password in place of 4,096.

    dbt connects anew for each model and each test, and half of that time was
    this. The password is as random as a key; guessing it needs no slowing.
    """
    with server.connect("postgres") as connection:
        if connection.info.server_version >= 160000:
            connection.execute("set scram_iterations = 1")
            connection.execute(
                psycopg.sql.SQL("alter role {} password {}").format(
                    psycopg.sql.Identifier(server.user),
                    psycopg.sql.Literal(server.password),
                )
            )


def connect(database: str = DATABASE, **settings: Any) -> psycopg.Connection:
    """A connection of the test's own, each statement its own transaction."""
    return psycopg.connect(
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        user=settings.pop("user", os.environ["PGUSER"]),
        password=settings.pop("password", os.environ["PGPASSWORD"]),
        dbname=database,
        autocommit=settings.pop("autocommit", True),
        **settings,
    )


def _new_database(template: str) -> None:
    with connect("postgres") as connection:
        connection.execute(f"drop database if exists {DATABASE} with (force)")
        connection.execute(f"create database {DATABASE} template {template}")


@contextmanager
def copy_of(
    template: str, variables: str | None = None, **settings: Any
) -> Iterator[Warehouse]:
    """A copy of a database as the one of the moment, and a connection to it.

    Args:
        template: a database's name; template1 is an empty one.
        variables: WAREHOUSE_VARS meanwhile (`without`); none leaves them.
        settings: of the connection.
    """
    with pytest.MonkeyPatch.context() as patch:
        if variables is not None:
            patch.setenv("WAREHOUSE_VARS", variables)
        _new_database(template)
        with connect(**settings) as connection:
            yield Warehouse(connection)


def keep_database(name: str) -> str:
    """Makes the database of the moment a template that tests copy; its name."""
    with connect("postgres") as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"alter database {DATABASE} rename to {name}")
    return name


@pytest.fixture(scope="session")
def ready_template(server: Any) -> str:
    """A database that `init` made ready, with empty demo tables."""
    with copy_of("template1"):
        operation("init", _silent, with_sources=True, days=0)
    return keep_database("ready_template")


@pytest.fixture
def empty_database(server: Any) -> Iterator[psycopg.Connection]:
    """A connection to a database with nothing in it."""
    with copy_of("template1") as warehouse:
        yield warehouse.connection


@pytest.fixture
def warehouse(ready_template: str) -> Iterator[Warehouse]:
    """A warehouse with empty hub tables, its rules approved."""
    with copy_of(ready_template) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def whole_template(server: Any) -> str:
    """A database that `init` made ready, with every application's tables."""
    with copy_of("template1", without()):
        operation("init", _silent, with_sources=True, days=0)
    return keep_database("whole_template")


@pytest.fixture
def whole_warehouse(whole_template: str) -> Iterator[Warehouse]:
    """A warehouse of all applications, their tables empty."""
    with copy_of(whole_template, without()) as warehouse:
        yield warehouse


@dataclass
class Warehouse:
    """What a test does with a warehouse."""

    connection: psycopg.Connection

    def query(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(text, values or None).fetchall()

    def one(self, text: str, *values: Any) -> Any:
        """The first value of a query's first row."""
        return self.query(text, *values)[0][0]

    def execute(self, text: str, *values: Any) -> None:
        """Runs a statement."""
        self.connection.execute(text, values or None)

    def tap(
        self, tapped_at: str | datetime, event: str = "event_1", **columns: Any
    ) -> str:
        """The application writes a tap (its time is in UTC); its id."""
        row = {
            "id": "c" + uuid.uuid4().hex[:24],
            "eventId": event,
            "tagId": "tag_1",
            "ipAddress": "198.51.100.7",
            "userAgent": "Firefox/133.0",
            "tappedAt": tapped_at,
        } | columns
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(["%s"] * len(row))
        self.execute(
            f'insert into hub."TapLog" ({names}) values ({marks})',
            *row.values(),
        )
        return str(row["id"])

    def taps(self, days: Sequence[str], each: int = 10) -> None:
        """Taps spread over each of the days, half of them of one event."""
        self.execute(
            """
            insert into hub."TapLog" (
                "id", "eventId", "redirectUrl", "tagId", "tappedAt"
            )
            select
                'c' || left(md5(day || '/' || n), 24),
                'event_' || case when n %% 2 = 0 then 0 else n %% 7 end,
                'https://shop.example/' || n %% 3,
                'tag_' || n %% 5,
                day::timestamp + n * interval '24 hours' / %s
            from unnest(%s::text[]) as day
            cross join generate_series(0, %s - 1) as n
            """,
            each,
            list(days),
            each,
        )

    def dbt(self, *arguments: str, as_of: str | None = None) -> DbtResult:
        """Runs a dbt command; raises DbtError where it fails."""
        return run_dbt(
            *arguments, variables={"as_of": as_of} if as_of else None
        )

    def build(self, as_of: str | None = None, *arguments: str) -> DbtResult:
        """`dbt build` without the unit tests."""
        return self.dbt(
            "build",
            "--exclude-resource-type",
            "unit_test",
            *arguments,
            as_of=as_of,
        )

    def night(
        self,
        as_of: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> Night:
        """One night: build, plan, apply."""
        return nightly(as_of, say=say)

    def plan(self, as_of: str | None = None, build: str | None = None) -> Night:
        """Plans; deletes nothing."""
        return make_plan(as_of, build, _silent)

    def apply(self, digest: str, **settings: Any) -> DbtResult:
        """Applies a plan."""
        return operation("retention_apply", _silent, digest=digest, **settings)

    def per_day(self) -> dict[str, int]:
        """Taps per day, as the mart says."""
        return {
            str(day): int(count)
            for day, count in self.query(
                "select tap_date, sum(tap_count)"
                " from marts.marts_engagement_tap_summary_daily"
                " group by 1 order by 1"
            )
        }

    def total(self) -> int:
        """Taps in all, as the mart says."""
        return sum(self.per_day().values())

    def left(self) -> tuple[int, int, int]:
        """Rows in source, raw and staging."""
        row = self.query(
            """
            select
                (select count(*) from hub."TapLog"),
                (select count(*) from raw.raw_hub_tap_log),
                (select count(*) from staging.stg_hub_tap_log)
            """
        )[0]
        return (int(row[0]), int(row[1]), int(row[2]))

    def sealed(self) -> int:
        """Rows sealed."""
        return int(
            self.one(
                "select coalesce(sum(_rows), 0)"
                " from sealed.marts_engagement_tap_summary_daily"
            )
        )

    def assert_conserved(self, captured: int) -> None:
        """Rows captured = alive + sealed = what the mart says (X1)."""
        alive = self.one("select count(*) from staging.stg_hub_tap_log")
        assert alive + self.sealed() == captured
        assert self.total() == captured
        let_go = dict(
            self.query(
                "select layer, sum(rows) from retention.ledger group by 1"
            )
        )
        assert let_go.get("staging", 0) == self.sealed()
        for layer, relation in (
            ("raw", "raw_hub_tap_log"),
            ("staging", "stg_hub_tap_log"),
        ):
            taken_in = self.one(
                "select coalesce(sum(rows), 0) from retention.load"
                " where relation = %s",
                relation,
            )
            alive = self.one(f"select count(*) from {layer}.{relation}")
            assert taken_in == alive + let_go.get(layer, 0)

        self.assert_chained()

    def assert_chained(self) -> list[str]:
        """The ledger is a chain, as an auditor finds by hand; its hashes."""
        query, snippet = audit_page()
        anchors = self.query(
            "select hash from retention.ledger_anchor"
            " order by entry desc limit 1"
        )
        found = subprocess.run(
            [sys.executable, "-c", snippet, *[text for (text,) in anchors]],
            input="".join(line + "\n" for (line,) in self.query(query)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stderr
        return found.stdout.split()

    def args(self, **arguments: Any) -> list[str]:
        """Arguments of an operation, as dbt takes them."""
        return ["--args", json.dumps(arguments)]


def _silent(_: str) -> None:
    """Prints nothing."""
