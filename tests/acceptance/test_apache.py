"""10,000 real requests (Apache, May 2015) as taps of hub: no person beyond raw.

A scanner looks for every address, user agent and query string of the file in
what the warehouse wrote: tables, dbt's artefacts and logs, the server's log.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from psycopg import sql

from flows.load import load_csv
from tests.conftest import DATABASE, PROJECT, SHARED_DATA

LOG = SHARED_DATA / "apache_semicomplete" / "apache_logs"
pytestmark = pytest.mark.skipif(
    not LOG.is_file(), reason=f"{LOG} with the real requests is not here."
)

PER_DAY = {
    "2015-05-17": 1632,
    "2015-05-18": 2893,
    "2015-05-19": 2896,
    "2015-05-20": 2579,
}
# One user agent is cut off, and has no closing quote.
REQUEST = re.compile(
    r'(?P<ip>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "\S+ (?P<path>\S+) \S+"'
    r' \d+ \S+ "(?P<referrer>[^"]*)" "(?P<user_agent>[^"]*)"?'
)
TAIL = re.compile(r"[?#]")
# A whole address; 5.39.50.0/24 is a network, and staging may keep that.
ADDRESS = re.compile(rb"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d/]|\.\d)")


class Request(NamedTuple):
    """What a line of the log becomes a tap of."""

    time: datetime
    ip: str
    user_agent: str
    url: str


def requests() -> list[Request]:
    """All of them. The URL is the one with a query, where there is one.

    Paths have queries of a few kinds only, referrers those of search engines
    and forums, with what people asked for and their sessions.
    """
    found = []
    with LOG.open(encoding="utf-8") as lines:
        for line in lines:
            match = REQUEST.fullmatch(line.rstrip("\n"))
            assert match, line
            path, referrer = match["path"], match["referrer"]
            found.append(
                Request(
                    datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z"),
                    match["ip"],
                    match["user_agent"],
                    path if "?" in path or referrer == "-" else referrer,
                )
            )
    return found


def load(warehouse, taps: list[Request], file: Path) -> int:
    """The requests as taps of hub, through a CSV file; how many there are."""
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("id", "eventId", "tagId", *Request._fields))
        writer.writerows(
            (f"tap_{n}", f"event_{n % 7}", f"tag_{n % 11}", *tap)
            for n, tap in enumerate(taps)
        )
    columns = {
        "time": "tappedAt",
        "ip": "ipAddress",
        "user_agent": "userAgent",
        "url": "redirectUrl",
    }
    return load_csv(
        warehouse.connection,
        "hub",
        "TapLog",
        file,
        columns=columns,
        progress=False,
    )


class Scanner:
    """Finds strings of persons; upper or lower case makes no difference.

    A string that our own code contains, or a URL without its query ("-",
    "Ruby", "page=5"), tells of nobody and is left out.
    """

    def __init__(self, taps: list[Request]) -> None:
        urls = [TAIL.split(tap.url, maxsplit=1) for tap in taps]
        innocent = "\n".join(
            path.read_text()
            for folder in ("macros", "models", "tests/dbt")
            for path in sorted((PROJECT / folder).rglob("*.*"))
        )
        innocent = "\n".join([innocent, *(url[0] for url in urls)]).lower()
        self.addresses = {tap.ip.encode() for tap in taps}
        strings = {tap.user_agent for tap in taps}
        strings |= {url[1] for url in urls if len(url) > 1}
        self.strings = {
            text.lower().encode()
            for text in strings
            if text.lower() not in innocent
        }
        self.left_out = len(strings) - len(self.strings)

    def all(self) -> set[bytes]:
        """What it looks for."""
        return self.addresses | self.strings

    def found_in(self, data: bytes) -> set[bytes]:
        """What of it is there."""
        data = data.lower()
        return (self.addresses & set(ADDRESS.findall(data))) | {
            text for text in self.strings if text in data
        }


def columns(warehouse, schema: str) -> Iterator[tuple[str, bytes]]:
    """Each column of each table of a schema, and all values in it, as text."""
    for table, column in warehouse.query(
        """
        select c.relname, a.attname
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid
        where c.relnamespace = %s::regnamespace
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and a.attnum > 0
        and not a.attisdropped
        order by 1, a.attnum
        """,
        schema,
    ):
        values = warehouse.connection.execute(
            sql.SQL("select distinct {}::text from {}").format(
                sql.Identifier(column), sql.Identifier(schema, table)
            )
        ).fetchall()
        text = "\n".join(value for (value,) in values if value is not None)
        yield f"{schema}.{table}.{column}", text.encode()


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below the folders."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path), path.read_bytes()


@pytest.fixture
def own_paths(tmp_path, monkeypatch) -> tuple[Path, Path]:
    """Folders where dbt writes artefacts and logs of this test alone."""
    target, logs = tmp_path / "target", tmp_path / "logs"
    monkeypatch.setenv("DBT_ENGINE_TARGET_PATH", str(target))
    monkeypatch.setenv("DBT_ENGINE_WRITE_JSON", "true")
    monkeypatch.setenv("DBT_ENGINE_LOG_PATH", str(logs))
    return target, logs


@pytest.fixture
def server_log(warehouse, server) -> Callable[[], bytes]:
    """What the server has logged in this test: every statement it was sent."""
    path = server.data.parent / "server.log"
    start = path.stat().st_size
    warehouse.execute(f"alter database {DATABASE} set log_statement = 'all'")
    return lambda: path.read_bytes()[start:]


def test_no_person_gets_beyond_raw(
    warehouse, own_paths, server_log, tmp_path
) -> None:
    taps = requests()
    scanner = Scanner(taps)
    assert len(scanner.addresses) == 1753
    assert len(scanner.strings) > 850
    assert scanner.left_out < 10
    assert load(warehouse, taps, tmp_path / "taps.csv") == 10_000

    def leaks() -> dict[str, Any]:
        places = [
            *(
                place
                for schema in ("staging", "sealed", "marts", "retention")
                for place in columns(warehouse, schema)
            ),
            *files(*own_paths),
            ("the server's log", server_log()),
        ]
        # Places that must be among them, or the scan proves nothing.
        names = " ".join(name for name, _ in places)
        for name in (
            "staging.stg_hub_tap_log.redirect_url",
            "sealed.marts_engagement_tap_summary_daily.redirect_url",
            "marts.marts_engagement_tap_summary_daily.redirect_url",
            "retention.ledger.rule_text",
            "/run_results.json",
            "/dbt.log",
        ):
            assert name in names
        assert b"insert into" in server_log()
        return {
            name: found
            for name, data in places
            if (found := scanner.found_in(data))
        }

    warehouse.night("2015-05-21")
    assert warehouse.per_day() == PER_DAY
    assert warehouse.left() == (10_000, 10_000, 10_000)
    assert (
        warehouse.one(
            "select count(distinct ip_hash) from staging.stg_hub_tap_log"
        )
        == 1753
    )
    assert leaks() == {}
    # The scanner does find them where they may be.
    raw = b"\n".join(values for _, values in columns(warehouse, "raw"))
    assert scanner.found_in(raw) == scanner.all()

    warehouse.night("2015-12-31")
    assert warehouse.left() == (0, 0, 0)
    assert warehouse.per_day() == PER_DAY
    warehouse.assert_conserved(10_000)
    assert leaks() == {}
    raw = b"\n".join(values for _, values in columns(warehouse, "raw"))
    assert scanner.found_in(raw) == set()
