"""The first page of a search in titles, in two phases, so that common words cost no more than rare ones.

A word that few titles have is looked up, and what was found is sorted. Of a word that many have, the first page is met
soon by walking the queue in its order. Which it is shows by trying, the cheapest first.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from triage.store import walk

if TYPE_CHECKING:
    from triage.store.queue import Memory, Selection

Bound = tuple[int, int]
"""A place in the order of impact: level and tail."""

GLANCE = 500
"""Tickets at the head of the queue whose titles are read first: 1 ms."""
READ_ON = 3_000
"""So many titles are read where the glance found more than a fifth of a page: 2.4 µs each."""
FEW = 5_500
"""So many matches are sorted rather than walked to: 3 µs each, against 0.3 µs for a ticket that is walked past."""
MANY = 40_000
"""So many are met sooner by reading titles than by gathering them first."""


DEEP = 400
"""So many matches are kept of what was found, where they come with it: the next letter narrows them down."""
PLACES = (GLANCE, READ_ON, 8_000, 16_000, 32_000, 64_000)
"""About where the order is parted, so that a stretch of it can be read without sorting what is equally urgent."""


def first_ids(
    connection: sqlite3.Connection, selection: Selection, limit: int, memory: Memory | None = None
) -> list[int]:
    """The first ids of a selection with a `search`, in its order; the same as without it, sooner.

    With a `memory` what was found for the letters before is narrowed down where that is enough.
    """
    if memory is None:
        return _first(connection, selection, limit, [])[0][:limit]
    search = selection.search
    assert search is not None  # whoever calls this has looked
    # Others' commits show in the one, this connection's own in the other.
    seen = (connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes)
    asked = _but_words(selection)
    if (memory.asked, memory.seen) == (asked, seen) and _narrower(search.words, memory.words):
        found, whole = _with_words(connection, memory.found, search.words), memory.whole
    else:
        found, whole = [], False
    if not whole and len(found) < limit:
        if not _parted(connection, memory.bounds):
            memory.bounds = _part(connection)
        found, whole = _first(connection, selection, limit, memory.bounds)
    memory.asked, memory.seen, memory.words, memory.found, memory.whole = asked, seen, search.words, found, whole
    return found[:limit]


def _but_words(selection: Selection) -> tuple[object, ...]:
    """What a selection asks for beside the words of its search."""
    assert selection.search is not None
    _, where, order, parameters = selection._replace(where=selection.search.rest).sql()
    return where, order, *((name, value) for name, value in parameters.items() if f":{name}" in where)


def _narrower(words: Sequence[str], before: Sequence[str]) -> bool:
    """Whether every title with these words has those before: each of them begins one of these."""
    return all(any(_plain(word).startswith(_plain(old)) for word in words) for old in before)


def _with_words(connection: sqlite3.Connection, ids: Sequence[int], words: Sequence[str]) -> list[int]:
    has_words = _looker(words)
    rows = connection.execute(f"SELECT id, subject FROM tickets WHERE id IN ({', '.join(map(str, ids))})")
    left = {row[0] for row in rows if has_words(row[1])}
    return [ident for ident in ids if ident in left]


def _first(
    connection: sqlite3.Connection, selection: Selection, limit: int, bounds: Sequence[Bound]
) -> tuple[list[int], bool]:
    """At least the first `limit` ids, or all that there are, and whether they are known to be all."""
    search = selection.search
    assert search is not None
    rest = selection._replace(where=search.rest)
    *_, order = walk.way(connection, rest)
    bounds = bounds if order == walk.IN_ORDER else []
    stretches = _stretches(bounds)
    glance, read_on = stretches[:2] if bounds else ("", "")
    found = _read(connection, selection, search.words, limit, 0, GLANCE, glance)
    if len(found) >= limit:
        return found, False
    query, deep = " ".join(f'"{word}"*' for word in search.words), max(DEEP, limit)
    matches = MANY
    if len(found) <= limit / 4:  # else they are many as far as one can see
        matches = _about(connection, query)
    if matches >= MANY:
        found += _read(connection, selection, search.words, limit - len(found), GLANCE, READ_ON, read_on)
        if len(found) >= limit:
            return found, False
        matches = _about(connection, query)
    if matches <= FEW:
        ids = _sorted(connection, selection, query, deep)
        return ids, len(ids) < deep
    found = []
    for stretch in _by_depth(connection, bounds, matches / (4 * limit)):
        found += _walk(connection, rest, query, deep - len(found), stretch)
        if len(found) >= limit:
            return found, False
    return found, True


def _about(connection: sqlite3.Connection, query: str) -> int:
    """How many titles match: up to FEW they are counted, beyond that it is as if they went on as far apart."""
    count, last = connection.execute(
        "SELECT count(*), max(rowid) FROM (SELECT rowid FROM titles WHERE titles MATCH ? LIMIT ?)", (query, FEW + 1)
    ).fetchone()
    if count <= FEW:
        return int(count)
    newest = connection.execute("SELECT max(id) FROM tickets").fetchone()[0]
    return max(int(count * newest / last), int(count))


def _walk(connection: sqlite3.Connection, rest: Selection, query: str, limit: int, stretch: str) -> list[int]:
    """The first of those that match: they are gathered (0.2 µs each), and the queue is walked until enough were met."""
    *_, parameters = rest.sql()
    source, where, order = walk.way(connection, rest)
    cursor = connection.execute(
        # The plus keeps SQLite from looking each match up instead: it has no statistics that would tell it better.
        f"SELECT q.ticket_id FROM {source} WHERE ({where}){stretch} AND +q.ticket_id IN"
        f" (SELECT rowid FROM titles WHERE titles MATCH :looked_for) ORDER BY {order} LIMIT :limit",
        {**parameters, "looked_for": query, "limit": limit},
    )
    return [row[0] for row in cursor]


def _read(
    connection: sqlite3.Connection, selection: Selection, words: Sequence[str], limit: int, start: int, most: int,
    stretch: str,
) -> list[int]:  # fmt: skip
    """Those with all words among the tickets `start` to `most` of the queue, until there are `limit`.

    Where a `stretch` of the order is given, all of those in it.
    """
    assert selection.search is not None
    # Titles are looked up of those alone that are walked past, and not of all that a level has to sort.
    rest = selection._replace(where=selection.search.rest, needs_ticket=bool(selection.search.rest))
    *_, parameters = rest.sql()
    source, where, order = walk.way(connection, rest)
    likes = {f"w{place}": f"%{word}%" for place, word in enumerate(words) if word.isascii()}
    # LIKE knows case and accents of ASCII alone: what has other letters is left to the exact look below.
    other = "length(subject) <> length(CAST(subject AS BLOB))"
    sieve = " AND ".join(f"(subject LIKE :{name} OR {other})" for name in likes) or "1"
    cursor = connection.execute(
        f"SELECT x.ticket_id, subject FROM (SELECT q.ticket_id FROM {source} WHERE ({where}){stretch}"
        f" ORDER BY {order} LIMIT :most OFFSET :start) x CROSS JOIN tickets ON id = x.ticket_id WHERE {sieve}",
        {**parameters, **likes, "start": 0 if stretch else start, "most": -1 if stretch else most - start},
    )
    has_words = _looker(words)
    found: list[int] = []
    for ident, subject in cursor:
        if has_words(subject):
            found.append(ident)
            if len(found) == (2 * limit if stretch else limit):  # some more for the next letter
                break
    cursor.close()
    return found


# Stretches of the order --------------------------------------------------------------------------------


def _part(connection: sqlite3.Connection) -> list[Bound]:
    """Level and tail of the open tickets near PLACES, about: a place within a level is that of its largest standing.

    Where they lie is a matter of time alone: whatever they are, stretches between them hold every ticket once.
    """
    bounds: list[Bound] = []
    before = size = 0  # tickets above the level, and in it so far
    largest, at_level = (0, 0), 0
    rows = connection.execute(
        "SELECT s.level, s.id, (SELECT count(*) FROM placed p INDEXED BY queue_standing WHERE p.standing = s.id"
        " AND p.bucket = 0) FROM standings s INDEXED BY standings_level WHERE s.live = 1 ORDER BY s.level"
    )
    tail = (
        "SELECT tail FROM placed INDEXED BY queue_standing WHERE standing = ? AND bucket = 0"
        " ORDER BY tail LIMIT 1 OFFSET ?"
    )
    for level, standing, count in chain(rows, [(-1, 0, 0)]):
        if level != at_level:
            while len(bounds) < len(PLACES) and size and PLACES[len(bounds)] < before + size:
                share = (PLACES[len(bounds)] - before) / size
                row = connection.execute(tail, (largest[1], int(share * largest[0]))).fetchone()
                bounds.append((at_level, row[0]))
            if len(bounds) == len(PLACES):
                return bounds
            before, size, largest, at_level = before + size, 0, (0, 0), level
        size += count
        largest = max(largest, (count, standing))
    return []  # a short queue is sorted as soon as parted


def _parted(connection: sqlite3.Connection, bounds: Sequence[Bound]) -> bool:
    """Whether the bounds lie about where they should: tickets come, go and move."""
    if not bounds:
        return False
    for place, stretch in zip(PLACES, _stretches(bounds)[:2], strict=False):
        query = (
            f"SELECT count(*) FROM (SELECT 1 FROM queue_in_order q WHERE q.live = 1 AND q.bucket = 0{stretch} LIMIT ?)"
        )
        if not place / 4 < connection.execute(query, (4 * place,)).fetchone()[0] < 4 * place:
            return False
    return True


def _stretches(bounds: Sequence[Bound]) -> list[str]:
    """Conditions that part the order at these bounds."""
    return [
        (_after(lower) if lower else "") + (_before(upper) if upper else "")
        for lower, upper in zip((None, *bounds), (*bounds, None), strict=True)
    ]


def _by_depth(connection: sqlite3.Connection, bounds: Sequence[Bound], share: float) -> list[str]:
    """The order in three stretches, of which the first is as long as `share` of the matches are likely far apart."""
    if not bounds:
        return [""]
    total = connection.execute("SELECT coalesce(sum(n), 0) FROM counts WHERE name = 'bucket' AND key1 = '0'")
    needed = total.fetchone()[0] / share
    first = next((at for at, place in enumerate(PLACES) if place >= needed and at > 1), len(PLACES) - 1)
    return [_before(bounds[first]), *_stretches(bounds)[first + 1 :]]


def _before(bound: Bound) -> str:
    level, tail = bound
    return f" AND q.level <= {level} AND q.tail < CASE WHEN q.level < {level} THEN 1 << 53 ELSE {tail} END"


def _after(bound: Bound) -> str:
    level, tail = bound
    return f" AND q.level >= {level} AND q.tail >= CASE WHEN q.level > {level} THEN 0 ELSE {tail} END"


def _sorted(connection: sqlite3.Connection, selection: Selection, query: str, limit: int) -> list[int]:
    """The first of those that match, all of which are looked up and sorted."""
    assert selection.search is not None
    source, where, order, parameters = selection._replace(where=selection.search.rest).sql()
    cursor = connection.execute(
        # The plus keeps the view's own indexes out of it: the few are looked up by their numbers.
        f"SELECT q.ticket_id FROM {source} WHERE q.ticket_id IN"
        f" (SELECT rowid FROM titles WHERE titles MATCH :looked_for) AND +({where}) ORDER BY {order} LIMIT :limit",
        {**parameters, "looked_for": query, "limit": limit},
    )
    return [row[0] for row in cursor]


def _looker(words: Sequence[str]) -> Callable[[str], bool]:
    """Whether a title has words that begin with these, as the full-text index sees it: no case, no accents."""
    begins = [re.compile(rf"(?<![^\W_]){re.escape(_plain(word))}").search for word in words]

    def has_words(subject: str) -> bool:
        text = _plain(subject)
        return all(begin(text) is not None for begin in begins)

    return has_words


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(char for char in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(char))
