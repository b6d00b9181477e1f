"""The linter: a rule that means nothing is refused before anything runs (X3).

Every case edits a small sample of a project, and runs what `warehouse check`
runs, with no server behind the address that dbt is given.
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
from tests.conftest import ONLY_HUB

SAMPLE = run_dbt.PROJECT / "tests" / "samples" / "rules" / "models"
SOURCES = "models/raw/hub/_hub__sources.yml"
RAW = "models/raw/hub/_hub__models.yml"
STAGING = "models/staging/hub/_hub__models.yml"
MART = "models/marts/engagement/_engagement__models.yml"
SUMMARY = "marts_engagement_tap_summary_daily"
SUMMARY_CODE = f"models/marts/engagement/{SUMMARY}.sql"

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

# An application of the tests' own: people (an entity), their notes, which go
# with them, and tokens, which nobody copies.
LAB_SOURCES = "models/raw/lab/_lab__sources.yml"
LAB_RAW = "models/raw/lab/_lab__models.yml"
LAB_STAGING = "models/staging/lab/_lab__models.yml"
LAB_CODE = "models/staging/lab/stg_lab_person.sql"
LAB_MART = "models/marts/lab/_lab__models.yml"
LAB_MART_CODE = "models/marts/lab/marts_lab_person.sql"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project with the models of the sample, which dbt parses once."""
    copy = tmp_path_factory.mktemp("rules") / "project"
    copy.mkdir()
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(run_dbt.PROJECT / name, copy)
    for name in ("macros", "tests/dbt"):
        shutil.copytree(run_dbt.PROJECT / name, copy / name)
    shutil.copytree(SAMPLE, copy / "models")
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
    call += ["--target-path", str(project / "target"), "--vars", ONLY_HUB]
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


def lab(name: str, file: str, old: str, new: str, at: str, *says: str) -> Case:
    """A case in the application of the tests' own."""
    return Case(name, file, old, new, f"{file}: {at}", says)


def form(name: str, then: str, key: str, *says: str) -> Case:
    """A case in what is done with the rows of lab.person."""
    at = f"lab.person: retention[2].then{key}"
    return lab(name, LAB_SOURCES, "{redact: [ip]}", then, at, *says)


def condition(name: str, where: str, *says: str) -> Case:
    """A case in the condition of lab.note."""
    old = """status = 'done' and "personId" is not null"""
    at = "lab.note: retention[0].where"
    return lab(name, LAB_SOURCES, old, where, at, *says)


def spared(name: str, spare: str, key: str, *says: str) -> Case:
    """A case in which rows of lab.note are spared."""
    old = "{latest: 1, per: [personId, status]}"
    at = f"lab.note: retention[0].spare{key}"
    return lab(name, LAB_SOURCES, old, spare, at, *says)


def child(name: str, children: str, key: str, *says: str) -> Case:
    """A case in the rows that go with those of lab.person."""
    old = "[{table: note, key: person_id}]"
    at = f"lab.person: retention[0].children{key}"
    return lab(name, LAB_SOURCES, old, children, at, *says)


def graced(name: str, grace: str, *says: str) -> Case:
    """A case in which raw keeps rows for `warehouse undo`."""
    rule = f"{RAW_RULE}            grace: {grace}\n"
    at = "raw_hub_tap_log: retention[0].grace"
    return lab(name, RAW, RAW_RULE, rule, at, *says)


def temporary(name: str, files: str, at: str, *says: str) -> Case:
    """A case in the temporary files of lab.person."""
    old = "              cursor: updated_at\n"
    new = f"{old}            files: {files}\n"
    return lab(name, LAB_SOURCES, old, new, f"lab.person: files{at}", *says)


