"""The first page of a search in titles, in two phases, so that common words cost no more than rare ones.

A word that few titles have is looked up, and what was found is sorted. Of a word that many have, the first page is met
soon by walking the queue in its order. Which it is shows by trying, the cheapest first.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from triage.store import walk

if TYPE_CHECKING:
    from triage.store.queue import Selection

GLANCE = 500
"""Tickets at the head of the queue whose titles are read first: 1 ms."""
READ_ON = 3_000
"""So many titles are read where the glance found more than a fifth of a page: 2.4 µs each."""
FEW = 5_000
"""So many matches are sorted rather than walked to: 1.7 µs each, against 0.1 µs for a ticket that is walked past."""


def first_ids(connection: sqlite3.Connection, selection: Selection, limit: int) -> list[int]:
    """The first ids of a selection with a `search`, in its order; the same as without it, sooner."""
    search = selection.search
    assert search is not None  # whoever calls this has looked
    found = _read(connection, selection, search.words, limit, 0, GLANCE)
    if limit > len(found) > limit / 5:
        found += _read(connection, selection, search.words, limit - len(found), GLANCE, READ_ON)
    if len(found) >= limit:
        return found[:limit]
    query = " ".join(f'"{word}"*' for word in search.words)
    rows = connection.execute("SELECT rowid FROM titles WHERE titles MATCH ? LIMIT ?", (query, FEW + 1)).fetchall()
    if len(rows) <= FEW:
        return _sorted(connection, selection, [row[0] for row in rows], limit)
    return _walk(connection, selection, query, limit)


def _walk(connection: sqlite3.Connection, selection: Selection, query: str, limit: int) -> list[int]:
    """The first of those that match: they are gathered (0.2 µs each), and the queue is walked until enough were met."""
    assert selection.search is not None
    rest = replace(selection, where=selection.search.rest)
    *_, parameters = rest.sql()
    source, where, order = walk.way(connection, rest)
    cursor = connection.execute(
        # The plus keeps SQLite from looking each match up instead: it has no statistics that would tell it better.
        f"SELECT q.ticket_id FROM {source} WHERE ({where}) AND +q.ticket_id IN"
        f" (SELECT rowid FROM titles WHERE titles MATCH :looked_for) ORDER BY {order} LIMIT :limit",
        {**parameters, "looked_for": query, "limit": limit},
    )
    return [row[0] for row in cursor]


def _read(
    connection: sqlite3.Connection, selection: Selection, words: Sequence[str], limit: int, start: int, most: int
) -> list[int]:
    """Those with all words among the tickets `start` to `most` of the queue, until there are `limit`."""
    assert selection.search is not None
    # Titles are looked up of those alone that are walked past, and not of all that a level has to sort.
    rest = replace(selection, where=selection.search.rest, needs_ticket=bool(selection.search.rest))
    *_, parameters = rest.sql()
    source, where, order = walk.way(connection, rest)
    likes = {f"w{place}": f"%{word}%" for place, word in enumerate(words) if word.isascii()}
    # LIKE knows case and accents of ASCII alone: what has other letters is left to the exact look below.
    other = "length(subject) <> length(CAST(subject AS BLOB))"
    sieve = " AND ".join(f"(subject LIKE :{name} OR {other})" for name in likes) or "1"
    cursor = connection.execute(
        f"SELECT x.ticket_id, subject FROM (SELECT q.ticket_id FROM {source} WHERE {where} ORDER BY {order}"
        f" LIMIT :most OFFSET :start) x CROSS JOIN tickets ON id = x.ticket_id WHERE {sieve}",
        {**parameters, **likes, "start": start, "most": most - start},
    )
    has_words = _looker(words)
    found: list[int] = []
    for ident, subject in cursor:
        if has_words(subject):
            found.append(ident)
            if len(found) == limit:
                break
    cursor.close()
    return found


def _sorted(connection: sqlite3.Connection, selection: Selection, ids: list[int], limit: int) -> list[int]:
    """Those of `ids` that the selection holds, in its order."""
    assert selection.search is not None
    source, where, order, parameters = replace(selection, where=selection.search.rest).sql()
    marks = ", ".join(map(str, ids))
    cursor = connection.execute(
        # The plus keeps the view's own indexes out of it: the few are looked up by their numbers.
        f"SELECT q.ticket_id FROM {source} WHERE q.ticket_id IN ({marks}) AND +({where}) ORDER BY {order} LIMIT :limit",
        {**parameters, "limit": limit},
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
