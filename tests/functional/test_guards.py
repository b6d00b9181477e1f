"""Guarded against our own mistakes: nothing goes that should not (X10)."""

from __future__ import annotations

import re

import pytest

from flows.night import approve, nightly
from flows.run_dbt import DbtError, operation
from tests.conftest import DATABASE, connect
from tests.functional.conftest import sentence

# 40 of the 100 taps are past their 90 days then, and 60 are not.
SOME_PAST = "2025-04-05"
ALL_PAST = "2025-06-01"


def statuses(warehouse, digest: str) -> list[tuple[str, str]]:
    """Each rule that could let go of something, and what the plan says."""
    return warehouse.query(
        "select layer, status from retention.plan"
        " where digest = %s and stream = 'hub.TapLog'"
        " and layer <> 'marts' order by position",
        digest,
    )


def everywhere(status: str) -> list[tuple[str, str]]:
    return [(layer, status) for layer in ("source", "raw", "staging")]


def plan_as_digest(warehouse, as_of: str, status: str) -> str:
    """Plans, expects this status of every rule, and nothing gone."""
    before = warehouse.left()
    digest = warehouse.plan(as_of).digest
    assert statuses(warehouse, digest) == everywhere(status)
    assert warehouse.left() == before
    return digest


def refused(warehouse, digest: str) -> str:
    """Applies a plan, expects that nothing goes; the sentence why."""
    entries = "select count(*) from retention.ledger"
    before = warehouse.left(), warehouse.sealed(), warehouse.one(entries)
    with pytest.raises(DbtError) as error:
        warehouse.apply(digest)
    after = warehouse.left(), warehouse.sealed(), warehouse.one(entries)
    assert after == before
    return sentence(error)


def test_without_any_guard_in_its_way_a_plan_goes(captured):
    """The control: what the other tests here see stopped would have gone."""
    digest = plan_as_digest(captured, SOME_PAST, "ready")
    captured.apply(digest)
    assert captured.left() == (60, 60, 60)


def test_an_empty_source_lets_nothing_go(captured):
    captured.execute('truncate hub."TapLog"')
    digest = plan_as_digest(captured, SOME_PAST, "stopped")
    why = refused(captured, digest)
    assert "hub.TapLog has lost 60 of the 60 rows" in why

    # A whole night says so, too, and its build takes nothing for deleted.
    with pytest.raises(DbtError, match="has lost 60 of the 60 rows"):
        captured.night(SOME_PAST)
    assert captured.left() == (0, 100, 100)
    captured.assert_conserved(100)


def test_a_source_that_lost_over_half_of_its_rows_lets_nothing_go(captured):
    lost = (
        'delete from hub."TapLog" where "id" = any (array('
        ' select "id" from hub."TapLog" where "tappedAt" >= \'2025-01-05\''
        " limit %s))"
    )
    captured.execute(lost, 30)
    plan_as_digest(captured, SOME_PAST, "ready")

    captured.execute(lost, 1)
    digest = plan_as_digest(captured, SOME_PAST, "stopped")
    why = refused(captured, digest)
    assert "hub.TapLog has lost 31 of the 60 rows" in why
    assert "restore them" in why


def test_what_refers_to_one_partition_of_a_source_goes_with_no_row(captured):
    captured.execute(
        """
        alter table hub."TapLog" rename to "TapLog_all";
        create table hub."TapLog" (like hub."TapLog_all" including defaults)
        partition by range ("tappedAt");
        alter table hub."TapLog" attach partition hub."TapLog_all" default;
        create table hub.mark (
            tap text constraint needs references hub."TapLog_all" ("id")
        );
        insert into hub.mark
        select "id" from hub."TapLog" order by "tappedAt" limit 10
        """
    )
    captured.night(SOME_PAST)
    assert captured.left() == (70, 70, 70)
    captured.execute(
        "alter table hub.mark drop constraint needs, add constraint takes"
        ' foreign key (tap) references hub."TapLog_all" ("id")'
        " on delete cascade"
    )
    with pytest.raises(DbtError, match="foreign key takes, on delete cascade"):
        captured.night("2025-04-06")
    assert captured.left() == (70, 70, 70)
    assert captured.one("select count(*) from hub.mark") == 10
    captured.execute("drop table hub.mark")
    captured.night("2025-04-07")
    assert captured.left() == (40, 40, 40)
    captured.assert_conserved(100)


def test_a_person_who_approves_the_stopped_plan_overrides_the_guard(captured):
    captured.execute(
        'delete from hub."TapLog" where "tappedAt" >= \'2025-01-05\''
    )
    digest = plan_as_digest(captured, SOME_PAST, "stopped")
    refused(captured, digest)

    approve(digest, False, lambda _: None)
    captured.apply(digest)

    # The copies of what the application deleted go (law 3), and staging's
    # rows stay their time.
    assert captured.left() == (0, 0, 60)
    captured.assert_conserved(100)
    # That was for this plan: the next loss stops the next plan.
    captured.taps(["2025-04-01"], each=10)
    captured.build("2025-04-06")
    captured.execute('truncate hub."TapLog"')
    plan_as_digest(captured, "2025-04-06", "stopped")


