"""Letting go of half of the rows, beside one bare DELETE per table."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.lab import Comparison, Lab, stopwatch
from flows.run_dbt import operation

# By hand, each layer's rows that are past their time.
BARE = {
    "source": """
        delete from hub."TapLog"
        where "tappedAt" < timestamp '{as_of}' - interval '90 days'
    """,
    "raw": """
        delete from raw.raw_hub_tap_log
        where _clock < timestamptz '{as_of}' - interval '90 days'
    """,
    "staging": """
        delete from staging.stg_hub_tap_log
        where _clock < timestamptz '{as_of}' - interval '90 days'
    """,
}
# A job that deletes a thousand rows at a time, with no proof at all.
LOOP = """
delete from hub."TapLog"
where "id" in (
    select "id" from hub."TapLog" where "tappedAt" < %s limit 1000
)
"""
AIMS = {"source": 2.0, "raw": None, "staging": 3.5}
WHAT = {
    "source": "proof, delete, ledger",
    "raw": "two proofs, memory, delete, ledger",
    "staging": "two seals, delete, ledger",
}


def measure(lab: Lab, built: str, as_of: str, runs: int) -> list[Comparison]:
    """Plans and applies, and deletes by hand, in turns, on fresh copies.

    Args:
        lab: The server.
        built: The template with taps in source, raw, staging and mart.
        as_of: The moment at which half of them are past their time.
        runs: How many of each.

    Returns:
        For each layer its batches alone, and the rule from end to end.

    Raises:
        SystemExit: The two sides did not delete the same number of rows.
    """
    batches = {
        layer: Comparison(f"{layer}: {what}", AIMS[layer])
        for layer, what in WHAT.items()
    }
    rules = {
        layer: Comparison("... the whole rule, as its line is printed")
        for layer in BARE
    }
    loop = Comparison(
        "source: the whole rule, beside 1,000 rows at a time without proof", 1.0
    )
    cutoff = datetime.fromisoformat(as_of.rstrip("Z")) - timedelta(days=90)
    for _ in range(runs):
        lab.fresh(built)
        with lab.connect() as connection, stopwatch() as seconds:
            while connection.execute(LOOP, [cutoff]).rowcount:
                pass
            looped = seconds()
        lab.fresh(built)
        rows, took, walls = _apply(lab, as_of)
        loop.add(walls["source"], looped)
        lab.fresh(built)
        with lab.connect() as connection:
            for layer, statement in BARE.items():
                with stopwatch() as seconds:
                    bare = connection.execute(statement.format(as_of=as_of))
                    by_hand = seconds()
                if bare.rowcount != rows[layer]:
                    raise SystemExit(
                        f"The rule of {layer} let go of {rows[layer]} rows,"
                        f" the DELETE of {bare.rowcount}."
                    )
                batches[layer].add(took[layer], by_hand)
                rules[layer].add(walls[layer], by_hand)
    return [
        comparison
        for layer in BARE
        for comparison in (batches[layer], rules[layer])
    ] + [loop]


def _apply(
    lab: Lab, as_of: str
) -> tuple[dict[str, int], dict[str, float], dict[str, float]]:
    """One plan and its apply: rows, seconds in batches, seconds in all."""
    plan = operation("retention_plan", _silent, as_of=as_of)
    walls: dict[str, float] = {}
    with stopwatch() as seconds:
        last = 0.0

        def note(line: str) -> None:
            # `hub.TapLog  source  1000000  done`: that rule has just ended.
            nonlocal last
            words = line.split()
            if words[-1] == "done" and words[1] in BARE:
                walls[words[1]] = seconds() - last
            last = seconds()

        operation("retention_apply", note, digest=plan.values["digest"])
    with lab.connect() as connection:
        ledger = connection.execute(
            "select layer, sum(rows)::bigint, extract(epoch from sum(took))"
            " from retention.ledger group by 1"
        ).fetchall()
    return (
        {layer: rows for layer, rows, _ in ledger},
        {layer: float(took) for layer, _, took in ledger},
        walls,
    )


def _silent(_: str) -> None:
    """Prints nothing."""
