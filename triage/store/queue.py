"""The impact queue, read: a page at a time by rank, ids in order, rows by id, counts.

The standard library only: this is what the first paint of the application and `triage queue` wait for.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from triage.store import walk

if TYPE_CHECKING:
    from triage.store.database import Database

BREACH_HORIZON = 4 * 3600
"""A ticket is breaching when a clock of its runs out within this many seconds; later it is late."""


SAID = {"service": 1, "touchpoint": 2, "asked": 4}
"""Bits of `QueueRow.said`, by the field of the decision: a link of either kind, and that the proposal was asked for."""


class QueueRow(NamedTuple):
    """One ticket as the queue shows it. Times in seconds since 1970 (UTC), `priority` 1 to 5."""

    id: int
    source: str
    external_id: str
    subject: str
    requester: str | None
    organisation: str | None
    site: str | None
    status: str
    assignee: str | None
    created_at: int
    score: int
    low: int
    high: int
    priority: int
    points_priority: int
    sure: int
    service: str | None
    touchpoint: str | None
    condition: str
    reach: str
    swarm: int | None
    vip: int
    first_clock: int | None
    clock_name: str | None
    snoozed_until: int | None
    resolved_at: int | None
    vector: str
    bucket: int
    next_clock: int | None = None
    said: int = 0
    """What somebody has said or seen of its links: SAID's bits."""


_COLUMNS = (
    "t.id, t.source, t.external_id, t.subject, t.requester, t.organisation, t.site, q.status, q.assignee,"
    " q.created_at, q.score, q.low, q.high, q.priority, q.points_priority, q.sure, q.service, q.touchpoint,"
    " q.condition, q.reach, q.swarm, q.vip, q.first_clock, q.clock_name, q.snoozed_until, q.resolved_at,"
    " q.vector, q.bucket, q.next_clock,"
    " (SELECT total(CASE d.field WHEN 'service' THEN 1 WHEN 'touchpoint' THEN 2 ELSE 4 END) FROM decisions d"
    " WHERE d.ticket_id = t.id AND d.field IN ('service', 'touchpoint', 'asked'))"
)


class View(NamedTuple):
    """A named selection of the queue: a condition and an order in SQL over `queue q`."""

    where: str
    order: str


_FIRST_OF_SWARMS = """SELECT ticket_id FROM (
    SELECT ticket_id, row_number() OVER (PARTITION BY swarm ORDER BY rank, ticket_id) AS place
    FROM queue WHERE swarm IS NOT NULL AND +bucket = 0) WHERE place = 1"""
"""A swarm is one line: of its open tickets, the one that comes first."""

VIEWS: dict[str, View] = {
    "open": View("q.bucket = 0", "q.rank, q.ticket_id"),
    "mine": View("q.bucket = 0 AND q.assignee = :user", "q.rank, q.ticket_id"),
    "unclaimed": View("q.bucket = 0 AND q.assignee IS NULL", "q.rank, q.ticket_id"),
    "uncertain": View("q.bucket = 0 AND (q.width > 0 OR q.sure = 0)", "q.width DESC, q.rank, q.ticket_id"),
    "swarms": View(f"q.ticket_id IN ({_FIRST_OF_SWARMS})", "q.rank, q.ticket_id"),
    "breaching": View(
        "q.bucket = 0 AND q.next_clock > :now AND q.next_clock <= :breach", "q.next_clock, q.rank, q.ticket_id"
    ),
    "restored": View("q.bucket = 0 AND q.condition = 'restored'", "q.rank, q.ticket_id"),
    "snoozed": View("q.bucket = 1", "q.snoozed_until, q.rank, q.ticket_id"),
    "resolved": View("q.bucket = 2", "q.resolved_at DESC, q.ticket_id DESC"),
    "all": View("1", "q.bucket, q.rank, q.ticket_id"),
}
_BUCKETS = {f"all {bucket}": View(f"q.bucket = {bucket}", "q.rank, q.ticket_id") for bucket in range(3)}
"""The view of all, a bucket at a time."""

