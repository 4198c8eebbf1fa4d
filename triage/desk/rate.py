"""Do desk and business agree? Somebody of the business says what priority a scored ticket should have had.

The sample is drawn without a look at who worked on it: tickets of the services that the person answers for
(all, where there are none), in turn from each priority so that the rare ones are in it. What triage gave is
stored beside the rating, as it stood at that moment, and is not shown before the answer.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from hashlib import blake2b

from triage.desk.named import id_of
from triage.desk.office import Desk
from triage.desk.show import Detail, detail
from triage.errors import NotFound, UsageError
from triage.impact.vector import in_force, parse_vector
from triage.store import audit
from triage.store import figures as store
from triage.store.figures import Rating
from triage.text import fold, one_line
from triage.tickets.models import PRIORITIES

DAYS = 92
"""A sample is drawn from the tickets of about the last quarter."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What came of a rating. `rated` and `computed` are P1 to P5; `act` 0 where it said nothing new."""

    ticket: int
    service: str | None
    rated: str
    computed: str
    agrees: bool
    act: int


def services_of(desk: Desk, user: str | None = None) -> list[str]:
    """The services that a person answers for (owner, delegate, business contact or relationship manager).

    A person is known by the id, the name or the address of the catalog.
    """
    name = fold(user or desk.user)
    people = {
        entry.id
        for entry in desk.index.catalog.people
        if name in (entry.id, fold(entry.name), fold(entry.email or "-"))
    }
    return [
        entry.id
        for entry in desk.index.catalog.services
        if people & {entry.owner, entry.delegate, entry.business_contact, entry.business_relationship_manager}
    ]


def sample(desk: Desk, size: int = 10, service: str | None = None) -> list[int]:
    """Tickets that this person has not rated: of a service, else of one's own, else of all.

    Each priority gives one in turn; within one the order is drawn by lot, the same for a person every time.
    """
    wanted = [id_of("service", service, desk.index.services)] if service is not None else services_of(desk)
    connection = desk.database.connection
    done = store.rated_by(connection, desk.user)
    since = int(desk.now().timestamp()) - DAYS * 86400
    where = f" AND q.service IN ({','.join('?' * len(wanted))})" if wanted else ""
    rows = connection.execute(
        "SELECT q.ticket_id, q.priority FROM queue q JOIN tickets t ON t.id = q.ticket_id"
        " WHERE q.status <> 'merged' AND q.service IS NOT NULL AND t.forgotten = 0 AND q.created_at >= ?" + where,
        (since, *wanted),
    ).fetchall()
    by_priority: dict[int, list[int]] = {}
    for ident, priority in sorted(rows, key=lambda row: _lot(desk.user, row[0])):
        if ident not in done:
            by_priority.setdefault(priority, []).append(ident)
    chosen: list[int] = []
    while len(chosen) < size and any(by_priority.values()):
        for priority in sorted(by_priority):
            if by_priority[priority] and len(chosen) < size:
                chosen.append(by_priority[priority].pop(0))
    return chosen


def _lot(who: str, ticket: int) -> bytes:
    return blake2b(f"{who}\0{ticket}".encode(), digest_size=8).digest()


def computed_priority(found: Detail) -> str:
    """The priority that triage gives, whatever a person set: that of the points, lifted by a floor."""
    return in_force(found.impact.points_priority, parse_vector(found.impact.vector).floor, None)


def rate(desk: Desk, ticket: int, priority: str, note: str | None = None) -> Rated:
    """Write down what priority this person would give a ticket; `none` takes it back. One act."""
    desk.writable()
    word = priority.strip().upper()
    if word != "NONE" and word not in PRIORITIES:
        raise UsageError(f"'{one_line(priority)}' is not a priority", f"it is one of {', '.join(PRIORITIES)}, or none")
    now = desk.now()
    with desk.act() as connection:
        found = detail(desk, ticket)
        computed = computed_priority(found)
        before = store.rating(connection, ticket, desk.user)
        said = one_line(note)[:500] or None if note else None
        if word == "NONE":
            if before is None:
                raise NotFound(f"{desk.user} has not rated ticket {ticket}")
            store.remove_rating(connection, ticket, desk.user)
            act = _record(desk, connection, ticket, before, None)
            return Rated(ticket, found.row.service, f"P{before.rated}", computed, False, act)
        entry = Rating(
            ticket, desk.user, int(now.timestamp()), found.row.service, int(word[1]), int(computed[1]),
            found.impact.score, found.impact.vector, said, found.impact.catalog_version, found.impact.policy_version,
        )  # fmt: skip
        same = before is not None and (before.rated, before.computed, before.note) == (
            entry.rated,
            entry.computed,
            said,
        )
        act = 0
        if not same:
            act = _record(desk, connection, ticket, before, entry)
            store.put_rating(connection, entry, act)
    return Rated(ticket, entry.service, word, computed, word == computed, act)


def _record(
    desk: Desk, connection: sqlite3.Connection, ticket: int, before: Rating | None, after: Rating | None
) -> int:
    return audit.record(
        connection,
        at=int(desk.now().timestamp() * 1000),
        who=desk.user,
        what="rate",
        detail={
            "ticket": ticket,
            "before": f"P{before.rated}" if before else None,
            "after": f"P{after.rated}" if after else None,
            "computed": f"P{after.computed}" if after else None,
        },
    )
