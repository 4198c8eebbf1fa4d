"""Selections of the queue in the order of impact: that of standings by level, and within a level that of their tickets.

A page is met soon by walking along the order, standing by standing. What few tickets have is looked up by its own
index and sorted. Both give the same tickets in the same order; only the time differs.
"""

from __future__ import annotations

import re
import sqlite3
from heapq import nsmallest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.store.queue import Selection

GLANCE = 60
"""Standings at the head of the queue that are looked at first, one by one, whatever is wanted of them: 0.5 ms."""
FEW = 1_500
"""So many tickets are sorted rather than walked to: 7 µs each, against 0.1 µs for one that is walked past."""
BY_IMPACT = "q.rank, q.ticket_id"
IN_ORDER = "q.level, q.tail, q.ticket_id"
# What one of the narrow indexes answers. Taken from the text of a condition, so it may be wrong about what the
# condition means: then a page comes later, and is the same page.
_NARROW = re.compile(
    r"q\.(?:service|touchpoint|assignee) IN \(:\w+(?:, :\w+)*\)|q\.(?:service|assignee) (?:= :\w+|IS NULL)"
)
# What a standing tells of all its tickets.
_OF_STANDINGS = re.compile(
    r"q\.(?:service|touchpoint) IN \(:\w+(?:, :\w+)*\)|q\.service (?:= :\w+|IS NULL)|q\.condition = '\w+'"
)
_BUCKET = re.compile(r"\(*q\.bucket = ([02])\b")


def first_ids(connection: sqlite3.Connection, selection: Selection, limit: int) -> list[int] | None:
    """The first ids of a selection by impact where the standings at the head have them; None where they have not."""
    source, where, order, parameters = selection.sql()
    live = _live(where, order)
    if live is None or "q.assignee" in where:  # of a person's tickets few standings have one
        return None
    # Every part of a condition without these words must hold.
    plain = not re.search(r"\b(?:OR|NOT|CASE)\b", where)
    parts = _OF_STANDINGS.findall(where) if plain else []
    apart = " AND ".join(["live = :live", *(part.replace("q.", "") for part in parts)])
    heads = connection.execute(
        "SELECT id, level, first_tail FROM standings INDEXED BY standings_level"
        f" WHERE {apart} ORDER BY level, first_tail LIMIT :most",
        {**parameters, "live": live, "most": GLANCE + 1},
    ).fetchall()
    inside = f"standing IN ({', '.join(str(head[0]) for head in heads)}) AND bucket = {2 - 2 * live}"
    many = f"SELECT count(*) FROM (SELECT 1 FROM placed INDEXED BY queue_standing WHERE {inside} LIMIT {FEW})"
    if connection.execute(many).fetchone()[0] < FEW:
        return None  # few tickets are sorted sooner than so many standings are asked
    query = (
        f"SELECT q.tail, q.ticket_id FROM {_along(source)} WHERE {where} AND q.standing = :standing"
        " ORDER BY q.tail, q.ticket_id LIMIT :limit"
    )
    found: list[int] = []
    at_level: list[tuple[int, int]] = []
    for place, (standing, level, first_tail) in enumerate(heads):
        if place and level != heads[place - 1][1]:
            found += [ident for _, ident in at_level]
            at_level = []
        wanted = limit - len(found)
        # The tickets of a standing come no sooner than its `first_tail`.
        if wanted <= 0 or (len(at_level) >= wanted and at_level[-1][0] < first_tail):
            return [*found, *(ident for _, ident in at_level[:wanted])]
        if place == GLANCE:
            return None
        rows = connection.execute(query, {**parameters, "standing": standing, "limit": wanted}).fetchall()
        at_level = nsmallest(wanted, [*at_level, *rows])
    found += [ident for _, ident in at_level]
    return found[:limit]


def way(connection: sqlite3.Connection, selection: Selection, *, whole: bool = False) -> tuple[str, str, str]:
    """FROM, WHERE and ORDER BY of a selection: along the order where what narrows it is common, otherwise not.

    With `whole` all of it is read, and not a first page.
    """
    source, where, order, parameters = selection.sql()
    live = _live(where, order)
    if live is None:
        return source, where, order
    # A page that nothing else narrows is full soon. Otherwise the walk may be one past every open ticket; not so where
    # whole standings are passed by.
    few = FEW if not whole and where.count(" AND ") == 1 else 10 * FEW
    narrow = [(found, FEW // 5 if _OF_STANDINGS.fullmatch(found) else few) for found in _NARROW.findall(where)]
    if any(most < FEW for _, most in narrow):
        narrow = [(found, most) for found, most in narrow if most < FEW]
    if all(_common(connection, condition, parameters, most) for condition, most in narrow):
        return _along(source), f"q.live = {live} AND {where}", IN_ORDER
    # The plus keeps SQLite from looking for every ticket of the bucket: it has no statistics that would tell it better.
    return source, where.replace("q.bucket = ", "+q.bucket = ", 1), order


def _live(where: str, order: str) -> int | None:
    """Whether a selection by impact is of one bucket: 1 open, 0 done; None where it is not."""
    found = _BUCKET.match(where) if order == BY_IMPACT else None
    return None if found is None else int(found[1] == "0")


def _common(connection: sqlite3.Connection, condition: str, parameters: dict[str, object], few: int) -> bool:
    query = f"SELECT count(*) FROM (SELECT 1 FROM placed q WHERE q.bucket = 0 AND {condition} LIMIT :few)"
    return int(connection.execute(query, {**parameters, "few": few + 1}).fetchone()[0]) > few


def _along(source: str) -> str:
    return source.replace("queue q JOIN", "queue_in_order q CROSS JOIN") if " JOIN " in source else "queue_in_order q"
