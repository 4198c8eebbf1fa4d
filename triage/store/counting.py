"""Counting the rows of tickets that have just come in, all of them at once.

The triggers add six cells a row (schema/0008_standings.sql); a batch of an import has few cells that differ.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence

_ADD = (
    "INSERT INTO counts (name, key1, key2, n, points) SELECT name, key1, key2, count(*), sum(score) FROM queue_cells"
    " WHERE ticket_id IN (SELECT value FROM json_each(?)) GROUP BY name, key1, key2"
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
    connection.execute(_ADD, (json.dumps(list(new)),))
    connection.execute("DELETE FROM counting_by_hand")
