"""X8: a row that comes back after it was let go of is not counted again."""

from __future__ import annotations

import pytest

from flows.night import nightly
from flows.run_dbt import DbtError, run_dbt
from tests.functional.conftest import DAYS, edit


def let_go(warehouse) -> dict[tuple[str, str], int]:
    """Rows let go of, by layer and outcome."""
    return {
        (layer, outcome): int(rows)
        for layer, outcome, rows in warehouse.query(
            "select layer, outcome, sum(rows) from retention.ledger"
            " where rows > 0 group by 1, 2"
        )
    }


def test_a_source_set_back_to_a_backup_moves_no_number_and_is_cleared_again(
    captured,
):
    captured.execute('create table backup as select * from hub."TapLog"')
    before = captured.per_day()
    # Three purges, one of a part.
    for night in ("2025-04-05", "2025-04-08", "2025-06-01"):
        captured.night(night)
    assert captured.left() == (0, 0, 0)
    captured.execute('insert into hub."TapLog" select * from backup')
    late = captured.tap("2025-01-05 12:00:00", event="never seen before")

    captured.build("2025-06-02")
    assert captured.left() == (101, 1, 1)
    assert captured.query("select id from raw.raw_hub_tap_log") == [(late,)]
    plan = captured.plan("2025-06-02")
    assert captured.query(
        "select past, ready, remembered, unproven from retention.plan"
        " where digest = %s and layer = 'source' and stream = 'hub.TapLog'",
        plan.digest,
    ) == [(101, 101, 100, 0)]
    captured.apply(plan.digest)
    assert captured.left() == (0, 0, 0)
    assert let_go(captured) == {
        ("source", "let go"): 101,
        ("source", "let go by memory"): 100,
        ("raw", "let go"): 101,
        ("staging", "let go"): 101,
    }
    captured.build("2025-06-03", "--full-refresh")
    assert captured.per_day() == before | {"2025-01-05": 11}
    captured.assert_conserved(101)


def test_a_row_that_the_application_deleted_and_brings_back_is_counted_once(
    captured,
):
    captured.execute(
        'create table backup as select * from hub."TapLog"'
        " where \"tappedAt\" < '2025-01-02'"
    )
    captured.execute(
        'delete from hub."TapLog" where "tappedAt" < \'2025-01-02\''
    )
    captured.night("2025-01-18")
    # Its copy with a person's data is gone, its number alive.
    assert captured.left() == (90, 90, 100)
    captured.execute('insert into hub."TapLog" select * from backup')
    captured.night("2025-01-19")
    assert captured.left() == (100, 90, 100)
    captured.night("2025-06-01")
    assert captured.left() == (0, 0, 0)
    assert captured.per_day() == dict.fromkeys(DAYS, 10)
    captured.assert_conserved(100)


def test_a_held_row_that_came_back_stays(captured):
    captured.execute('create table backup as select * from hub."TapLog"')
    captured.night("2025-06-01")
    captured.execute('insert into hub."TapLog" select * from backup')
    captured.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('hub.TapLog', '\"eventId\" = ''event_0''',"
        " 'a court asked', '2099-01-01')"
    )
    captured.night("2025-06-02")
    assert captured.query('select distinct "eventId" from hub."TapLog"') == [
        ("event_0",)
    ]
    assert captured.total() == 100


def test_memory_holds_no_key_and_is_nothing_without_its_own(captured):
    captured.night("2025-06-01")
    assert (
        captured.one("select sum(cardinality(digests)) from retention.memory")
        == 100
    )
    known = captured.query(
        "select unnest(digests)::text from retention.memory order by 1"
    )
    assert len(set(known)) == 100
    captured.execute("delete from pii.memory_key")
    with pytest.raises(DbtError, match=r"no key in pii\.memory_key"):
        captured.build("2025-06-02")


DIGEST = """
{%- set node = {'columns': {
    'day': {'data_type': 'date'}, 'at': {'data_type': 'timestamptz'},
}} -%}
{%- set capture = {'key': ['day', 'at']} -%}
{%- set stream = {'name': 'app.visit', 'source': {'config': {'meta': {
    'capture': capture,
}}}} -%}
{%- set digest = memory_digest(stream, node, 'it') -%}
{%- do log('result: ' ~ tojson({'digest': digest})) -%}
"""


def test_a_key_with_a_time_in_it_is_known_in_every_session(captured):
    digest = run_dbt("compile", "--inline", DIGEST, scope="operation").values[
        "digest"
    ]
    found = set()
    for style, zone in (("ISO, DMY", "UTC"), ("German", "Asia/Kathmandu")):
        captured.execute(f"set datestyle = '{style}'; set timezone = '{zone}'")
        for at in ("2025-01-05 12:00Z", "2025-01-05 12:00:00.000001Z"):
            found.add(
                captured.one(
                    f"select {digest} from (select date '2025-01-05' as day,"
                    " %s::timestamptz as at) as it",
                    at,
                )
            )
    assert len(found) == 2


def test_raw_and_staging_may_let_go_before_their_source(captured, edited):
    edit(
        edited / "models/raw/hub/_hub__models.yml",
        "        - {columns: [_clock, '\"id\"']}\n      meta:\n"
        "        retention:\n          - keep: while_in_source\n",
        "        - {columns: [_clock, '\"id\"']}\n      meta:\n"
        "        retention:\n          - keep: while_in_source\n"
        "          - keep: 30 days\n"
        "            since: _clock\n            because: A test.\n",
    )
    edit(
        edited / "models/staging/hub/_hub__models.yml",
        "          - keep: 90 days\n",
        "          - keep: 60 days\n",
    )
    for night, left in (
        ("2025-02-15", (100, 0, 100)),
        ("2025-03-15", (100, 0, 0)),
        ("2025-03-16", (100, 0, 0)),
        ("2025-06-01", (0, 0, 0)),
    ):
        nightly(night, approve_plan=True, say=lambda _: None)
        assert captured.left() == left, night
        assert captured.per_day() == dict.fromkeys(DAYS, 10)
        captured.assert_conserved(100)
    assert let_go(captured)["source", "let go by memory"] == 100
