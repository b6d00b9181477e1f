"""Our own tables have windows, too, and no account changes (X9)."""

from __future__ import annotations

LATER = "2025-06-01"
OLD = "interval '1 year 1 day'"
MONTH = "interval '31 days'"


def counts(warehouse) -> dict[str, int]:
    return {
        table: warehouse.one(f"select count(*) from retention.{table}")
        for table in ("plan", "run", "build", "approval", "rejected", "ledger")
    }


def test_each_table_of_ours_lets_go_after_its_time(captured):
    # As if the night there was had been over a year ago, and a later build of
    # the same models, which no plan names, over a month ago.
    captured.execute(
        f"""
        update retention.plan set planned_at = planned_at - {OLD};
        update retention.run set started_at = started_at - {OLD};
        update retention.build set finished_at = finished_at - {OLD};
        insert into retention.build (build_id, node, status, finished_at)
        select 'another', node, status, clock_timestamp() - {MONTH}
        from retention.build;
        insert into retention.build (build_id, node, status)
        select 'last', node, status
        from retention.build
        where build_id = 'another' and node not like '%%staging%%';
        update retention.approval set approved_at = approved_at - {OLD} * 3;
        insert into retention.approval (rule, rule_digest, digest, approved_at)
        select
            'hub.TapLog', digest, digest,
            clock_timestamp() - age::interval
        from (values ('a', '2 years'), ('b', '13 months'), ('c', '11 months'))
            as changed (digest, age);
        insert into retention.rejected
            (stream, digest, file_name, line, position, reason, set_aside_at)
        select
            'hub.TapLog', gen_random_uuid(), 'a', 1, 1, 'a',
            clock_timestamp() - age::interval
        from (values ('29 days'), ('30 days 1 minute')) as aside (age);
        -- Accounts of two days, in three loads.
        insert into retention.load (relation, bucket, rows, loaded_at)
        select relation, bucket, change, loaded_at + interval '1 hour'
        from retention.load, unnest(array[-700, 700]) as change;
        insert into retention.load (relation, bucket, rows, loaded_at)
        select relation, null, 0, loaded_at from retention.load;
        insert into retention.load (relation, bucket, rows, loaded_at)
        select relation, bucket, 0, clock_timestamp()
        from retention.load where bucket = '2025-01-01' limit 1;
        """
    )
    was = counts(captured)
    sums = (
        "select relation, bucket, sum(rows), max(loaded_at)"
        " from retention.load group by 1, 2 order by 1, 2"
    )
    accounts = captured.query(sums)
    nodes = captured.one("select count(distinct node) from retention.build")

    said: list[str] = []
    captured.night("2025-01-12", say=said.append)

    assert captured.query(
        "select distinct build_id from retention.build"
        " where build_id in ('another', 'last') order by 1"
    ) == [("last",)]
    assert captured.one("select count(distinct node) from retention.build") == (
        nodes
    )
    now = counts(captured)
    # Of this night alone, and the run whose as_of time may not go back from.
    assert captured.query("select digest from retention.run") == captured.query(
        "select distinct digest from retention.plan"
    )
    # What was approved last stays, and what it followed less than a year ago.
    assert captured.query(
        "select digest from retention.approval where rule = 'hub.TapLog'"
        " order by approved_at"
    ) == [("b",), ("c",)]
    assert now["rejected"] == 1
    assert now["ledger"] == was["ledger"]
    # As many sums as before, in fewer rows: only the account of today is apart.
    assert captured.query(sums) == accounts
    assert captured.one("select count(*) from retention.load") == (
        len(accounts) + 1
    )
    [line] = [line for line in said if line.startswith("Rows of our own")]
    assert "run 1" in line
    captured.assert_conserved(100)

    # And again: what is summed up is not summed up again.
    said.clear()
    captured.night("2025-01-13", say=said.append)
    assert "Rows of our own tables that went: none." in said
