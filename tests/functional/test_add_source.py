"""Your own tables, tried as a new user would: docs/add-your-own-table.md.

In a copy of the project, so that nothing of this one is touched; every step is
the command that the page names, in a process of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from flows.add_source import add_source
from flows.source_address import SourceError
from tests.conftest import PROJECT

COPIED = (
    ".sqlfluff",
    ".sqlfluffignore",
    "dbt_project.yml",
    "flows",
    "macros",
    "models",
    "profiles.yml",
    "pyproject.toml",
    "tests",
)
SAMPLES = ("hub", "analytics", "shop", "supabase", "render_jobs")
CLINIC = """
create schema clinic;
create type clinic.channel as enum ('web', 'phone', 'walk_in');
create table clinic.patients (
    id uuid primary key,
    email text not null unique,
    full_name text not null,
    phone text,
    tier varchar(20) not null,
    birth_date date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create table clinic.visits (
    id uuid primary key,
    patient_id uuid references clinic.patients (id),
    contact_email text,
    channel clinic.channel not null,
    note text,
    ip inet,
    is_first boolean not null,
    fee numeric(10, 2),
    visited_at timestamptz not null default now(),
    details jsonb
);
create table clinic."TokenCache" (
    "id" text primary key, "token" text, "expiresAt" timestamp(3) not null
);
insert into clinic.patients
select
    md5('patient ' || n)::uuid,
    'patient' || n || '@clinic.example',
    'Ada Lovelace',
    '+44 20 7946 ' || 1000 + n,
    case when n % 2 = 0 then 'basic' else 'plus' end,
    date '1980-01-01' + n,
    now() - interval '300 days',
    now() - interval '10 days'
from generate_series(1, 50) as n;
-- One every 12 hours for 200 days; 180 are younger than 90 days.
insert into clinic.visits
select
    md5('visit ' || n)::uuid,
    md5('patient ' || n % 50 + 1)::uuid,
    'patient' || n % 50 + 1 || '@clinic.example',
    (array['web', 'phone', 'walk_in'])[n % 3 + 1]::clinic.channel,
    'It hurts when she laughs, she said: ' || n,
    ('10.0.0.' || n % 200)::inet,
    n % 4 = 0,
    n,
    now() - n * interval '12 hours' + interval '6 hours',
    jsonb_build_object('roomType', 'blue', 'said', 'I am Ada Lovelace')
from generate_series(1, 400) as n;
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, to write into."""
    project = tmp_path / "project"
    project.mkdir()
    for name in COPIED:
        if (PROJECT / name).is_dir():
            shutil.copytree(
                PROJECT / name,
                project / name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        else:
            shutil.copy(PROJECT / name, project / name)
    # The sample applications are switched off by one var each.
    off = fill_in(
        project / "dbt_project.yml",
        rf"^(  (?:{'|'.join(SAMPLES)})_enabled): true$",
        r"\1: false",
    )
    assert off == len(SAMPLES)
    return project


class Shell:
    """A person at a prompt in the project's folder."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.environment = os.environ | {
            "PYTHONPATH": str(project),
            "WAREHOUSE_VARS": "",
            "DBT_ENGINE_TARGET_PATH": str(project / "target"),
            "DBT_ENGINE_LOG_PATH": str(project / "logs"),
            "DBT_ENGINE_SEND_ANONYMOUS_USAGE_STATS": "false",
            "COLUMNS": "80",
        }
        self.environment.pop("DATABASE_URL", None)
        self.environment.pop("DIRECT_URL", None)

    def run(self, *command: str, expect: int = 0) -> str:
        """Runs a command of the environment; what it printed."""
        program = Path(sys.executable).parent / command[0]
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == expect, printed
        assert "Traceback" not in printed
        return printed

    def warehouse(self, *arguments: str, expect: int = 0) -> str:
        """Runs `warehouse ...`."""
        # The script would run this project's flows, not the copy's.
        return self.run("python", "-m", "flows.cli", *arguments, expect=expect)

    def lint(self, name: str) -> None:
        """Lints the models of one application."""
        folders = [
            f"models/{layer}/{name}" for layer in ("raw", "staging", "marts")
        ]
        self.run("sqlfluff", "lint", "--disable-progress-bar", *folders)


def fill_in(file: Path, pattern: str, text: str) -> int:
    """A person fills something in; how often."""
    filled, count = re.subn(pattern, text, file.read_text(), flags=re.M)
    file.write_text(filled)
    return count


