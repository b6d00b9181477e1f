"""Measures, and prints a table: `make bench`, or `python -m benchmarks`."""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    arrivals,
    capture,
    entities,
    nothing,
    purge,
    waiting,
)
from benchmarks.lab import SETTINGS, Comparison, Figure, Lab, lab, stopwatch
from flows.run_dbt import operation

SOURCE, BUILT = "bench_source", "bench_built"


def main() -> None:
    """Reads the arguments, measures, prints."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="How long the warehouse takes, beside plain SQL that does"
        " the same by hand, on the same server and in turns; what it means"
        " stands in docs/performance.md.",
    )
    parser.add_argument(
        "--rows",
        type=int,
        default=2_000_000,
        help="taps in the source; half of them are let go of"
        " (default: %(default)s; all NASA arrivals are 3461610)",
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=5,
        help="runs of each side (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        choices=("capture", "purge", "entities", "waiting", "nothing"),
        nargs="+",
        default=("capture", "purge", "entities", "waiting", "nothing"),
        help="these alone (default: all)",
    )
    given = parser.parse_args()
    console = Console(width=100, highlight=False)
    with stopwatch() as seconds, lab() as place:
        console.print(_machine(place))
        what, build_at, purge_at = _prepare(place, given.rows)
        console.print(f"{given.rows:,} {what}; {given.runs} runs of each side.")
        if "capture" in given.only:
            comparisons = capture.measure(place, SOURCE, build_at, given.runs)
            _table(console, f"{given.rows:,} taps, source to mart", comparisons)
        _build(place, build_at)
        half = f"letting go of {given.rows // 2:,} of {given.rows:,}"
        if "purge" in given.only:
            comparisons = purge.measure(place, BUILT, purge_at, given.runs)
            _table(console, f"{half} taps", comparisons)
        if "entities" in given.only:
            comparisons = entities.measure(place, given.rows, given.runs)
            _table(console, f"{half} sessions", comparisons)
        if "waiting" in given.only:
            figures = waiting.of_a_purge(place, BUILT, purge_at)
            figures += waiting.of_a_drop(place, (50_000, 5_000_000), given.runs)
            _figures(console, "how long others wait", figures)
        if "nothing" in given.only:
            figures = nothing.measure(place, 10_000_000)
            _figures(console, "nothing to do, 10,000,000 taps", figures)
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        console.print(f"Took {seconds():.0f} s; load at the end {load}.")


def _prepare(place: Lab, rows: int) -> tuple[str, str, str]:
    """Makes the template with the taps: what they are, and when to build."""
    place.fresh()
    operation("init", _silent, with_sources=True, days=0)
    with place.connect() as connection:
        what = arrivals.load(connection, rows)
        connection.execute('vacuum (analyze) hub."TapLog"')
        # The cutoff, 90 days before as_of, is at the middle tap's time.
        [(build_at, purge_at)] = connection.execute(
            """
            select
                max("tappedAt") + interval '1 day',
                percentile_disc(0.5) within group (order by "tappedAt")
                    + interval '90 days'
            from hub."TapLog"
            """
        ).fetchall()
    place.keep(SOURCE)
    form = "%Y-%m-%dT%H:%M:%SZ"
    build_at, purge_at = build_at.strftime(form), purge_at.strftime(form)
    return what, build_at, purge_at


def _build(place: Lab, as_of: str) -> None:
    """Makes the template with the taps in every layer."""
    place.fresh(SOURCE)
    capture.build(place, as_of)
    with place.connect() as connection:
        # As autovacuum leaves it within minutes; here it is off.
        connection.execute("vacuum (analyze)")
    place.keep(BUILT)


def _table(console: Console, title: str, comparisons: list[Comparison]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in ("warehouse", "by hand", "ratio", "of pairs", "aim"):
        table.add_column(heading, justify="right")
    for comparison in comparisons:
        table.add_row(*comparison.row())
    console.print(table)


def _figures(console: Console, title: str, figures: list[Figure]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for heading in ("", "aim"):
        table.add_column(heading, justify="right")
    for figure in figures:
        table.add_row(*figure.row())
    console.print(table)


def _machine(place: Lab) -> str:
    """The machine, the server and its settings, in two lines."""
    processor = platform.machine()
    memory = ""
    if (about := Path("/proc/cpuinfo")).exists():
        for line in about.read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(": ")[2]
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {pages / 2**30:.0f} GB"
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    settings = ", ".join(f"{name} {value}" for name, value in SETTINGS.items())
    return (
        f"{os.cpu_count()} cores ({processor}){memory}; load {load}\n"
        f"PostgreSQL {place.server.version}; {settings}"
    )


def _silent(_: str) -> None:
    """Prints nothing."""


if __name__ == "__main__":
    main()