@pytest.fixture
def limited(captured, monkeypatch):
    """The warehouse as a role that owns it and is no superuser."""
    with connect() as admin:
        admin.execute(
            f"""
            do $$
            declare
                found record;
            begin
                if not exists (
                    select from pg_roles where rolname = 'limited'
                ) then
                    create role limited login password 'limited';
                end if;
                grant create on database {DATABASE} to limited;
                for found in
                    select oid::regnamespace as schema from pg_namespace
                    where nspname in (
                        'raw', 'staging', 'sealed', 'marts', 'retention', 'pii'
                    )
                loop
                    execute format(
                        'alter schema %s owner to limited', found.schema
                    );
                end loop;
                for found in
                    select oid::regclass as relation from pg_class
                    where relnamespace::regnamespace::text in (
                        'raw', 'staging', 'sealed', 'marts', 'retention', 'pii'
                    )
                    and relkind in ('r', 'p')
                loop
                    execute format(
                        'alter table %s owner to limited', found.relation
                    );
                end loop;
                grant usage on schema hub to limited;
                grant select, delete on all tables in schema hub to limited;
            end
            $$
            """
        )
        monkeypatch.setenv("PGUSER", "limited")
        monkeypatch.setenv("PGPASSWORD", "limited")
        yield captured
        admin.execute("drop owned by limited cascade")


def test_a_source_hidden_by_row_level_security_lets_nothing_go(limited):
    # Without a policy in its way, a role that is no superuser is enough.
    limited.night(SOME_PAST)
    assert limited.left() == (60, 60, 60)
    limited.assert_conserved(100)

    limited.execute('alter table hub."TapLog" enable row level security')
    limited.execute(
        'create policy part_of_it on hub."TapLog"'
        " using (\"tappedAt\" < '2025-01-07')"
    )
    with pytest.raises(DbtError, match="row-level security") as error:
        limited.build(ALL_PAST)
    assert "hub.TapLog is hidden from limited" in str(error.value)
    assert limited.left() == (60, 60, 60)
    digest = plan_as_digest(limited, ALL_PAST, "stopped")
    why = refused(limited, digest)
    assert "hub.TapLog is hidden from limited in part by row-level" in why
    assert "BYPASSRLS" in why


@pytest.mark.parametrize("pinned", ["system_identifier", "database"])
def test_another_database_behind_the_same_address_lets_nothing_go(
    captured, pinned
):
    captured.execute(f"update retention.source set {pinned} = 'another'")
    with pytest.raises(DbtError, match="is in another database than before"):
        captured.build(SOME_PAST)
    digest = plan_as_digest(captured, SOME_PAST, "stopped")
    why = refused(captured, digest)
    assert "hub is in another database than before" in why
    assert "retention.source" in why


def test_a_target_that_is_not_declared_for_it_only_plans(captured, monkeypatch):
    monkeypatch.setenv("DBT_TARGET", "dev")
    monkeypatch.setenv("DBT_SCHEMA", "dev_me")
    captured.build(SOME_PAST)
    digest = captured.plan(SOME_PAST).digest
    assert captured.query(
        "select layer, status, why from dev_me_retention.plan"
        " where digest = %s and stream = 'hub.TapLog'"
        " and layer <> 'marts' order by position",
        digest,
    ) == [
        (
            layer,
            "plan only",
            "Target dev lets go of nothing; only prod and embedded may.",
        )
        for layer in ("source", "raw", "staging")
    ]
    with pytest.raises(DbtError) as error:
        captured.apply(digest)
    assert sentence(error).startswith("Target dev lets go of nothing")
    # Neither the other target's tables nor its own.
    assert captured.left() == (100, 100, 100)
    assert captured.query(
        "select (select count(*) from dev_me_raw.raw_hub_tap_log),"
        " (select count(*) from dev_me_staging.stg_hub_tap_log),"
        " (select sum(tap_count) from"
        " dev_me_marts.marts_engagement_tap_summary_daily),"
        " (select count(*) from dev_me_retention.ledger)"
    ) == [(100, 100, 100, 0)]


def test_a_source_that_this_warehouse_has_not_claimed_lets_nothing_go(
    captured,
):
    captured.execute("update retention.source set claimed_at = null")
    digest = plan_as_digest(captured, SOME_PAST, "plan only")
    why = refused(captured, digest)
    assert "This warehouse has not claimed hub" in why
    assert "dbt run-operation init" in why


