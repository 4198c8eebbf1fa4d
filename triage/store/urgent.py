"""Which open tickets are P1, and what changed them: for the bell. A few indexed look-ups, however long the queue is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from triage.store.rank import first_level

_P1 = (
    "SELECT p.ticket_id FROM standings s INDEXED BY standings_level"
    " CROSS JOIN placed p INDEXED BY queue_standing ON p.standing = s.id AND p.bucket = 0"
    " WHERE s.live = 1 AND s.level < ?"
)
_BY = (
    "SELECT c.ticket_id FROM json_each(?) j CROSS JOIN act_changes c ON c.ticket_id = j.value AND c.act_id > ?"
    " JOIN acts a ON a.id = c.act_id GROUP BY c.ticket_id HAVING total(a.who <> ?) = 0"
)


def first_ids(connection: sqlite3.Connection, most: int) -> list[int]:
    """The open tickets that are P1, by impact of their standing; no more than `most` of them."""
    query = f"{_P1} ORDER BY s.level LIMIT ?"
    return [row[0] for row in connection.execute(query, (first_level(2), most))]


def came_in_since(connection: sqlite3.Connection, ticket: int, most: int) -> list[int]:
    """Those of the `most` newest tickets after this one that are open and P1."""
    newer = "SELECT id FROM tickets WHERE id > ? ORDER BY id DESC LIMIT ?"
    rows = f"({newer}) n CROSS JOIN queue q ON q.ticket_id = n.id"
    query = f"SELECT q.ticket_id FROM {rows} WHERE q.bucket = 0 AND q.priority = 1"
    return [row[0] for row in connection.execute(query, (ticket, most))]


def changed_by(connection: sqlite3.Connection, tickets: Iterable[int], act: int, who: str) -> set[int]:
    """Those of the tickets whose changes after this act are all this person's."""
    return {row[0] for row in connection.execute(_BY, (json.dumps(sorted(tickets)), act, who))}


def newest(connection: sqlite3.Connection) -> int:
    """The number of the last ticket that came in; 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM tickets").fetchone()[0])
