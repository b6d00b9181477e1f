"""Events of analytics: the worked example, real ones, and every mart by hand.

The marts are compared with what plain Python makes of the source rows, which
reads nothing that the warehouse wrote.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from flows.run_dbt import operation
from tests.conftest import (
    SHARED_DATA,
    Warehouse,
    copy_of,
    keep_database,
    without,
)

ONLY_ANALYTICS = without("hub", "shop", "supabase", "render_jobs")
SNOWPLOW = SHARED_DATA / "snowplow_ecommerce"
ROLLUPS = (
    "marts_product_events_hourly",
    "marts_product_sessions_hourly",
    "marts_product_user_events_daily",
    "marts_product_visits_daily",
)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


@pytest.fixture(scope="session")
def analytics_template(server: Any) -> str:
    """A database that `init` made ready, with the empty table of analytics."""
    with copy_of("template1", ONLY_ANALYTICS):
        operation("init", lambda _: None, with_sources=True, days=0)
    return keep_database("analytics_template")


@pytest.fixture
def warehouse(analytics_template: str) -> Iterator[Warehouse]:
    """A warehouse of analytics alone."""
    with copy_of(analytics_template, ONLY_ANALYTICS) as warehouse:
        yield warehouse


@dataclass(frozen=True)
class Event:
    """A row of "AnalyticsEvent"; times are UTC."""

    id: str
    occurred_at: datetime
    session: str = "session_1"
    user: str | None = None
    type: str = "page_viewed"
    tool: str | None = None
    properties: Any = None
    is_demo: bool = False

    @property
    def risk_mode(self) -> str | None:
        """properties.riskMode, where it is one of the three."""
        mode = (
            self.properties.get("riskMode")
            if isinstance(self.properties, dict)
            else None
        )
        return mode if mode in ("protect", "neutral", "chase") else None


def write(warehouse: Warehouse, events: Iterable[Event]) -> None:
    """The application writes events; they arrive a second later."""
    with (
        warehouse.connection.cursor() as cursor,
        cursor.copy(
            'copy analytics."AnalyticsEvent" ("id", "userId", "sessionId",'
            ' "eventType", "toolName", "properties", "demoMode", "timestamp",'
            ' "receivedAt") from stdin'
        ) as copy,
    ):
        for event in events:
            at = event.occurred_at.astimezone(UTC).replace(tzinfo=None)
            copy.write_row(
                (
                    event.id,
                    event.user,
                    event.session,
                    event.type,
                    event.tool,
                    json.dumps(event.properties)
                    if event.properties is not None
                    else None,
                    event.is_demo,
                    at,
                    at + timedelta(seconds=1),
                )
            )


def left(warehouse: Warehouse) -> tuple[int, int, int]:
    """Rows in source, raw and staging."""
    return warehouse.query(
        """
        select
            (select count(*) from analytics."AnalyticsEvent"),
            (select count(*) from raw.raw_analytics_event),
            (select count(*) from staging.stg_analytics_event)
        """
    )[0]


def assert_conserved(warehouse: Warehouse, captured: int) -> None:
    """X1, for each of the rollups on the one staging table."""
    alive = warehouse.one("select count(*) from staging.stg_analytics_event")
    for rollup in ROLLUPS:
        sealed, total = (
            warehouse.one(
                f"select coalesce(sum(_rows), 0)::bigint from {schema}.{rollup}"
            )
            for schema in ("sealed", "marts")
        )
        # Of hours that are past their own time.
        let_go = warehouse.one(
            "select coalesce(-sum((sealed ->> %s)::bigint), 0)::bigint"
            " from retention.ledger where layer = 'marts'",
            rollup,
        )
        assert alive + sealed + let_go == captured, rollup
        assert total + let_go == captured, rollup


# A2: the worked example.


def worked_example() -> list[Event]:
    """263 events of 42 sessions in one hour, and one on each side of it."""
    hour = datetime(2025, 10, 18, 1, tzinfo=UTC)
    kinds: list[dict[str, Any]] = []
    for tool, count in (("Start/Sit", 23), ("FAAB", 15), ("Decisions", 7)):
        kinds += [{"type": "tool_used", "tool": tool}] * count
    kinds += [{"type": "cache_hit"}] * 128
    for mode, count in (("protect", 8), ("neutral", 12), ("chase", 3)):
        kinds += [
            {"type": "risk_mode_changed", "properties": {"riskMode": mode}}
        ] * count
    kinds += [{"type": "feature_interaction"}] * 67
    assert len(kinds) == 263
    events = [
        Event(
            f"event_{n}",
            hour + n * (HOUR - timedelta(milliseconds=1)) / 262,
            session=f"session_{n % 42}",
            **kind,
        )
        for n, kind in enumerate(kinds)
    ]
    return [
        *events,
        Event("before", hour - timedelta(milliseconds=1), session="before"),
        Event("after", hour + HOUR, session="after"),
    ]


def test_the_worked_example_comes_out_exactly(warehouse):
    write(warehouse, worked_example())
    row = (
        "select * from marts.marts_product_rollup_hourly"
        " where hour = '2025-10-18T01:00Z'"
    )
    expected = [
        (
            datetime(2025, 10, 18, 1, tzinfo=UTC),
            {
                "tool_used": 45,
                "cache_hit": 128,
                "risk_mode_changed": 23,
                "feature_interaction": 67,
            },
            {"Start/Sit": 23, "FAAB": 15, "Decisions": 7},
            {"protect": 8, "neutral": 12, "chase": 3},
            42,
            263,
            0,
            0,
        )
    ]
    warehouse.night("2025-10-18T02:00:00Z")
    assert warehouse.query(row) == expected
    cursor = warehouse.connection.execute(row)
    assert [column.name for column in cursor.description][:6] == [
        "hour",
        "event_counts",
        "tool_usage",
        "risk_distribution",
        "unique_sessions",
        "total_events",
    ]

    warehouse.night("2025-12-01")
    assert left(warehouse) == (0, 0, 0)
    assert warehouse.query(row) == expected
    assert_conserved(warehouse, 265)


def test_sessions_stay_exact_when_an_event_comes_for_a_sealed_hour(warehouse):
    write(warehouse, worked_example())
    warehouse.night("2025-10-18T02:00:00Z")
    warehouse.night("2025-12-01")
    at = datetime(2025, 10, 18, 1, 30, tzinfo=UTC)
    write(
        warehouse,
        [
            Event("late_1", at, session="session_7"),
            Event("late_2", at, session="session_of_its_own", is_demo=True),
        ],
    )
    for night in ("2025-12-02", "2025-12-03"):
        warehouse.night(night)
        assert warehouse.query(
            "select unique_sessions, total_events, demo_unique_sessions,"
            " demo_total_events from marts.marts_product_rollup_hourly"
            " where hour = '2025-10-18T01:00Z'"
        ) == [(43, 265, 1, 1)]
        assert left(warehouse) == (0, 0, 0)
    assert_conserved(warehouse, 267)


# A3: 30 days.


def test_the_edge_of_the_30_days_is_half_open(warehouse):
    # Prisma's column has milliseconds; the edge is as sharp as PostgreSQL's.
    warehouse.execute(
        'alter table analytics."AnalyticsEvent"'
        ' alter column "timestamp" type timestamp'
    )
    edge = datetime(2025, 2, 1, 12, tzinfo=UTC)
    microsecond = timedelta(microseconds=1)
    write(
        warehouse,
        [
            Event("past", edge - microsecond),
            Event("on_the_edge", edge),
            Event("within", edge + microsecond),
        ],
    )
    # A build on the way: raw has milliseconds, and its clock has all of it.
    warehouse.night("2025-03-03T12:00:00Z")
    assert warehouse.query(
        'select "id" from analytics."AnalyticsEvent" order by "timestamp"'
    ) == [("on_the_edge",), ("within",)]
    assert left(warehouse) == (2, 2, 2)
    assert_conserved(warehouse, 3)
    warehouse.night("2025-03-03T12:00:00.000001Z")
    assert left(warehouse) == (1, 1, 1)
    warehouse.night("2025-03-03T12:00:00.000002Z")
    assert left(warehouse) == (0, 0, 0)
    assert_conserved(warehouse, 3)


# A5: the last hours, from an index.


def test_the_last_hours_come_from_an_index(warehouse):
    start = datetime(2025, 1, 1, tzinfo=UTC)
    write(warehouse, [Event(f"e{n}", start + n * HOUR) for n in range(24 * 90)])
    warehouse.build("2025-04-01")
    for question in (
        "order by hour desc limit 24",
        "where hour >= '2025-03-31T00:00Z' order by hour",
    ):
        query = "select * from marts.marts_product_rollup_hourly " + question
        plan = "\n".join(
            line for (line,) in warehouse.query("explain " + query)
        )
        assert "Index Scan" in plan, plan
        assert "Seq Scan" not in plan, plan
        assert len(warehouse.query(query)) == 24


# No person in what goes on.


def test_of_properties_only_a_known_risk_mode_goes_on(warehouse):
    at = datetime(2025, 1, 1, 12, tzinfo=UTC)
    write(
        warehouse,
        [
            Event(
                f"e{n}",
                at,
                user="user-of-one-person",
                session="session-of-one-person",
                type="risk_mode_changed",
                properties=properties,
            )
            for n, properties in enumerate(
                (
                    {"riskMode": "chase", "email": "one.person@mail.example"},
                    {"riskMode": "one.person@mail.example"},
                    {"riskMode": {"email": "one.person@mail.example"}},
                    ["riskMode", "one.person@mail.example"],
                    "one.person@mail.example",
                )
            )
        ],
    )
    warehouse.night("2025-01-02")
    warehouse.night("2025-02-15")
    assert left(warehouse) == (0, 0, 0)
    write(
        warehouse,
        [Event("e9", at + 40 * DAY, properties={"email": "one.person@x.org"})],
    )
    warehouse.build("2025-02-16")
    seen = 0
    for schema, table in warehouse.query(
        "select schemaname, tablename from pg_tables where schemaname in"
        " ('staging', 'sealed', 'marts', 'retention')"
    ):
        for (row,) in warehouse.query(
            f"select t::text from {schema}.{table} t"
        ):
            seen += 1
            assert "one.person" not in row, f"{schema}.{table}"
            assert "of-one-person" not in row, f"{schema}.{table}"
    assert seen > 20
    assert warehouse.query(
        "select risk_distribution from marts.marts_product_rollup_hourly"
        " order by hour"
    ) == [({"chase": 1},), ({},)]


# Each mart, beside plain Python over the source rows.


def key_of(warehouse: Warehouse, kind: str, value: str | None) -> str:
    """A pseudonym, computed as design §6 has it; '' for nobody."""
    if value is None:
        return ""
    salt = warehouse.one("select salt from pii.salt")
    return hashlib.sha256(f"{kind}:{value}{salt}".encode()).hexdigest()


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def share(part: int, whole: int | None) -> Decimal | None:
    """A quotient of four digits, or None where there is nothing to divide by.

    Halves go up, as PostgreSQL's numeric has it.
    """
    if not whole:
        return None
    quotient = Decimal(part) / Decimal(whole)
    return quotient.quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")


def growth(now: int, before: int | None) -> Decimal | None:
    """How much more, as a share of before."""
    if not before:
        return None
    more = Decimal(now) / Decimal(before) - 1
    return more.quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")


def by_hand(
    warehouse: Warehouse, events: list[Event], today: date
) -> dict[str, list[tuple[Any, ...]]]:
    """All product marts, computed from the source rows; sorted."""

    def hour(event: Event) -> datetime:
        return event.occurred_at.replace(minute=0, second=0, microsecond=0)

    def day(event: Event) -> date:
        return event.occurred_at.date()

    def user(event: Event) -> str:
        return key_of(warehouse, "user", event.user)

    def session(event: Event) -> str:
        return key_of(warehouse, "session", event.session)

    def rows(counter: Counter[Any], twice: bool = False) -> list[Any]:
        return [(*key, *[n] * (1 + twice)) for key, n in counter.items()]

    marts: dict[str, list[tuple[Any, ...]]] = {
        "events_hourly": rows(
            Counter(
                (hour(e), e.type, e.tool or "", e.risk_mode or "", e.is_demo)
                for e in events
            ),
            twice=True,
        ),
        "sessions_hourly": rows(
            Counter((hour(e), session(e), e.is_demo) for e in events),
            twice=True,
        ),
        "user_events_daily": rows(
            Counter((day(e), user(e), e.type, e.is_demo) for e in events),
            twice=True,
        ),
        "event_counts_hourly": rows(
            Counter((hour(e), e.type, e.is_demo) for e in events)
        ),
        "tool_usage_hourly": rows(
            Counter((hour(e), e.tool, e.is_demo) for e in events if e.tool)
        ),
        "risk_distribution_hourly": rows(
            Counter(
                (hour(e), e.risk_mode, e.is_demo) for e in events if e.risk_mode
            )
        ),
    }

    visits = Counter((day(e), session(e), e.is_demo) for e in events)
    views = Counter(
        (day(e), session(e), e.is_demo)
        for e in events
        if e.type == "page_viewed"
    )
    marts["visits_daily"] = [
        (*key, n, views[key], n) for key, n in visits.items()
    ]

    hours: dict[datetime, list[Event]] = defaultdict(list)
    for event in events:
        hours[hour(event)].append(event)
    marts["rollup_hourly"] = [
        (
            at,
            dict(Counter(e.type for e in of_hour)),
            dict(Counter(e.tool for e in of_hour if e.tool)),
            dict(Counter(e.risk_mode for e in of_hour if e.risk_mode)),
            len({e.session for e in of_hour}),
            len(of_hour),
            len({e.session for e in of_hour if e.is_demo}),
            sum(e.is_demo for e in of_hour),
        )
        for at, of_hour in hours.items()
    ]

    for name in (
        "growth_weekly",
        "cohorts_weekly",
        "retention_daily",
        "funnel",
    ):
        marts[name] = []
    for is_demo in (False, True):
        seen = [e for e in events if e.is_demo == is_demo and day(e) <= today]
        days_of: dict[str, set[date]] = defaultdict(set)
        for event in seen:
            if event.user:
                days_of[event.user].add(day(event))
        weeks_of = {u: {monday(d) for d in ds} for u, ds in days_of.items()}

        before: tuple[int, int] | None = None
        week = min(monday(day(e)) for e in seen)
        while week <= today:
            active = sum(week in weeks for weeks in weeks_of.values())
            new = sum(week == min(weeks) for weeks in weeks_of.values())
            count = sum(monday(day(e)) == week for e in seen)
            marts["growth_weekly"].append(
                (
                    week,
                    is_demo,
                    active,
                    new,
                    count,
                    *(before or (None, None)),
                    growth(active, before[0] if before else None),
                    growth(count, before[1] if before else None),
                    week + WEEK <= today,
                )
            )
            before = (active, count)
            week += WEEK

        for cohort in {min(weeks) for weeks in weeks_of.values()}:
            members = {u for u, w in weeks_of.items() if min(w) == cohort}
            week = cohort
            while week <= today:
                active = sum(week in weeks_of[u] for u in members)
                marts["cohorts_weekly"].append(
                    (
                        cohort,
                        (week - cohort).days // 7,
                        is_demo,
                        len(members),
                        active,
                        sum(
                            e.user in members and monday(day(e)) == week
                            for e in seen
                        ),
                        share(active, len(members)),
                        week + WEEK <= today,
                    )
                )
                week += WEEK

        for first in {min(days) for days in days_of.values()}:
            members = {u for u, d in days_of.items() if min(d) == first}
            for number in (1, 7, 30):
                later = first + timedelta(days=number)
                if later < today:
                    back = sum(later in days_of[u] for u in members)
                    marts["retention_daily"].append(
                        (
                            first,
                            number,
                            is_demo,
                            len(members),
                            back,
                            share(back, len(members)),
                        )
                    )

        def first_day(who: str, what: str, since: date, among=seen):
            return min(
                (
                    day(e)
                    for e in among
                    if e.user == who and e.type == what and day(e) >= since
                ),
                default=None,
            )

        reached: Counter[tuple[date, int]] = Counter()
        first_view: dict[str, date] = {}
        for event in seen:
            if event.type == "page_viewed":
                first_view[event.session] = min(
                    day(event), first_view.get(event.session, day(event))
                )
        for seen_on in first_view.values():
            reached[monday(seen_on), 1] += 1
        for who in days_of:
            began = got_to = first_day(who, "signed_up", date.min)
            for number, what in (
                (2, "signed_up"),
                (3, "plan_selected"),
                (4, "upgraded"),
            ):
                got_to = first_day(who, what, got_to) if got_to else None
                if got_to:
                    reached[monday(began), number] += 1
        for week in {week for week, _ in reached}:
            for number, step in enumerate(
                ("visited", "signed_up", "plan_selected", "upgraded"), 1
            ):
                marts["funnel"].append(
                    (
                        week,
                        is_demo,
                        number,
                        step,
                        reached[week, number],
                        share(reached[week, number], reached[week, number - 1])
                        if number > 1
                        else None,
                    )
                )
    return {name: sorted(rows, key=str) for name, rows in marts.items()}


def as_built(
    warehouse: Warehouse, names: Iterable[str]
) -> dict[str, list[tuple[Any, ...]]]:
    """All product marts, as they stand; sorted."""
    return {
        name: sorted(
            warehouse.query(f"select * from marts.marts_product_{name}"),
            key=str,
        )
        for name in names
    }


def some_events(until: datetime) -> list[Event]:
    """Five weeks of 25 users and of visitors, with all that is odd."""
    draw = random.Random(20250318)
    events = []
    users = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(25)]
    first_day = {u: draw.randrange(0, 25) for u in users}
    kinds = (
        "page_viewed",
        "signed_up",
        "plan_selected",
        "upgraded",
        "tool_used",
        "cache_hit",
        "feature_interaction",
        "risk_mode_changed",
    )
    odd = (
        None,
        {"riskMode": "protect"},
        {"riskMode": "neutral", "email": "someone@mail.example"},
        {"riskMode": "chase"},
        {"riskMode": "yolo"},
        {"riskMode": 3},
        [1, 2],
        {},
    )
    for n in range(900):
        user = draw.choice([*users, None, None, None])
        days_ago = draw.randrange(0, 36)
        if user and 35 - days_ago < first_day[user]:
            days_ago = 35 - first_day[user]
        if 15 <= days_ago < 24 and n % 5:
            # A week in which hardly anybody comes.
            continue
        kind = draw.choice(kinds)
        at = (
            until
            - days_ago * DAY
            - draw.randrange(1, 86_400_000) * timedelta(milliseconds=1)
        )
        events.append(
            Event(
                f"event_{n}",
                # A browser whose clock runs ahead, and one that runs behind.
                at + 20 * DAY
                if n == 100
                else at - 50 * DAY
                if n == 200
                else at,
                session=f"session_{user or 'nobody'}_{days_ago}_{n % 3}",
                user=user,
                type=kind,
                tool=draw.choice(["Start/Sit", "FAAB", "Decisions"])
                if kind in ("tool_used", "cache_hit")
                else None,
                properties=draw.choice(odd),
                is_demo=n % 4 == 0,
            )
        )
    return events


def test_every_mart_is_what_its_source_rows_say_and_stays_so(warehouse):
    until = datetime(2025, 3, 18, 12, tzinfo=UTC)
    events = some_events(until)
    write(warehouse, events)
    expected = by_hand(warehouse, events, until.date())
    names = [
        name.removeprefix("marts_product_")
        for (name,) in _product_marts(warehouse, until)
    ]
    assert sorted(expected) == names

    warehouse.build(until.isoformat())
    assert left(warehouse) == (len(events),) * 3
    assert as_built(warehouse, names) == expected
    assert all(expected.values())

    # A night in which rows leave; those of late February have done so.
    warehouse.night(until.isoformat())
    rest = left(warehouse)
    assert 0 < rest[0] < len(events) - 50
    assert rest == (rest[0],) * 3
    assert as_built(warehouse, names) == expected
    assert_conserved(warehouse, len(events))

    # Some arrive for days that are gone and for days that are not; then, some
    # weeks later, all of them have left.
    late = [
        Event(f"late_{n}", until - n * 3 * DAY, user=events[n].user)
        for n in range(12)
    ]
    write(warehouse, late)
    events = events + late
    then = until + 60 * DAY
    warehouse.night((until + HOUR).isoformat())
    warehouse.night(then.isoformat())
    assert left(warehouse) == (0, 0, 0)
    # 90 days before that, half of February has left the hourly ones, too.
    expected = {
        name: [
            row
            for row in rows
            if not name.endswith("_hourly") or row[0] >= then - 90 * DAY
        ]
        for name, rows in by_hand(warehouse, events, then.date()).items()
    }
    assert as_built(warehouse, names) == expected
    assert_conserved(warehouse, len(events))

    warehouse.build(then.isoformat(), "--full-refresh")
    assert as_built(warehouse, names) == expected


def _product_marts(warehouse: Warehouse, until: datetime) -> list[tuple[str]]:
    """The names of the product marts, as the database has them once built."""
    warehouse.build((until - DAY).isoformat())
    return warehouse.query(
        "select tablename from pg_tables where schemaname = 'marts'"
        " and tablename like 'marts\\_product\\_%' order by 1"
    )


# The demo rows.


def test_demo_rows_are_the_same_however_the_time_is_cut(warehouse, monkeypatch):
    # Enough people that some of them sign up around midnight.
    many = json.loads(ONLY_ANALYTICS) | {"demo_scale": 10}
    monkeypatch.setenv("WAREHOUSE_VARS", json.dumps(many))

    def generate(*moments: str) -> list[tuple[Any, ...]]:
        warehouse.execute('truncate analytics."AnalyticsEvent"')
        for since, until in pairwise(moments):
            operation(
                "generate_demo_rows",
                lambda _: None,
                since=since,
                until=until,
            )
        return warehouse.query(
            'select * from analytics."AnalyticsEvent" order by "id"'
        )

    whole = generate("2025-03-01", "2025-03-05T15:00:00Z")
    assert len(whole) > 10_000
    assert whole == generate(
        "2025-03-01",
        "2025-03-01T00:20:00Z",
        "2025-03-02",
        "2025-03-03",
        "2025-03-04",
        "2025-03-05",
        "2025-03-05T09:30:00.123Z",
        "2025-03-05T15:00:00Z",
    )
    late = warehouse.query(
        'select "receivedAt" - "timestamp" from analytics."AnalyticsEvent"'
        """ where "receivedAt" - "timestamp" > interval '1 day' order by 1"""
    )
    assert late[0][0] < 20 * DAY
    assert late[-1][0] > 30 * DAY


# Real events.


@pytest.mark.skipif(
    not SNOWPLOW.is_dir(),
    reason=f"{SNOWPLOW} with the real events is not here.",
)
def test_real_sessions_come_out_as_the_vendors_models_have_them(warehouse):
    def rows(file: str) -> list[dict[str, str]]:
        with (SNOWPLOW / file).open(newline="") as lines:
            return list(csv.DictReader(lines))

    source = "source/com_snowplowanalytics_snowplow_client_session_1.csv"
    mobile = {row["root_id"]: row["session_id"] for row in rows(source)}
    sessions = {
        row["domain_sessionid"]
        for row in rows(
            "expected/default/snowplow_ecommerce_sessions_expected.csv"
        )
    }
    # What the vendor's models make of the events names the ones it is made of.
    interactions: dict[str, str] = {}
    for kind in ("product", "cart", "checkout", "transaction"):
        for row in rows(
            "expected/default/"
            f"snowplow_ecommerce_{kind}_interactions_expected.csv"
        ):
            interactions[row["event_id"]] = row["domain_sessionid"]
    assert len(sessions) == 63
    assert len(interactions) == 789

    events = [
        Event(
            row["event_id"],
            datetime.fromisoformat(row["derived_tstamp"]),
            session=row["domain_sessionid"] or mobile[row["event_id"]],
            user=row["user_id"] or row["domain_userid"] or None,
            type=row["event_name"],
            tool=row["app_id"],
            properties={"url": row["page_url"]},
            # So that those, and no other, can be told apart in the rollup.
            is_demo=row["event_id"] not in interactions,
        )
        for row in rows("source/snowplow_ecommerce_events.csv")
        # Their models are told to leave this application out.
        if row["app_id"] != "skip-me"
    ]
    write(warehouse, events)
    expected = Counter(
        key_of(warehouse, "session", session)
        for session in interactions.values()
    )

    def assert_as_expected() -> None:
        found = warehouse.query(
            "select session_key, sum(event_count) filter (where not is_demo)"
            " from marts.marts_product_sessions_hourly group by 1"
        )
        assert {key for key, _ in found} == {
            key_of(warehouse, "session", session) for session in sessions
        }
        assert {key: int(n) for key, n in found if n} == expected
        assert warehouse.query(
            "select sum(total_events), sum(demo_total_events)"
            " from marts.marts_product_rollup_hourly"
        ) == [(832, 43)]

    warehouse.night("2022-12-22T14:00:00Z")
    assert 0 < left(warehouse)[0] < 832
    assert_as_expected()
    # Every event is past its 30 days, and no hour past its 90.
    warehouse.night("2023-01-22")
    assert left(warehouse) == (0, 0, 0)
    assert_as_expected()
    assert_conserved(warehouse, 832)
