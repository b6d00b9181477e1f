"""The linter: a rule that means nothing is refused before anything runs (X3).

Every case edits a copy of this project, and runs what `warehouse check` runs,
with no server behind the address that dbt is given.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows import run_dbt
from flows.cli import main

SOURCES = "models/raw/hub/_hub__sources.yml"
RAW = "models/raw/hub/_hub__models.yml"
STAGING = "models/staging/hub/_hub__models.yml"
MART = "models/marts/engagement/_engagement__models.yml"
SUMMARY = "marts_engagement_tap_summary_daily"

TAPS_RULE = """\
              - keep: 90 days
                since: tappedAt
                then: delete
                held_by: raw
                every: day
                because: SOC 2 C1.2; a tap says where a person was.
"""
STAGING_RULE = """\
          - keep: 90 days
            since: _clock
            because: As its original in hub.TapLog.
"""
RAW_RULE = "          - keep: while_in_source\n"
MART_RULE = """\
          - keep: forever
            because: H2; counts say nothing of a person.
"""
EVENT_RULE = """\
      - name: Event
        description: One row per event; events come and go.
        config:
          meta:
            retention:
              - keep: forever
                review: 2027-11-01
                because: No policy exists yet.
"""
CAPTURE = """\
            capture:
              kind: event
              key: [id]
              clock: tappedAt
"""
CLOCK_COLUMN = """\
          - name: tappedAt
            description: timestamp(3) without time zone; it means UTC.
            data_type: timestamp(3) without time zone
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project, which dbt has parsed once."""
    copy = tmp_path_factory.mktemp("rules") / "project"
    copy.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(run_dbt.PROJECT / name, copy)
    for name in ("models", "macros", "tests/dbt"):
        shutil.copytree(run_dbt.PROJECT / name, copy / name)
    return copy


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, project) -> None:
    """An address at which no server answers, and dbt's files apart."""
    for name, value in {
        "DBT_ENGINE_TARGET_PATH": str(project.parent / "target"),
        "DBT_ENGINE_LOG_PATH": str(project.parent / "logs"),
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGPASSWORD": "",
        "PGDATABASE": "nothing",
        "DBT_TARGET": "prod",
    }.items():
        monkeypatch.setenv(name, value)


def problems(project: Path) -> list[str]:
    """What the linter says of a project, a line each."""
    from dbt.cli.main import dbtRunner

    call = ["compile", "--inline", "{{ check_rules() }}", "--no-introspect"]
    call += ["--no-populate-cache", "--no-write-json", "--log-level", "none"]
    call += ["--project-dir", str(project), "--profiles-dir", str(project)]
    call += ["--target-path", str(project / "target")]
    call += ["--log-path", str(project / "logs")]
    outcome = run_dbt._shallow(lambda: dbtRunner().invoke(call))
    if outcome.success:
        return []
    heading, *lines = run_dbt._sentence(str(outcome.exception)).split("\n")
    assert heading == "The retention rules do not hold together:"
    assert all(line.startswith("- ") for line in lines), lines
    return [line.removeprefix("- ") for line in lines]


@dataclass
class Case:
    """An edit of one file, and how the linter's one sentence begins and ends.

    Attributes:
        name: what is wrong.
        file: the file that is edited, below the project.
        old: a text in it.
        new: what stands there instead.
        at: file, table and key, as the sentence names them.
        says: words of the rest.
        count: sentences in all; one mistake can break two promises.
    """

    name: str
    file: str
    old: str
    new: str
    at: str
    says: tuple[str, ...]
    count: int = 1


def taps(name: str, old: str, new: str, key: str, *says: str) -> Case:
    """A case in the rule of hub.TapLog."""
    assert TAPS_RULE.count(old) == 1
    rule = TAPS_RULE.replace(old, new)
    at = f"{SOURCES}: hub.TapLog: retention[0]{key}"
    return Case(name, SOURCES, TAPS_RULE, rule, at, says)


