"""What follows from a ticket, its reading and its decisions: the row of the queue. Derived, never typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.catalog.index import CatalogIndex
from triage.desk.facts import facts_of
from triage.desk.office import Desk
from triage.desk.upkeep import INTERVALS
from triage.impact.score import Scorer
from triage.impact.shapes import shape_of
from triage.store import counting
from triage.store import queue as queue_store
from triage.store import rescore as rescore_store
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.tickets.models import Facts, Impact, Reading

BATCH = 500
CHUNK = 25
"""Tickets that upkeep scores in one transaction: an act waits for it, and shall not feel that."""
MANY = 1000
"""From so many due tickets on, scores are made in SQL."""


def impact_of(
    ticket: StoredTicket,
    index: CatalogIndex,
    scorer: Scorer,
    now: datetime,
    requesters: int = 0,
) -> tuple[Facts, Impact]:
    """The facts of a ticket and its impact at `now`."""
    facts = facts_of(ticket, index, swarm_requesters=requesters)
    return facts, scorer.score(facts, now)


def queue_columns(facts: Facts, index: CatalogIndex) -> dict[str, Any]:
    """The columns of the queue row that come from the facts."""
    site = index.site_of(facts.site)
    return {
        "service": facts.service,
        "touchpoint": facts.touchpoint,
        "condition": str(facts.condition),
        "reach": str(facts.reach),
        "site": site.id if site else None,
        "vip": int(index.is_vip(facts.requester)),
    }


def swarm_sizes(connection: sqlite3.Connection, tickets: Sequence[StoredTicket]) -> dict[int, int]:
    """Swarm to its distinct requesters, for the swarms that these tickets stand in."""
    swarms = {ticket.swarm for ticket in tickets if ticket.swarm is not None}
    if not swarms:
        return {}
    marks = ",".join("?" * len(swarms))
    query = f"SELECT id, requesters FROM swarms WHERE id IN ({marks})"
    return dict(connection.execute(query, tuple(swarms)).fetchall())


@dataclass(slots=True)
class Fresh:
    """What an import holds of tickets that it has just stored, by id.

    `tickets` are those that have no row of the queue yet; `gists` of what was read of them.
    """

    tickets: dict[int, StoredTicket] = field(default_factory=dict)
    gists: dict[int, Reading] = field(default_factory=dict)


def derive(desk: Desk, ids: Sequence[int], now: datetime, fresh: Fresh | None = None) -> None:
    """Score these tickets afresh and write their rows of the queue, inside the caller's transaction."""
    fresh = fresh or Fresh()
    connection = desk.database.connection
    index, scorer = desk.index, desk.scorer
    for part in queue_store.in_batches(ids, BATCH):
        new = {ident: fresh.tickets[ident] for ident in part if ident in fresh.tickets}
        ticket_store.decide(connection, new)
        here = ticket_store.fetch(connection, [ident for ident in part if ident not in new])
        sizes = swarm_sizes(connection, here)
        _write_rows(connection, here, index, scorer, now, sizes, fresh.gists)
        if new:
            with counting.by_hand(connection, list(new)):
                _write_rows(connection, new.values(), index, scorer, now, {}, fresh.gists)


def _write_rows(
    connection: sqlite3.Connection, tickets: Iterable[StoredTicket], index: CatalogIndex, scorer: Scorer,
    now: datetime, sizes: Mapping[int, int], gists: Mapping[int, Reading],
) -> None:  # fmt: skip
    shapes: dict[int, str] = {}
    for ticket in tickets:
        requesters = sizes.get(ticket.swarm or 0, 0)
        facts = facts_of(ticket, index, swarm_requesters=requesters, gist=gists.get(ticket.id))
        impact = scorer.score(facts, now, explained=False)
        found = shape_of(facts, scorer)
        columns = {**queue_columns(facts, index), "shape": None, "certain": 0}
        if found is not None:
            ident, text = rescore_store.shape_id(found)
            shapes[ident] = text
            columns |= {"shape": ident, "certain": int(found.certain)}
        ticket_store.write_queue_row(connection, ticket, columns, impact, now)
    rescore_store.remember(connection, shapes)


def rescore_due(desk: Desk, now: datetime, limit: int = 5000) -> int:
    """Rescore what the clock alone has changed and wake what was snoozed; how many tickets that were.

    Where many are due (after a night, after a weekend) their scores come first, in SQL, and their intervals
    are made when they are looked at.
    """
    connection = desk.database.connection
    seconds = int(now.timestamp())
    count = 0
    due = queue_store.due_for_rescoring(connection, seconds, limit)
    if len(due) > MANY:
        from triage.desk.rescore import rescore_due_in_sql

        count += rescore_due_in_sql(desk, now).changed
        due = queue_store.due_for_rescoring(connection, seconds, limit)
    due = list(dict.fromkeys([*due, *queue_store.awake(connection, seconds)]))
    for part in queue_store.in_batches(due, CHUNK):
        with desk.database.transaction():
            derive(desk, part, now)
    return count + len(due)


def freshen(desk: Desk, now: datetime, limit: int = BATCH) -> int:
    """Make intervals that a rescoring in SQL left as they were or as estimates; how many tickets that were.

    First of the tickets whose score it changed, the most urgent first; then of the others, which may be about
    something else that changed, from where it left off (INTERVALS in `meta`).
    """
    connection = desk.database.connection
    ids = queue_store.stale_ids(connection, limit)
    rest = intervals_left(desk) if len(ids) < limit else None
    if rest is not None:
        swept = queue_store.older_ids(connection, desk.index.version, rest, limit - len(ids))
        ids = list(dict.fromkeys([*ids, *swept]))
    for part in queue_store.in_batches(ids, CHUNK):
        with desk.database.transaction():
            derive(desk, part, now)
    queue_store.settle(desk.database)
    if rest is not None:
        with desk.database.transaction():
            queue_store.set_meta(connection, INTERVALS, str(swept[-1]) if swept else None)
    return len(ids)


def intervals_left(desk: Desk) -> int | None:
    """The ticket up to which intervals were made since the last change of the catalog; None where all were."""
    found = queue_store.meta(desk.database.connection, INTERVALS)
    return None if found is None else int(found)


def rescore_all(desk: Desk, now: datetime) -> int:
    """Rescore every ticket that is not done, in short transactions; how many there were."""
    connection, after, count = desk.database.connection, 0, 0
    while ids := queue_store.open_ids(connection, after=after, limit=BATCH):
        with desk.database.transaction():
            derive(desk, ids, now)
        after, count = ids[-1], count + len(ids)
    return count
