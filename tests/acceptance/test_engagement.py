"""Taps by day, by hour of the day and by event, worked out again in Python.

The taps and events are the demo's, and some made by hand. Before retention,
once every tap is gone, and after events have come and gone, the marts say what
the source rows came to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from flows.night import operation
from tests.conftest import (
    Warehouse,
    _silent,
    copy_of,
    without,
)

# hub alone, but all of it.
ONLY_HUB = without("analytics", "shop", "supabase", "render_jobs")


@pytest.fixture
def hub(server: Any) -> Iterator[Warehouse]:
    """A warehouse of hub, its tables empty."""
    with copy_of("template1", ONLY_HUB) as warehouse:
        operation("init", _silent, with_sources=True, days=0)
        yield warehouse


def generate(since: str, until: str) -> int:
    """The demo writes; how many taps."""
    made = operation("generate_demo_rows", _silent, since=since, until=until)
    return int(made.values["made"]["hub"])


Tap = tuple[str, str, str, datetime]


def taps(hub: Warehouse) -> dict[str, Tap]:
    """Event, window, URL without the person, and time of each tap."""
    found = {}
    for tap, event, window, url, tapped_at in hub.query(
        'select "id", "eventId", "windowId", "redirectUrl", "tappedAt"'
        ' from hub."TapLog"'
    ):
        if url is not None:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2]
            url = urlunsplit((parts.scheme, host, parts.path, "", ""))
        found[tap] = (event, window or "", url or "", tapped_at)
    return found


def check(hub: Warehouse, seen: dict[str, Tap], names: dict[str, str]) -> None:
    """Each mart against a calculation of its own."""
    assert {
        tuple(key): n
        for *key, n in hub.query(
            "select tap_date, event_id, window_id, redirect_url, tap_count"
            " from marts.marts_engagement_tap_summary_daily"
        )
    } == Counter(
        (at.date(), event, window, url)
        for event, window, url, at in seen.values()
    )
    times = [at for *_, at in seen.values()]
    assert {
        at.astimezone(UTC): n
        for at, n in hub.query(
            "select tap_hour_at, tap_count"
            " from marts.marts_engagement_taps_hourly"
        )
    } == Counter(
        at.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
        for at in times
    )

    hours = Counter(at.hour for at in times)
    weekend = Counter(at.hour for at in times if at.weekday() >= 5)
    assert sorted(
        hub.query("select * from marts.marts_engagement_taps_by_hour_of_day")
    ) == [
        (
            hour,
            hours[hour],
            hours[hour] - weekend[hour],
            weekend[hour],
            (Decimal(hours[hour]) / len(times)).quantize(
                Decimal("0.0001"), ROUND_HALF_UP
            ),
        )
        for hour in range(24)
    ]

    days: dict[str, list[date]] = defaultdict(list)
    for event, *_, at in seen.values():
        days[event].append(at.date())
    assert {
        event: tuple(rest)
        for event, *rest in hub.query(
            "select * from marts.marts_engagement_taps_by_event"
        )
    } == {
        event: (
            names.get(event),
            event in names,
            len(tapped),
            len(set(tapped)),
            min(tapped),
            max(tapped),
        )
        for event, tapped in days.items()
    }


def events(hub: Warehouse) -> dict[str, str]:
    """What hub's events are called."""
    return dict(hub.query('select "id", "name" from hub."Event"'))


def gone(hub: Warehouse, layer: str) -> set[str]:
    """The events that a table says are gone."""
    return {
        event
        for (event,) in hub.query(
            f"select event_id from {layer} where _gone_at is not null"
        )
    }


DIM = "marts.marts_engagement_dim_events"


def test_the_marts_are_what_the_taps_come_to_and_stay_so(hub):
    made = generate("2025-12-20", "2026-01-20")
    # On the edges of days, hours, and the weekend; of an event that is no more.
    for at in (
        "2026-01-09 23:59:59.999",
        "2026-01-10 00:00:00",
        "2026-01-11 23:59:59.999",
        "2026-01-12 00:00:00",
    ):
        hub.tap(at, event="long gone")
    seen = taps(hub)
    assert len(seen) == made + 4
    first_names = events(hub)
    hub.build("2026-01-20")
    check(hub, seen, first_names)
    assert "long gone" not in first_names
    assert dict(
        hub.query(
            "select window_id, event_id"
            " from marts.marts_engagement_dim_event_windows"
        )
    ) == dict(hub.query('select "id", "eventId" from hub."EventWindow"'))

    # Three weeks later some events have other names, some have come, some gone.
    generate("2026-01-20", "2026-02-10")
    hub.execute("""delete from hub."Event" where "id" = 'event_3'""")
    seen |= taps(hub)
    names = events(hub)
    renamed = {e for e in names if names[e] != first_names.get(e, names[e])}
    left = set(first_names) - set(names)
    assert renamed
    assert {"event_3", "campaign_202510"} <= left
    # What has gone is noticed when raw lets go of its copy, and known to the
    # marts from the next build.
    hub.night("2026-02-10")
    hub.night("2026-02-11")
    check(hub, seen, names)
    assert gone(hub, "staging.stg_hub_event") == gone(hub, DIM) == left
    assert hub.one(f"select event_name from {DIM} where event_id = 'event_3'")

    # An event that comes back is there again.
    hub.execute(
        """insert into hub."Event" ("id", "name") values ('event_3', 'Back')"""
    )
    names = events(hub)
    hub.night("2026-02-12")
    check(hub, seen, names)
    assert gone(hub, DIM) == left - {"event_3"}

    # Every tap is past its time, and gone; the numbers are not.
    hub.night("2026-06-01")
    assert hub.left() == (0, 0, 0)
    check(hub, seen, names)
    # Staging has let go of the events that went, their marts have not.
    assert gone(hub, "staging.stg_hub_event") == set()
    assert gone(hub, DIM) == left - {"event_3"}
    hub.build("2026-06-01", "--full-refresh")
    check(hub, seen, names)