def untreated(name: str, code: str, column: str, kind: str, says: str) -> Case:
    """A case in the code of lab's staging."""
    at = "stg_lab_person: it reads"
    old = "    {{ ip_network('people.ip') }} as network,\n"
    new = old + f"    {code} as something,\n"
    return lab(
        *(name, LAB_CODE, old, new, at, f"`{column}` of lab.person"),
        *(f"of kind {kind}, untreated", says),
    )


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
    taps("a misspelt word", "90 days", "forevr", ".keep", "or `forever`"),
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
        *("no key of a rule", "keep, since, then, where, spare, children"),
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
        "raw with a time of its own, by another clock",
        RAW,
        RAW_RULE,
        RAW_RULE + "          - keep: 30 days\n            since: tappedAt\n",
        f"{RAW}: raw_hub_tap_log: retention[1].since",
        ("`tappedAt`", "ages from `_clock`"),
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
        STAGING_RULE.replace("90 days\n            since: _clock", "forever"),
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
        "a rollup that ages by another column than its bucket",
        MART,
        MART_RULE,
        MART_RULE.replace("forever", "5 years\n            since: event_id"),
        f"{MART}: {SUMMARY}: retention[0].since",
        ("`event_id`", "meta.rollup.bucket"),
    ),
    Case(
        "a condition on a rollup's buckets",
        MART,
        MART_RULE,
        MART_RULE.replace(
            "forever",
            "5 years\n            since: tap_date\n"
            "            where: tap_count < 2",
        )
        + "          - {keep: forever, where: tap_count > 1, because: x}\n",
        f"{MART}: {SUMMARY}: retention[0].where",
        ("does nothing", "whole buckets", "take it out"),
        count=2,
    ),
    lab(
        *("a kept mart that ages by another clock", LAB_MART),
        "since: _gone_at",
        *("since: _version_at", "marts_lab_person: retention[0].since"),
        *("`_version_at`", "when its original has gone"),
    ),
    Case(
        "staging that no rollup sums up",
        MART,
        "materialized: rollup",
        "materialized: table",
        f"{STAGING}: stg_hub_tap_log: retention[0]",
        ("no rollup or kept mart holds their numbers", "`held_by: nothing`"),
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
        f"{SOURCES}: hub.Event:",
        ("id.data_type is `text`", "timestamp"),
        count=2,
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
        "an event without a clock",
        SOURCES,
        "              clock: tappedAt\n",
        "",
        f"{SOURCES}: hub.TapLog: capture.clock is missing",
        ("its columns are id, eventId",),
    ),
    Case(
        "a copy with another key",
        "models/raw/hub/raw_hub_tap_log.sql",
        "unique_key=['id']",
        "unique_key=['tagId']",
        f"{RAW}: raw_hub_tap_log: config.unique_key is `['tagId']`",
        ("capture.key, `['id']`",),
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
    # What is done with a row.
    form(
        "two forms at once", "{redact: [ip], set: {plan: free}}", " is", "write"
    ),
    form("an unknown form with columns", "{hash: [ip]}", " is", "`{redact:"),
    form("a list of forms", "[delete]", " is `['delete']`", "soft_delete"),
    form("no column", "{redact: []}", ".redact is `[]`", "the list"),
    form("one word", "{redact: ip}", ".redact is `ip`", "the list"),
    form("a list to set", "{set: [plan]}", ".set is `['plan']`", "set to"),
    form(
        *("an unknown column to empty", "{redact: [ipp]}", ".redact names"),
        *("`ipp`", "no declared column", "id, email, ip,"),
    ),
    form(
        *("an unknown column to set", "{set: {plam: free}}", ".set names"),
        *("`plam`", "no declared column", "id, email, ip,"),
    ),
    form(
        *("the key to empty", "{redact: [id]}", ".redact names `id`"),
        *("by which the row", "take it out"),
    ),
    form(
        *("the clock to set", "{set: {updated_at: x}}", ".set names"),
        *("`updated_at`", "by which the row"),
    ),
    form(
        *("to set to nothing", "{set: {plan: null}}", ".set.plan is `None`"),
        *("one text", "`{redact: [plan]}`"),
    ),
    form(
        *("to set to a list", "{set: {plan: [a]}}", ".set.plan is `['a']`"),
        "one text",
    ),
    lab(
        *("a soft delete of whoever is there", LAB_SOURCES),
        *('                where: "warned_at is not null"\n', ""),
        *("lab.person: retention[1].where", "is missing", "soft-deleted"),
    ),
    Case(
        "a soft delete that no column can say",
        SOURCES,
        "then: delete",
        "then: soft_delete\n                where: id is null",
        f"{SOURCES}: hub.TapLog: retention[0].then is soft_delete",
        ("`deleted_at` or `deletedAt`",),
        count=2,
    ),
    lab(
        *("a warning of another form", LAB_SOURCES),
        *('where: "warned_at is not null"', "warn: warned_at"),
        *("lab.person: retention[1].warn is `warned_at`", "{column:", "ahead"),
    ),
    lab(
        *("a warning that no column can say", LAB_SOURCES),
        'where: "warned_at is not null"',
        "warn: {column: warned, ahead: 30 days}",
        *("lab.person: retention[1].warn.column", "`warned`", "warned_at"),
    ),
    lab(
        *("a warning before a delete", LAB_SOURCES),
        "children: [{table: note, key: person_id}]",
        "warn: {column: warned_at, ahead: 30 days}",
        *("lab.person: retention[0].warn", "soft_delete", "take it out"),
    ),
    lab(
        *("a warning to rows without a key", LAB_SOURCES),
        """\
                held_by: nothing
                because: P5; nobody needs a copy of a token.
        columns:
""",
        """\
                then: soft_delete
                warn: {column: expires_at, ahead: 30 days}
                held_by: nothing
                because: P5; nobody needs a copy of a token.
        columns:
          - {name: deleted_at, data_type: timestamptz}
""",
        *("lab.token: retention[0].warn", "the one column of their key"),
    ),
    lab(
        *("a copy that says another thing than its original", LAB_RAW),
        *("{redact: [ip]}", "{set: {plan: free}}"),
        *("raw_lab_person: retention[1].then", "a copy says", "redact"),
    ),
    lab(
        *("an emptied value that lives on in raw", LAB_SOURCES),
        *("{redact: [ip]}", "{redact: [ip, email]}"),
        *("lab.person: retention[2].then empties `ip`, `email`", "raw_lab_per"),
    ),
    lab(
        *("a copy that is emptied before its original", LAB_RAW),
        *("{redact: [ip]}", "{redact: [ip, email]}"),
        *("raw_lab_person: retention[1].then empties `email`", "in vain"),
    ),
    lab(
        *("what raw cannot tell from a change", LAB_SOURCES),
        "then: {redact: [ip]}\n",
        "then: {redact: [ip]}\n                where: warned_at is null\n",
        *("lab.person: retention[2] empties columns by `warned_at`", "copy"),
    ),
    lab(
        *("an emptied value that staging does not name", LAB_CODE),
        "    {{ ip_network('people.ip') }} as network,\n",
        "    {{ ip_network('people.ip') }}::text,\n    null as network,\n",
        *("stg_lab_person: it reads `ip`", "a rule empties", "... as"),
    ),
    lab(
        *("another form than delete in a mart", LAB_MART, "since: _gone_at"),
        "since: _gone_at\n            then: {redact: [_version_at]}",
        *("marts_lab_person: retention[0].then", "built again", "delete"),
    ),
    # Which rows.
    condition("a number", "1", "is `1`", "in SQL"),
    condition("a list", "[status]", "is `['status']`", "in SQL"),
    condition("a second statement", "id; drop table x", "one condition"),
    condition("a comment", "status = 'x' -- done", "one condition"),
    condition("an open parenthesis", "(status = 'x'", "one condition"),
    condition("a closed parenthesis", "a) or (b", "one condition"),
    condition("an open text", '"status = \'x"', "one condition"),
    condition(
        *("an unknown column in a condition", """'"statis" is null'"""),
        *("names `statis`", "no declared column", "person_id, personId"),
    ),
    condition(
        *("a column that wants quotes", "personId is null"),
        *("names `personId` without quotes", """`"personId"`"""),
    ),
    lab(
        *("rows that no rule speaks of", LAB_SOURCES),
        """\
              - keep: forever
                where: status <> 'done'
                review: 2027-11-01
                because: No policy exists yet.
""",
        *("", "lab.note:", "each rule has a `where`", "`keep: forever`"),
    ),
    spared("a number of rows", "1", " is `1`", "{latest: 1, per:"),
    spared("none", "{latest: 0, per: [status]}", " is", "{latest: 1, per:"),
    spared("of nothing", "{latest: 1}", " is", "{latest: 1, per:"),
    spared("of one word", "{latest: 1, per: status}", " is", "per:"),
    spared("a typo", "{last: 1, per: [status]}", " is", "{latest: 1, per:"),
    spared(
        *("an unknown column to spare", "{latest: 1, per: [kind]}", ".per"),
        *("`kind`", "no declared column", "person_id, personId"),
    ),
    lab(
        *("a value that is set, and spared", LAB_SOURCES),
        "then: {set: {plan: free}}",
        "then: {set: {plan: free}}\n"
        "                spare: {latest: 1, per: [plan]}",
        *("lab.person: retention[3].spare", "take it out", "then: delete"),
    ),
    temporary("files without a form", "TEMP_DIR", " is `TEMP_DIR`", "{folder:"),
    temporary(
        *("a path in place of a variable", "{folder: /tmp, output: plan}"),
        *(".folder is `/tmp`", "environment variable"),
    ),
    temporary(
        *("an unknown output", "{folder: TEMP_DIR, output: outputPath}"),
        *(".output is `outputPath`", "id, email, ip"),
    ),
    Case(
        "files of rows that nobody copies, and that stay",
        SOURCES,
        EVENT_RULE,
        EVENT_RULE.replace(
            "            retention:",
            "            files: {folder: TEMP_DIR, output: id}\n"
            "            retention:",
        ),
        f"{SOURCES}: hub.Event: files",
        ("by the key of their row", "an entity with one key column"),
        count=2,
    ),
    child("a table without its key", "[note]", "[0] is `note`", "two keys"),
    child("no list", "{table: note, key: id}", " is", "write the list"),
    child(
        *("an unknown table", "[{table: notes, key: person_id}]", "[0].table"),
        *("`notes`", "no declared table of lab", "note, person, token"),
    ),
    child(
        *("an unknown column of it", "[{table: note, key: person}]", "[0].key"),
        *("`person`", "no declared column of note", "person_id, personId"),
    ),
    Case(
        "a child for ever",
        LAB_SOURCES,
        """\
              - keep: 30 days
                since: written_at
                where: status = 'done' and "personId" is not null
                spare: {latest: 1, per: [personId, status]}
                held_by: nothing
                because: A note that is done is of no use.
              - keep: forever
                where: status <> 'done'
""",
        "              - keep: forever\n",
        f"{LAB_SOURCES}: lab.person: retention[0].children[0].table",
        ("kept forever", "the same time"),
    ),
    lab(
        *("children of rows without a key", LAB_SOURCES),
        "spare: {latest: 1, per: [personId, status]}",
        "children: [{table: token, key: expires_at}]",
        *("lab.note: retention[0].children", "the one column of its key"),
    ),
    lab(
        *("children of a value that is set", LAB_SOURCES),
        "then: {set: {plan: free}}",
        "then: {set: {plan: free}}\n"
        "                children: [{table: note, key: person_id}]",
        *("lab.person: retention[3].children", "deleted at the source"),
    ),
    # How long, and why.
    lab(
        *("a source for ever without review", LAB_SOURCES),
        *("                review: 2027-11-01\n", ""),
        *("lab.note: retention[1].review", "is missing", "2027-11-01"),
    ),
    lab(
        *("a review some day", LAB_SOURCES, "2027-11-01", "next year"),
        *("lab.note: retention[1].review", "`next year`", "2027-11-01"),
    ),
    taps(
        *("a reason to be found", "SOC 2 C1.2; a tap says where a person was."),
        *("'TODO: why?'", ".because", "no reason"),
    ),
    taps("more than a life", "90 days", "101 years", ".keep", "100 years"),
    Case(
        "forever, and how often",
        MART,
        MART_RULE,
        MART_RULE + "            every: day\n            then: delete\n",
        f"{MART}: {SUMMARY}: retention[0].then",
        ("does nothing beside `keep: forever`", "then, every"),
    ),
    graced("grace that is no time", "soon", "`soon`", "7 days at most"),
    graced("grace for too long", "8 days", "`8 days`", "a week"),
    taps(
        *("grace where nothing is copied", "every: day", "grace: 7 days"),
        *(".grace", "does nothing"),
    ),
    lab(
        *("a clock that is no time", LAB_SOURCES),
        "{name: expires_at, data_type: timestamptz}",
        "{name: expires_at, data_type: text}",
        *("lab.token: columns.expires_at.data_type", "`text`", "in full"),
    ),
    # Who holds the rows after.
    lab(
        *("a token that nothing holds, unsaid", LAB_SOURCES),
        """\
                held_by: nothing
                because: P5; nobody needs a copy of a token.
""",
        "                because: P5; nobody needs a copy of a token.\n",
        *("lab.token: retention[0]", "no raw model holds them", "models/raw"),
        *("`held_by: nothing`", "`keep: forever`"),
    ),
    lab(
        *("a token that nothing holds, for the reason of all", LAB_SOURCES),
        """\
            retention:
              - keep: 1 hour
                since: expires_at
                held_by: nothing
                because: P5; nobody needs a copy of a token.
""",
        """\
            retention_default: {because: Law 3.}
            retention:
              - keep: 1 hour
                since: expires_at
                held_by: nothing
""",
        *("lab.token: retention[0].held_by", "a because of its own"),
    ),
    taps(
        *("nothing, though raw holds it", "held_by: raw", "held_by: nothing"),
        *(".held_by", "raw_hub_tap_log holds its rows", "take it out"),
    ),
    Case(
        "what comes after a mart",
        MART,
        MART_RULE,
        MART_RULE + "            held_by: marts\n",
        f"{MART}: {SUMMARY}: retention[0].held_by",
        ("nothing comes after a mart",),
    ),
    # Entities.
    lab(
        *("an entity with a clock", LAB_SOURCES, "cursor: updated_at"),
        *("clock: updated_at", "lab.person: capture.clock"),
        *("no key of an entity", "kind, key, cursor"),
    ),
    lab(
        *("an unknown cursor", LAB_SOURCES, "cursor: updated_at"),
        *("cursor: changed_at", "lab.person: capture", "`changed_at`"),
        "no declared column",
    ),
    lab(
        *("another kind of row", LAB_SOURCES, "kind: entity", "kind: thing"),
        *("lab.person: capture.kind", "`thing`", "kind: event"),
        "kind: entity",
    ),
    lab(
        *("staging of entities by another clock", LAB_STAGING),
        *("since: _gone_at", "since: _version_at"),
        *("stg_lab_person: retention[0].since", "`_version_at`", "`_gone_at`"),
    ),
    lab(
        *("staging of entities for ever", LAB_STAGING),
        *("30 days\n            since: _gone_at", "forever"),
        *("stg_lab_person:", "never outlives", "retention[0].keep"),
    ),
    lab(
        *("staging of entities for too long", LAB_STAGING, "30 days"),
        *("4 years", "stg_lab_person:", "3 years", "retention[0].keep"),
    ),
    Case(
        "staging of entities that only grows",
        LAB_CODE,
        "latest_version",
        "append_only",
        f"{LAB_STAGING}: stg_lab_person: config.materialized",
        ("`append_only`", "an entity (lab.person) is latest_version"),
    ),
    lab(
        *("staging that cannot say when it went", LAB_STAGING),
        *("      - {name: _version_at, data_type: timestamptz}\n", ""),
        *("stg_lab_person: columns has no `_version_at`", "declare"),
    ),
    lab(
        *("a mart that its staging outlives", LAB_MART, "5 years", "29 days"),
        *("marts_lab_person:", "shorter than the rows of stg_lab_person"),
    ),
    lab(
        *("a raw column that is worked out", LAB_RAW),
        "      - {name: plan, data_type: text}\n",
        "      - {name: plan, data_type: text}\n"
        "      - {name: plan_length, data_type: text}\n",
        *("raw_lab_person: columns.plan_length", "under its own name"),
    ),
    # What rows are inserted by, on conflict.
    Case(
        "a rollup whose primary key is not its grain",
        MART,
        "columns: [tap_date, event_id, window_id, redirect_url]",
        "columns: [tap_date, event_id, window_id]",
        f"{MART}: {SUMMARY}: constraints: the primary key is `tap_date,",
        ("`{type: primary_key, columns: [tap_date, event_id, window_id, red",),
    ),
    Case(
        "a rollup with a NULL in its grain",
        MART,
        "or '' where there was none.\n        data_type: text\n"
        "        constraints: *not_null\n",
        "or '' where there was none.\n        data_type: text\n",
        f"{MART}: {SUMMARY}: columns.window_id is in the grain",
        ("`coalesce(", "not_null"),
    ),
    lab(
        *("a kept mart without a primary key", LAB_MART),
        "        constraints: [{type: primary_key, warn_unsupported: false}]\n",
        *("", "marts_lab_person: constraints: the primary key is missing"),
        *("config.unique_key is `user_key`", "columns: [user_key]"),
    ),
    Case(
        "a distinct count that is added up",
        SUMMARY_CODE,
        "count(*) as tap_count",
        "count(distinct taps.tap_id) as tap_count",
        f"{MART}: {SUMMARY}: meta.rollup: the SELECT says",
        ("`count(distinct ...)`", "grain"),
    ),
    # Declared twice.
    Case(
        "one table by two names",
        SOURCES,
        "      - name: EventWindow\n",
        "      - name: EventWindow\n        identifier: Event\n",
        f"{SOURCES}: hub.EventWindow: it is the same table as hub.Event in",
        ("declare it once",),
    ),
    # Personal data.
    Case(
        "a hash in a rollup, under another name",
        SUMMARY_CODE,
        "taps.event_id,",
        "taps.ip_hash as event_id,",
        f"{SUMMARY_CODE}: {SUMMARY}: it reads `ip_hash` of stg_hub_tap_log",
        ("as secret as the salt", "leave it out"),
    ),
    Case(
        "a captured column without a kind",
        SOURCES,
        """\
          - name: ipAddress
            data_type: text
            quote: true
            config:
              meta: {pii: ip}
""",
        "          - {name: ipAddress, data_type: text, quote: true}\n",
        f"{SOURCES}: hub.TapLog: columns.ipAddress.config.meta.pii is missing",
        ("email, phone, ip, user_agent, url, name, free_text, id, none",),
    ),
    Case(
        "an unknown kind",
        SOURCES,
        "{pii: ip}",
        "{pii: address}",
        f"{SOURCES}: hub.TapLog: columns.ipAddress.config.meta.pii",
        ("`address`", "email, phone, ip,"),
    ),
    lab(
        *("a column of the same name", LAB_STAGING, "name: network,"),
        *("name: ip,", "stg_lab_person: columns.ip", "of kind ip"),
        "ip_network",
    ),
    untreated("as it is", "people.ip", "ip", "ip", "ip_network"),
    untreated("in quotes", 'people."ip"', "ip", "ip", "ip_network"),
    untreated("in a call", "lower(people.ip)", "ip", "ip", "ip_network"),
    untreated("by Jinja", "{{ 'people.ip' }}", "ip", "ip", "ip_network"),
    untreated(
        *("treated, and more", "{{ ip_network('people.ip') ~ f(', ip') }}"),
        *("ip", "ip", "ip_network"),
    ),
    untreated(
        *("by the treatment of another kind", "{{ hash_pii('email', 'ip') }}"),
        *("email", "email", "hash_pii"),
    ),
    untreated(
        *("an email as an id", "{{ hash_pii('people.id', 'email') }}"),
        *("id", "id", "hash_pii"),
    ),
    untreated(
        *("a name in pieces", 'left(people."fullName", 1)', "fullName"),
        *("name", "length"),
    ),
    untreated(
        *("JSON as a whole", "people.properties", "properties"),
        *("free_text", "->> 'key'"),
    ),
    untreated(
        *("JSON by any key", "people.properties ->> people.plan"),
        *("properties", "free_text", "->> 'key'"),
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


def test_a_grace_needs_rows_that_can_come_back_as_they_were(project, edited):
    edited(RAW, RAW_RULE, f"{RAW_RULE}            grace: 7 days\n")
    assert problems(project) == []
    edited(
        SOURCES, TAPS_RULE, EVENT_RULE[EVENT_RULE.index("              - ") :]
    )
    edited(LAB_RAW, RAW_RULE, f"{RAW_RULE}            grace: 1 day\n")
    said = [line for line in problems(project) if ".grace " in line]
    idle, part, alone = sorted(said)
    assert idle.startswith(f"{RAW}: raw_hub_tap_log: retention[0].grace does")
    assert "no rule deletes rows of hub.TapLog" in idle
    assert part.startswith(f"{LAB_RAW}: raw_lab_person: retention[0].grace")
    assert "without `warned_at`, which raw does not copy" in part
    assert "without those of lab.note, which go with them; write" in alone


def test_files_of_two_tables_do_not_lie_in_one_folder(project, edited):
    """To each, those of the other would be orphans."""
    for file, old, output in (
        (SOURCES, EVENT_RULE, "id"),
        (LAB_SOURCES, "              cursor: updated_at\n", "plan"),
    ):
        files = f"            files: {{folder: TEMP_DIR, output: {output}}}\n"
        before, rules, after = old.partition("            retention:\n")
        edited(file, old, before + files + rules + after)
    [said] = [line for line in problems(project) if "lab.person" in line]
    assert said.startswith(f"{LAB_SOURCES}: lab.person: files.folder is that")
    assert "of hub.Event, too" in said


def test_every_bad_rule_is_named_at_once(project, edited):
    edited(SOURCES, "- keep: 90 days", "- keep: 90")
    reason = "because: H2; counts say nothing of a person."
    edited(MART, reason, "review: 2027-11-01")
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


TWO = "since: tappedAt, because: a test"


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ("", f"keep: 90 days, {TWO}", False),
        ("", f"keep: 30 days, {TWO}", False),
        ("", "keep: forever, review: 2027-11-01, because: x", False),
        # The longer rule would never see the rows that the shorter one takes.
        ("", f"keep: 91 days, {TWO}, where: id is null", False),
        ("id = 'a'", f"keep: 91 days, {TWO}", False),
        ("id = 'a'", f"keep: 91 days, {TWO}, where: id = 'a'", False),
        ("id = 'a'", f"keep: 91 days, {TWO}, where: id <> 'a'", True),
        (
            "id = 'a'",
            "keep: forever, review: 2027-11-01, because: x, where: id <> 'a'",
            True,
        ),
        # Another thing is done with the row.
        ("", f"keep: 30 days, {TWO}, then: {{redact: [ipAddress]}}", True),
    ],
)
def test_two_rules_of_the_same_rows_are_refused(
    project, edited, first, second, holds
):
    """Case A6: the same stretch of time is not ruled twice."""
    rule = TAPS_RULE
    if first:
        rule += f"                where: {first}\n"
    edited(SOURCES, TAPS_RULE, rule + f"              - {{{second}}}\n")
    said = [line for line in problems(project) if "the same rows" in line]
    if holds:
        assert said == []
    else:
        assert len(said) == 1
        assert said[0].startswith(f"{SOURCES}: hub.TapLog: retention[1]")
        assert "retention[0]" in said[0]


