"""What follows from a ticket, its reading and its decisions: the row of the queue. Derived, never typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from triage.catalog.index import CatalogIndex
from triage.desk.facts import facts_of
from triage.desk.office import Desk
from triage.impact.score import Scorer
from triage.store import queue as queue_store
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.tickets.models import Facts, Impact

BATCH = 500


def impact_of(
    ticket: StoredTicket, index: CatalogIndex, scorer: Scorer, now: datetime, requesters: int = 0
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


def derive(desk: Desk, ids: Sequence[int], now: datetime) -> None:
    """Score these tickets afresh and write their rows of the queue, inside the caller's transaction."""
    connection = desk.database.connection
    index, scorer = desk.index, desk.scorer
    for part in queue_store.in_batches(ids, BATCH):
        tickets = ticket_store.fetch(connection, part)
        sizes = swarm_sizes(connection, tickets)
        for ticket in tickets:
            facts, impact = impact_of(ticket, index, scorer, now, sizes.get(ticket.swarm or 0, 0))
            ticket_store.write_queue_row(connection, ticket, queue_columns(facts, index), impact, now)


def rescore_due(desk: Desk, now: datetime, limit: int = 5000) -> int:
    """Rescore what the clock alone has changed and wake what was snoozed; how many tickets that were."""
    connection = desk.database.connection
    seconds = int(now.timestamp())
    due = queue_store.due_for_rescoring(connection, seconds, limit)
    due.extend(ident for ident in queue_store.awake(connection, seconds) if ident not in set(due))
    for part in queue_store.in_batches(due, BATCH):
        with desk.database.transaction():
            derive(desk, part, now)
    return len(due)


def rescore_all(desk: Desk, now: datetime) -> int:
    """Rescore every ticket that is not done, in short transactions; how many there were."""
    connection, after, count = desk.database.connection, 0, 0
    while ids := queue_store.open_ids(connection, after=after, limit=BATCH):
        with desk.database.transaction():
            derive(desk, ids, now)
        after, count = ids[-1], count + len(ids)
    return count
