"""Rescoring many tickets: what the scorer said of each shape and span of age, put where their score stands.

Standings whose tickets all fall into one span are changed in place, and no ticket is written. Tickets that part from
their standing, or whose clocks differ, are found without a lock and written in short transactions of at most `CHUNK`
rows. Each transaction keeps the counts true by the sum of what it changed. The method is docs/decisions/rescoring.md.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from triage.store.database import Database
from triage.store.rank import tail_sql
from triage.store.restanding import (
    CHECKPOINT,
    CHUNK,
    CONTENT,
    SECONDS,
    Counted,
    Written,
    add,
    count_moved,
    own_checkpoints,
)
from triage.store.standings import Standing, place

NEVER = 1 << 60
NO_TAIL = (1 << 52) - 1
"""Of a standing without tickets: whichever comes is before it."""


class ScoredRow(NamedTuple):
    """What tickets of a shape come to that were created after `after` and not after `until`. Times in seconds.

    `change_after` and `clock_after` count from the creation; NEVER stands for none. With `by_call` 1 the clocks
    run in business time, and `Moments` is asked for each ticket; with 2 the stored clocks stand as they are.
    """

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
    by_call: int
    change_at: int
    change_after: int
    window_at: int
    clock_after: int
    clock_name: str | None
    left_after: int


class Moments(Protocol):
    """Answers for `ScoredRow`s with `by_call`: by its id and the creation of a ticket."""

    def change(self, row: int, created: int) -> int | None:
        """When the score may next change."""
        ...

    def clock(self, row: int, created: int) -> int | None:
        """When the first clock runs out."""
        ...

    def name(self, row: int, created: int) -> str | None:
        """Which clock that is."""
        ...

    def left(self, row: int, created: int) -> int | None:
        """When the first clock runs out that has not yet."""
        ...


def shape_id(facts: Sequence[object]) -> tuple[int, str]:
    """The number of a shape and its facts as they are stored."""
    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 2, text


def remember(connection: sqlite3.Connection, shapes: dict[int, str]) -> None:
    """Store shapes that are not known yet, inside the caller's transaction."""
    connection.executemany("INSERT OR IGNORE INTO shapes (id, facts) VALUES (?, ?)", shapes.items())


class ShapeCount(NamedTuple):
    """A shape with how many open tickets it has and when the first and the last of them were created."""

    id: int
    facts: str
    tickets: int
    oldest: int
    newest: int


def shapes_in_use(connection: sqlite3.Connection, due: int) -> list[ShapeCount]:
    """The shapes of open tickets whose score changes by `due`."""
    rows = connection.execute(
        "SELECT q.shape, s.facts, q.n, q.oldest, q.newest FROM (SELECT shape, count(*) AS n, min(created_at) AS"
        " oldest, max(created_at) AS newest FROM placed WHERE bucket < 2 AND shape IS NOT NULL"
        " AND next_change <= :due GROUP BY shape) q JOIN shapes s ON s.id = q.shape ORDER BY q.shape",
        {"due": due},
    )
    return [ShapeCount._make(row) for row in rows]


class StandingCount(NamedTuple):
    """A standing with a shape: how many open tickets, when the first and the last were created, what they come to."""

    id: int
    shape: int
    tickets: int
    oldest: int
    newest: int
    content: tuple[object, ...]
    """In the order of `CONTENT`."""