def url() -> str:
    return (
        f"postgresql://{os.environ['PGUSER']}:{os.environ['PGPASSWORD']}"
        f"@{os.environ['PGHOST']}:{os.environ['PGPORT']}"
        f"/{os.environ['PGDATABASE']}"
    )


def one(connection: psycopg.Connection, query: str):
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


MART_YAML = "models/marts/clinic/_clinic__models.yml"
MORE_COLUMNS = """\
      - name: visit_channel
        description: How it was booked, or '' where that is not known.
        data_type: text
        constraints:
          - {type: not_null, warn_unsupported: false}
      - name: fee_sum
        description: What was paid.
        data_type: numeric
      - name: visit_count
"""


@pytest.mark.large
def test_a_schema_not_seen_before_is_added_as_the_page_says(
    empty_database, copy
):
    database, shell = empty_database, Shell(copy)
    database.execute(CLINIC)
    shell.environment["DATABASE_URL"] = f"{url()}?schema=clinic"

    # 1. Look.
    printed = shell.warehouse("inspect")
    assert "visited_at" in printed
    assert "contact_email: email, its name" in printed
    assert "note: free_text, its name" in printed
    assert "create index concurrently on clinic.visits (visited_at);" in printed
    for value in ("patient1@", "Lovelace", "she laughs", "10.0.0.1", "7946"):
        assert value not in printed

    # 2. Write the files; once.
    before = (copy / "dbt_project.yml").read_text()
    printed = shell.warehouse("add-source", "clinic")
    assert "Not captured of patients: full_name (name)." in printed
    assert "patients: what birth_date may tell" in printed
    files = sorted(
        str(path.relative_to(copy)) for path in copy.glob("models/*/clinic/*")
    )
    assert files == [
        "models/marts/clinic/_clinic__models.yml",
        "models/marts/clinic/marts_clinic_visit_daily.sql",
        "models/raw/clinic/_clinic__models.yml",
        "models/raw/clinic/_clinic__sources.yml",
        "models/raw/clinic/raw_clinic_patient.sql",
        "models/raw/clinic/raw_clinic_visit.sql",
        "models/staging/clinic/_clinic__models.yml",
        "models/staging/clinic/stg_clinic_patient.sql",
        "models/staging/clinic/stg_clinic_visit.sql",
    ]
    added = set((copy / "dbt_project.yml").read_text().splitlines())
    assert added - set(before.splitlines()) == {
        "  clinic_enabled: true",
        "  clinic_schema: clinic",
    }
    written = {name: (copy / name).read_text() for name in files}
    printed = shell.warehouse("add-source", "clinic", expect=1)
    assert printed.count("\n") == 1
    assert "is there already" in printed
    assert written == {name: (copy / name).read_text() for name in files}

    # 3. The linter names what only a person can know.
    sources = copy / "models/raw/clinic/_clinic__sources.yml"
    printed = shell.warehouse("check", expect=1)
    for table in ("patients", "visits", "TokenCache"):
        assert f"clinic.{table}: retention[0].because is missing" in printed
    assert fill_in(
        sources, r'^( +because:) ""$', r'\1 "For the clinic: 90 days."'
    )
    printed = shell.warehouse("check", expect=1)
    assert "columns.birth_date.config.meta.pii is missing" in printed
    assert "because" not in printed
    assert fill_in(sources, r"^( +pii:)  # .*$", r"\1 none") == 1

    # More than a count stays, and one key of a JSON column is taken.
    mart = "models/marts/clinic/marts_clinic_visit_daily"
    raw = "models/raw/clinic/raw_clinic_visit"
    staging = "models/staging/clinic/stg_clinic_visit"
    for file, old, new in [
        (
            f"{mart}.sql",
            "    count(*) as visit_count,\n",
            "    coalesce(counted.visit_channel, '') as visit_channel,\n"
            "    count(*) as visit_count,\n"
            "    sum(coalesce(counted.visit_fee, 0)) as fee_sum,\n",
        ),
        (f"{mart}.sql", "group by 1\n", "group by 1, 2\n"),
        (
            MART_YAML,
            "grain: [visited_date",
            "grain: [visited_date, visit_channel",
        ),
        (
            MART_YAML,
            "columns: [visited_date",
            "columns: [visited_date, visit_channel",
        ),
        (MART_YAML, "{visit_count: sum", "{visit_count: sum, fee_sum: sum"),
        (MART_YAML, "      - name: visit_count\n", MORE_COLUMNS),
        (
            f"{raw}.sql",
            "    {{ ages_from",
            "    originals.details,\n    {{ ages_from",
        ),
        (
            "models/raw/clinic/_clinic__models.yml",
            "      - name: _clock\n",
            "      - {name: details, data_type: jsonb}\n      - name: _clock\n",
        ),
        (
            f"{staging}.sql",
            "copies._clock,\n",
            "copies.details ->> 'roomType' as room_type,\n"
            "        copies._clock,\n",
        ),
        (
            f"{staging}.sql",
            "validated._clock,\n",
            "validated.room_type,\n    validated._clock,\n",
        ),
        (
            "models/staging/clinic/_clinic__models.yml",
            "      - name: _clock\n",
            "      - {name: room_type, data_type: text}\n"
            "      - name: _clock\n",
        ),
    ]:
        text = (copy / file).read_text()
        assert text.count(old) == 1, (file, old)
        (copy / file).write_text(text.replace(old, new))

    # 4. What was written is as what is there.
    shell.lint("clinic")
    shell.run("dbt", "--quiet", "parse", "--warn-error")
    shape = "tests/unit/test_project.py"
    shell.run("python", "-m", "pytest", "-q", "-n", "0", shape)

    # 5. Build, and let go.
    shell.warehouse("init")
    shell.run("dbt", "build")
    assert one(database, "select count(*) from raw.raw_clinic_visit") == 400
    assert (
        one(database, "select count(*) from staging.stg_clinic_patient") == 50
    )
    printed = shell.warehouse("plan")
    digest = re.search(r"warehouse approve (\w+)", printed)
    assert digest
    shell.warehouse("approve", digest[1])
    shell.warehouse("nightly")
    for table in (
        "clinic.visits",
        "raw.raw_clinic_visit",
        "staging.stg_clinic_visit",
    ):
        assert one(database, f"select count(*) from {table}") == 180
    mart = "marts.marts_clinic_visit_daily"
    sealed = "sealed.marts_clinic_visit_daily"
    assert one(database, f"select sum(visit_count) from {mart}") == 400
    assert one(database, f"select sum(fee_sum) from {mart}") == 400 * 401 / 2
    assert one(database, f"select sum(_rows) from {sealed}") == 220
    rooms = "select distinct room_type from staging.stg_clinic_visit"
    assert database.execute(rooms).fetchall() == [("blue",)]
    assert one(database, "select count(*) from clinic.patients") == 50

    # What is left of a person: pseudonyms that join, and no more.
    assert (
        one(
            database,
            "select count(*) from staging.stg_clinic_visit as v"
            " inner join staging.stg_clinic_patient as p"
            " on p.patient_key = v.patient_key"
            " and p.email_hash = v.contact_email_hash",
        )
        == 180
    )
    staged = database.execute(
        "select v::text from staging.stg_clinic_visit as v"
        " union all select p::text from staging.stg_clinic_patient as p"
    ).fetchall()
    for value in ("@clinic.example", "Lovelace", "laughs", "+44 20"):
        assert not any(value in row[0] for row in staged)
    assert not any(re.search(r"\b10\.0\.0\.[1-9]", row[0]) for row in staged)


