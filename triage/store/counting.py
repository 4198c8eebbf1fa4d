"""Counting the rows of tickets that have just come in, all of them at once.

The triggers add six cells a row (schema/0008_standings.sql); a batch of an import has few cells that differ.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence

_ROWS = (
    "SELECT q.bucket, q.priority, q.sure, q.score, q.service, q.condition, q.touchpoint, q.site, q.assignee"
    " FROM json_each(?) j CROSS JOIN queue q ON q.ticket_id = j.value"
)
_ADD = (
    "INSERT INTO counts (name, key1, key2, n, points) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET n = n + excluded.n, points = points + excluded.points"
)


@contextlib.contextmanager
def by_hand(connection: sqlite3.Connection, new: Sequence[int]) -> Iterator[None]:
    """Leave the counts alone while the rows of these tickets are inserted, and count them at the end.

    Inside the caller's transaction; nothing else may be written to `placed` meanwhile. A transaction that fails takes
    the sign that it counts by hand back with everything else.
    """
    connection.execute("INSERT INTO counting_by_hand (one) VALUES (1)")
    yield
    _count(connection, new)
    connection.execute("DELETE FROM counting_by_hand")


def _count(connection: sqlite3.Connection, new: Sequence[int]) -> None:
    """The cells of the view `queue_cells`, gathered here: reading the view takes as long as the triggers."""
    number: Counter[tuple[str, str, str]] = Counter()
    points: Counter[tuple[str, str, str]] = Counter()
    for bucket, priority, sure, score, service, condition, touchpoint, site, who in connection.execute(
        _ROWS, (json.dumps(list(new)),)
    ):
        cells = [("bucket", str(bucket), "")]
        if bucket == 0:
            cells += [
                ("priority", str(priority), str(sure)),
                ("service", service or "", condition),
                ("touchpoint", touchpoint or "", ""),
                ("site", site or "", ""),
                ("assignee", who or "", ""),
            ]
        for cell in cells:
            number[cell] += 1
            points[cell] += score
    connection.executemany(_ADD, [(*cell, count, points[cell]) for cell, count in number.items()])