def standings_in_use(connection: sqlite3.Connection) -> tuple[list[StandingCount], list[ShapeCount]]:
    """The standings of open tickets that have a shape, in order of shape, and those shapes."""
    rows = connection.execute(
        f"SELECT s.id, s.shape, q.n, q.oldest, q.newest, {', '.join('s.' + name for name in CONTENT)}"
        " FROM (SELECT standing, count(*) AS n, min(created_at) AS oldest, max(created_at) AS newest"
        " FROM placed INDEXED BY queue_standing WHERE bucket < 2 GROUP BY standing) q"
        " CROSS JOIN standings s ON s.id = q.standing WHERE s.shape IS NOT NULL"
        " ORDER BY s.shape, s.id"
    )
    standings = [StandingCount._make((*row[:5], row[5:])) for row in rows]
    facts = dict(connection.execute("SELECT id, facts FROM shapes").fetchall())
    shapes: dict[int, list[int]] = {}
    for one in standings:
        known = shapes.setdefault(one.shape, [0, one.oldest, one.newest])
        known[0] += one.tickets
        known[1], known[2] = min(known[1], one.oldest), max(known[2], one.newest)
    return standings, [ShapeCount(ident, facts[ident], *known) for ident, known in shapes.items()]


def shapeless(connection: sqlite3.Connection) -> list[int]:
    """Open tickets without a shape, in order of id."""
    rows = connection.execute("SELECT ticket_id FROM placed WHERE bucket < 2 AND shape IS NULL ORDER BY ticket_id")
    return [row[0] for row in rows]


_CHANGE = (
    "CASE s.by_call WHEN 2 THEN q.next_change"
    " WHEN 0 THEN nullif(min(s.change_at, q.created_at + s.change_after, {never}), {never})"
    " ELSE triage_change(s.id, q.created_at) END"
)
_CLOCK = (
    "CASE s.by_call WHEN 2 THEN q.first_clock"
    " WHEN 0 THEN nullif(min(s.window_at, q.created_at + s.clock_after, {never}), {never})"
    " ELSE triage_clock(s.id, q.created_at) END"
)
_NAME = (
    "CASE s.by_call WHEN 2 THEN q.clock_name"
    " WHEN 0 THEN iif(s.window_at < min(q.created_at + s.clock_after, {never}), 'window',"
    " s.clock_name) ELSE triage_clock_name(s.id, q.created_at) END"
)
_LEFT = (
    "CASE s.by_call WHEN 2 THEN q.next_clock"
    " WHEN 0 THEN nullif(min(s.window_at, q.created_at + s.left_after, {never}), {never})"
    " ELSE triage_clock_left(s.id, q.created_at) END"
)
_CHANGE, _CLOCK, _LEFT, _NAME = (text.format(never=NEVER) for text in (_CHANGE, _CLOCK, _LEFT, _NAME))
_SAME_PLACE = "q.shape = s.shape AND q.created_at > s.after AND q.created_at <= s.until AND q.bucket < 2"
# The same where a ticket is found by its id already: the pluses keep SQLite from looking for it by its shape.
_SAME_STILL = "+q.shape = s.shape AND +q.created_at > s.after AND +q.created_at <= s.until AND +q.bucket < 2"
_DIFFERS = (
    "(" + " OR ".join(f"o.{name} IS NOT s.{name}" for name in CONTENT) + f" OR q.first_clock IS NOT {_CLOCK}"
    # A stored moment that is early costs one rescoring more; one that is late would leave points wrong.
    f" OR coalesce(q.next_change, {NEVER}) > coalesce({_CHANGE}, {NEVER}))"
)
# Clocks in business time cost a call each, so they are asked before the lock is taken, and once.
_INTO_CHUNK = (
    "INSERT INTO temp.chunk (ticket_id, scored, created_at, first_clock, clock_name, next_clock, next_change)"
    f" SELECT q.ticket_id, s.id, q.created_at, {_CLOCK}, {_NAME}, {_LEFT}, {_CHANGE}"
)
_FIND = (
    f"{_INTO_CHUNK} FROM temp.scored s CROSS JOIN main.placed q INDEXED BY queue_shape"
    " CROSS JOIN main.standings o ON o.id = q.standing"
    f" WHERE s.id >= :first AND {_SAME_PLACE} AND {_DIFFERS} ORDER BY s.id, q.created_at LIMIT :limit"
)
_FIND_DUE = (
    f"{_INTO_CHUNK} FROM main.placed q INDEXED BY queue_due CROSS JOIN temp.scored s INDEXED BY scored_shape"
    f" WHERE q.next_change <= :due AND {_SAME_PLACE} LIMIT :limit"
)
# Where most tickets are concerned, a walk by id keeps to one part of the table at a time.
_FIND_BY_ID = (
    f"{_INTO_CHUNK} FROM main.placed q NOT INDEXED CROSS JOIN temp.scored s INDEXED BY scored_shape"
    " CROSS JOIN main.standings o ON o.id = q.standing"
    f" WHERE q.ticket_id > :first AND {_SAME_PLACE} AND {_DIFFERS} ORDER BY q.ticket_id LIMIT :limit"
)
# What was found without the lock is looked at again under it: an act may have come between.
_STILL = (
    "temp.chunk k CROSS JOIN temp.scored s ON s.id = k.scored CROSS JOIN main.placed q ON q.ticket_id = k.ticket_id"
    f" AND {_SAME_STILL} CROSS JOIN main.standings o ON o.id = q.standing"
)
_OLD_AND_NEW = (
    "SELECT 1, q.bucket, o.priority, o.sure, o.score, s.priority, s.sure, s.score, coalesce(q.service, ''),"
    " q.condition,"
    f" coalesce(q.touchpoint, ''), coalesce(q.site, ''), coalesce(q.assignee, '') FROM {_STILL}"
)
_CLOCKS = (
    " first_clock = s.first_clock, clock_name = s.first_name, next_clock = s.next_clock, next_change = s.next_change,"
)


