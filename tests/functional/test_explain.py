"""X5: of one row, where it is, what it counts in, and what let it go."""

from __future__ import annotations

from flows.cli import main
from flows.run_dbt import operation


def explain(table: str, *key: str, **others: str) -> str:
    """What `warehouse explain` prints, as of a day of the simulation."""
    lines: list[str] = []
    operation("explain", lines.append, table=table, key=key, **others)
    return "\n".join(lines)


def test_explain_follows_a_row_from_capture_to_the_ledger(captured, capsys):
    tap = captured.one(
        'select "id" from hub."TapLog" where "tappedAt"::date = %s'
        " and \"eventId\" = 'event_0' limit 1",
        "2025-01-05",
    )
    said = explain("hub.TapLog", tap, as_of="2025-01-12")
    assert "raw: alive, captured 2025-01-11 00:00:00 UTC." in said
    assert "staging: alive, staged 2025-01-11 00:00:00 UTC." in said
    assert (
        "Counted in marts_engagement_tap_summary_daily: tap_date 2025-01-05,"
        " event_id event_0" in said
    )
    assert (
        "By rule hub.TapLog (90 days after tappedAt) it is past its time after"
        " 2025-04-05 " in said
    )
    # Nothing of the person.
    for (value,) in captured.query(
        'select unnest(array["tagId", "ipAddress", "userAgent"])'
        ' from hub."TapLog" where "id" = %s',
        tap,
    ):
        assert value is None or value not in said

    captured.execute(
        "insert into retention.hold (relation, predicate, reason, held_until)"
        " values ('hub.TapLog', %s, 'a court asked', '2099-01-01')",
        f"\"id\" = '{tap}'",
    )
    # The other 99 go; of the source's copy nothing is left to hold.
    captured.execute('delete from hub."TapLog" where "id" = %s', tap)
    captured.apply(captured.plan("2025-06-01").digest)
    said = explain("hub.TapLog", tap, as_of="2025-06-02")
    assert "source: not there." in said
    assert "On hold: a court asked (hold 1, until 2098-12-31)." in said
    assert "it may have gone with 1 entries" in said

    captured.execute("update retention.hold set released_at = now()")
    digest = captured.plan("2025-06-03").digest
    captured.apply(digest)
    entry = captured.one(
        "select max(entry) from retention.ledger where layer = 'staging'"
    )
    said = explain("hub.TapLog", tap, at="2025-01-05T12:00:00Z")
    assert "Nothing of it is left" in said
    assert "sealed in marts_engagement_tap_summary_daily" in said
    said = explain("hub.TapLog", tap)
    assert f"entry {entry}, " in said
    assert "proved by marts_engagement_tap_summary_daily" in said
    assert f"plan {digest}" in said
    assert "(as of 2025-06-03 00:00)" in said
    assert "approved by warehouse on " in said
    assert "proved by raw_hub_tap_log" in said

    said = explain("hub.TapLog", "nobody's", at="2024-01-05T12:00:00Z")
    assert "never here" in said
    assert "From raw no entry of the ledger took a row of its time." in said
    assert main(["explain", "hub.TapLog", "a@mail.example"]) == 1
    assert "may not stand in a command" in capsys.readouterr().err
    assert main(["explain", "hub.Nothing", "1"]) == 1
    assert "no captured table hub.Nothing" in capsys.readouterr().err
    assert main(["explain", "hub.TapLog", "1", "2"]) == 1
    assert "is known by id: give 1 values." in capsys.readouterr().err
