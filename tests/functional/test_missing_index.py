"""S11: a clock without an index makes each run read the whole table."""

from __future__ import annotations

import pytest

from flows.run_dbt import operation, run_dbt

ASK = """
{%- if execute -%}
    {%- set said = {} -%}
    {%- for rule in retention_rules() if rule.id.startswith('hub.TapLog') -%}
        {%- do said.update({'said': missing_clock_index(rule)}) -%}
    {%- endfor -%}
    {%- do log('result: ' ~ tojson(said)) -%}
{%- endif -%}
"""


@pytest.mark.parametrize(
    ("index", "is_missing"),
    [
        ('("tappedAt")', False),
        ('using brin ("tappedAt")', False),
        ('("tappedAt", "eventId")', False),
        # None of these finds the oldest rows.
        (None, True),
        ('("eventId", "tappedAt")', True),
        ('(("tappedAt"::date))', True),
        ('using hash ("tappedAt")', True),
        ('("tappedAt") where "eventId" is null', True),
    ],
)
def test_a_clock_that_no_index_serves_is_named(warehouse, index, is_missing):
    for (name,) in warehouse.query(
        "select indexname from pg_indexes"
        " where schemaname = 'hub' and tablename = 'TapLog'"
        " and indexdef like '%tappedAt%'"
    ):
        warehouse.execute(f'drop index hub."{name}"')
    if index:
        warehouse.execute(f'create index on hub."TapLog" {index}')
    said = run_dbt("compile", "--inline", ASK, scope="ask").values["said"]
    if is_missing:
        assert said.startswith("hub.TapLog: tappedAt has no index")
        assert (
            '`create index concurrently on "hub"."TapLog" ("tappedAt");`'
            in said
        )
        assert "in the model TapLog, `@@index([tappedAt])`" in said
    else:
        assert said is None


def test_the_plan_says_so(warehouse):
    warehouse.build("2025-01-11")
    said = operation("retention_plan", print, as_of="2025-01-11").messages
    assert not any("has no index" in line for line in said)
    warehouse.execute('drop index hub."TapLog_tappedAt_idx"')
    said = operation("retention_plan", print, as_of="2025-01-11").messages
    assert (
        sum(
            line.startswith("- hub.TapLog: tappedAt has no index")
            for line in said
        )
        == 1
    )