CASES = [
    taps("a bare number", "90 days", "90", ".keep", "bare number", "`90 days`"),
    taps("a number as text", "90 days", '"10"', ".keep", "`10`", "above zero"),
    taps("no days", "90 days", "0 days", ".keep", "`0 days`", "above zero"),
    taps("negative", "90 days", "-1 days", ".keep", "`-1 days`", "above zero"),
    taps("a part", "90 days", "1.5 days", ".keep", "`1.5 days`", "whole"),
    taps("a truth", "90 days", "yes", ".keep", "`True`", "whole number"),
    taps(
        *("an unknown unit", "90 days", "90 fortnights", ".keep"),
        *("`90 fortnights`", "hours, days, weeks, months or years"),
    ),
    taps(
        *("no time", "- keep: 90 days\n                since", "- since"),
        *(".keep", "is missing", "`90 days`", "`forever`"),
    ),
    taps(
        *("a rule for copies", "90 days", "while_in_source", ".keep"),
        *("while_in_source, which is a rule for raw", "`90 days`"),
    ),
    taps(
        *("no clock", "                since: tappedAt\n", "", ".since"),
        *("is missing", "90 days"),
    ),
    taps(
        *("an unknown column", "since: tappedAt", "since: tappedOn", ".since"),
        *("`tappedOn`", "no declared column", "id, eventId", "tappedAt"),
    ),
    taps(
        *("another clock than captured", "tappedAt", "tagId", ".since"),
        *("`tagId`", "capture.clock is `tappedAt`"),
    ),
    taps(
        *("an unknown cadence", "day\n", "fortnight\n", ".every"),
        *("`fortnight`", "day, week or month"),
    ),
    taps(
        *("an unknown key", "every: day", "evry: day", ".evry"),
        *("no key of a rule", "keep, since, then, held_by, every"),
    ),
    taps(
        *("an unknown form", "delete", "archive", ".then"),
        *("`archive`", "delete"),
    ),
    taps(
        *("an unknown layer", "raw\n", "nowhere\n", ".held_by"),
        *("`nowhere`", "write raw"),
    ),
    taps(
        *("another layer than the next", "raw\n", "marts\n", ".held_by"),
        *("`marts`", "write raw"),
    ),
    taps(
        *("no reason", "because: SOC 2 C1.2; a tap says where a person was."),
        *("review: 2027-11-01", ".because", "is missing", "policy or reason"),
    ),
    taps(
        *("an empty reason", "SOC 2 C1.2; a tap says where a person was."),
        *('""', ".because", "is missing"),
    ),
    Case(
        "no rule at all",
        SOURCES,
        EVENT_RULE,
        EVENT_RULE[: EVENT_RULE.index("        config:")],
        f"{SOURCES}: hub.Event:",
        ("no list `retention`", "config.meta", "`keep: forever`"),
    ),
    Case(
        "an empty list",
        SOURCES,
        "            retention:\n" + TAPS_RULE,
        "            retention: []\n",
        f"{SOURCES}: hub.TapLog:",
        ("no list `retention`", "config.meta"),
    ),
    Case(
        "a number in place of the list",
        SOURCES,
        "            retention:\n" + TAPS_RULE,
        "            retention: 10\n",
        f"{SOURCES}: hub.TapLog:",
        ("no list `retention`", "config.meta"),
    ),
    Case(
        "a rule without its list",
        SOURCES,
        TAPS_RULE,
        TAPS_RULE.replace("- ", "  "),
        f"{SOURCES}: hub.TapLog:",
        ("no list `retention`", "config.meta"),
    ),
    Case(
        "a text in place of a rule",
        SOURCES,
        TAPS_RULE,
        "              - 90 days\n",
        f"{SOURCES}: hub.TapLog: retention[0]",
        ("`90 days`", "keep:", "because:"),
    ),
    Case(
        "the second of two rules",
        SOURCES,
        TAPS_RULE,
        TAPS_RULE + "              - {keep: 90 days, since: id}\n",
        f"{SOURCES}: hub.TapLog: retention[1].because",
        ("is missing",),
    ),
    Case(
        "a model without a rule",
        MART,
        "        retention:\n" + MART_RULE,
        "",
        f"{MART}: {SUMMARY}:",
        ("no list `retention`",),
    ),
    Case(
        "raw with a time of its own",
        RAW,
        RAW_RULE,
        RAW_RULE.replace("while_in_source", "2 years\n            since: id"),
        f"{RAW}: raw_hub_tap_log: retention[0].keep",
        ("`2 years`", "goes with its original", "while_in_source"),
    ),
    Case(
        "raw for ever",
        RAW,
        RAW_RULE,
        RAW_RULE.replace("while_in_source", "forever"),
        f"{RAW}: raw_hub_tap_log: retention[0].keep",
        ("`forever`", "while_in_source"),
    ),
    Case(
        "staging that outlives its source",
        STAGING,
        STAGING_RULE,
        STAGING_RULE.replace("90 days", "91 days"),
        f"{STAGING}: stg_hub_tap_log:",
        ("longer than their originals in hub.TapLog", "retention[0].keep"),
    ),
    Case(
        "staging for ever",
        STAGING,
        STAGING_RULE,
        STAGING_RULE.replace("90 days", "forever"),
        f"{STAGING}: stg_hub_tap_log:",
        ("longer than their originals in hub.TapLog", "retention[0].keep"),
    ),
    Case(
        "staging that its source outlives",
        STAGING,
        STAGING_RULE,
        STAGING_RULE.replace("90 days", "89 days"),
        f"{STAGING}: stg_hub_tap_log:",
        ("shorter than their originals in hub.TapLog", "retention[0].keep"),
    ),
    Case(
        "staging with a clock of its own",
        STAGING,
        STAGING_RULE,
        STAGING_RULE.replace("_clock", "tapped_at"),
        f"{STAGING}: stg_hub_tap_log: retention[0].since",
        ("`tapped_at`", "`_clock`"),
    ),
    Case(
        "a rollup that the rows it sums up outlive",
        MART,
        MART_RULE,
        MART_RULE.replace("forever", "30 days\n            since: tap_date"),
        f"{MART}: {SUMMARY}:",
        ("shorter than the rows of stg_hub_tap_log", "retention[0].keep"),
    ),
    Case(
        "a mart with a time, which nothing carries out yet",
        MART,
        MART_RULE,
        MART_RULE.replace("forever", "5 years\n            since: tap_date"),
        f"{MART}: {SUMMARY}: retention[0].keep",
        ("`5 years`", "forever"),
    ),
    Case(
        "staging that no rollup sums up",
        MART,
        "materialized: rollup",
        "materialized: table",
        f"{STAGING}: stg_hub_tap_log: retention[0]",
        ("no rollup holds their numbers",),
        count=2,
    ),
    Case(
        "a rollup that averages",
        MART,
        "{tap_count: sum}",
        "{tap_count: avg}",
        f"{MART}: {SUMMARY}: meta.rollup.measures",
        ("`tap_count` is `avg`", "sum, min or max"),
    ),
    Case(
        "a source with a time and no raw model",
        SOURCES,
        EVENT_RULE,
        EVENT_RULE.replace("forever", "30 days\n                since: id"),
        f"{SOURCES}: hub.Event: retention[0]",
        ("no raw model holds them", "models/raw", "`keep: forever`"),
    ),
    Case(
        "a capture without a key",
        SOURCES,
        "              key: [id]\n",
        "",
        f"{SOURCES}: hub.TapLog: capture",
        ("key", "its columns are id, eventId"),
    ),
    Case(
        "a key that is no list",
        SOURCES,
        "key: [id]",
        "key: id",
        f"{SOURCES}: hub.TapLog: capture",
        ("`id`", "[id]"),
    ),
    Case(
        "an unknown column in the key",
        SOURCES,
        "key: [id]",
        "key: [id, tapId]",
        f"{SOURCES}: hub.TapLog: capture",
        ("`tapId`", "no declared column"),
    ),
    Case(
        "a capture that says one word",
        SOURCES,
        CAPTURE,
        "            capture: event\n",
        f"{SOURCES}: hub.TapLog: capture",
        ("kind: event",),
    ),
    Case(
        "a clock without a type",
        SOURCES,
        CLOCK_COLUMN,
        CLOCK_COLUMN.rsplit("            data_type", 1)[0],
        f"{SOURCES}: hub.TapLog: columns.tappedAt.data_type",
        ("timestamp",),
    ),
]