ODD = """
create schema odd;
create table odd.no_key (at timestamptz not null);
create table odd.by_email (email text primary key, at timestamptz not null);
create table odd.event (id int primary key, at timestamptz not null);
create table odd."Events" (id int primary key, at timestamptz not null);
create table odd."PageView" (
    "id" text primary key, "order" int, "Weird Name" text,
    "userId" text, "Referrer" text, "viewedAt" timestamp(3)
);
create table odd.pair (
    a bigint, b text, code char(3), created_at timestamp not null,
    primary key (a, b)
);
create view odd.a_view as select id from odd.event;
"""


@pytest.mark.large
def test_every_shape_of_table_parses_and_builds(empty_database, copy):
    database, shell = empty_database, Shell(copy)
    database.execute(ODD)
    shell.warehouse(
        *("add-source", "odd", "--url", url(), "--schema", "odd"),
        *("--table", "PageView", "--table", "pair", "--table", "event"),
    )
    raw = (copy / "models/raw/odd/raw_odd_page_view.sql").read_text()
    assert 'originals."viewedAt"' in raw
    staging = (copy / "models/staging/odd/stg_odd_page_view.sql").read_text()
    assert "as page_view_order" in staging
    assert "url_without_person" in staging
    sources = copy / "models/raw/odd/_odd__sources.yml"
    fill_in(sources, r'^( +because:) ""$', r"\1 A test.")
    fill_in(sources, r"^( +pii:)  # .*$", r"\1 none")
    shell.lint("odd")
    database.execute(
        """
        insert into odd."PageView"
        values ('a', 1, 'w', 'u', 'https://x.example/p?q=1', null),
               ('b', 2, 'w', 'u', null, '2020-01-01 00:00:00');
        insert into odd.pair values (1, 'x', 'abc', '2020-01-01');
        """
    )
    shell.warehouse("init")
    shell.run("dbt", "build")
    # A clock that is missing is noted, and the row counts all the same.
    assert database.execute(
        "select page_view_id, referrer, viewed_at, _issues"
        " from (select *, page_view_referrer as referrer"
        " from staging.stg_odd_page_view) as viewed order by 1"
    ).fetchall()[0] == (
        "a",
        "https://x.example/p",
        None,
        "viewed_at is missing",
    )
    assert one(database, "select pair_code from staging.stg_odd_pair") == "abc"
    assert (
        one(
            database,
            "select sum(page_view_count) from marts.marts_odd_page_view_daily",
        )
        == 2
    )