FOLDING = frozenset({"open", "mine", "unclaimed", "uncertain", "breaching"})
"""The views that show a swarm as one line where that is asked for. `swarms` does so always."""

ORDERS: dict[str, str] = {
    "impact": "q.rank, q.ticket_id",
    "clock": "coalesce(q.first_clock, 9e15), q.ticket_id",
    "age": "q.created_at, q.ticket_id",
    "newest": "q.created_at DESC, q.ticket_id DESC",
    "uncertainty": "(q.width = 0 AND q.sure = 1), q.width DESC, q.rank, q.ticket_id",
}
"""Each has an index (schema/0008_standings.sql): sorting a million takes seconds. What is equal goes by the ticket's
number, which an index ends with anyway, or by impact, which is sorted among the equal ones alone."""
UNCERTAINTY = "uncertainty"
_BY_INTERVAL = "interval"
_ORDERED_BY = {**ORDERS, _BY_INTERVAL: "q.width DESC, q.rank, q.ticket_id"}
_WIDE, _UNSURE, _CERTAIN = "q.width > 0", "q.width = 0 AND q.sure = 0", "q.width = 0 AND q.sure = 1"


class Search(NamedTuple):
    """The words of a title search, taken out of a filter: so that its first page need not read every match.

    `words` are beginnings of words as they were typed, each of which must be in the title; `rest` is the filter's
    condition without them, with the same parameters.
    """

    words: tuple[str, ...]
    rest: str = ""


class Memory:
    """What the last search of a connection found, for the next letter (store/search.py): for one thread alone."""

    def __init__(self) -> None:
        self.asked: tuple[object, ...] = ()
        self.seen: tuple[int, int] = (0, 0)
        self.words: tuple[str, ...] = ()
        self.found: list[int] = []
        self.whole = False
        self.bounds: list[tuple[int, int]] = []


class Selection(NamedTuple):
    """What to show: a view, a further condition with its parameters, an order, whose queue, the time.

    `search` says a part of `where` again, for a faster way to the first page (store/search.py). `folded` shows one
    ticket of each swarm, the one that comes first of those that the view has (FOLDING names the views that can).
    """

    view: str = "open"
    where: str = ""
    parameters: Mapping[str, Any] = {}
    needs_ticket: bool = False
    order: str | None = None
    user: str = ""
    now: int = 0
    search: Search | None = None
    folded: bool = False

    def sql(self) -> tuple[str, str, str, dict[str, Any]]:
        """FROM, WHERE and ORDER BY with their parameters."""
        view = VIEWS.get(self.view) or _BUCKETS[self.view]
        source = "queue q JOIN tickets t ON t.id = q.ticket_id" if self.needs_ticket else "queue q"
        where = f"({view.where}) AND ({self.where})" if self.where else view.where
        order = _ORDERED_BY[self.order] if self.order else view.order
        parameters = {
            "user": self.user,
            "breach": self.now + BREACH_HORIZON,
            "now": self.now,
            **self.parameters,
        }
        return source, where, order, parameters


def rows_by_id(connection: sqlite3.Connection, ids: Sequence[int]) -> list[QueueRow]:
    """The rows of these tickets, in the order of `ids`; ids that are gone are left out."""
    if not ids:
        return []
    marks = ",".join("?" * len(ids))
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM queue q JOIN tickets t ON t.id = q.ticket_id WHERE q.ticket_id IN ({marks})",
        tuple(ids),
    )
    found = {row[0]: QueueRow._make(row) for row in cursor}
    return [found[ident] for ident in ids if ident in found]


