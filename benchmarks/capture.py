"""From the source to the daily summary, beside a script by hand."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.lab import DATABASE, Comparison, Lab, stopwatch
from flows.run_dbt import run_dbt

BY_HAND = (Path(__file__).parent / "by_hand.sql").read_text()
# What came out, on either side: as many rows, and the same in them.
STAGED = """
select count(*), sum(hashtextextended(concat_ws(
    '|', tap_id, event_id, window_id, tag_hash, ip_hash, ip_network,
    user_agent_family, redirect_url, extract(epoch from tapped_at)
), 0))
from {}
"""
COUNTED = """
select count(*), sum(tap_count), sum(hashtextextended(concat_ws(
    '|', tap_date, event_id, window_id, redirect_url, tap_count
), 0))
from {}
"""


def measure(lab: Lab, source: str, as_of: str, runs: int) -> list[Comparison]:
    """Builds and runs the script in turns, each on a fresh copy.

    Args:
        lab: The server.
        source: The template with the taps in hub.
        as_of: The moment of the builds.
        runs: How many of each.

    Returns:
        The models alone, and the command with its data tests.

    Raises:
        SystemExit: The two sides did not come to the same rows.
    """
    models = Comparison("capture, hash, count: the three models", 1.5)
    command = Comparison("... the whole `dbt build`, with data tests")
    for _ in range(runs):
        lab.fresh(source)
        times, whole = build(lab, as_of)
        ours = _came_to(
            lab,
            "staging.stg_hub_tap_log",
            "marts.marts_engagement_tap_summary_daily",
        )
        lab.fresh(source)
        with lab.connect() as connection, stopwatch() as seconds:
            connection.execute(BY_HAND)
            by_hand = seconds()
        theirs = _came_to(lab, "by_hand.tap", "by_hand.tap_summary_daily")
        if ours != theirs:
            raise SystemExit(
                "benchmarks/by_hand.sql and the models do not come to the same"
                f" rows ({theirs}, {ours}): bring the script up to date."
            )
        models.add(times, by_hand)
        command.add(whole, by_hand)
    return [models, command]


def build(lab: Lab, as_of: str) -> tuple[float, float]:
    """Builds and tests once.

    Args:
        lab: The server.
        as_of: The moment of the build.

    Returns:
        Seconds of the models alone, and of the whole command.
    """
    with stopwatch() as seconds:
        run_dbt(
            "build",
            "--exclude-resource-type",
            "unit_test",
            variables={"as_of": as_of},
            scope=DATABASE,
        )
        whole = seconds()
    results = json.loads(
        (lab.target / DATABASE / "run_results.json").read_text()
    )["results"]
    models = sum(
        result["execution_time"]
        for result in results
        if result["unique_id"].startswith("model.")
    )
    return models, whole


def _came_to(lab: Lab, staged: str, counted: str) -> list[tuple[object, ...]]:
    """Fingerprints of the rows and of the summary."""
    with lab.connect() as connection:
        return [
            row
            for query, table in ((STAGED, staged), (COUNTED, counted))
            for row in connection.execute(query.format(table))
        ]