@pytest.mark.parametrize(
    ("name", "tables", "says"),
    [
        ("Odd", [], "`Odd` cannot be a source's name"),
        ("odd", ["no_key"], "odd.no_key has no primary key"),
        ("odd", ["by_email"], "odd.by_email is keyed by email"),
        ("odd", ["a_view"], "odd.a_view is a view"),
        ("odd", ["nope"], "There is no table nope in schema odd"),
        ("odd", ["event", "Events"], "Two tables would be called event"),
        ("hub", ["event"], "models/raw/hub/_hub__sources.yml is there already"),
        # Of a source that is there under another name.
        (
            "odd",
            ["taken"],
            "odd.taken is declared in models/raw/mine/_mine__so",
        ),
    ],
)
def test_what_cannot_be_added_is_one_sentence_and_writes_nothing(
    empty_database, copy, name, tables, says
):
    empty_database.execute(ODD)
    empty_database.execute("create table odd.taken (id int primary key)")
    (copy / "models/raw/mine").mkdir()
    (copy / "models/raw/mine/_mine__sources.yml").write_text(
        "sources:\n  - name: mine\n    schema: \"{{ var('mine_schema') }}\"\n"
        "    tables: [{name: other, identifier: taken}]\n"
    )
    fill_in(copy / "dbt_project.yml", "^vars:$", "vars:\n  mine_schema: odd")

    def state() -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in [copy / "dbt_project.yml", *copy.rglob("models/**/*")]
            if path.is_file()
        }

    before = state()
    with pytest.raises(SourceError) as error:
        add_source(name, url(), "odd", tables, project=copy, say=lambda _: None)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert state() == before


def test_the_schema_is_the_one_of_the_name_or_the_only_one(
    empty_database, copy
):
    empty_database.execute(ODD + "create schema other;")
    empty_database.execute(
        "create table other.t (id int primary key, status text,"
        " at timestamptz not null default now())"
    )
    silent = {"project": copy, "say": lambda _: None}
    with pytest.raises(SourceError, match="--schema which one it is: odd, o"):
        add_source("nobody", url(), **silent)
    with pytest.raises(SourceError, match="--entity u is none of the tables"):
        add_source("other", url(), entities=["u"], **silent)
    said: list[str] = []
    add_source("other", url(), project=copy, say=said.append)
    assert "other_schema: other" in (copy / "dbt_project.yml").read_text()
    # It looks like events, and a person says what it is.
    assert "t: does status change after a row is written?" in "\n".join(said)
    shutil.rmtree(copy / "models/raw/other")
    shutil.rmtree(copy / "models/staging/other")
    shutil.rmtree(copy / "models/marts/other")
    fill_in(copy / "dbt_project.yml", "^  other_.*\n", "")
    add_source("other", url(), entities=["t"], **silent)
    sources = (copy / "models/raw/other/_other__sources.yml").read_text()
    assert "kind: entity" in sources
    assert not (copy / "models/marts/other").exists()
