"""A night with nothing to do, over as many rows as a large table has."""

from __future__ import annotations

from benchmarks import arrivals
from benchmarks.lab import Figure, Lab, stopwatch
from flows.night import build
from flows.run_dbt import operation

# The taps are 0.7 to a second, so ten million span half a year.
NIGHTS = ("1995-07-02T00:00:00Z", "1995-07-03T00:00:00Z")


def measure(lab: Lab, rows: int) -> list[Figure]:
    """Plans and applies twice: with, and without the weekly comparison.

    Args:
        lab: The server.
        rows: How many taps.

    Returns:
        Seconds in which the server worked for it, and in all.
    """
    lab.fresh()
    operation("init", _silent, with_sources=True, days=0)
    with lab.connect() as connection:
        connection.execute(
            arrivals.MADE_UP.format(rows=rows).replace(
                "1.43 seconds", "0.001 seconds"
            )
        )
        connection.execute('vacuum (analyze) hub."TapLog"')
    build(NIGHTS[0], _silent)
    with lab.connect() as connection:
        connection.execute("vacuum (analyze)")
    figures = []
    for night, what, aim in zip(
        NIGHTS,
        ("with the weekly comparison", "any other night"),
        (None, 1.0),
        strict=True,
    ):
        before = _worked(lab)
        with stopwatch() as seconds:
            plan = operation("retention_plan", _silent, as_of=night)
            operation("retention_apply", _silent, digest=plan.values["digest"])
            wall = seconds()
        worked = _worked(lab) - before
        figures.append(Figure(f"server's time, {what}", worked, "s", aim))
        figures.append(Figure("... and with dbt's own", wall, "s"))
    return figures


def _worked(lab: Lab) -> float:
    """Seconds in which sessions of the database ran statements, so far."""
    with lab.connect("postgres") as connection:
        [(milliseconds,)] = connection.execute(
            "select active_time from pg_stat_database where datname = 'bench'"
        ).fetchall()
    return float(milliseconds) / 1000


def _silent(_: str) -> None:
    """Prints nothing."""
