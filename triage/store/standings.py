"""Standings: what tickets score, written once for all that stand alike (schema/0008_standings.sql)."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from triage.store.rank import level


class Standing(NamedTuple):
    """The content of a standing. `shape` None: of tickets that are scored one by one, or done (`live` 0)."""

    shape: int | None
    live: int
    score: int
    priority: int
    points_priority: int
    sure: int
    cr: int
    re: int
    jo: int
    tm: int
    cm: int
    wi: int
    service: str | None
    touchpoint: str | None
    condition: str
    vector: str
    policy_version: int
    catalog_version: int


def codes(vector: str) -> str:
    """Condition and reach as a vector has them ("UA"): what the cost of an outage is read from."""
    return "".join(vector[at + 4 : at + 5] for at in (vector.find("/CO:"), vector.find("/RE:")) if at >= 0)


_FIND = f"SELECT id FROM standings WHERE {' AND '.join(f'{name} IS ?' for name in Standing._fields)} LIMIT 1"
_INSERT = (
    f"INSERT INTO standings ({', '.join(Standing._fields)}, level, codes, certain, first_tail)"
    f" VALUES ({', '.join('?' * (len(Standing._fields) + 4))})"
)


def place(connection: sqlite3.Connection, standing: Standing, *, certain: int, tail: int) -> int:
    """The number of a standing with this content, made where there is none, inside the caller's transaction.

    `certain` where its tickets have no interval, `tail` of the ticket that will stand there.
    """
    row = connection.execute(_FIND, standing).fetchone()
    if row is not None:
        return int(row[0])
    place_of = level(standing.priority, standing.score)
    cursor = connection.execute(_INSERT, (*standing, place_of, codes(standing.vector), certain, tail))
    return int(cursor.lastrowid or 0)


def astray(connection: sqlite3.Connection) -> int:
    """How many standings have another place in the order than their score gives, or tickets that are about something
    else than they say: none, unless a row was changed by hand. For `doctor` and for tests.
    """
    query = (
        "SELECT (SELECT count(*) FROM standings WHERE level <> priority * 128 + 100 - score)"
        " + (SELECT count(DISTINCT s.id) FROM standings s JOIN placed p ON p.standing = s.id WHERE s.id > 0"
        " AND ((p.service, p.touchpoint, p.condition) IS NOT (s.service, s.touchpoint, s.condition)"
        " OR p.tail < s.first_tail OR (p.bucket < 2) <> s.live))"
    )
    return int(connection.execute(query).fetchone()[0])
