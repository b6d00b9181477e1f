"""The first load of a table, whose key is built after its rows."""

from __future__ import annotations

KEYS = """
    select conname, pg_get_constraintdef(oid)
    from pg_constraint
    where conrelid = 'staging.stg_hub_tap_log'::regclass and contype = 'p'
"""
INDEXES = """
    select count(*) from pg_index
    where indrelid = 'staging.stg_hub_tap_log'::regclass
    and indisvalid and indisready
"""


def test_the_key_is_there_after_the_first_load(warehouse):
    warehouse.taps(["2025-01-01"], each=100)
    warehouse.build("2025-01-02")
    assert warehouse.query(KEYS) == [
        ("stg_hub_tap_log_pkey", "PRIMARY KEY (tap_id)")
    ]
    assert warehouse.one(INDEXES) == 3
    warehouse.assert_conserved(100)


def test_a_key_that_is_there_twice_comes_in_once(warehouse):
    """A source without a key of its own sends a tap twice."""
    warehouse.execute('alter table hub."TapLog" drop constraint "TapLog_pkey"')
    warehouse.taps(["2025-01-01"], each=100)
    warehouse.tap("2025-01-01 12:00:00", id="twice")
    warehouse.tap("2025-01-01 12:00:00", id="twice")
    # Not `build`: a data test of raw would stop staging.
    warehouse.dbt("run", as_of="2025-01-02")
    assert warehouse.left() == (102, 102, 101)
    assert warehouse.query(KEYS) == [
        ("stg_hub_tap_log_pkey", "PRIMARY KEY (tap_id)")
    ]
    assert warehouse.one(INDEXES) == 3
    assert warehouse.total() == 101
    assert (
        warehouse.one(
            "select sum(rows) from retention.load"
            " where relation = 'stg_hub_tap_log'"
        )
        == 101
    )
