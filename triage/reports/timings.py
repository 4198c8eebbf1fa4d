"""How long things took, on the clocks of the impact room: respond, restore, resolve and promises, in hours.

Nothing is reckoned here but by `triage.impact`: the calendar of the service, the pauses of the ticket, the
moment at which a ticket that is done is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.impact.calendars import BusinessHours, business_elapsed
from triage.impact.clocks import effective_now
from triage.reports.ground import Ground
from triage.reports.periods import from_seconds
from triage.reports.tree import Query
from triage.tickets.models import Condition, Facts, Pause, Status

OUT = (Condition.UNAVAILABLE, Condition.DEGRADED)

TIMES_SQL = """
SELECT q.ticket_id, q.service, q.touchpoint, q.condition, q.status, q.created_at, q.responded_at, q.resolved_at,
       t.updated_at, d.value AS pauses
FROM queue q JOIN tickets t ON t.id = q.ticket_id
LEFT JOIN decisions d ON d.ticket_id = q.ticket_id AND d.field = 'pauses'
WHERE q.status <> 'merged' AND q.created_at < :end
  AND (q.created_at >= :start OR coalesce(q.resolved_at, t.updated_at, q.created_at) >= :start)
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """One ticket's times. `ended` None while it is open, or where nobody knows when it ended.

    `respond` and `resolve`: hours of the service's clock that passed until the answer and the end (None: not yet,
    or unknown); `lasting`: hours until the end, or until now.
    """

    ticket: int
    service: str | None
    touchpoint: str | None
    condition: Condition
    open: bool
    created: datetime
    ended: datetime | None
    respond: float | None
    resolve: float | None
    lasting: float
    facts: Facts


def times(g: Ground, start: int, end: int) -> tuple[Query, list[Timed]]:
    """The tickets that came in or ended between two moments, with their times."""
    query, rows = g.ask(
        "times of tickets",
        TIMES_SQL,
        "each span is run on the clock of the ticket's service (its calendar, pauses for the customer left out)",
        start=start,
        end=end,
    )
    return query, [_timed(g, *row) for row in rows]


def _timed(
    g: Ground, ticket: int, service: str | None, touchpoint: str | None, condition: str, status: str,
    created: int, responded: int | None, resolved: int | None, updated: int | None, pauses: str | None,
) -> Timed:  # fmt: skip
    facts = Facts(
        created_at=from_seconds(created),
        status=Status(status),
        condition=Condition(condition),
        responded_at=None if responded is None else from_seconds(responded),
        resolved_at=None if resolved is None else from_seconds(resolved),
        updated_at=None if updated is None else from_seconds(updated),
        pauses=tuple(_pauses(pauses)),
    )
    hours = g.hours(service)
    is_open = facts.status.is_open
    last = effective_now(facts, g.now)
    ended = None if is_open or (resolved is None and updated is None) else last
    respond = None if facts.responded_at is None else _hours(hours, facts.created_at, facts.responded_at, facts.pauses)
    lasting = _hours(hours, facts.created_at, last, facts.pauses)
    return Timed(
        ticket, service, touchpoint, facts.condition, is_open, facts.created_at, ended, respond,
        None if ended is None else lasting, lasting, facts,
    )  # fmt: skip


def _pauses(text: str | None) -> Iterable[Pause]:
    for begin, end in json.loads(text) if text else []:
        yield Pause(from_seconds(begin), None if end is None else from_seconds(end))


def _hours(hours: BusinessHours | None, start: datetime, end: datetime, pauses: tuple[Pause, ...]) -> float:
    return business_elapsed(hours, start, end, pauses) / timedelta(hours=1)


def came_in(found: Iterable[Timed], start: int, end: int) -> list[Timed]:
    """Those that came in between two moments."""
    return [timed for timed in found if start <= timed.created.timestamp() < end]


def ended(found: Iterable[Timed], start: int, end: int) -> list[Timed]:
    """Those that ended between two moments."""
    return [timed for timed in found if timed.ended is not None and start <= timed.ended.timestamp() < end]


def respond_hours(found: Iterable[Timed]) -> list[float]:
    """Time to respond of tickets that were answered."""
    return [timed.respond for timed in found if timed.respond is not None]


def restore_hours(found: Iterable[Timed]) -> list[float]:
    """Time to restore: of tickets of an outage or a slow service that have ended."""
    return [timed.resolve for timed in found if timed.resolve is not None and timed.condition in OUT]


def in_time(g: Ground, found: Iterable[Timed], which: str) -> tuple[int, int]:
    """(within the agreed time, all that had one): `which` is respond or resolve."""
    good = total = 0
    for timed in found:
        part = g.parts.service(timed.service)
        limit = part.respond if which == "respond" else part.resolve
        took = timed.respond if which == "respond" else timed.resolve
        if limit is None or took is None:
            continue
        total += 1
        good += took * 3600 <= limit + 1e-6
    return good, total


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one promise: how many tickets met it, broke it, may still do either; hours until the end."""

    promise: str
    touchpoint: str
    kept: int
    broken: int
    running: int
    delivered: tuple[float, ...]


def promises(g: Ground, found: Iterable[Timed]) -> list[Kept]:
    """Every promise with a time, over the tickets of its touchpoint, as the score reads it: past `within` is broken.

    The clock is that of the ticket's service. A ticket that only tells that it works again counts for none.
    """
    by_touchpoint: dict[str, list[Timed]] = {}
    for timed in found:
        if timed.touchpoint and timed.condition is not Condition.RESTORED:
            by_touchpoint.setdefault(timed.touchpoint, []).append(timed)
    kept: list[Kept] = []
    for touchpoint in g.index.touchpoints.values():
        here = by_touchpoint.get(touchpoint.id, [])
        for promise in touchpoint.promises:
            if promise.within is None:
                continue
            limit = promise.within / timedelta(hours=1)
            broken = sum(timed.lasting >= limit for timed in here)
            running = sum(timed.ended is None and timed.open and timed.lasting < limit for timed in here)
            unknown = sum(not timed.open and timed.ended is None and timed.lasting < limit for timed in here)
            delivered = tuple(timed.resolve for timed in here if timed.resolve is not None)
            kept.append(
                Kept(promise.id, touchpoint.id, len(here) - broken - running - unknown, broken, running, delivered)
            )
    return kept