ROWS = "{name: _rows, data_type: bigint}"
CONFIG = """
{{ config(
    contract={'enforced': CONTRACT}, materialized='MADE', unique_key=['id'],
    meta={'retention': [{'keep': 'forever', 'because': 'a test'}]}
) }}
"""


@pytest.mark.parametrize(
    ("file", "made", "query", "says"),
    [
        # Numbers that would leave with the rows they are made of.
        (
            *("models/marts/engagement/marts_engagement_visitor", "table"),
            *("ref('stg_hub_tap_log')", "stg_hub_tap_log, whose rows leave"),
        ),
        (
            *("models/marts/lab/marts_lab_domain", "table"),
            *("ref('stg_lab_person')", "stg_lab_person, whose rows leave"),
        ),
        # Ways round what a layer does.
        (
            *("models/marts/lab/marts_lab_raw", "table"),
            *("ref('raw_lab_person')", "raw_lab_person of layer raw"),
        ),
        (
            *("models/staging/lab/stg_lab_note", "append_only"),
            *("source('lab', 'note')", "note of layer source"),
        ),
        (
            *("models/raw/lab/raw_lab_copy", "append_only"),
            *("ref('marts_lab_people')", "marts_lab_people of layer marts"),
        ),
        # Copies that no rule would find.
        (
            *("models/staging/lab/stg_lab_view", "view"),
            *("ref('raw_hub_tap_log')", "config.materialized is `view`"),
        ),
        (
            *("models/raw/lab/raw_lab_second", "append_only"),
            *("source('hub', 'TapLog')", "same table as raw_hub_tap_log"),
        ),
        (
            *("models/staging/lab/stg_lab_twice", "append_only"),
            "ref('raw_hub_tap_log') }}, {{ ref('raw_lab_person')",
            "it reads 2 tables",
        ),
        (
            *("models/export/everything", "table"),
            *("ref('marts_lab_people')", "`export` is no layer"),
        ),
    ],
)
def test_a_model_that_would_keep_what_has_to_leave_is_refused(
    project, file, made, query, says
):
    model = project / f"{file}.sql"
    model.parent.mkdir(exist_ok=True)
    # A mart without a contract is its own affair; raw and staging have one.
    config = CONFIG.replace("MADE", made).replace(
        "CONTRACT", "false" if "marts" in file else "true"
    )
    model.write_text(config + f"select 1 as id from {{{{ {query} }}}}")
    try:
        said = problems(project)
    finally:
        model.unlink()
    at = f"{file}.sql: {model.stem}:"
    assert all(line.startswith(at) for line in said), said
    assert len([line for line in said if says in line]) == 1, said


