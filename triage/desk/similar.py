"""Settled tickets like this one: what was it then, who settled it, what did they write.

Words of the title through the full-text index, the rare ones first, bounded in every step, so that it costs the
same at a thousand tickets and at a million.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

from triage.desk.office import Desk
from triage.store import queue as store
from triage.store.database import store_errors
from triage.store.queue import QueueRow
from triage.text import fold

WORDS = 8
PER_WORD = 300
"""The latest tickets that are looked at for each word."""
CANDIDATES = 80
SHOWN = 3
SAME_SERVICE, SAME_TOUCHPOINT = 0.35, 0.15
LEAST, LEAST_WORDS = 0.45, 0.3
"""The least likeness, and the least share of the title's weight alone, that count as alike."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled ticket that reads like the one that was asked about. `likeness` from 0 to 1.5."""

    row: QueueRow
    note: str | None
    likeness: float


def similar(desk: Desk, ident: int, limit: int = SHOWN) -> list[Settled]:
    """The settled tickets most like this one, best first; none where nothing is alike enough."""
    with store_errors(desk.path):
        connection = desk.database.connection
        rows = store.rows_by_id(connection, [ident])
        if not rows:
            return []
        row = rows[0]
        weights: dict[int, float] = {}
        whole = 0.0
        for word in title_words(row.subject):
            hits = connection.execute(
                "SELECT rowid FROM titles WHERE titles MATCH ? ORDER BY rowid DESC LIMIT ?", (f'"{word}"', PER_WORD)
            ).fetchall()
            weight = 1 / math.log2(2 + len(hits))
            whole += weight
            for (other,) in hits:
                weights[other] = weights.get(other, 0.0) + weight
        weights.pop(ident, None)
        best = sorted(weights, key=lambda other: (-weights[other], -other))[:CANDIDATES]
        found = []
        for other in store.rows_by_id(connection, best):
            if other.bucket != 2 or other.status == "merged":
                continue
            likeness = weights[other.id] / whole
            if likeness < LEAST_WORDS:
                continue
            likeness += SAME_SERVICE if other.service and other.service == row.service else 0
            likeness += SAME_TOUCHPOINT if other.touchpoint and other.touchpoint == row.touchpoint else 0
            if likeness >= LEAST:
                found.append((likeness, other))
        found.sort(key=lambda pair: (-pair[0], -(pair[1].resolved_at or 0)))
        return [Settled(other, _last_note(desk, other.id), round(likeness, 3)) for likeness, other in found[:limit]]


def title_words(subject: str) -> list[str]:
    """The words of a title that can tell tickets apart, the long ones first."""
    found = dict.fromkeys(word for word in re.findall(r"\w+", fold(subject)) if len(word) > 2 and not word.isdigit())
    return sorted(found, key=lambda word: -len(word))[:WORDS]


def _last_note(desk: Desk, ident: int) -> str | None:
    row = desk.database.connection.execute(
        "SELECT value FROM decisions WHERE ticket_id = ? AND field = 'notes'", (ident,)
    ).fetchone()
    notes = json.loads(row[0]) if row else []
    return str(notes[-1].get("text", "")) or None if notes else None