def ids_page(
    connection: sqlite3.Connection, selection: Selection, limit: int, offset: int = 0, memory: Memory | None = None
) -> list[int]:
    """The first ids of a selection, in its order. `memory`: of what was searched for before, on this connection."""
    if hidden := folded_away(connection, selection):
        found = ids_page(connection, selection._replace(folded=False), offset + limit + len(hidden))
        return [ident for ident in found if ident not in hidden][offset : offset + limit]
    parts = _parts(selection)
    if len(parts) > 1:
        ids: list[int] = []
        for part in parts:
            ids += ids_page(connection, part, offset + limit - len(ids))
            if len(ids) == offset + limit:
                break
        return ids[offset:]
    if selection.search is not None and not offset:
        from triage.store.search import first_ids

        return first_ids(connection, selection, limit, memory)
    if not offset:
        head = walk.first_ids(connection, selection, limit)
        if head is not None:
            return head
    *_, parameters = selection.sql()
    source, where, order = walk.way(connection, selection)
    cursor = connection.execute(
        f"SELECT q.ticket_id FROM {source} WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset",
        {**parameters, "limit": limit, "offset": offset},
    )
    return [row[0] for row in cursor]


def first_page(
    connection: sqlite3.Connection, selection: Selection, limit: int, memory: Memory | None = None
) -> list[QueueRow]:
    """The first rows of a selection."""
    return rows_by_id(connection, ids_page(connection, selection, limit, memory=memory))


def all_ids(connection: sqlite3.Connection, selection: Selection) -> array[int]:
    """Every id of a selection, in its order (4 bytes each; a million takes about 0.3 s)."""
    hidden = folded_away(connection, selection)
    ids = array("I")
    for part in _parts(selection):
        ids.extend(_gathered(connection, part, hidden))
    return ids


def _parts(selection: Selection) -> list[Selection]:
    """A selection as several that follow one another, each of which has an index for its order."""
    order = selection.order or ("by bucket" if selection.view == "all" else "")
    if order == "by bucket":
        return [selection._replace(view=f"all {bucket}") for bucket in range(3)]
    if order == UNCERTAINTY or (selection.view == "uncertain" and not order):
        parts = [_narrowed(selection, _WIDE, _BY_INTERVAL), _narrowed(selection, _UNSURE, "impact")]
        return [*parts, _narrowed(selection, _CERTAIN, "impact")] if order else parts
    return [selection]


def _narrowed(selection: Selection, condition: str, order: str) -> Selection:
    def narrowed(where: str) -> str:
        return f"{condition} AND ({where})" if where else condition

    search = selection.search and selection.search._replace(rest=narrowed(selection.search.rest))
    return selection._replace(where=narrowed(selection.where), order=order, search=search)


def _gathered(connection: sqlite3.Connection, selection: Selection, hidden: Container[int] = ()) -> array[int]:
    *_, parameters = selection.sql()
    source, where, order = walk.way(connection, selection, whole=True)
    cursor = connection.execute(f"SELECT q.ticket_id FROM {source} WHERE {where} ORDER BY {order}", parameters)
    ids = array("I")
    # Small pieces: a tuple and a number for each row are made anew, and must not be there a million at a time.
    while chunk := cursor.fetchmany(2000):
        ids.extend(row[0] for row in chunk if row[0] not in hidden)
    return ids


def folded_away(connection: sqlite3.Connection, selection: Selection) -> frozenset[int]:
    """The tickets of swarms that a folded selection leaves out: all but the first of each, by impact, in its view."""
    if not selection.folded or selection.where or selection.view not in FOLDING:
        return frozenset()
    *_, parameters = selection.sql()
    query = (
        "SELECT ticket_id FROM (SELECT q.ticket_id,"
        " row_number() OVER (PARTITION BY q.swarm ORDER BY q.rank, q.ticket_id) AS place"
        # Few tickets are in a swarm: SQLite, which has no statistics, would look at every open one.
        " FROM placed w INDEXED BY queue_swarm CROSS JOIN queue q ON q.ticket_id = w.ticket_id"
        f" WHERE w.swarm IS NOT NULL AND {VIEWS[selection.view].where})"
        " WHERE place > 1"
    )
    return frozenset(row[0] for row in connection.execute(query, parameters))


