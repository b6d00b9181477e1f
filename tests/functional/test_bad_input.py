"""What a person does wrong is one sentence, and nothing is lost by it."""

from __future__ import annotations

import hashlib

import pytest

from flows.cli import main
from flows.run_dbt import DbtError, operation, run_dbt
from tests.conftest import Warehouse
from tests.functional.conftest import sentence

SALT = "a-salt-that-must-never-be-written-anywhere-0123"
HEADER = "id,eventId,tagId,tappedAt"


def said(capsys, *command: str) -> str:
    """`warehouse ...`, which is refused: the one line that it says."""
    capsys.readouterr()
    assert main(command) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert captured.err.count("\n") == 1, captured.err
    return captured.err.strip()


def salts(warehouse: Warehouse) -> list[tuple[str, bool]]:
    """Every salt, and whether it is in use."""
    return warehouse.query(
        "select salt, retired_at is null from pii.salt order by version"
    )


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("delete from pii.salt", "There is no active salt in pii.salt"),
        (
            "update pii.salt set retired_at = now()",
            "There is no active salt in pii.salt",
        ),
        (
            "insert into pii.salt (salt) values (repeat('another', 8))",
            "There are 2 active salts in pii.salt",
        ),
        (
            "update pii.salt set salt = repeat('another', 8)",
            "is not the one that rows were hashed with",
        ),
    ],
    ids=["deleted", "retired", "doubled", "changed"],
)
def test_no_row_is_hashed_with_anything_but_the_one_salt(
    captured, mistake, words
):
    hashes = "select * from staging.stg_hub_tap_log order by tap_id"
    before = captured.query(hashes), salts(captured)
    captured.tap("2025-01-11 12:00:00")
    captured.execute(mistake)
    wrong = salts(captured)

    with pytest.raises(DbtError) as error:
        captured.build("2025-01-12")
    assert words in sentence(error)
    # `init` makes no new one either.
    with pytest.raises(DbtError) as error:
        operation("init", lambda _: None)
    assert words in sentence(error)
    assert salts(captured) == wrong
    assert captured.query(hashes) == before[0]
    assert captured.left() == (101, 100, 100)

    # Put back, and all is well: the same tag has the same pseudonym.
    captured.execute("delete from pii.salt")
    captured.execute("insert into pii.salt (salt) values (%s)", before[1][0][0])
    captured.build("2025-01-12")
    assert captured.left() == (101, 101, 101)
    assert captured.one(
        "select count(distinct tag_hash) from staging.stg_hub_tap_log"
    ) == captured.one('select count(distinct "tagId") from hub."TapLog"')


def test_a_salt_of_ones_own_is_used_as_given_and_written_nowhere(
    empty_database, monkeypatch, tmp_path, capfd
):
    warehouse = Warehouse(empty_database)
    monkeypatch.setenv("PII_SALT", SALT)
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(tmp_path / "logs"))
    monkeypatch.setenv("DBT_ENGINE_WRITE_JSON", "true")
    assert main(["init", "--with-sources"]) == 0
    assert salts(warehouse) == [(SALT, True)]
    warehouse.execute(
        'delete from hub."TapLog"'
        " where \"tappedAt\" < now() at time zone 'UTC' - interval '3 days'"
    )
    warehouse.build()

    [(tag, tag_hash)] = warehouse.query(
        'select raw."tagId", staging.tag_hash from raw.raw_hub_tap_log as raw'
        " inner join staging.stg_hub_tap_log as staging"
        ' on staging.tap_id = raw."id" limit 1'
    )
    known = hashlib.sha256(f"tag:{tag}{SALT}".encode()).hexdigest()
    assert tag_hash == known

    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = {path: path.read_bytes() for path in written}
    assert not [path for path, text in texts.items() if SALT.encode() in text]
    # The search would have found it: the SQL around it is there.
    assert any(b"pii.salt" in text for text in texts.values())
    printed = capfd.readouterr()
    assert "Made the demo tables of hub" in printed.out
    assert SALT not in printed.out + printed.err
    # The same again is no mistake.
    assert main(["init", "--with-sources"]) == 0
    assert salts(warehouse) == [(SALT, True)]


def test_a_salt_that_is_too_short_is_refused(
    empty_database, monkeypatch, capsys
):
    monkeypatch.setenv("PII_SALT", "é" * 15 + "!")
    why = said(capsys, "init", "--with-sources")
    assert "PII_SALT is shorter than 32 bytes" in why
    assert "openssl rand -hex 32" in why
    assert "é" not in why
    warehouse = Warehouse(empty_database)
    assert salts(warehouse) == []
    assert not warehouse.one("select to_regclass('hub.\"TapLog\"') is not null")


def test_another_salt_than_the_stored_one_is_refused(
    warehouse, monkeypatch, capsys
):
    before = salts(warehouse)
    monkeypatch.setenv("PII_SALT", SALT)
    why = said(capsys, "init")
    assert "The database has another salt already" in why
    assert SALT not in why
    assert salts(warehouse) == before