def test_a_copy_that_no_staging_model_reads_is_refused(project):
    """Nothing could prove that its rows may go, and nobody needs them."""
    model = project / "models" / "raw" / "lab" / "raw_lab_token.sql"
    rule = "{'keep': 'while_in_source', 'held_by': 'nothing'}"
    text = CONFIG.replace("{'keep': 'forever', 'because': 'a test'}", rule)
    text = text.replace("CONTRACT", "true").replace("MADE", "append_only")
    model.write_text(text + "select 1 as id from {{ source('lab', 'token') }}")
    try:
        said = problems(project)
    finally:
        model.unlink()
    at = "models/raw/lab/raw_lab_token.sql: raw_lab_token: retention[0] lets"
    assert [line for line in said if line.startswith(at)], said
    assert "no staging model holds them" in " ".join(said)


def test_a_hash_is_counted_in_a_mart_and_nothing_else(project, edited):
    """P4; whatever staging calls it. A pseudonym is no such hash."""
    edited(
        LAB_MART_CODE,
        "select user_key, ",
        "select user_key, -- email_hash\ncount(distinct people.email_hash), ",
    )
    assert problems(project) == []
    edited(
        LAB_MART_CODE, "count(distinct people.email_hash)", "email_hash as x"
    )
    (said,) = problems(project)
    at = f"{LAB_MART_CODE}: marts_lab_person: it reads"
    assert said.startswith(f"{at} `email_hash` of stg_lab_person, a hash of")
    edited(LAB_CODE, "as email_hash", "as contact")
    edited(LAB_STAGING, "email_hash", "contact")
    edited(LAB_MART_CODE, "email_hash as x", "contact as plan")
    (said,) = problems(project)
    assert said.startswith(f"{at} `contact` of stg_lab_person, a hash of")


