"""The ledger is a chain with heads elsewhere, and `verify` proves it (X5)."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from psycopg.errors import InsufficientPrivilege

from flows import night as nights
from flows.cli import main
from flows.run_dbt import DbtError
from tests.conftest import (
    Warehouse,
    audit_page,
    connect,
    copy_of,
    keep_database,
)
from tests.functional.test_concurrency import wait_until

VARIABLE = "WAREHOUSE_LEDGER_HEADS"
PASSWORD = "of the clerk"  # noqa: S105 - for this server only
# 40 of the 100 taps have gone after the first, all after the second.
NIGHTS = ["2025-04-05", "2025-06-01"]
# What a superuser can do.
OPEN = """
    alter table retention.ledger disable trigger user;
    alter table retention.ledger alter column entry drop identity;
"""


@pytest.fixture(scope="module")
def two_nights(
    captured_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """A database after NIGHTS, and the text of its heads' file."""
    file = tmp_path_factory.mktemp("heads") / "new" / "heads.jsonl"
    with (
        pytest.MonkeyPatch.context() as patch,
        copy_of(captured_template) as warehouse,
    ):
        patch.setenv(VARIABLE, file.as_uri())
        for night in NIGHTS:
            warehouse.night(night)
            # As after a batch that did not commit: there is no entry 4.
            warehouse.execute("select nextval('retention.ledger_entry_seq')")
    return keep_database("two_nights"), file.read_text()


@pytest.fixture
def ledger(two_nights, tmp_path, monkeypatch) -> Iterator[Warehouse]:
    """That database, and its heads in heads.jsonl."""
    template, heads = two_nights
    (tmp_path / "heads.jsonl").write_text(heads)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "heads.jsonl"))
    with copy_of(template) as warehouse:
        yield warehouse


