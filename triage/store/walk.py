"""The queue of one service, touchpoint or person in the order of impact, which stands in one index for all of them.

What few tickets have is looked up by its own index and sorted. What many have is met soon by walking the order, whose
index holds the three columns as well. Both give the same tickets in the same order; only the time differs.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.store.queue import Selection

GLANCE = 3_000
"""Tickets at the head of the queue that are looked at first, whatever is wanted of them: 1 ms."""
FEW = 1_500
"""So many tickets are sorted rather than walked to: 7 µs each, against 0.1 µs for one that is walked past."""
BY_IMPACT = "q.rank, q.ticket_id"
# What one of the narrow indexes answers. Taken from the text of a condition, so it may be wrong about what the
# condition means: then a page comes later, and is the same page.
_NARROW = re.compile(
    r"q\.(?:service|touchpoint|assignee) IN \(:\w+(?:, :\w+)*\)|q\.(?:service|assignee) (?:= :\w+|IS NULL)"
)


def first_ids(connection: sqlite3.Connection, selection: Selection, limit: int) -> list[int] | None:
    """The first ids of a narrowed selection where the head of the queue has them all; None where it has not."""
    source, where, order, parameters = selection.sql()
    if not _narrow(where, order):
        return None
    last = "SELECT rank FROM queue INDEXED BY queue_rank WHERE bucket = 0 ORDER BY rank LIMIT 1 OFFSET :glance"
    cursor = connection.execute(
        f"SELECT q.ticket_id FROM {_along(source)} WHERE {where} AND q.rank <= ({last}) ORDER BY {order} LIMIT :limit",
        {**parameters, "glance": GLANCE, "limit": limit},
    )
    found = [row[0] for row in cursor]
    return found if len(found) == limit else None


def way(connection: sqlite3.Connection, selection: Selection, *, whole: bool = False) -> tuple[str, str, str]:
    """FROM, WHERE and ORDER BY of a selection: along the order where what narrows it is common, otherwise not.

    With `whole` all of it is read, and not a first page.
    """
    source, where, order, parameters = selection.sql()
    narrow = _narrow(where, order)
    if not narrow:
        return source, where, order
    # A page that nothing else narrows is full soon. Otherwise the walk may be one past every open ticket.
    few = FEW if not whole and where.count(" AND ") == 1 else 10 * FEW
    if all(_common(connection, condition, parameters, few) for condition in narrow):
        return _along(source), where, order
    # The pluses keep SQLite from walking the order after all: it has no statistics that would tell it better.
    return source, where.replace("q.bucket = 0", "+q.bucket = 0", 1), f"+{order}"


def _narrow(where: str, order: str) -> list[str]:
    return _NARROW.findall(where) if order == BY_IMPACT and where.startswith(("q.bucket = 0", "(q.bucket = 0")) else []


def _common(connection: sqlite3.Connection, condition: str, parameters: dict[str, object], few: int) -> bool:
    query = f"SELECT count(*) FROM (SELECT 1 FROM queue q WHERE q.bucket = 0 AND {condition} LIMIT :few)"
    return int(connection.execute(query, {**parameters, "few": few + 1}).fetchone()[0]) > few


def _along(source: str) -> str:
    return (
        source.replace("queue q JOIN", "queue q INDEXED BY queue_rank CROSS JOIN")
        if " JOIN " in source
        else (f"{source} INDEXED BY queue_rank")
    )
