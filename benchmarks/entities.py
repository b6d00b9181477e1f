"""Letting go of half of the rows of an entity, beside one bare DELETE."""

from __future__ import annotations

from benchmarks.lab import Comparison, Lab, let_go, stopwatch
from flows.night import build
from flows.run_dbt import operation

# Half of them expire before 2026-01-15, half later; none is old enough for its
# address to be taken out.
SESSIONS = """
insert into supabase.users (id, email)
values ('00000000-0000-0000-0000-000000000001', 'one@mail.example');
insert into supabase.sessions (
    id, user_id, created_at, expires_at, ip, user_agent
)
select
    md5(n::text)::uuid, '00000000-0000-0000-0000-000000000001',
    moment - interval '30 days', moment,
    ('10.0.' || n % 200 || '.' || n % 250)::inet, 'UA/' || n % 40
from (
    select
        n,
        timestamptz '2026-01-15 00:00:00+00'
        + (n - {rows} / 2) * interval '20 days' / {rows} as moment
    from generate_series(1, {rows}) as n
) as made_up;
vacuum (analyze) supabase.sessions
"""
BUILT_AT, AS_OF = "2026-01-20T00:00:00Z", "2026-01-22T00:00:00Z"
BARE = """
delete from supabase.sessions
where expires_at < timestamptz '2026-01-15 00:00:00+00'
"""


def measure(lab: Lab, rows: int, runs: int) -> list[Comparison]:
    """Plans and applies, and deletes by hand, in turns, on fresh copies.

    Args:
        lab: The server.
        rows: How many sessions.
        runs: How many of each.

    Returns:
        The batches at the source.

    Raises:
        SystemExit: The two sides did not delete the same number of rows.
    """
    lab.fresh()
    operation("init", _silent, with_sources=True, days=0)
    with lab.connect() as connection:
        for statement in SESSIONS.format(rows=rows).split(";"):
            connection.execute(statement)
    build(BUILT_AT, _silent)
    with lab.connect() as connection:
        connection.execute("vacuum (analyze)")
    lab.keep("bench_sessions")
    source = Comparison("source: every column's proof, delete, ledger", 2.5)
    for _ in range(runs):
        lab.fresh("bench_sessions")
        gone = let_go(lab, AS_OF)
        lab.fresh("bench_sessions")
        with lab.connect() as connection, stopwatch() as seconds:
            bare = connection.execute(BARE)
            by_hand = seconds()
        there, took = gone["sessions"]
        if bare.rowcount != there:
            raise SystemExit(
                f"The rule of sessions let go of {there} rows, the DELETE of"
                f" {bare.rowcount}."
            )
        source.add(took, by_hand)
    return [source]


def _silent(_: str) -> None:
    """Prints nothing."""