def total(connection: sqlite3.Connection, selection: Selection) -> int:
    """How many lines a selection holds; from the maintained counts where those know it."""
    if hidden := folded_away(connection, selection):
        return total(connection, selection._replace(folded=False)) - len(hidden)
    if not selection.where:
        known = _known_total(connection, selection)
        if known is not None:
            return known
    source, where, _, parameters = selection.sql()
    query = f"SELECT count(*) FROM {source} WHERE {where}"
    return int(connection.execute(query, parameters).fetchone()[0])


def _known_total(connection: sqlite3.Connection, selection: Selection) -> int | None:
    simple = {"open": ("bucket", "0"), "snoozed": ("bucket", "1"), "resolved": ("bucket", "2")}
    if selection.view in simple:
        name, key = simple[selection.view]
        query = "SELECT coalesce(sum(n), 0) FROM counts WHERE name = ? AND key1 = ?"
        return int(connection.execute(query, (name, key)).fetchone()[0])
    if selection.view == "all":
        query = "SELECT coalesce(sum(n), 0) FROM counts WHERE name = 'bucket'"
        return int(connection.execute(query).fetchone()[0])
    if selection.view in ("mine", "unclaimed"):
        who = selection.user if selection.view == "mine" else ""
        query = "SELECT coalesce(sum(n), 0) FROM counts WHERE name = 'assignee' AND key1 = ?"
        return int(connection.execute(query, (who,)).fetchone()[0])
    return None


class Count(NamedTuple):
    """A maintained count: how many tickets, and the sum of their scores."""

    key1: str
    key2: str
    n: int
    points: int


def counts(connection: sqlite3.Connection, name: str) -> list[Count]:
    """The maintained counts of one name (see the schema), without the empty ones."""
    cursor = connection.execute("SELECT key1, key2, n, points FROM counts WHERE name = ? AND n > 0", (name,))
    return [Count._make(row) for row in cursor]


def recount(connection: sqlite3.Connection) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The same counts, counted afresh from the queue: for `doctor` and for tests."""
    cursor = connection.execute(
        "SELECT name, key1, key2, count(*), sum(score) FROM queue_cells GROUP BY name, key1, key2"
    )
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in cursor}


def stored_counts(connection: sqlite3.Connection) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Every maintained count that is not empty."""
    cursor = connection.execute("SELECT name, key1, key2, n, points FROM counts WHERE n != 0 OR points != 0")
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in cursor}


Outage = tuple[str, str, str, int]
"""Service, condition and reach as codes of the vector ("UA"), site or "", swarm or 0."""


def outages(connection: sqlite3.Connection) -> dict[Outage, int]:
    """Open outages by what their cost is made of, from the maintained table."""
    rows = connection.execute("SELECT service, codes, site, swarm, n FROM outages")
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def recount_outages(connection: sqlite3.Connection) -> dict[Outage, int]:
    """The same, counted afresh from the queue: for `doctor` and for tests."""
    rows = connection.execute("SELECT service, codes, site, swarm, count(*) FROM queue_outages GROUP BY 1, 2, 3, 4")
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def place_of(connection: sqlite3.Connection, selection: Selection, ticket: int) -> int | None:
    """How many tickets stand before this one in a selection, or None where it is not in it."""
    ids = all_ids(connection, selection)
    try:
        return ids.index(ticket)
    except ValueError:
        return None


def meta(connection: sqlite3.Connection, key: str) -> str | None:
    """A value of the table `meta`."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def set_meta(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Set a value of the table `meta`, or take it away."""
    if value is None:
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    else:
        connection.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )


def due_for_rescoring(connection: sqlite3.Connection, now: int, limit: int) -> list[int]:
    """Open tickets whose points change by the clock alone at or before `now`."""
    cursor = connection.execute(
        "SELECT ticket_id FROM queue WHERE next_change <= ? AND bucket < 2 ORDER BY next_change LIMIT ?",
        (now, limit),
    )
    return [row[0] for row in cursor]


