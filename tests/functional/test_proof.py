"""Law 1 in projects other than ours: who must hold a row before it leaves.

Each test edits a copy of the project and runs its nights.
"""

from __future__ import annotations

from flows.night import approve, nightly
from tests.functional.conftest import edit

MARTS = "models/marts/engagement"
STAGING_YAML = "models/staging/hub/_hub__models.yml"
KEPT = """
{{ config(
    materialized='append_only', full_refresh=false, unique_key=['tap_id']
) }}
select taps.tap_id, taps.tapped_at, taps._clock, {{ as_of() }} as _loaded_at
from {{ ref('stg_hub_tap_log') }} as taps
where not exists (
    select from {{ ref('marts_engagement_tap_summary_daily') }} as day
    where day.tap_count < 0
)
"""
KEPT_YAML = """
models:
  - name: marts_engagement_taps
    description: One row per tap.
    config:
      meta:
        retention:
          - keep: 5 years
            since: _clock
            because: A test.
    columns:
      - name: tap_id
        data_type: text
        constraints: [{type: primary_key, warn_unsupported: false}]
      - {name: tapped_at, data_type: timestamptz}
      - {name: _clock, data_type: timestamptz}
      - {name: _loaded_at, data_type: timestamptz}
"""


def test_a_mart_that_also_reads_another_table_must_hold_the_row(
    captured, edited
):
    (edited / MARTS / "marts_engagement_taps.sql").write_text(KEPT)
    (edited / MARTS / "_taps.yml").write_text(KEPT_YAML)
    build = captured.build("2025-06-01").invocation
    plan = captured.plan("2025-06-01", build)
    captured.execute(
        "delete from marts.marts_engagement_taps"
        " where tapped_at < '2025-01-02T00:00:00Z'"
    )
    approve(plan.digest, True, lambda _: None)
    captured.apply(plan.digest)
    assert captured.left() == (0, 0, 10)
    assert captured.query(
        "select distinct (tapped_at at time zone 'UTC')::date::text"
        " from staging.stg_hub_tap_log"
    ) == [("2025-01-01",)]
    captured.assert_conserved(100)


def test_a_staging_rule_with_a_condition_lets_go_of_no_other_row(
    captured, edited
):
    edit(
        edited / STAGING_YAML,
        "            because: As its original in hub.TapLog.\n",
        "            because: As its original in hub.TapLog.\n"
        """            where: redirect_url <> 'https://shop.example/0'\n"""
        "          - keep: forever\n            review: 2030-01-01\n"
        "            because: A test.\n"
        """            where: redirect_url = 'https://shop.example/0'\n""",
    )
    nightly("2025-06-01", approve_plan=True, say=lambda _: None)
    assert captured.left() == (0, 0, 40)
    captured.assert_conserved(100)