def _update(clocks: str, first_clock: str) -> str:
    return (
        f"UPDATE main.placed AS q SET standing = s.target,{clocks} tail = {tail_sql(first_clock, 'q.created_at')}"
        # The limit keeps the inner query whole, and it comes first: SQLite would walk the whole queue otherwise.
        " FROM (SELECT k.ticket_id, k.first_clock, k.clock_name AS first_name, k.next_clock, k.next_change, f.*"
        " FROM temp.chunk k CROSS JOIN temp.scored f ON f.id = k.scored LIMIT -1) s"
        f" WHERE q.ticket_id = s.ticket_id AND {_SAME_STILL}"
    )


_UPDATE = _update(_CLOCKS, "s.first_clock")
# SQLite writes every index anew that has a column which is set, be its value the same: clocks stand in three.
_UPDATE_POINTS = _update("", "q.first_clock")


def rescore(
    database: Database,
    rows: Iterable[ScoredRow],
    moments: Moments,
    *,
    policy: int,
    catalog: int,
    due: int | None = None,
    by_id: bool = False,
    told: Callable[[int], None] | None = None,
) -> Written:
    """Write what `rows` say into the queue, a transaction at a time; `told` hears how many were written so far.

    With `due` only tickets whose score changes by then are looked at, otherwise every one that differs: shape by
    shape, or with `by_id` (where `rows` are of most tickets) in order of id.
    """
    connection = database.connection
    rows = list(rows)
    update = _UPDATE_POINTS if all(row.by_call == 2 for row in rows) else _UPDATE
    _prepare(connection, rows, moments)
    written, limit = Written(), 200
    find = _FIND_DUE if due is not None else _FIND_BY_ID if by_id else _FIND
    parameters = {"first": 0} if due is None else {"due": due}
    with own_checkpoints(connection):
        while True:
            connection.execute("DELETE FROM temp.chunk")
            connection.execute(find, {**parameters, "limit": limit})
            found, ticket, last, created = connection.execute(
                "SELECT count(*), max(ticket_id), max(scored), max(created_at) FILTER (WHERE scored = (SELECT"
                " max(scored) FROM temp.chunk)) FROM temp.chunk"
            ).fetchone()
            if not found:
                break
            begun = time.perf_counter()
            with database.transaction():
                begun = time.perf_counter()
                changed = _write(connection, update, policy, catalog)
            took = time.perf_counter() - begun
            written.rows += changed
            written.locks.append(took)
            if due is None and by_id:
                parameters["first"] = ticket
            elif due is None:
                parameters["first"] = last
                # What comes next of a long span is looked for from here on, not from its beginning.
                connection.execute("UPDATE temp.scored SET after = max(after, ? - 1) WHERE id = ?", (created, last))
            limit = max(50, min(CHUNK, int(found * SECONDS / max(took, 1e-6)), limit * 2))
            if len(written.locks) % CHECKPOINT == 0:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if told:
                told(written.rows)
            if due is not None and not changed:
                break
    connection.execute("DELETE FROM temp.scored")
    return written


