"""X5: a row on hold survives everything, and the plan says why."""

from __future__ import annotations

import io
import os
import uuid
from pathlib import Path

import pytest

from flows.cli import main
from flows.run_dbt import DbtError, operation
from tests.conftest import Warehouse
from tests.supabase import supabase, supabase_template

__all__ = ["supabase", "supabase_template"]

ALL_PAST = "2025-06-01"
UNTIL = ("--until", "2099-06-30", "--because", "case 4711", "--by", "Ada")


def hold(*arguments: str) -> int:
    """`warehouse hold ...`; its exit code."""
    return main(["hold", *arguments])


def on_hold(warehouse: Warehouse, digest: str) -> dict[str, int]:
    """Rows on hold by rule, of the rules that have any."""
    return dict(
        warehouse.query(
            "select rule, on_hold from retention.plan"
            " where digest = %s and on_hold > 0",
            digest,
        )
    )


def test_a_hold_keeps_what_only_raw_or_staging_still_has(captured, capsys):
    gone, staged = captured.query(
        'select "id" from hub."TapLog" order by "tappedAt" limit 2'
    )
    # The application deletes both; of one, only the treated row is left.
    for (tap,) in (gone, staged):
        captured.execute('delete from hub."TapLog" where "id" = %s', tap)
    captured.execute("delete from raw.raw_hub_tap_log where id = %s", staged[0])

    assert (
        hold("add", "hub.TapLog", "--where", f"\"id\" = '{gone[0]}'", *UNTIL)
        == 0
    )
    said = capsys.readouterr().out
    assert "case 4711; from" in said
    assert "until 2099-06-30, by Ada as" in said
    assert "no row now" in said
    captured.apply(captured.plan(ALL_PAST).digest)
    assert captured.left() == (0, 1, 1)

    assert hold("release", "1", "--because", " ") == 1
    assert "A release needs its reason" in capsys.readouterr().err
    assert hold("release", "1", "--because", "case 4711 is closed") == 0
    assert "Released on" in capsys.readouterr().out
    assert hold("release", "1", "--because", "again") == 1
    assert "no hold 1 in force" in capsys.readouterr().err
    captured.apply(captured.plan(ALL_PAST).digest)
    assert captured.left() == (0, 0, 0)
    assert captured.query(
        "select held_by = released_by, asked_by, released_because"
        " from retention.hold"
    ) == [(True, "Ada", "case 4711 is closed")]


def test_a_hold_on_a_table_keeps_every_layer_and_the_plan_says_why(
    captured, capsys
):
    captured.execute('delete from hub."TapLog" where "eventId" = \'event_0\'')
    captured.execute(
        "delete from raw.raw_hub_tap_log where \"eventId\" = 'event_0'"
    )
    left = captured.left()
    assert left[0] < left[2] == 100
    before = captured.plan(ALL_PAST).digest
    assert hold("add", "hub.TapLog", *UNTIL) == 0
    assert f"holds {left[0]} rows of hub.TapLog" in capsys.readouterr().out
    digest = captured.plan(ALL_PAST).digest
    assert on_hold(captured, digest) == {
        "hub.TapLog": left[0],
        "stg_hub_tap_log": 100,
    }
    assert "case 4711 (hold 1, until 2099-06-30)" in captured.one(
        "select details ->> 'stays' from retention.plan"
        " where digest = %s and rule = 'hub.TapLog'",
        digest,
    )
    # The older plan, in which nothing was on hold, lets nothing go either.
    captured.apply(before)
    assert captured.left() == left
    assert captured.sealed() == 0


def test_a_hold_between_two_batches_stops_the_second(captured):
    # The first batch's own transaction brings the hold along.
    captured.execute(
        """
        create function pg_temp_hold() returns trigger language plpgsql as $$
        begin
            insert into retention.hold (relation, predicate, reason, held_until)
            select 'hub.TapLog', 'true', 'a court asked', '2099-01-01'
            where not exists (select from retention.hold);
            return null;
        end $$;
        create trigger hold after insert on retention.ledger
        execute function pg_temp_hold();
        """
    )
    plan = captured.plan(ALL_PAST)
    with pytest.raises(DbtError, match="the holds have changed"):
        captured.apply(plan.digest, granule_rows=2)
    assert captured.left() == (80, 100, 100)
    captured.execute("drop function pg_temp_hold cascade")
    captured.apply(captured.plan(ALL_PAST).digest)
    assert captured.left() == (80, 100, 100)