def test_a_time_after_the_servers_clock_is_refused_on_a_live_database(
    captured,
):
    # In a simulation any time is allowed.
    digest = plan_as_digest(captured, "2999-01-01", "ready")

    captured.execute("update retention.database set purpose = 'live'")
    with pytest.raises(DbtError) as error:
        captured.plan("2999-01-01")
    why = sentence(error)
    assert "2999-01-01 00:00:00 UTC" in why
    assert "clock has not reached" in why
    with pytest.raises(DbtError, match="clock has not reached"):
        captured.plan(
            captured.one(
                "select to_char(now() at time zone 'UTC' + interval '1 minute',"
                " 'YYYY-MM-DD HH24:MI:SS')"
            )
        )
    # Nor by a plan of the time when the database was a demo.
    assert "clock has not reached" in refused(captured, digest)
    assert captured.left() == (100, 100, 100)


def test_another_days_time_is_refused_by_a_build_of_a_live_database(captured):
    """Else what was captured with it would be past its time the same night."""
    captured.execute("update retention.database set purpose = 'live'")
    fresh = captured.tap(captured.one("select now() at time zone 'UTC'"))
    for as_of in (SOME_PAST, "2999-01-01"):
        with pytest.raises(DbtError, match="the server's clock says"):
            captured.build(as_of)
    assert captured.left() == (101, 100, 100)

    assert captured.night().name == "Completed"
    assert captured.query('select "id" from hub."TapLog"') == [(fresh,)]
    assert captured.left() == (1, 1, 1)


def test_a_time_before_the_last_run_is_refused(captured):
    with pytest.raises(DbtError) as error:
        captured.plan("2025-01-10 23:59:59")
    why = sentence(error)
    assert "2025-01-10 23:59:59 UTC, before the last run" in why
    assert "2025-01-11 00:00:00 UTC" in why
    # The same time again is no step back.
    captured.plan("2025-01-11")


def test_a_plan_that_nobody_made_is_not_applied(captured):
    why = refused(captured, "0123456789ab")
    assert "There is no plan 0123456789ab" in why
    assert "warehouse plan" in why
    # It is text, whatever it is.
    assert "There is no plan" in refused(captured, "' or true --")
    # Without one, there is a plan, and no more.
    said = operation("retention_apply", print, as_of=None).messages
    assert "Nothing was deleted: a plan is applied by its digest." in said
    assert any(line.startswith("Plan p") for line in said)
    assert captured.left() == (100, 100, 100)


def test_no_more_rows_go_than_were_ready_when_it_was_planned(captured):
    for second in range(3):
        captured.tap(f"2025-01-02 12:00:0{second}")
    digest = plan_as_digest(captured, SOME_PAST, "ready")
    # By now raw holds them, too; but nobody has read of them.
    captured.build(SOME_PAST)
    captured.apply(digest, granule_rows=2)
    assert captured.left() == (63, 63, 63)
    assert captured.query(
        "select distinct layer, outcome from retention.ledger where rows = 0"
    ) == [("source", "paused: there are more rows than were planned")]
    captured.assert_conserved(103)
    captured.night(SOME_PAST)
    assert captured.left() == (60, 60, 60)


def test_a_plan_whose_rule_has_changed_since_is_not_applied(captured):
    digest = plan_as_digest(captured, SOME_PAST, "ready")
    captured.execute(
        "update retention.plan set rule_digest = 'of another text'"
        " where rule = 'raw_hub_tap_log'"
    )
    why = refused(captured, digest)
    assert f"The rule of raw_hub_tap_log has changed since plan {digest}" in why
    assert "warehouse plan" in why


def test_rules_that_nobody_has_approved_let_nothing_go(captured):
    # One that waits blocks no other, and fails nothing.
    captured.execute("delete from retention.approval where rule = 'hub.TapLog'")
    plan = captured.plan(SOME_PAST)
    assert plan.name == "approval needed: 1 rule"
    assert plan.next_command == f"To approve: warehouse approve {plan.digest}"
    captured.apply(plan.digest)
    assert captured.left() == (100, 100, 100)

    captured.execute("delete from retention.approval")
    report: list[str] = []
    night = nightly(SOME_PAST, say=report.append)
    assert night.name == "approval needed: 6 rules"
    assert captured.left() == (100, 100, 100)
    assert statuses(captured, night.digest) == everywhere("approval needed")
    assert f"warehouse approve {night.digest}" in "\n".join(report)

    said = []
    approve(night.digest, False, said.append)
    assert said[0] == f"Approved 6 rules of plan {night.digest}."
    captured.apply(night.digest)
    assert captured.left() == (60, 60, 60)
    captured.assert_conserved(100)
    # For good: the next night asks nobody.
    night = captured.night(ALL_PAST)
    assert (night.name, night.next_command) == ("Completed", "")
    assert captured.left() == (0, 0, 0)


def test_a_live_database_does_not_approve_its_own_plan(captured):
    captured.execute(
        "delete from retention.approval;"
        "update retention.database set purpose = 'live'"
    )
    digest = plan_as_digest(captured, SOME_PAST, "approval needed")
    with pytest.raises(DbtError) as error:
        approve(digest, True, lambda _: None)
    why = sentence(error)
    assert re.search("approved by its digest, once somebody has read it", why)
    assert f"warehouse approve {digest}" in why
    assert captured.one("select count(*) from retention.approval") == 0
