"""What the board shows beside its counts: money, age, groups, overrides, agreements, windows, words that nobody knows.

These need the catalog's models or a walk over open tickets, so they are read after the counts, in a thread of their
own, and shown when they arrive (`triage.desk.board` is what paints first).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage.catalog.health import UnlinkedTerm
from triage.catalog.models import Service
from triage.desk.money import AtRisk, at_risk
from triage.desk.office import Desk
from triage.desk.unlinked import unlinked_terms
from triage.impact.vector import in_force, parse_vector, rules_of
from triage.store.database import store_errors
from triage.store.rank import first_level

AGES = ((4, "4 hours"), (24, "a day"), (72, "3 days"), (168, "a week"), (672, "4 weeks"))
"""Upper bounds of age in hours, and how they read after "under"."""
OVERRIDE_DAYS = 30
REVIEW_SOON = timedelta(days=30)
AHEAD = timedelta(days=42)
_MOST = 6


@dataclass(frozen=True, slots=True)
class Age:
    """Open tickets of an age: `word` says which, `tickets` how many, `high` how many of them are P1 or P2."""

    word: str
    tickets: int
    high: int


@dataclass(frozen=True, slots=True)
class Overrides:
    """Overrides of the last 30 days: their share of the tickets that came in, and what they overrule."""

    days: int
    overridden: int
    tickets: int
    by_reason: Sequence[tuple[str, int]]
    by_service: Sequence[tuple[str, int]]
    by_rule: Sequence[tuple[str, int]]

    @property
    def share(self) -> float | None:
        """In per cent; None where no ticket came in."""
        return 100 * self.overridden / self.tickets if self.tickets else None


@dataclass(frozen=True, slots=True)
class AgreementDue:
    """A service whose criticality nobody agreed to (`due` None), or whose agreement is due for review."""

    service: str
    name: str
    due: datetime | None
    overdue: bool
    tickets: int


@dataclass(frozen=True, slots=True)
class ComingWindow:
    """A business window that is active or coming: a lead plans by it."""

    id: str
    name: str
    starts: datetime
    ends: datetime
    reason: str
    owner: str | None
    active: bool
    peak: bool
    services: Sequence[str]
    touchpoints: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it at a moment."""

    at_risk: AtRisk
    ages: Sequence[Age]
    groups: Sequence[tuple[str | None, int, int]]
    overrides: Overrides
    agreements: Sequence[AgreementDue]
    windows: Sequence[ComingWindow]
    words: Sequence[UnlinkedTerm]
    channels: Sequence[tuple[str, int]]


def overview(desk: Desk) -> Overview:
    """What stands beside the counts, now. About a second over a million tickets."""
    with store_errors(desk.path):
        return Overview(
            at_risk(desk), ages(desk), groups(desk), overrides(desk), agreements(desk), windows(desk),
            unlinked_terms(desk.database.connection)[:_MOST], unknown_channels(desk),
        )  # fmt: skip


def ages(desk: Desk) -> list[Age]:
    """Open tickets by age, the youngest first. Counted along the index by age; P1 and P2 are the head of the queue."""
    now = int(desk.now().timestamp())
    edges = [now - hours * 3600 for hours, _ in AGES]
    count = "SELECT count(*) FROM queue WHERE bucket = 0 AND created_at > ?"
    within = [int(desk.database.execute(count, (edge,)).fetchone()[0]) for edge in edges]
    within.append(int(desk.database.execute("SELECT count(*) FROM queue WHERE bucket = 0").fetchone()[0]))
    cases = " ".join(f"WHEN created_at > {edge} THEN {place}" for place, edge in enumerate(edges))
    high = dict(
        desk.database.execute(
            f"SELECT CASE {cases} ELSE {len(AGES)} END, count(*) FROM queue_in_order"
            " WHERE live = 1 AND bucket = 0 AND level < ? GROUP BY 1",
            (first_level(3),),
        ).fetchall()
    )
    said = [*(f"under {word}" for _, word in AGES), "older"]
    return [
        Age(word, number - (within[place - 1] if place else 0), int(high.get(place, 0)))
        for place, (word, number) in enumerate(zip(said, within, strict=True))
    ]