@pytest.fixture
def edited(project: Path) -> Iterator:
    """Replaces a text in one of the copy's files until the test ends."""
    before: dict[Path, str] = {}

    def edit(file: str, old: str, new: str) -> None:
        path = project / file
        text = path.read_text()
        before.setdefault(path, text)
        assert text.count(old) == 1, f"{old!r} is not once in {file}"
        path.write_text(text.replace(old, new))

    yield edit
    for path, text in before.items():
        path.write_text(text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_rule_is_refused_by_file_table_and_key(project, edited, case):
    edited(case.file, case.old, case.new)
    said = problems(project)
    assert len(said) == case.count, said
    assert said[0].startswith(case.at)
    for words in case.says:
        assert words in said[0]
    assert re.search(r"[.]$", said[0])


def test_every_bad_rule_is_named_at_once(project, edited):
    edited(SOURCES, "- keep: 90 days", "- keep: 90")
    edited(MART, "            because: H2; counts say", "            review: x")
    said = problems(project)
    assert [line.split(" is ")[0] for line in said] == [
        f"{SOURCES}: hub.TapLog: retention[0].keep",
        f"{MART}: {SUMMARY}: retention[0].because",
    ]


@pytest.mark.parametrize(
    ("keep", "every", "holds"),
    [
        # A rule has to come round before what it reads can be gone.
        ("25 days", "day", True),
        ("1 day", "day", True),
        ("23 hours", "day", False),
        ("7 days", "week", True),
        ("168 hours", "week", True),
        ("6 days", "week", False),
        ("167 hours", "week", False),
        ("1 month", "month", True),
        ("29 days", "month", False),
        ("2 weeks", "month", False),
    ],
)
def test_rows_are_not_kept_shorter_than_the_rule_takes_to_come_round(
    project, edited, keep, every, holds
):
    """Case A6: a policy that would destroy what feeds it is refused."""
    edited(
        SOURCES,
        TAPS_RULE,
        TAPS_RULE.replace("90 days", keep).replace("day\n", f"{every}\n"),
    )
    edited(STAGING, STAGING_RULE, STAGING_RULE.replace("90 days", keep))
    # Staging runs every day, its shortest time is a day.
    said = [line for line in problems(project) if "hub.TapLog: " in line]
    if holds:
        assert said == []
    else:
        at = f"{SOURCES}: hub.TapLog: retention[0].keep is {keep}, shorter"
        assert len(said) == 1
        assert said[0].startswith(at)
        assert f"every {every}" in said[0]


@pytest.mark.parametrize("other", ["90 days", "30 days", "forever"])
def test_two_rules_that_nothing_tells_apart_are_refused(project, edited, other):
    """Case A6: the same stretch of time is not ruled twice."""
    edited(
        SOURCES,
        TAPS_RULE,
        TAPS_RULE + TAPS_RULE.replace("90 days", other),
    )
    said = problems(project)
    assert len(said) == 1
    assert said[0].startswith(f"{SOURCES}: hub.TapLog: retention[1]")
    assert "retention[0]" in said[0]


def test_a_mart_over_rows_that_leave_has_to_be_a_rollup(project):
    model = project / "models/marts/engagement/marts_engagement_visitor.sql"
    model.write_text(
        """
        {{ config(
            materialized='table', contract={'enforced': false},
            meta={'retention': [{'keep': 'forever', 'because': 'a test'}]}
        ) }}
        select ip_hash, count(*) as taps from {{ ref('stg_hub_tap_log') }}
        group by 1
        """
    )
    try:
        said = problems(project)
    finally:
        model.unlink()
    assert len(said) == 1
    assert said[0].startswith(
        "models/marts/engagement/marts_engagement_visitor.sql:"
        " marts_engagement_visitor:"
    )
    assert "stg_hub_tap_log" in said[0]
    assert "rollup" in said[0]


def test_the_rules_of_this_project_hold_together_without_a_server(capsys):
    assert main(["check", "--offline"]) == 0
    assert capsys.readouterr().out == "The retention rules hold together.\n"


def test_check_ends_with_one_when_a_rule_does_not_hold(
    project, edited, monkeypatch, capsys
):
    edited(SOURCES, "- keep: 90 days", "- keep: 90")
    monkeypatch.setattr(run_dbt, "PROJECT", project)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    assert main(["check"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{SOURCES}: hub.TapLog: retention[0].keep is 90" in said.err
    assert "Traceback" not in said.err