def test_a_model_without_a_contract_could_pass_on_any_column(project, edited):
    edited(LAB_CODE, "unique_key=", "contract={'enforced': false}, unique_key=")
    (said,) = problems(project)
    assert said.startswith(f"{LAB_STAGING}: stg_lab_person: config.contract")


def test_a_rollup_with_a_time_over_rows_that_are_spared_is_refused(
    project, edited
):
    """Their buckets could never go."""
    edited(
        STAGING,
        STAGING_RULE,
        STAGING_RULE + "            spare: {latest: 1, per: [event_id]}\n",
    )
    assert problems(project) == []
    edited(MART, "keep: forever", "keep: 5 years\n            since: tap_date")
    (said,) = problems(project)
    assert said.startswith(f"{MART}: {SUMMARY}: its buckets are kept shorter")


def test_a_rollup_over_an_entity_is_refused(project, edited):
    """What has been sealed of a row could not follow when the row changes."""
    shape = "{'bucket': '_gone_at', 'grain': ['user_key', '_gone_at']}"
    edited(
        "models/marts/lab/marts_lab_person.sql",
        "materialized='latest_version'",
        f"materialized='rollup', meta={{'rollup': {shape}}}",
    )
    edited(LAB_MART, "{name: _version_at, data_type: timestamptz}", ROWS)
    edited(LAB_MART, "primary_key", "not_null")
    never_null = "constraints: [{type: not_null, warn_unsupported: false}]"
    edited(LAB_MART, "_gone_at, data", f"_gone_at, {never_null}, data")
    edited(
        LAB_MART,
        "  - name: marts_lab_person\n",
        "  - name: marts_lab_person\n    constraints:\n"
        "      - {type: primary_key, columns: [user_key, _gone_at]}\n",
    )
    (said,) = problems(project)
    assert said.startswith(f"{LAB_MART}: marts_lab_person: it is a rollup over")
    assert "an entity" in said