def groups(desk: Desk) -> list[tuple[str | None, int, int]]:
    """Open tickets and points by support group of their service, from the maintained counts; None: no group."""
    index = desk.index
    tickets: Counter[str | None] = Counter()
    points: Counter[str | None] = Counter()
    for service, number, some in desk.database.execute(
        "SELECT key1, sum(n), sum(points) FROM counts WHERE name = 'service' GROUP BY key1 HAVING sum(n) > 0"
    ):
        entry = index.services.get(service)
        group = entry.support_group if entry else None
        tickets[group] += number
        points[group] += some
    return sorted(((g, tickets[g], points[g]) for g in tickets), key=lambda each: (each[0] is None, -each[2], each[0]))


def overrides(desk: Desk) -> Overrides:
    """The overrides that were set in the last 30 days and stand."""
    now = int(desk.now().timestamp())
    since = now - OVERRIDE_DAYS * 86400
    rows = desk.database.execute(
        "SELECT q.vector, q.points_priority, q.service, d.value FROM decisions d JOIN queue q USING (ticket_id)"
        " WHERE d.field = 'override' AND d.at >= ?",
        (since,),
    ).fetchall()
    reasons: Counter[str] = Counter()
    services: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    number = 0
    for vector, points, service, text in rows:
        value = json.loads(text)
        if not isinstance(value, dict):
            continue
        said = value.get("priority")
        if said == in_force(f"P{points}", parse_vector(vector).floor, None):
            continue
        number += 1
        reasons[str(value.get("reason", "other"))] += 1
        services[service or ""] += 1
        rules.update(rules_of(vector))
    total = desk.database.execute("SELECT count(*) FROM queue WHERE created_at >= ?", (since,)).fetchone()[0]
    return Overrides(
        OVERRIDE_DAYS, number, int(total), reasons.most_common(_MOST), services.most_common(_MOST),
        rules.most_common(_MOST),
    )  # fmt: skip


def agreements(desk: Desk) -> list[AgreementDue]:
    """Active services without an agreed criticality or with one to review, those with most open tickets first."""
    today = desk.now().astimezone(desk.index.timezone).date()
    tickets = dict(
        desk.database.execute("SELECT key1, sum(n) FROM counts WHERE name = 'service' GROUP BY key1").fetchall()
    )
    found = []
    for service in desk.index.services.values():
        if service.lifecycle != "active":
            continue
        due = _review(service)
        if service.agreed is not None and (due is None or due.date() - today > REVIEW_SOON):
            continue
        overdue = service.agreed is None or (due is not None and due.date() < today)
        found.append(AgreementDue(service.id, service.name, due, overdue, int(tickets.get(service.id, 0))))
    return sorted(found, key=lambda each: (-each.tickets, each.name))


def _review(service: Service) -> datetime | None:
    day = service.agreed.review_by if service.agreed else None
    return datetime.combine(day, datetime.min.time(), UTC) if day else None


def windows(desk: Desk) -> list[ComingWindow]:
    """Business windows that are active or begin within six weeks, in the order in which they begin."""
    now = desk.now()
    found = []
    for window in desk.index.windows.values():
        starts, ends = desk.index.moment(window.starts), desk.index.moment(window.ends)
        if ends <= now or starts > now + AHEAD:
            continue
        found.append(
            ComingWindow(
                window.id,
                window.name,
                starts,
                ends,
                window.reason,
                window.owner,
                starts <= now,
                window.peak,
                tuple(window.services),
                tuple(window.touchpoints),
            )
        )
    return sorted(found, key=lambda each: (each.starts, each.name))


def unknown_channels(desk: Desk) -> list[tuple[str, int]]:
    """Channels that tickets of the last 30 days came by and that no touchpoint of the catalog has."""
    known = {touchpoint.channel for touchpoint in desk.index.touchpoints.values() if touchpoint.channel}
    since = int(desk.now().timestamp()) - OVERRIDE_DAYS * 86400
    rows = desk.database.execute(
        "SELECT lower(trim(channel)), count(*) FROM tickets WHERE created_at >= ? AND channel IS NOT NULL"
        " AND trim(channel) <> '' GROUP BY 1 ORDER BY 2 DESC, 1",
        (since,),
    ).fetchall()
    return [(channel, number) for channel, number in rows if channel not in known][:_MOST]
