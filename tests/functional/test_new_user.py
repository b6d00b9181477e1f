"""An application in a database of its own, as a new user adds it.

A Prisma schema on another server: from `add-source` to a first purge there, by
the commands that the page and the commands themselves name.
"""

# ruff: noqa: F811 - `copy` is a fixture of another file.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows.add_source import add_source
from tests.connected import PASSWORD, Pair, make_pair
from tests.functional.test_add_source import (
    Shell,
    copy,  # noqa: F401 - a fixture
    fill_in,
    url,
)

PRISMA = f"""
create type "VisitStatus" as enum ('BOOKED', 'DONE');
create domain cents as integer check (value >= 0);
create table "_prisma_migrations" (id varchar(36) primary key);
create table "Customer" (
    "id" text primary key, "email" text not null,
    "createdAt" timestamp(3) not null default now(),
    "updatedAt" timestamp(3) not null
);
create table "Visit" (
    "id" text primary key, "userId" text references "Customer" ("id"),
    "state" "VisitStatus" not null, "marks" "VisitStatus"[], "price" cents,
    "visitedAt" timestamp(3) not null default now()
);
create index on "Visit" ("visitedAt");
insert into "Customer"
select 'cl' || n, n || '@a.example', now(), now()
from generate_series(1, 9) as n;
insert into "Visit"
select
    'cv' || n, 'cl' || n % 9 + 1,
    (array['BOOKED', 'DONE'])[n % 2 + 1]::"VisitStatus", array['DONE']::"VisitStatus"[],
    n, now() at time zone 'UTC' - n * interval '12 hours' + interval '6 hours'
from generate_series(1, 400) as n;
create role clinic login password '{PASSWORD}';
grant select, delete on all tables in schema public to clinic;
"""  # noqa: E501


@pytest.mark.large
def test_a_prisma_database_on_another_port_from_its_url_to_a_purge(
    server: Any,
    tmp_path_factory: Any,
    copy: Path,
    monkeypatch: Any,
) -> None:
    with make_pair(tmp_path_factory) as pair:
        pair.application.execute("create database clinic")
        with pair.server.connect("clinic") as clinic:
            clinic.execute(PRISMA)
            monkeypatch.setenv("DBT_TARGET", "prod")
            _from_url_to_purge(pair, Shell(copy), clinic)


def _from_url_to_purge(
    pair: Pair, shell: Shell, clinic: psycopg.Connection[Any]
) -> None:
    there = pair.url("clinic").replace("/application", "/clinic")
    shell.environment["DATABASE_URL"] = there
    shell.environment["CLINIC_DELETE_URL"] = there
    printed = shell.warehouse("add-source", "clinic")
    assert "warehouse connect clinic --delete-url" in printed
    assert "prisma_migration" not in printed
    settings = (shell.project / "dbt_project.yml").read_text()
    assert "  clinic_schema: clinic\n" in settings
    sources = shell.project / "models/raw/clinic/_clinic__sources.yml"
    fill_in(sources, r'^( +because:) ""$', r'\1 "For the clinic."')
    fill_in(sources, r"^( +pii:)  # .*$", r"\1 none")
    # The rules ask for an enum's values, here and there.
    assert fill_in(
        sources,
        r"^( +)since: visitedAt\n((?:.+\n)+?)( +because: .*\n)",
        r"\1since: visitedAt\n\1where: state in ('BOOKED', 'DONE')\n\2\3"
        "              - keep: forever\n                review: 2099-01-01\n"
        r"\1where: state not in ('BOOKED', 'DONE')"
        "\n"
        r"\3",
    )
    shell.warehouse("check")
    assert "2 tables of schema public" in shell.warehouse("connect", "clinic")
    shell.warehouse("connect", "clinic")  # again, over its own types
    shell.warehouse("init")
    shell.run("dbt", "build")
    w = pair.warehouse
    mart = "select sum(visit_count) from marts.marts_clinic_visit_daily"
    assert w.one(mart) == 400
    assert w.query(
        "select distinct visit_state from staging.stg_clinic_visit order by 1"
    ) == [("BOOKED",), ("DONE",)]
    assert w.one('select sum("price") from clinic."Visit"') == 200 * 401

    planned = shell.warehouse("plan")
    digest = re.findall(r"warehouse approve (\w+)", planned)[0]
    waits = shell.warehouse("apply", digest)
    assert f"Approval needed: warehouse approve {digest}" in waits
    shell.warehouse("approve", digest)
    shell.warehouse("apply", digest)
    left = clinic.execute('select count(*) from "Visit"').fetchone()
    assert left == (180,)
    for copied in ("raw.raw_clinic_visit", "staging.stg_clinic_visit"):
        assert w.one(f"select count(*) from {copied}") == 180
    assert w.one(mart) == 400
    shell.warehouse("verify")

    own = (
        "select typname from pg_type where typname in ('VisitStatus', 'cents')"
    )
    assert len(w.query(own)) == 2
    shell.warehouse("disconnect", "clinic")
    assert w.query(own) == []


def test_a_source_in_another_database_gets_a_schema_of_its_own_name(
    empty_database: psycopg.Connection[Any],
    copy: Path,
) -> None:
    empty_database.execute("drop database if exists warehouse_other")
    empty_database.execute("create database warehouse_other")
    other = url().rpartition("/")[0] + "/warehouse_other"
    with psycopg.connect(other, autocommit=True) as application:
        application.execute(
            """
            create schema app;
            create table app."User" ("id" text primary key);
            create table app._prisma_migrations (id text primary key);
            """
        )
    said: list[str] = []
    try:
        add_source("shopfront", other, project=copy, say=said.append)
    finally:
        empty_database.execute("drop database warehouse_other with (force)")
    assert "  warehouse connect shopfront --schema app --delete-url" in (
        "\n".join(said)
    )
    settings = (copy / "dbt_project.yml").read_text()
    assert "  shopfront_schema: shopfront\n" in settings
    sources = (
        copy / "models/raw/shopfront/_shopfront__sources.yml"
    ).read_text()
    assert "in schema app." in sources
    # What Prisma notes for itself is nobody's rows, unless it is asked for.
    assert "_prisma_migrations" not in sources
