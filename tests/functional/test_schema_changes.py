"""Schemas change: the application's, the models', and our own.

Each test works in a copy of the project, since it edits models.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import connect
from tests.functional.conftest import DAYS, edit

SOURCES = "models/raw/hub/_hub__sources.yml"
RAW = "models/raw/hub/raw_hub_tap_log.sql"
RAW_YAML = "models/raw/hub/_hub__models.yml"
STAGING = "models/staging/hub/stg_hub_tap_log.sql"


@pytest.fixture
def build(copy: Path) -> Callable[..., str]:
    """`dbt build` of the copy in a process of its own; what it printed."""

    def run(as_of: str, succeeds: bool = True) -> str:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("dbt"),
                "--no-use-colors",
                "build",
                "--exclude-resource-type",
                "unit_test",
                "--vars",
                os.environ["WAREHOUSE_VARS"][:-1] + f', "as_of": "{as_of}"}}',
                "--target-path",
                copy / "target",
                "--log-path",
                copy / "logs",
            ],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) is succeeds, done.stdout
        return done.stdout

    return run


def test_a_new_source_column_is_reported_with_a_guess_until_declared(
    captured, copy, build
):
    captured.execute('alter table hub."TapLog" add column "visitorEmail" text')
    said = build("2025-01-12")
    assert "hub.TapLog has a column `visitorEmail` (text)" in said
    assert "`pii: email`" in said
    assert captured.total() == 100


def test_a_declared_column_is_added_to_raw_without_a_rebuild(
    captured, copy, build
):
    captured.execute('alter table hub."TapLog" add column "strength" integer')
    edit(
        copy / SOURCES,
        "          - name: tappedAt",
        "          - name: strength\n            data_type: integer\n"
        "            quote: true\n            config: {meta: {pii: none}}\n"
        "          - name: tappedAt",
    )
    edit(copy / RAW, '    taps."tappedAt",', '    taps."strength", "tappedAt",')
    edit(
        copy / RAW_YAML,
        "      - name: _clock",
        "      - {name: strength, quote: true, data_type: integer}\n"
        "      - name: _clock",
    )
    captured.tap("2025-01-11 12:00", strength=7)
    said = build("2025-01-12")
    assert "has the new column strength." in said
    assert "nobody has declared" not in said
    assert captured.query(
        "select strength, count(*) from raw.raw_hub_tap_log"
        " group by 1 order by 1"
    ) == [(7, 1), (None, 100)]
    captured.assert_conserved(101)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            'alter table hub."TapLog" drop column "tagId"',
            "declares a column `tagId` that the table has not",
        ),
        (
            'alter table hub."TapLog" alter column "tagId"'
            " type bytea using ''::bytea",
            "columns.tagId.data_type is `text`, but the table has `bytea`",
        ),
    ],
    ids=["dropped", "retyped"],
)
def test_a_lost_source_column_is_one_sentence_and_loses_nothing(
    captured, build, change, says
):
    captured.execute(change)
    said = build("2025-01-12", succeeds=False)
    assert said.count(says) >= 1
    assert f"{SOURCES}: hub.TapLog" in said
    assert captured.left() == (100, 100, 100)
    assert captured.total() == 100


def test_a_stricter_treatment_reaches_the_living_rows_and_no_total_moves(
    captured, copy, build
):
    before = captured.per_day()
    edit(
        copy / STAGING,
        """{{ url_without_person('taps."redirectUrl"') }} as""",
        """left({{ url_without_person('taps."redirectUrl"') }}, 12) as""",
    )
    said = build("2025-01-12")
    assert "its living rows are treated again" in said
    assert captured.query(
        "select distinct redirect_url from staging.stg_hub_tap_log"
    ) == [("https://shop",)]
    assert captured.query(
        "select distinct redirect_url"
        " from marts.marts_engagement_tap_summary_daily"
    ) == [("https://shop",)]
    assert captured.per_day() == before
    assert list(before) == DAYS
    assert "treated again" not in build("2025-01-13")


def test_a_rollup_of_new_columns_does_not_drop_what_is_being_sealed(
    captured, copy, build
):
    summary = "marts_engagement_tap_summary_daily"
    folder = copy / "models/marts/engagement"
    edit(
        folder / f"{summary}.sql",
        "    count(*) as tap_count,",
        "    count(*) as tap_count,\n    count(*) as touch_count,",
    )
    marts = folder / "_engagement__models.yml"
    edit(
        marts,
        "measures: {tap_count: sum}",
        "measures: {tap_count: sum, touch_count: sum}",
    )
    edit(
        marts,
        "      - name: tap_count\n",
        "      - name: touch_count\n        description: As tap_count.\n"
        "        data_type: bigint\n        constraints: *not_null\n"
        "      - name: tap_count\n",
    )
    said: list[str] = []
    with connect(autocommit=False) as batch:
        batch.execute(
            f"insert into sealed.{summary} values"
            " ('2025-01-01', 'event_1', '', '', 1, 1)"
        )
        thread = threading.Thread(
            target=lambda: said.append(build("2025-01-12", succeeds=False))
        )
        thread.start()
        deadline = time.monotonic() + 60
        while not captured.one(
            "select exists (select from pg_locks where not granted"
            " and mode = 'AccessExclusiveLock')"
        ):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        batch.commit()
        thread.join(timeout=60)
    assert "holds numbers whose rows are gone" in said[0]
    assert captured.sealed() == 1


def test_a_newer_database_than_the_code_is_refused(captured, build):
    captured.execute("update retention.database set schema_version = 99")
    said = build("2025-01-12", succeeds=False)
    assert "use the newer code that made them" in said
    assert captured.left() == (100, 100, 100)