def test_a_lost_salt_is_brought_back_by_init_and_no_other(
    captured, monkeypatch, capsys
):
    [(lost, _)] = salts(captured)
    captured.execute("delete from pii.salt")
    monkeypatch.setenv("PII_SALT", SALT)
    why = said(capsys, "init")
    assert "PII_SALT is not the salt that rows were hashed with" in why
    assert salts(captured) == []

    monkeypatch.setenv("PII_SALT", lost)
    assert main(["init"]) == 0
    assert salts(captured) == [(lost, True)]


def test_a_build_without_source_tables_names_what_creates_demo_ones(
    empty_database, capsys
):
    assert said(capsys, "plan").endswith(
        "holds no warehouse of target prod yet: run `dbt build` first."
    )
    with pytest.raises(DbtError) as error:
        run_dbt("build")
    why = sentence(error)
    assert why.startswith('The source table "hub"."')
    assert " is not in database" in why
    assert "dbt run-operation create_demo_sources" in why
    # As a plan does.
    assert main(["plan"]) == 0
    report = capsys.readouterr().out
    assert "stopped" in report
    assert "- " + why in report.splitlines()


def test_a_plan_before_the_first_build_names_what_to_run(warehouse, capsys):
    warehouse.taps(["2025-01-01"])
    assert main(["plan", "--as-of", "2025-06-01"]) == 0
    report = capsys.readouterr().out
    assert "stopped" in report
    assert '"raw"."raw_hub_tap_log" is not in database' in report
    assert "run `dbt build` first" in report


def test_demo_tables_do_not_go_where_somebody_elses_are(empty_database, capsys):
    warehouse = Warehouse(empty_database)
    warehouse.execute(
        "create schema hub; create table hub.theirs as select 1 as one"
    )
    with pytest.raises(DbtError) as error:
        operation("create_demo_sources", lambda _: None)
    why = sentence(error)
    assert "The schema hub holds theirs already" in why
    assert "`hub_schema`" in why
    assert "holds theirs already" in said(capsys, "init", "--with-sources")
    tables = (
        "select relname from pg_class where relnamespace = 'hub'::regnamespace"
    )
    assert warehouse.query(tables) == [("theirs",)]
    assert warehouse.one("select purpose from retention.database") == "live"
    # And made-up rows go only where the tables are made up.
    with pytest.raises(DbtError) as error:
        operation(
            "generate_demo_rows",
            lambda _: None,
            since="2025-01-01",
            until="2025-01-02",
        )
    assert "is not a demo" in sentence(error)


def test_a_server_that_is_down_is_one_sentence(server, monkeypatch, capsys):
    monkeypatch.setenv("PGPORT", "1")
    for command in (["plan"], ["nightly"], ["load", "hub.TapLog", "x.csv"]):
        why = said(capsys, *command)
        assert "port 1 failed" in why
        assert "Connection refused: start it with `warehouse up`" in why
        assert "PGHOST" in why
    with pytest.raises(DbtError) as error:
        run_dbt("build")
    assert sentence(error) == why


def test_a_port_that_is_no_number_is_one_sentence(server, monkeypatch, capsys):
    monkeypatch.setenv("PGPORT", "five")
    assert "env_var('PGPORT', '5432')" in said(capsys, "plan")


@pytest.mark.parametrize(
    "text", ["yesterday", "2025-02-30", "2025-13-01", "01/02/2025", "'; drop"]
)
def test_a_time_that_is_none_is_one_sentence(captured, capsys, text):
    before = captured.left()
    for command in ("plan", "nightly"):
        why = said(capsys, command, "--as-of", text)
        assert f"as_of is '{text}', which is no time" in why
        assert "2026-03-01T03:00:00Z" in why
    assert captured.left() == before


def test_an_unknown_table_is_not_loaded(warehouse, capsys):
    why = said(capsys, "load", "hub.Taps", "taps.csv")
    assert "There is no source table hub.Taps" in why
    assert "hub.Event, hub.EventWindow, " in why
    assert ", hub.TapLog." in why


def test_of_a_broken_file_nothing_is_loaded(warehouse, capsys, tmp_path):
    file = tmp_path / "taps.csv"
    file.write_text(f"{HEADER}\na,e,t,2025-01-01T00:00:00Z\nb,e,t,never-ever\n")
    why = said(capsys, "load", "hub.TapLog", str(file))
    assert why == (
        f"{file}, line 3, column tappedAt: invalid datetime format;"
        " nothing was loaded."
    )
    assert warehouse.one('select count(*) from hub."TapLog"') == 0
    missing = said(capsys, "load", "hub.TapLog", str(tmp_path / "no.csv"))
    assert missing.startswith(f"Cannot read {tmp_path}/no.csv")


def test_a_good_file_is_loaded(warehouse, capsys, tmp_path):
    file = tmp_path / "taps.csv"
    file.write_text(f"{HEADER}\na,e,t,2025-01-01T02:00:00+02:00\n")
    assert main(["load", "hub.TapLog", str(file)]) == 0
    assert capsys.readouterr().out == "Loaded 1 rows into hub.TapLog.\n"
    warehouse.build("2025-01-02")
    assert warehouse.per_day() == {"2025-01-01": 1}
