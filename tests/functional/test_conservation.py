"""Law 2: a row is alive or sealed, never both, never neither (X1, H3, H4)."""

from __future__ import annotations

import hashlib

import pytest

from flows.run_dbt import DbtError

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]


def test_what_is_past_its_time_goes_and_the_mart_does_not_move(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    before = warehouse.per_day()
    assert before == dict.fromkeys(DAYS, 10)

    # 90 days before 10 April, 00:00 UTC, is 10 January, 00:00 UTC.
    warehouse.night("2025-04-10")

    assert warehouse.left() == (10, 10, 10)
    assert warehouse.per_day() == before
    warehouse.assert_conserved(100)


def test_the_edge_of_the_window_is_half_open(warehouse):
    kept = warehouse.tap("2025-01-10 00:00:00.000")
    warehouse.tap("2025-01-09 23:59:59.999")
    warehouse.night("2025-04-10")
    assert warehouse.query('select "id" from hub."TapLog"') == [(kept,)]
    warehouse.assert_conserved(2)


def test_a_late_tap_of_a_sealed_day_is_counted_once(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    warehouse.night("2025-06-01")
    assert warehouse.left() == (0, 0, 0)

    warehouse.tap("2025-01-05 12:00:00")
    warehouse.night("2025-06-02")
    assert warehouse.per_day()["2025-01-05"] == 11
    assert warehouse.left() == (0, 0, 0)
    warehouse.night("2025-06-03")
    assert warehouse.per_day()["2025-01-05"] == 11
    warehouse.assert_conserved(101)


def test_a_late_tap_is_not_lost_when_the_mart_failed_before_it_is_sealed(
    warehouse,
):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    warehouse.night("2025-06-01")
    warehouse.tap("2025-01-05 12:00:00")
    # Raw and staging take the tap; the mart does not see it.
    warehouse.build(
        "2025-06-02", "--exclude", "marts_engagement_tap_summary_daily"
    )
    assert warehouse.per_day()["2025-01-05"] == 10
    # It is let go of all the same: staging's proof is the seal.
    warehouse.apply(warehouse.plan("2025-06-02").digest)
    assert warehouse.left() == (0, 0, 0)
    assert warehouse.sealed() == 101

    warehouse.build("2025-06-03")
    assert warehouse.per_day()["2025-01-05"] == 11
    warehouse.assert_conserved(101)


def test_a_tap_that_commits_late_with_an_older_time_is_captured(warehouse):
    from tests.conftest import connect

    with connect(autocommit=False) as slow:
        slow.execute(
            'insert into hub."TapLog" ("id", "eventId", "tagId", "tappedAt")'
            " values ('slow', 'event_1', 'tag_1', '2025-01-02 00:00:00')"
        )
        warehouse.tap("2025-01-09 00:00:00")
        warehouse.build("2025-01-10")
        assert warehouse.total() == 1
        slow.commit()
    warehouse.build("2025-01-11")
    assert warehouse.per_day() == {"2025-01-02": 1, "2025-01-09": 1}


def test_a_held_tap_keeps_only_itself(warehouse):
    warehouse.taps(DAYS, each=10)
    held = warehouse.tap("2025-01-05 12:00:00", event="event_held")
    warehouse.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('hub.TapLog', '\"eventId\" = ''event_held''',"
        " 'a court asked', '2099-01-01')"
    )
    warehouse.night("2025-01-11")
    before = warehouse.per_day()
    warehouse.night("2025-06-01")
    assert warehouse.query('select "id" from hub."TapLog"') == [(held,)]
    assert warehouse.left() == (1, 1, 1)
    assert warehouse.per_day() == before
    warehouse.assert_conserved(101)

    plan = warehouse.plan("2025-06-02")
    assert warehouse.query(
        "select layer, on_hold, ready from retention.plan"
        " where digest = %s and layer in ('source', 'staging')"
        " and stream = 'hub.TapLog' order by position",
        plan.digest,
    ) == [("source", 1, 0), ("staging", 1, 0)]

    warehouse.execute("update retention.hold set released_at = now()")
    warehouse.night("2025-06-03")
    assert warehouse.left() == (0, 0, 0)
    assert warehouse.per_day() == before


def test_staging_is_not_sealed_while_raw_still_holds_the_row(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    # The source rule stops: every batch finds a row in its way.
    warehouse.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('hub.TapLog', 'true', 'everything is held', '2099-01-01')"
    )
    warehouse.night("2025-06-01")
    assert warehouse.left() == (100, 100, 100)
    assert warehouse.sealed() == 0
    warehouse.assert_conserved(100)


def test_a_long_address_stops_no_mart(warehouse):
    """A grain is a primary key, whose index takes 2,704 bytes at most."""
    path = "".join(hashlib.sha256(b"%d" % n).hexdigest() for n in range(100))
    for address in (f"https://shop.example/{path}", "https://shop.example/x"):
        warehouse.tap("2025-01-05 12:00", redirectUrl=address)
    warehouse.night("2025-01-11")
    warehouse.assert_conserved(2)


def test_what_is_not_yet_captured_stays_at_the_source(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    late = warehouse.tap("2025-01-03 03:00:00")
    plan = warehouse.plan("2025-06-01", build)
    assert (
        warehouse.one(
            "select unproven from retention.plan"
            " where digest = %s and rule = 'hub.TapLog'",
            plan.digest,
        )
        == 1
    )
    warehouse.apply(plan.digest)
    assert warehouse.query('select "id" from hub."TapLog"') == [(late,)]
    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(101)


@pytest.mark.parametrize("clock", ["infinity", "2093-01-01 00:00:00"])
def test_a_clock_in_the_future_ages_from_its_capture(warehouse, clock):
    warehouse.tap("2025-01-01 00:00:00")
    warehouse.tap(clock)
    warehouse.build("2025-01-02", "--exclude", "marts")
    if clock == "infinity":
        # No day holds it; the mart says so instead of counting it.
        warehouse.execute(
            'delete from hub."TapLog" where "tappedAt" = %s', clock
        )
        return
    warehouse.night("2025-01-02")
    # A day after its capture, and then 90 days.
    warehouse.night("2025-04-03 00:00:00")
    assert warehouse.left() == (1, 1, 1)
    warehouse.night("2025-04-03 00:00:01")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(2)


def test_full_refresh_changes_no_number(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    warehouse.night("2025-04-05")
    before = warehouse.per_day()
    left = warehouse.left()
    assert 0 < left[2] < 100

    result = warehouse.build("2025-04-05", "--full-refresh")
    assert warehouse.per_day() == before
    assert warehouse.left() == left
    assert any("--full-refresh" in line for line in result.messages)
    warehouse.assert_conserved(100)


def test_ten_more_nights_change_nothing(warehouse):
    """Case A10: nine further runs write nothing, row versions and all."""
    warehouse.taps(["2020-01-01"], each=2)
    warehouse.taps(["2021-01-01"], each=4)
    warehouse.night("2021-02-01")
    warehouse.night("2021-02-02")
    versions = (
        "select xmin, * from marts.marts_engagement_tap_summary_daily"
        " order by tap_date, event_id, redirect_url"
    )
    sealed = versions.replace("marts.", "sealed.", 1)
    before = warehouse.query(versions), warehouse.query(sealed)
    entries = warehouse.one("select count(*) from retention.ledger")
    assert warehouse.left() == (4, 4, 4)
    for day in range(3, 13):
        warehouse.night(f"2021-02-{day:02d}")
    assert (warehouse.query(versions), warehouse.query(sealed)) == before
    assert warehouse.one("select count(*) from retention.ledger") == entries
    warehouse.assert_conserved(6)


def test_a_rollup_whose_grain_changes_after_sealing_is_refused(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    warehouse.night("2025-06-01")
    warehouse.execute(
        "update retention.rollup"
        " set shape = jsonb_set(shape, '{grain}', '[\"tap_date\"]')"
    )
    with pytest.raises(DbtError, match="holds numbers whose rows are gone"):
        warehouse.build("2025-06-02")


def test_summed_then_let_go_then_summed_again(warehouse):
    """Case A1: old days are not summed anew from what is left of them."""
    days = [f"2025-01-{day:02d}" for day in range(1, 21)]
    warehouse.taps(days, each=1)
    warehouse.night("2025-01-21")
    assert warehouse.per_day() == dict.fromkeys(days, 1)

    # The first and the seventh day grow; then the first four leave.
    for day in (days[0], days[6]):
        for hour in range(1, 4):
            warehouse.tap(f"{day} 0{hour}:00:00")
    night = warehouse.night("2025-04-05")
    expected = dict.fromkeys(days, 1) | {days[0]: 4, days[6]: 4}
    assert night.let_go["hub.TapLog"] == 7
    assert warehouse.per_day() == expected

    # The last one grows; the next four leave.
    warehouse.tap(f"{days[19]} 01:00:00")
    night = warehouse.night("2025-04-09")
    expected[days[19]] = 2
    assert night.let_go["hub.TapLog"] == 7
    assert warehouse.per_day() == expected

    # All of it summed anew, from what is alive and what is sealed.
    warehouse.build("2025-04-09", "--full-refresh")
    assert warehouse.per_day() == expected
    warehouse.assert_conserved(27)


def test_sealed_numbers_without_their_rollup_stop_the_build(warehouse):
    warehouse.taps(DAYS, each=1)
    warehouse.night("2025-01-11")
    warehouse.execute(
        "update retention.rollup set rollup = 'marts_engagement_forgotten'"
    )
    with pytest.raises(DbtError, match="no rollup marts_engagement_forgotten"):
        warehouse.build("2025-01-12")


def test_rows_that_came_between_plan_and_apply_do_not_stop_the_rest(warehouse):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    build = warehouse.build("2025-06-01").invocation
    plan = warehouse.plan("2025-06-01", build)
    # Planned: 100 in all. The plan allows no more, whatever comes.
    warehouse.tap("2025-01-03 05:00:00")
    warehouse.build("2025-06-01")
    warehouse.apply(plan.digest, granule_rows=10)
    source, _, _ = warehouse.left()
    assert 1 <= source <= 20
    assert (
        warehouse.one(
            "select sum(rows) from retention.ledger where layer = 'source'"
        )
        <= 100
    )
    warehouse.night("2025-06-02")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(101)


def test_a_column_that_the_table_lacks_is_added_and_filled(warehouse):
    warehouse.taps(DAYS, each=1)
    warehouse.build("2025-01-11")
    warehouse.execute(
        "alter table staging.stg_hub_tap_log drop column user_agent_family"
    )
    warehouse.build("2025-01-12")
    warehouse.assert_conserved(len(DAYS))
    assert warehouse.query(
        "select count(*), count(ip_hash), count(user_agent_family)"
        " from staging.stg_hub_tap_log"
    ) == [(len(DAYS), 0, 0)]
    warehouse.execute(
        "alter table staging.stg_hub_tap_log drop column tag_hash"
    )
    warehouse.build("2025-01-13")
    assert warehouse.one(
        "select count(tag_hash) from staging.stg_hub_tap_log"
    ) == (len(DAYS))
