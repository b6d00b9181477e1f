"""A raw partition whose rows may all go is dropped whole, any other is not."""

from __future__ import annotations

from tests.conftest import Warehouse, connect, without

LATER = [f"2025-02-{day:02d}" for day in range(1, 11)]
JANUARY = "raw_hub_tap_log__20250101"
FEBRUARY = "raw_hub_tap_log__20250201"
EVENTS = without("analytics", "shop", "supabase", "render_jobs", "operations")


def partitions(warehouse: Warehouse, table: str = "raw_hub_tap_log") -> dict:
    """Rows in each partition that there is."""
    names = warehouse.query(
        "select inhrelid::regclass::text from pg_inherits"
        " where inhparent = %s::regclass order by 1",
        f"raw.{table}",
    )
    return {
        name.removeprefix("raw."): warehouse.one(f"select count(*) from {name}")
        for (name,) in names
    }


def entries(warehouse: Warehouse, relation: str = "raw_hub_tap_log") -> list:
    """Rows of each ledger entry of a raw table, in order."""
    return [
        rows
        for (rows,) in warehouse.query(
            "select rows from retention.ledger"
            " where relation = %s and outcome = 'let go' order by entry",
            relation,
        )
    ]


def droppable(warehouse: Warehouse) -> int:
    """Partitions that the last plan found to be droppable."""
    return warehouse.one(
        "select droppable from retention.plan where rule = 'raw_hub_tap_log'"
        " order by planned_at desc limit 1"
    )


def reattach(warehouse: Warehouse, bounds: str) -> None:
    """Gives January's partition other bounds than its name says."""
    warehouse.execute(
        f"alter table raw.raw_hub_tap_log detach partition raw.{JANUARY}"
    )
    warehouse.execute(
        "alter table raw.raw_hub_tap_log"
        f" attach partition raw.{JANUARY} {bounds}"
    )


def test_partitions_whose_rows_may_all_go_are_dropped_whole(captured):
    held = captured.tap("2025-02-03 12:00:00", event="event_held")
    captured.taps(LATER, each=10)
    captured.night("2025-02-11")
    captured.taps(["2025-03-01"], each=10)
    captured.night("2025-03-02")
    captured.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('hub.TapLog', '\"eventId\" = ''event_held''',"
        " 'a court asked', '2099-01-01')"
    )
    # January's 100 go whole; February's 100 in batches, for one stays; and of
    # March none may go yet.
    captured.night("2025-05-20")
    assert partitions(captured) == {
        FEBRUARY: 1,
        "raw_hub_tap_log__20250301": 10,
        "raw_hub_tap_log__20250501": 0,
    }
    assert droppable(captured) == 1
    assert entries(captured)[0] == 100
    assert sum(entries(captured)) == 200
    assert captured.query('select "id" from hub."TapLog"')[0] == (held,)

    # Somebody reads February for long: its row goes as rows do, and what was
    # in nobody's way is dropped all the same.
    captured.execute("update retention.hold set released_at = now()")
    with connect(autocommit=False) as reader:
        reader.execute(f"select count(*) from raw.{FEBRUARY}")
        captured.night("2025-07-01")
        assert partitions(captured) == {
            FEBRUARY: 0,
            "raw_hub_tap_log__20250701": 0,
        }
    assert sorted(entries(captured)[-2:]) == [1, 10]
    assert captured.left() == (0, 0, 0)
    captured.assert_conserved(211)

    # What comes next finds its partition, and the accounts balance.
    captured.tap("2025-07-01 12:00:00")
    captured.night("2025-07-02")
    assert partitions(captured)["raw_hub_tap_log__20250701"] == 1
    captured.assert_conserved(212)


def test_a_partition_wider_than_its_name_goes_by_its_real_bounds(captured):
    reattach(captured, "for values from ('2025-01-01Z') to ('2025-06-15Z')")
    # June's rows belong there, too, until the 15th.
    captured.tap("2025-06-01 12:00:00")
    captured.night("2025-06-02")
    assert partitions(captured) == {JANUARY: 1}
    assert droppable(captured) == 0
    # What begins in the middle of June does not reach into it.
    captured.tap("2025-06-15 12:00:00")
    captured.night("2025-06-16")
    assert partitions(captured) == {
        JANUARY: 1,
        "raw_hub_tap_log__20250615": 1,
    }
    captured.night("2025-09-05")
    assert list(partitions(captured)) == [
        "raw_hub_tap_log__20250615",
        "raw_hub_tap_log__20250901",
    ]
    captured.assert_conserved(102)


def test_the_default_partition_is_never_dropped(captured):
    reattach(captured, "default")
    captured.night("2025-06-02")
    assert partitions(captured) == {
        JANUARY: 0,
        "raw_hub_tap_log__20250601": 0,
    }
    assert droppable(captured) == 0
    assert sum(entries(captured)) == 100
    captured.assert_conserved(100)


def test_entities_whose_last_version_was_in_it_are_marked_gone(
    whole_warehouse, monkeypatch
):
    monkeypatch.setenv("WAREHOUSE_VARS", EVENTS)

    def write(*ids: str) -> None:
        for event in ids:
            whole_warehouse.execute(
                'insert into hub."Event" ("id", "name", "createdAt")'
                " values (%s, %s, '2025-01-01')",
                event,
                f"Event {event}",
            )

    write("a")
    whole_warehouse.night("2025-01-11")
    write("b", "c", "d")
    whole_warehouse.night("2025-02-11")
    whole_warehouse.execute("delete from hub.\"Event\" where id = 'a'")
    whole_warehouse.night("2025-03-11")
    assert partitions(whole_warehouse, "raw_hub_event") == {
        "raw_hub_event__20250201": 3,
        "raw_hub_event__20250301": 0,
    }
    assert entries(whole_warehouse, "raw_hub_event") == [1]
    assert whole_warehouse.query(
        "select event_id from staging.stg_hub_event"
        " where _gone_at = '2025-03-11Z'"
    ) == [("a",)]
