"""The ledger is a chain with heads elsewhere, and `verify` proves it (X5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from flows.cli import main
from flows.night import nightly
from tests.conftest import (
    Warehouse,
    _new_database,
    audit_page,
    connect,
    keep_database,
)

VARIABLE = "WAREHOUSE_LEDGER_HEADS"
# 40 of the 100 taps have gone after the first, all after the second.
NIGHTS = ["2025-04-05", "2025-06-01"]
# What a superuser can do.
OPEN = """
    alter table retention.ledger disable trigger entries_stay;
    alter table retention.ledger alter column entry drop identity;
"""


@pytest.fixture(scope="module")
def two_nights(
    captured_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """A database after NIGHTS, and the text of its heads' file."""
    file = tmp_path_factory.mktemp("heads") / "new" / "heads.jsonl"
    _new_database(captured_template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, file.as_uri())
        for night in NIGHTS:
            nightly(night, say=lambda _: None)
            # As after a batch that did not commit: there is no entry 4.
            with connect() as connection:
                connection.execute(
                    "select nextval('retention.ledger_entry_seq')"
                )
    return keep_database("two_nights"), file.read_text()


@pytest.fixture
def ledger(two_nights, tmp_path, monkeypatch) -> Iterator[Warehouse]:
    """That database, and its heads in heads.jsonl."""
    template, heads = two_nights
    _new_database(template)
    (tmp_path / "heads.jsonl").write_text(heads)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "heads.jsonl"))
    with connect() as connection:
        yield Warehouse(connection)


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
    query, _ = audit_page()
    ledger.execute(
        "insert into retention.ledger"
        " select (jsonb_populate_record(ledger, %s)).*"
        " from retention.ledger where entry = %s",
        json.dumps(changes),
        like,
    )
    for (line,) in ledger.query(query):
        entry = json.loads(line)
        if entry.pop("hash") is None:
            content = {k: v for k, v in entry.items() if v is not None}
            text = json.dumps(
                content, ensure_ascii=False, separators=(",", ":")
            )
            ledger.execute(
                "update retention.ledger set hash = %s where entry = %s",
                hashlib.sha256(text.encode()).hexdigest(),
                entry["entry"],
            )


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
    assert "entries_stay of retention.ledger was dropped or switched" in why
    ledger.execute("drop trigger entries_stay on retention.ledger")
    ledger.build("2025-06-01", "--select", "raw_hub_tap_log")
    code, said, why = verify()
    assert code == 0, why