def awake(connection: sqlite3.Connection, now: int) -> list[int]:
    """Snoozed tickets whose time has come."""
    cursor = connection.execute("SELECT ticket_id FROM queue WHERE bucket = 1 AND snoozed_until <= ?", (now,))
    return [row[0] for row in cursor]


def stale_ids(connection: sqlite3.Connection, limit: int) -> list[int]:
    """Open tickets whose interval is an estimate since a rescoring in SQL, in the order of the queue."""
    found: list[int] = []
    for bucket in (0, 1):
        cursor = connection.execute(
            "SELECT p.ticket_id FROM standings s INDEXED BY standings_moved"
            " CROSS JOIN placed p INDEXED BY queue_standing ON p.standing = s.id"
            " WHERE s.moved = 1 AND s.certain = 0 AND p.bucket = ?"
            " AND (p.policy_version, p.catalog_version) <> (s.policy_version, s.catalog_version)"
            " ORDER BY s.level, p.tail, p.ticket_id LIMIT ?",
            (bucket, limit - len(found)),
        )
        found += [row[0] for row in cursor]
    return found


def settle(database: Database, most: int = 500) -> None:
    """Note which standings have no stale ticket any more, so that nobody looks for one there; `most` a transaction."""
    connection = database.connection
    clean = (
        "SELECT id FROM standings s INDEXED BY standings_moved WHERE moved = 1 AND (certain = 1 OR NOT EXISTS (SELECT 1"
        " FROM placed p WHERE p.standing = s.id AND p.bucket < 2"
        " AND (p.policy_version, p.catalog_version) <> (s.policy_version, s.catalog_version))) ORDER BY level LIMIT ?"
    )
    while True:
        seen = database.data_version()
        found = connection.execute(clean, (most,)).fetchall()
        if not found:
            return
        with database.transaction():
            if database.data_version() != seen:  # somebody wrote meanwhile: the next upkeep looks again
                return
            connection.executemany("UPDATE standings SET moved = 0 WHERE id = ?", found)
        if len(found) < most:
            return


def older_ids(connection: sqlite3.Connection, catalog_version: int, after: int, limit: int) -> list[int]:
    """Open tickets from beyond `after` that were last derived under another version of the catalog, by id."""
    cursor = connection.execute(
        "SELECT ticket_id FROM queue WHERE +bucket < 2 AND catalog_version <> ? AND ticket_id > ?"
        " ORDER BY ticket_id LIMIT ?",
        (catalog_version, after, limit),
    )
    return [row[0] for row in cursor]


def open_ids(connection: sqlite3.Connection, *, after: int = 0, limit: int = 2000) -> list[int]:
    """Ids of tickets that are not done, in order of id, from beyond `after`."""
    cursor = connection.execute(
        "SELECT ticket_id FROM queue WHERE bucket < 2 AND ticket_id > ? ORDER BY ticket_id LIMIT ?",
        (after, limit),
    )
    return [row[0] for row in cursor]


def open_ids_before(connection: sqlite3.Connection, before: int, limit: int) -> list[int]:
    """Ids of tickets that are not done, the newest first, from below `before`."""
    cursor = connection.execute(
        "SELECT ticket_id FROM queue WHERE +bucket < 2 AND ticket_id < ? ORDER BY ticket_id DESC LIMIT ?",
        (before, limit),
    )
    return [row[0] for row in cursor]


def decided_at(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """When (seconds since 1970) each decision on these tickets was made that stands now, by ticket and field."""
    found: dict[int, dict[str, int]] = {}
    marks = ",".join("?" * len(ids))
    query = f"SELECT ticket_id, field, at FROM decisions WHERE ticket_id IN ({marks})"
    for ticket, name, at in connection.execute(query, tuple(ids)):
        found.setdefault(ticket, {})[name] = at
    return found


def in_batches(ids: Iterable[int], size: int) -> Iterable[list[int]]:
    """`ids` in lists of at most `size`."""
    batch: list[int] = []
    for ident in ids:
        batch.append(ident)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