def test_what_is_emptied_at_the_source_does_not_live_on_in_a_copy(
    project, edited
):
    """An event is copied once: raw would never hear of it."""
    redact = (
        "{keep: 30 days, since: CLOCK, then: {redact: [COLUMN]}, because: x}"
    )

    def rule(indent: int, clock: str, column: str) -> str:
        text = redact.replace("CLOCK", clock).replace("COLUMN", column)
        return " " * indent + f"- {text}\n"

    source = TAPS_RULE + rule(14, "tappedAt", "ipAddress")
    edited(SOURCES, TAPS_RULE, source)
    (said,) = problems(project)
    assert said.startswith(f"{SOURCES}: hub.TapLog: retention[1].then changes")
    assert "`ipAddress`" in said
    assert "raw_hub_tap_log and stg_hub_tap_log" in said
    edited(RAW, RAW_RULE, RAW_RULE + rule(10, "_clock", "ipAddress"))
    assert len(problems(project)) == 1
    edited(STAGING, STAGING_RULE, STAGING_RULE + rule(10, "_clock", "ip_hash"))
    assert problems(project) == []
    # A mart's numbers must not change when a value goes.
    edited(
        "models/marts/engagement/marts_engagement_tap_summary_daily.sql",
        "group by",
        "-- ip_hash\ngroup by",
    )
    (said,) = problems(project)
    assert "empties `ip_hash`, which marts_engagement_tap_summary_daily" in said


def test_the_rules_of_this_project_hold_together_without_a_server(capsys):
    assert main(["check", "--offline"]) == 0
    assert capsys.readouterr().out == "The retention rules hold together.\n"


def test_a_reason_with_a_colon_is_told_to_stand_in_quotes(
    project, edited, monkeypatch, capsys
):
    edited(MART, "because: H2; counts", "because: Contract 12: counts")
    monkeypatch.setattr(run_dbt, "PROJECT", project)
    monkeypatch.setattr(run_dbt, "_MANIFESTS", {})
    assert main(["check"]) == 1
    said = capsys.readouterr().err
    assert "_engagement__models.yml" in said
    assert 'like `because: "Contract 12: 180 days"`.' in said


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