@pytest.fixture
def verify(capsys):
    """Runs `warehouse verify`: exit code, what it printed, and the sentence."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["verify", *arguments])
        said = capsys.readouterr()
        assert said.err.count("\n") == code, said.err
        return code, said.out, said.err.strip()

    return run


def test_all_holds_after_two_nights_and_the_figures_say_so(ledger, verify):
    code, said, _ = verify()

    assert code == 0, said
    entries = ledger.one("select count(*) from retention.ledger")
    hashes = ledger.assert_chained()
    assert len(hashes) == entries == 6
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines == [
        f"chain ledger holds entries 6, head {hashes[-1]}",
        "heads ledger holds known 2",
        "account raw_hub_tap_log holds in 100, alive 0, let go 100",
        "account stg_hub_tap_log holds in 100, alive 0, let go 100",
        "conservation marts_engagement_tap_summary_daily holds rows 100,"
        " wrong buckets 0",
        "sealed marts_engagement_tap_summary_daily holds by ledger 100,"
        " sealed 100",
        "guard ledger holds",
    ]
    # For a program the same; nothing of a person in it.
    code, said, _ = verify("--json")
    found = json.loads(said)
    assert code == 0
    assert found["holds"] is True
    assert [check["of"] for check in found["checks"]] == [
        line.split()[1] for line in lines
    ]
    ids = ledger.query('select "id" from hub."TapLog"')
    assert not [one for (one,) in ids if one in said]


def test_the_hash_is_over_every_column_whatever_the_session_is_set_to(
    ledger,
):
    hashes = ledger.assert_chained()
    for setting in (
        "timezone = 'Asia/Kathmandu'",
        "datestyle = 'German'",
        "intervalstyle = 'iso_8601'",
        "extra_float_digits = -15",
    ):
        ledger.execute(f"set {setting}")
    assert ledger.assert_chained() == hashes

    # Each column changed on its own, as a superuser can.
    ledger.execute(OPEN)
    changes = {
        "bigint": "{} + 1",
        "integer": "{} + 1",
        "text": "coalesce({}, '') || 'é\"\\\n\t\x01'",
        "jsonb": '{} || \'{{"é\\"": null}}\'',
        "interval": "{} + interval '1 microsecond'",
        "timestamp with time zone": "case when {0} is null"
        " then 'infinity' else {0} + interval '1 microsecond' end",
    }
    columns = ledger.query(
        "select attname, format_type(atttypid, null) from pg_attribute"
        " where attrelid = 'retention.ledger'::regclass and attnum > 0"
        " and not attisdropped"
    )
    assert len(columns) == 23
    for column, kind in columns:
        to = changes[kind].format(f'"{column}"')
        with ledger.connection.transaction(force_rollback=True):
            ledger.execute(
                f'update retention.ledger set "{column}" = {to}'
                " where entry = (select max(entry) from retention.ledger)"
            )
            with pytest.raises(AssertionError, match="is broken"):
                ledger.assert_chained()


def forge(ledger: Warehouse, like: int, **changes: object) -> None:
    """Inserts a copy of an entry with changes, well hashed."""
    ledger.execute(
        "insert into retention.ledger"
        " select (jsonb_populate_record(ledger, %s)).*"
        " from retention.ledger where entry = %s",
        json.dumps(changes),
        like,
    )
    hash_anew(ledger)


def hash_anew(ledger: Warehouse, chain: bool = False) -> list[str]:
    """Hashes what has no hash; as a chain from first to last, if asked."""
    query, _ = audit_page()
    hashes: list[str] = []
    for (line,) in ledger.query(query):
        entry = json.loads(line)
        claimed = entry.pop("hash")
        if chain:
            entry["previous_hash"] = hashes[-1] if hashes else None
        if claimed is None:
            content = {k: v for k, v in entry.items() if v is not None}
            text = json.dumps(
                content, ensure_ascii=False, separators=(",", ":")
            )
            claimed = hashlib.sha256(text.encode()).hexdigest()
            ledger.execute(
                "update retention.ledger set previous_hash = %s, hash = %s"
                " where entry = %s",
                entry["previous_hash"],
                claimed,
                entry["entry"],
            )
        hashes.append(claimed)
    return hashes


def test_verify_names_the_first_entry_that_is_not_as_it_was_written(
    ledger, verify
):
    hashes = dict(
        ledger.query("select entry, hash from retention.ledger order by entry")
    )
    assert list(hashes) == [1, 2, 3, 5, 6, 7]
    ledger.execute("create table public.kept as table retention.ledger;" + OPEN)
    changed = "was changed: its hash is not that of its content."
    cut_off = "is not there any more: the ledger was cut off."
    last = ", the last one of the ledger as of"
    for tampering, sentence in {
        "update retention.ledger set rows = rows - 1 where entry >= 3": (
            f"Entry 3 of the ledger {changed}"
        ),
        "delete from retention.ledger where entry = 2": (
            "Entry 3 of the ledger was not written after entry 1, which stands"
            " before it: one between them was removed, or entry 1 was changed"
            " and hashed anew."
        ),
        "delete from retention.ledger where entry < 3": (
            "Entry 3 of the ledger was written after another one, and is the"
            " first: those before it were removed."
        ),
        "insert into retention.ledger"
        """ select (jsonb_populate_record(ledger, '{"entry": 4}')).*"""
        " from retention.ledger where entry = 3": (
            f"Entry 4 of the ledger {changed}"
        ),
        "update retention.ledger set hash = null where entry = 3": (
            "Entry 3 of the ledger was inserted: it has no hash."
        ),
        "update retention.ledger set entry = 4 where entry = 3;"
        "update retention.ledger set entry = 3 where entry = 5;": (
            f"Entry 3 of the ledger {changed}"
        ),
        "delete from retention.ledger where entry > 3": (
            f"Entry 7{last} 2025-06-01T00:00:00.000000Z, {cut_off}"
        ),
        "delete from retention.ledger": (
            f"Entry 3{last} 2025-04-05T00:00:00.000000Z, {cut_off}"
        ),
        # By somebody who knows how an entry is hashed.
        (4, hashes[3]): (
            "Entry 4 of the ledger was inserted: entry 5 was written after"
            " entry 3."
        ),
        (0, None): (
            "Entry 0 of the ledger was inserted: entry 1 was written after"
            " none."
        ),
        (7, hashes[6]): (
            "Entry 7 is not the one that was the last of the ledger as of"
            " 2025-06-01T00:00:00.000000Z: the ledger was written anew."
        ),
        (8, hashes[7]): (
            "raw_hub_tap_log has taken in 100 rows, 0 are alive and 107 were"
            " let go of: 7 are too many."
        ),
    }.items():
        if isinstance(tampering, str):
            ledger.execute(tampering)
        else:
            entry, after = tampering
            ledger.execute(
                "delete from retention.ledger where entry = %s", entry
            )
            forge(
                ledger,
                2,
                entry=entry,
                previous_hash=after,
                rows=7,
                hash=None,
            )
        code, said, why = verify()
        assert (code, why) == (1, sentence)
        assert "BROKEN" in said
        ledger.execute(
            "truncate retention.ledger;"
            "insert into retention.ledger table public.kept"
        )
    # Nothing is left of that but the trigger, which is still off.
    code, _, why = verify()
    assert code == 1
    assert "A trigger of retention.ledger, entries_stay or entries_leave" in why
    for trigger in ("entries_stay", "entries_leave"):
        ledger.execute(f"drop trigger {trigger} on retention.ledger")
    ledger.build("2025-06-01", "--select", "raw_hub_tap_log")
    code, said, why = verify()
    assert code == 0, why


def test_heads_that_are_not_there_prove_nothing(
    ledger, verify, tmp_path, monkeypatch
):
    code, _, why = verify("--heads", str(tmp_path / "none.jsonl"))
    assert code == 1
    assert "none.jsonl cannot be read (No such file or directory)" in why

    # Of a warehouse that was made anew, or whose name was changed.
    heads = tmp_path / "heads.jsonl"
    here = str(ledger.one("select warehouse_id from retention.database"))
    assert heads.read_text().count(here) == 2
    heads.write_text(heads.read_text().replace(here, here[::-1]))
    code, _, why = verify()
    assert code == 1
    assert "Of 2 known heads none is of this warehouse" in why

    # On a server of one's own, unless the variable says where.
    monkeypatch.delenv(VARIABLE)
    code, said, _ = verify()
    assert code == 0
    assert re.search(r"^heads +ledger +unknown +known 0$", said, re.MULTILINE)


def test_a_ledger_from_before_the_chain_is_chained_as_it_stands(ledger, verify):
    hashes = ledger.assert_chained()
    ledger.execute(
        "drop trigger entries_stay on retention.ledger;"
        "alter table retention.ledger drop column form,"
        " drop column previous_hash, drop column hash;"
        "update retention.database set schema_version = 0"
    )
    with pytest.raises(DbtError, match="of older code: run `dbt build` first"):
        ledger.plan(NIGHTS[1])

    ledger.build(NIGHTS[1], "--select", "raw_hub_tap_log")

    assert ledger.assert_chained() == hashes
    # Once: an entry without a hash that comes later stays without.
    ledger.execute(
        "insert into retention.ledger overriding system value"
        " select (jsonb_populate_record(ledger,"
        """ '{"entry": 9, "rows": 0, "hash": null}')).*"""
        " from retention.ledger where entry = 7"
    )
    ledger.build(NIGHTS[1], "--select", "raw_hub_tap_log")
    code, _, why = verify()
    assert (code, why) == (
        1,
        "Entry 9 of the ledger was inserted: it has no hash.",
    )


def test_nobody_changes_or_removes_an_entry(ledger):
    changes = {
        "update": "update retention.ledger set rows = 0 where entry = 3",
        "delete": "delete from retention.ledger where entry = 3",
        "truncate": "truncate retention.ledger",
    }
    owner = ledger.one("select current_user")
    ours = "alter table retention.ledger{} owner to {}"
    before = ledger.query("table retention.ledger order by entry")
    ledger.execute(
        f"create role clerk login password '{PASSWORD}'"
        " in role warehouse_retention"
    )
    try:
        with connect(user="clerk", password=PASSWORD) as clerk:
            # Who lets go adds and reads entries, nothing else.
            with clerk.transaction(force_rollback=True):
                clerk.execute(
                    "insert into retention.ledger overriding system value"
                    " select (jsonb_populate_record(ledger, jsonb_build_object("
                    " 'entry', nextval('retention.ledger_entry_seq')))).*"
                    " from retention.ledger where entry = 3"
                )
                found = clerk.execute("select count(*) from retention.ledger")
                assert found.fetchone() == (7,)
            for change in [
                *changes.values(),
                "alter table retention.ledger disable trigger entries_stay",
                "drop trigger entries_stay on retention.ledger",
                "drop table retention.ledger",
                "set session_replication_role = replica",
                "select setval('retention.ledger_entry_seq', 1)",
            ]:
                with pytest.raises(
                    InsufficientPrivilege, match=r"permission denied|must be"
                ):
                    clerk.execute(change)
            # Nor does the owner, who is a superuser or not.
            for part in ("", "_anchor"):
                ledger.execute(ours.format(part, "clerk"))
            for session in (clerk, ledger.connection):
                for what, change in changes.items():
                    with pytest.raises(
                        InsufficientPrivilege,
                        match=f"written: {what} is refused to everybody.",
                    ):
                        session.execute(change)
    finally:
        for part in ("", "_anchor"):
            ledger.execute(ours.format(part, f'"{owner}"'))
        ledger.execute("drop role clerk")
    assert ledger.query("table retention.ledger order by entry") == before


def test_the_entry_of_a_stopped_batch_joins_the_chain_alone(captured):
    """It is written after the batch's transaction, under the gate as all are.

    Two that saw the same last entry would fork the chain.
    """
    plan = captured.plan(NIGHTS[0])
    failed: list[DbtError] = []

    def apply() -> None:
        try:
            captured.apply(plan.digest, lock_seconds=0.05)
        except DbtError as error:
            failed.append(error)

    thread = threading.Thread(target=apply)
    with connect(autocommit=False) as other:
        # No attempt gets as far as the ledger; the last entry does, and waits.
        other.execute('lock table hub."TapLog" in exclusive mode')
        other.execute("lock table retention.ledger in share mode")
        thread.start()
        with connect() as watcher:
            wait_until(
                Warehouse(watcher),
                "select exists (select from pg_locks where not granted"
                " and relation = 'retention.ledger'::regclass)",
            )
            holds_gate = watcher.execute(
                "select bool_and(exists (select from pg_locks as gate"
                "  where gate.pid = waiting.pid and gate.granted"
                "  and gate.relation = 'retention.gate'::regclass"
                "  and gate.mode = 'ExclusiveLock'))"
                " from pg_locks as waiting where not waiting.granted"
                " and waiting.relation = 'retention.ledger'::regclass"
            ).fetchone()
        other.rollback()
        thread.join(timeout=60)
    assert holds_gate == (True,)
    assert "another session is in the way" in str(failed[0])

    # And it says nothing of what its batch had sealed before it failed.
    captured.execute(
        """
        create function public.refuse() returns trigger language plpgsql
        as $$ begin raise exception 'no'; end $$;
        create trigger refuse before delete on staging.stg_hub_tap_log
        for each row execute function public.refuse()
        """
    )
    apply()
    assert "stg_hub_tap_log stopped: the database refused" in str(failed[1])
    assert captured.query(
        "select layer, rows, sealed, outcome = 'let go' from retention.ledger"
        " order by entry"
    ) == [
        ("source", 0, {}, False),
        ("source", 40, {}, True),
        ("raw", 40, {}, True),
        ("staging", 0, {}, False),
    ]
    captured.assert_conserved(100)


def test_a_head_that_cannot_be_noted_fails_the_night_at_its_end(
    captured, tmp_path, monkeypatch
):
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    with pytest.raises(DbtError) as error:
        captured.night(NIGHTS[0])

    assert str(error.value) == (
        "The apply did not end well.\n"
        f"The head of the ledger cannot be noted in {tmp_path} (Is a"
        f" directory): make it writable or set {VARIABLE}; the next run notes"
        " the head of all entries."
    )
    # Nothing is lost but the note.
    assert captured.left() == (60, 60, 60)
    captured.assert_conserved(100)


def test_entries_of_seven_years_ago_go_and_no_account_changes(
    ledger, verify, tmp_path
):
    """X9, and only from the beginning of the chain."""
    ledger.execute(
        "alter table retention.ledger disable trigger user;"
        "update retention.ledger set hash = null, recorded_at = recorded_at"
        " - case when entry <= 3 then 8 else 6 end * interval '1 year';"
    )
    hashes = hash_anew(ledger, chain=True)
    ledger.execute("alter table retention.ledger enable trigger user")
    file = tmp_path / "heads.jsonl"
    heads = [json.loads(line) for line in file.read_text().splitlines()]
    heads = [
        heads[0] | {"entry": 2, "entries": 2, "as_of": "2016-01-01T00:00:00Z"},
        heads[0] | {"hash": hashes[2]},
        heads[1] | {"hash": hashes[5]},
    ]

    digest = ledger.plan("2025-06-02").digest
    nights.apply(digest, lambda _: None)

    sealed = {"marts_engagement_tap_summary_daily": 40}
    assert ledger.query(
        "select entry, stream, layer, relation, rows, sealed, outcome"
        " from retention.ledger where entry > 7 order by entry"
    ) == [
        (entry, "hub.TapLog", layer, relation, 40, numbers, "carried over")
        for entry, layer, relation, numbers in (
            (9, "raw", "raw_hub_tap_log", {}),
            (10, "source", "TapLog", {}),
            (11, "staging", "stg_hub_tap_log", sealed),
        )
    ]
    assert ledger.query(
        "select min(entry), count(*), min(first_clock) from retention.ledger"
    ) == [(5, 6, datetime(2025, 1, 1, tzinfo=UTC))]
    assert ledger.query(
        "select entry, hash, entries from retention.ledger_anchor"
    ) == [(3, hashes[2], 3)]
    ledger.assert_conserved(100)
    newest = json.loads(file.read_text().splitlines()[-1])
    assert (newest["entry"], newest["entries"]) == (11, 9)

    def verify_heads(*heads: dict[str, object]) -> tuple[int, str, str]:
        file.write_text("".join(json.dumps(head) + "\n" for head in heads))
        return verify()

    code, said, why = verify_heads(*heads, newest)
    assert code == 0, why
    assert "entries 6, head" in said
    # Somebody cut off more than was old enough.
    early = heads[0] | {"as_of": "2025-04-05T00:00:00Z"}
    code, _, why = verify_heads(early, *heads[1:], newest)
    assert (code, why[:22]) == (1, "Entry 2, the last one "), why
    # The anchor is another entry than the last one that went.
    code, _, why = verify_heads(heads[0], heads[1] | {"hash": hashes[1]})
    assert (code, why[:22]) == (1, "Entry 3 is not the one"), why
    # Old ones that are no beginning stay; so does all that is younger.
    for entries in ("= 5", ">= 10", "<= 5"):
        with pytest.raises(InsufficientPrivilege, match="delete is refused"):
            ledger.execute(
                f"delete from retention.ledger where entry {entries}"
            )
    # The next run has nothing more to cut.
    nights.apply(ledger.plan("2025-06-02").digest, lambda _: None)
    assert ledger.one("select count(*) from retention.ledger") == 6