def _prepare(connection: sqlite3.Connection, rows: Iterable[ScoredRow], moments: Moments) -> None:
    connection.create_function("triage_change", 2, moments.change, deterministic=True)
    connection.create_function("triage_clock", 2, moments.clock, deterministic=True)
    connection.create_function("triage_clock_name", 2, moments.name, deterministic=True)
    connection.create_function("triage_clock_left", 2, moments.left, deterministic=True)
    names = ScoredRow._fields
    connection.execute("DROP TABLE IF EXISTS temp.scored")
    connection.execute("DROP TABLE IF EXISTS temp.chunk")
    columns = ", ".join(f"{name} {'TEXT' if name in ('vector', 'clock_name') else 'INTEGER'}" for name in names[1:])
    connection.execute(f"CREATE TEMP TABLE scored (id INTEGER PRIMARY KEY, {columns}, target INTEGER)")
    connection.execute(
        "CREATE TEMP TABLE chunk (ticket_id INTEGER PRIMARY KEY, scored INTEGER, created_at INTEGER,"
        " first_clock INTEGER, clock_name TEXT, next_clock INTEGER, next_change INTEGER)"
    )
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO temp.scored VALUES ({', '.join('?' * len(names))}, NULL)", rows)
    connection.execute("COMMIT")
    connection.execute("CREATE INDEX temp.scored_shape ON scored(shape, until)")


def _write(connection: sqlite3.Connection, update: str, policy: int, catalog: int) -> int:
    moved: Counted = Counter()
    points: Counted = Counter()
    for row in connection.execute(_OLD_AND_NEW):
        count_moved(row, moved, points)
    _targets(connection, policy, catalog)
    connection.execute("INSERT INTO counting_by_hand (one) VALUES (1)")
    changed = connection.execute(update).rowcount
    add(connection, moved, points)
    connection.execute("DELETE FROM counting_by_hand")
    # Of spans whose tickets all went elsewhere meanwhile.
    connection.execute(
        "DELETE FROM main.standings WHERE id IN (SELECT f.target FROM temp.chunk k JOIN temp.scored f"
        " ON f.id = k.scored)"
        " AND NOT EXISTS (SELECT 1 FROM main.placed WHERE standing = standings.id)"
    )
    return changed


def _targets(connection: sqlite3.Connection, policy: int, catalog: int) -> None:
    """The standing of each span that tickets of the chunk go to, found or made."""
    names = ("shape", *CONTENT, "certain")
    wanted = connection.execute(
        f"SELECT s.id, {', '.join('s.' + name for name in names)}, q.service, q.touchpoint, q.condition"
        " FROM temp.scored s"
        " JOIN (SELECT scored, min(ticket_id) AS ticket FROM temp.chunk GROUP BY scored) k ON k.scored = s.id"
        " JOIN main.placed q ON q.ticket_id = k.ticket"
    ).fetchall()
    found = []
    for ident, *values in wanted:
        row = dict(zip((*names, "service", "touchpoint", "condition"), values, strict=True))
        certain = row.pop("certain")
        standing = Standing(live=1, policy_version=policy, catalog_version=catalog, **row)
        found.append((place(connection, standing, certain=certain, tail=NO_TAIL), ident))
    connection.executemany("UPDATE temp.scored SET target = ? WHERE id = ?", found)
    connection.executemany(
        "UPDATE main.standings SET moved = 1 WHERE id = ? AND moved = 0 AND certain = 0", [one[:1] for one in found]
    )
