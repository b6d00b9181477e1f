"""The flow that Prefect runs: how its runs end, and what they leave to read."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone

import pytest

from flows.run_dbt import DbtError

pytestmark = pytest.mark.slow

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]
# 90 days before it all of DAYS are past their time.
LATER = datetime(2025, 6, 1, tzinfo=UTC)
FAR_WEST = timezone(timedelta(hours=-5))


@pytest.fixture
def bogota(monkeypatch):
    """A machine, and database sessions, five hours behind UTC."""
    monkeypatch.setenv("PGTZ", "America/Bogota")
    monkeypatch.setenv("TZ", "America/Bogota")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "as_of",
    [
        datetime(2025, 4, 10),
        "2025-04-10T00:00:00",
        datetime(2025, 4, 9, 19, tzinfo=FAR_WEST),
    ],
    ids=["naive", "as the UI sends it", "with an offset"],
)
def test_a_night_lets_go_and_leaves_its_plan(
    warehouse, run_flow, bogota, as_of
):
    # 90 days before 10 April, 00:00 UTC, is 10 January, 00:00 UTC.
    kept = warehouse.tap("2025-01-10 00:00:00.000")
    warehouse.tap("2025-01-09 23:59:59.999")

    run = run_flow(as_of=as_of)

    assert run.state == ("COMPLETED", "Completed")
    assert warehouse.query('select "id" from hub."TapLog"') == [(kept,)]
    assert warehouse.left() == (1, 1, 1)
    warehouse.assert_conserved(2)
    [(digest,)] = warehouse.query("select distinct digest from retention.run")
    assert f"Plan {digest}, as of 2025-04-10 00:00:00 UTC" in run.artifact
    assert re.search(r"hub\.TapLog +1 +1 .* ready", run.artifact)
    assert re.search(r"hub\.TapLog +source +1 +done", run.artifact)
    head = warehouse.assert_chained()[-1]
    assert f"Head of the ledger: entry 3 of 3, {head}" in run.artifact
    # The log says the same, line by line.
    for line in run.artifact.strip("`\n").splitlines():
        assert line in run.logs


@pytest.mark.parametrize("case", ["first night", "later", "plan fails, too"])
def test_a_build_that_fails_fails_the_flow_in_the_databases_words(
    warehouse, run_flow, case
):
    warehouse.taps(DAYS, each=10)
    if case != "first night":
        warehouse.night("2025-01-11")
    warehouse.execute("alter table retention.load drop column bucket")
    if case == "plan fails, too":
        warehouse.execute("alter table retention.hold drop column predicate")

    run = run_flow(as_of=LATER)

    assert run.state == ("FAILED", "Failed")
    words = 'column "bucket" of relation "load" does not exist'
    assert words in run.message
    assert words in run.logs
    assert words in run.artifact
    with pytest.raises(DbtError, match=words):
        run.flow_run.state.result()
    assert warehouse.one('select count(*) from hub."TapLog"') == 100
    assert warehouse.one("select count(*) from retention.ledger") == 0
    if case != "first night":
        assert warehouse.left() == (100, 100, 100)


def test_a_red_test_lets_nothing_of_its_stream_go(warehouse, run_flow):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    off_by_one = "update marts.marts_engagement_tap_summary_daily set _rows = "
    warehouse.execute(off_by_one + "_rows + 1")

    run = run_flow(as_of=LATER)

    assert run.state == ("FAILED", "Failed")
    assert "conserves_rows_marts_engagement_tap_summary_daily" in run.message
    assert re.search(r"hub\.TapLog +source +0 +blocked", run.artifact)
    assert warehouse.left() == (100, 100, 100)
    assert warehouse.sealed() == 0

    # Green again, the same night goes.
    warehouse.execute(off_by_one + "_rows - 1")
    assert run_flow(as_of=LATER).state == ("COMPLETED", "Completed")
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)


def test_what_an_earlier_build_found_green_does_not_count(warehouse, run_flow):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    # What this build finds cannot be written down.
    warehouse.execute(
        "alter table retention.build"
        " add constraint is_full check (false) not valid"
    )

    run = run_flow(as_of=LATER)

    assert run.state == ("FAILED", "Failed")
    assert "is_full" in run.message
    assert warehouse.left() == (100, 100, 100)
    assert warehouse.sealed() == 0


def test_new_rules_wait_for_an_approval_by_digest(warehouse, run_flow):
    warehouse.taps(DAYS, each=10)
    warehouse.night("2025-01-11")
    warehouse.execute("delete from retention.approval")

    waiting = run_flow(as_of=LATER)

    assert waiting.state == ("COMPLETED", "approval needed: 6 rules")
    assert warehouse.left() == (100, 100, 100)
    [digest] = re.findall(r"warehouse approve (\w+)", waiting.artifact)

    guessed = run_flow(as_of=LATER, approve="0123456789ab")
    assert guessed.state == ("FAILED", "Failed")
    assert "There is no plan 0123456789ab" in guessed.message
    assert warehouse.left() == (100, 100, 100)

    approved = run_flow(as_of=LATER, approve=digest)
    assert approved.state == ("COMPLETED", "Completed")
    assert approved.flow_run.parameters["approve"] == digest
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)


def test_prefect_holds_no_person_and_no_salt(
    warehouse, run_flow, prefect_world
):
    """Not in parameters, logs, states, events: nowhere in what it keeps."""
    person = {
        "ipAddress": "203.0.113.77",
        # PostgreSQL quotes a row as it is, newlines and all.
        "userAgent": "Peculiar\nBrowser\nHINT: of one person/7",
        "tagId": "tag_of_one_person",
        "redirectUrl": "https://shop.example/?mail=one.person@example.com",
    }
    warehouse.tap("2025-01-05 12:00:00", **person)
    warehouse.taps(DAYS, each=10)
    salt = warehouse.one("select salt from pii.salt")
    # Errors whose details quote the person's row: at the source, as it goes,
    # and in raw, as it is captured.
    assert run_flow(as_of=LATER - timedelta(days=140)).state[0] == "COMPLETED"
    warehouse.execute(
        """
        create function hub.refuse() returns trigger language plpgsql as $$
        begin
            if old."tagId" = 'tag_of_one_person' then
                raise exception 'not %', old;
            end if;
            return old;
        end
        $$;
        create trigger refuse before delete on hub."TapLog"
        for each row execute function hub.refuse()
        """
    )
    going = run_flow(as_of=LATER)
    assert going.state[0] == "FAILED"
    assert "P0001" in going.message
    warehouse.execute('drop trigger refuse on hub."TapLog"')
    warehouse.tap("2025-05-05 12:00:00", **person)
    warehouse.execute(
        "alter table raw.raw_hub_tap_log add constraint nobody"
        """ check ("tagId" <> 'tag_of_one_person') not valid"""
    )
    built = run_flow(as_of=LATER)
    assert built.state[0] == "FAILED"
    assert 'violates check constraint "nobody"' in built.message

    home = prefect_world.folder / "prefect"
    database = [file.read_bytes() for file in home.glob("prefect.db*")]
    failures = [b64decode(file.read_bytes()) for file in home.glob("storage/*")]
    for held in (database, failures):
        assert any(b"violates check constraint" in each for each in held)
    for secret in (
        "203.0.113.77",
        "Peculiar",
        "Browser",
        "of one person/7",
        "tag_of_one_person",
        "one.person",
        salt,
    ):
        assert not any(secret.encode() in each for each in database + failures)


def test_the_module_runs_from_any_folder_and_leaves_the_users_home_alone(
    warehouse, prefect_world, tmp_path
):
    warehouse.taps(DAYS, each=10)
    home = tmp_path / "home"
    home.mkdir()
    environment = prefect_world.environment | {"HOME": str(home)}
    del environment["PREFECT_HOME"]

    said = prefect_world.run(
        "python",
        "-m",
        "flows.build_and_retain",
        cwd=tmp_path,
        environment=environment,
    )

    assert "Finished in state Completed()" in said
    assert warehouse.left() == (0, 0, 0)
    warehouse.assert_conserved(100)
    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == [home]
