"""Changing standings under their tickets, in short transactions that keep the counts true by the sum of the changes.

A standing is changed where all its tickets fall into one span; no ticket is written. What tickets come to that part
from theirs is written by triage/store/rescore.py. The method is docs/decisions/rescoring.md.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from triage.store.database import Database
from triage.store.rank import level
from triage.store.standings import codes

CHUNK = 2000
"""The most rows of one transaction."""
SECONDS = 0.012
"""How long a transaction aims to hold the write lock; the next one is made smaller where this one was longer."""
TICKETS_A_STANDING = 20
"""So many tickets of a standing, which are counted, take as long as writing it."""
CHECKPOINT = 20
"""After so many transactions the write-ahead log is moved into the file, between two of them."""
CONTENT = ("cr", "re", "jo", "tm", "cm", "wi", "score", "priority", "points_priority", "sure", "vector")
"""What a standing says beside whose it is."""
Counted = Counter[tuple[str, str, str]]


@dataclass(slots=True)
class Written:
    """What a rescoring did: rows changed, seconds that each transaction held the write lock."""

    rows: int = 0
    locks: list[float] = field(default_factory=list)


class Change(NamedTuple):
    """What the tickets of a standing come to from now on, all created after `after` and not after `until`."""

    id: int
    shape: int
    after: int
    until: int
    cr: int
    re: int
    jo: int
    tm: int
    cm: int
    wi: int
    score: int
    priority: int
    points_priority: int
    sure: int
    vector: str
    certain: int
    tickets: int
    """How many it has, about: by this the transactions are made equally long."""


_CHANGED = (*CONTENT, "level", "codes", "certain")
# A line for each standing and bucket; what was found without the lock is looked at again under it.
_STANDING_OLD_AND_NEW = (
    "SELECT m.id, min(p.created_at) > m.after AND max(p.created_at) <= m.until, count(*), p.bucket, s.priority, s.sure,"
    " s.score, m.priority, m.sure, m.score, coalesce(s.service, ''), s.condition, coalesce(s.touchpoint, '')"
    " FROM temp.moved m CROSS JOIN main.standings s ON s.id = m.id AND s.shape = m.shape"
    " CROSS JOIN main.placed p INDEXED BY queue_standing ON p.standing = m.id"
    " WHERE m.id > :first AND m.id <= :last GROUP BY m.id, p.bucket"
)
_IN_CHUNK = (
    "FROM temp.moved m CROSS JOIN main.standings s ON s.id = m.id CROSS JOIN main.placed p INDEXED BY queue_standing"
    " ON p.standing = m.id WHERE m.id > :first AND m.id <= :last AND p.bucket = 0"
)
_SITES_AND_PERSONS = (
    f"SELECT coalesce(p.site, ''), coalesce(p.assignee, ''), sum(m.score - s.score) {_IN_CHUNK} AND m.score <> s.score"
    " GROUP BY 1, 2"
)
_OUTAGES = (
    f"SELECT s.service, s.codes, m.codes, coalesce(p.site, ''), coalesce(p.swarm, 0), count(*) {_IN_CHUNK}"
    " AND m.codes <> s.codes AND s.condition IN ('unavailable', 'degraded') AND s.service IS NOT NULL"
    " GROUP BY 1, 2, 3, 4, 5"
)
_UPDATE_STANDINGS = (
    f"UPDATE main.standings AS s SET {', '.join(f'{name} = m.{name}' for name in _CHANGED)}, moved = 1 - m.certain,"
    " policy_version = :policy, catalog_version = :catalog FROM temp.moved m"
    " WHERE s.id > :first AND s.id <= :last AND m.id = s.id AND s.shape = m.shape"
)


def change_standings(
    database: Database,
    changes: Iterable[Change],
    *,
    policy: int,
    catalog: int,
    told: Callable[[int], None] | None = None,
) -> tuple[Written, set[int]]:
    """Change standings under their tickets, a transaction at a time; `rows` are the tickets that it moved.

    Also gives the shapes of standings that an act changed meanwhile, so that they were left alone.
    """
    connection = database.connection
    written, refused = Written(), set[int]()
    columns = ", ".join(f"{name} {'TEXT' if name in ('vector', 'codes') else 'INTEGER'}" for name in
                        (*Change._fields[1:], "level", "codes"))  # fmt: skip
    connection.execute("DROP TABLE IF EXISTS temp.moved")
    connection.execute(f"CREATE TEMP TABLE moved (id INTEGER PRIMARY KEY, {columns})")
    connection.execute("BEGIN")
    connection.executemany(
        f"INSERT INTO temp.moved VALUES ({', '.join('?' * (len(Change._fields) + 2))})",
        ((*one, level(one.priority, one.score), codes(one.vector)) for one in changes),
    )
    connection.execute("COMMIT")
    weights = [(row[0], 1 + row[1] / TICKETS_A_STANDING) for row in connection.execute(
        "SELECT id, tickets FROM temp.moved ORDER BY id")]  # fmt: skip
    first, at, most = 0, 0, 100.0
    with own_checkpoints(connection):
        while at < len(weights):
            weight = 0.0
            while at < len(weights) and (not weight or weight + weights[at][1] <= most):
                weight += weights[at][1]
                at += 1
            last = weights[at - 1][0]
            with database.transaction():
                begun = time.perf_counter()
                written.rows += _change_chunk(connection, first, last, policy, catalog, refused)
            took = time.perf_counter() - begun
            written.locks.append(took)
            first, most = last, max(1.0, min(CHUNK, weight * SECONDS / max(took, 1e-6), most * 2))
            if len(written.locks) % CHECKPOINT == 0:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if told:
                told(written.rows)
    connection.execute("DROP TABLE temp.moved")
    return written, refused


def _change_chunk(
    connection: sqlite3.Connection, first: int, last: int, policy: int, catalog: int, refused: set[int]
) -> int:
    parameters = {"first": first, "last": last, "policy": policy, "catalog": catalog}
    rows = connection.execute(_STANDING_OLD_AND_NEW, parameters).fetchall()
    known, other = {row[0] for row in rows}, {row[0] for row in rows if not row[1]}
    within = connection.execute("SELECT id FROM temp.moved WHERE id > :first AND id <= :last", parameters).fetchall()
    if other or len(known) < len(within):
        left = [row for row in within if row[0] not in known or row[0] in other]
        for row in left:
            refused.update(one[0] for one in connection.execute("SELECT shape FROM temp.moved WHERE id = ?", row))
        connection.executemany("DELETE FROM temp.moved WHERE id = ?", left)
    moved: Counted = Counter()
    points: Counted = Counter()
    count = 0
    for row in rows:
        if row[0] not in other:
            count += row[2]
            count_moved((*row[2:], None, None), moved, points)
    for site, who, more in connection.execute(_SITES_AND_PERSONS, parameters):
        points["site", str(site), ""] += more
        points["assignee", str(who), ""] += more
    outages: Counter[tuple[str, str, str, int]] = Counter()
    for service, old, new, site, swarm, number in connection.execute(_OUTAGES, parameters):
        outages[service, old, site, swarm] -= number
        outages[service, new, site, swarm] += number
    connection.execute(_UPDATE_STANDINGS, parameters)
    add(connection, moved, points)
    connection.executemany(
        "INSERT INTO outages VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [(*key, number) for key, number in outages.items() if number],
    )
    if outages:
        connection.execute("DELETE FROM outages WHERE n = 0")
    return count


@contextlib.contextmanager
def own_checkpoints(connection: sqlite3.Connection) -> Iterator[None]:
    """Checkpoints between the transactions and not at the end of one, where somebody waits for it."""
    before = connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA wal_autocheckpoint = {before}")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def add(connection: sqlite3.Connection, moved: Counted, points: Counted) -> None:
    """Add to the maintained counts what `count_moved` gathered, inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO counts (name, key1, key2, n, points) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET n = n + excluded.n, points = points + excluded.points",
        [(*cell, moved[cell], points[cell]) for cell in {*moved, *points} if moved[cell] or points[cell]],
    )


def count_moved(row: tuple[Any, ...], moved: Counted, points: Counted) -> None:
    """What so many tickets add to the cells of the view `queue_cells`, and take from them.

    `site` and `who` None: they are not alike in these, which are counted apart.
    """
    n, bucket, priority, sure, score, new_priority, new_sure, new_score, service, condition, touchpoint, site, who = row
    more = n * (new_score - score)
    points["bucket", str(bucket), ""] += more
    if bucket:
        return
    old, new = ("priority", str(priority), str(sure)), ("priority", str(new_priority), str(new_sure))
    moved[old] -= n
    moved[new] += n
    points[old] -= n * score
    points[new] += n * new_score
    if more:
        points["service", str(service), str(condition)] += more
        points["touchpoint", str(touchpoint), ""] += more
        if site is not None:
            points["site", str(site), ""] += more
            points["assignee", str(who), ""] += more