def test_a_hold_that_cannot_be_told_or_kept_is_refused(
    captured, capsys, monkeypatch
):
    table = ("add", "hub.TapLog")
    for arguments, why in {
        (*table, "--where", '"nobody" = 1', *UNTIL): "no declared column",
        (*table, "--where", "eventId = 'x'", *UNTIL): 'write `"eventId"`',
        (*table, "--where", "\"eventId\" = 'x' or", *UNTIL): "does not work in",
        (*table, "--where", "true) or (true", *UNTIL): "close what it opens",
        (*table, "--where", '"tagId" = $$x$$', *UNTIL): "has a `$`",
        (
            *(*table, "--where"),
            '"id" in (select "id" from hub."Event")',
            *UNTIL,
        ): "reads another table",
        (*table, "--where", "\"ipAddress\" = '::1'", *UNTIL): "--subject",
        (*table, "--where", "\"tagId\" = 'a@b.example'", *UNTIL): "--subject",
        ("add", "hub.Nothing", *UNTIL): "no table hub.Nothing",
        ("add", *UNTIL): "say which one",
        (*table, "--until", "tomorrow", "--because", "x"): "like 2027-06-30",
        (*table, "--until", "2020-01-01", "--because", "x"): "a later day",
        (*table, "--until", "2099-01-01", "--because", " "): "its reason",
        (*table, "--until", "2099-01-01", "--because", "a@b.c"): "its reason",
    }.items():
        assert hold(*arguments) == 1, arguments
        said = capsys.readouterr().err.strip()
        assert why in said
        assert "\n" not in said
        assert said.endswith(".")

    # Nobody, at the prompt; and somebody whom the server will not have.
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: " ")
    assert hold("add", "--subject", *UNTIL) == 1
    assert "Nobody was named" in capsys.readouterr().err
    captured.execute(
        "alter table retention.hold add constraint below check (hold_id < 0)"
    )
    monkeypatch.setenv("WAREHOUSE_SUBJECT", "alice@mail.example")
    assert hold("add", "--subject", *UNTIL) == 1
    said = capsys.readouterr()
    assert 'violates check constraint "below"' in said.err
    assert said.err.count("\n") == 1
    assert "alice" not in said.out + said.err
    assert hold("list") == 0
    assert capsys.readouterr().out == "There is no hold.\n"


def test_a_hold_on_a_person_keeps_their_rows_and_never_their_name(
    supabase, monkeypatch, capsys
):
    """By e-mail address: of the account, what has its id is held, too."""
    people = {
        "alice@mail.example": uuid.uuid4(),
        "bob@mail.example": uuid.uuid4(),
    }
    for email, user in people.items():
        supabase.execute(
            "insert into supabase.users (id, email, created_at, updated_at)"
            " values (%s, %s, '2026-01-01', '2026-01-01')",
            *(user, email),
        )
        supabase.execute(
            "insert into supabase.sessions"
            " (id, user_id, created_at, expires_at)"
            " values (%s, %s, '2026-01-01', '2026-02-01')",
            *(uuid.uuid4(), user),
        )
        supabase.execute(
            "insert into supabase.magic_links (id, email, token_hash,"
            " created_at, expires_at)"
            " values (%s, %s, %s, '2026-01-01', '2026-01-02')",
            *(uuid.uuid4(), email, email),
        )
    supabase.build("2026-01-03", "--select", "+stg_supabase_session")
    monkeypatch.setattr("sys.stdin", io.StringIO(" ALICE@mail.example\n"))
    assert hold("add", "--subject", *UNTIL) == 0
    said = capsys.readouterr().out
    assert "a person, known by 2 identifiers" in said
    assert "1 rows of supabase.sessions" in said

    digest = supabase.plan("2026-06-01").digest
    assert on_hold(supabase, digest)["supabase.sessions"] == 1
    assert on_hold(supabase, digest)["supabase.magic_links"] == 1
    # Of the other tables nothing is built.
    with pytest.raises(DbtError, match="run `dbt build` first"):
        supabase.apply(digest)
    alice = people["alice@mail.example"]
    for table in ("supabase.sessions", "raw.raw_supabase_session"):
        assert supabase.query(f"select user_id from {table}") == [(alice,)]
    staged = "select count(*) from staging.stg_supabase_session"
    assert supabase.one(staged) == 2
    assert supabase.query("select email from supabase.magic_links") == [
        ("alice@mail.example",)
    ]
    for (row,) in supabase.query("select hold::text from retention.hold"):
        assert "alice" not in row.lower()
        assert str(alice) not in row
    written = [
        file
        for variable in ("DBT_ENGINE_TARGET_PATH", "DBT_ENGINE_LOG_PATH")
        for file in Path(os.environ[variable]).rglob("*")
        if file.is_file()
    ]
    assert any(file.name == "dbt.log" for file in written)
    assert not [
        file for file in written if b"alice@mail" in file.read_bytes().lower()
    ]
    session = supabase.one("select id from supabase.sessions")
    lines: list[str] = []
    operation(
        "explain",
        lines.append,
        table="supabase.sessions",
        key=[str(session)],
        as_of="2026-06-02",
    )
    said = "\n".join(lines)
    # Its key is hashed there.
    assert "staging: alive, staged 2026-01-03 00:00:00 UTC." in said
    assert said.count("On hold: case 4711 (hold 1, until 2099-06-30).") == 2
    assert str(alice) not in said
    # Without its salt nobody could be told from anybody: nothing goes.
    supabase.execute("delete from pii.salt")
    with pytest.raises(DbtError, match=r"no active salt"):
        supabase.plan("2026-06-01")
