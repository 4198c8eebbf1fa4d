"""Words and phrases that keep coming up in open tickets that fit nothing in the catalog."""

from __future__ import annotations

import sqlite3
from collections import Counter
from itertools import pairwise

from triage.catalog.health import UnlinkedTerm
from triage.linking.lexicon import Lexicon
from triage.linking.message import Message
from triage.linking.terms import BREAK, words_of

LEAST_TICKETS = 3
MOST_TERMS = 20
_READ = 5_000
_SHORTEST = 4


def unlinked_terms(connection: sqlite3.Connection) -> list[UnlinkedTerm]:
    """Terms in the subjects of the newest open tickets without service and touchpoint, the most frequent first.

    A term is a word or a pair of words beside one another, in three tickets or more; a word that mostly comes
    in a pair is told as the pair.
    """
    rows = connection.execute(
        "SELECT t.subject FROM queue q JOIN tickets t ON t.id = q.ticket_id WHERE q.bucket < 2"
        " AND q.service IS NULL AND q.touchpoint IS NULL ORDER BY q.ticket_id DESC LIMIT ?",
        (_READ,),
    )
    lexicon = Lexicon.default()
    tickets: Counter[tuple[str, ...]] = Counter()
    shown: dict[tuple[str, ...], Counter[str]] = {}
    for (subject,) in rows:
        terms = _terms(subject, lexicon)
        tickets.update(terms.keys())
        for stems, words in terms.items():
            shown.setdefault(stems, Counter())[words] += 1
    frequent = {stems: count for stems, count in tickets.items() if count >= LEAST_TICKETS}
    covered: Counter[str] = Counter()
    for stems, count in frequent.items():
        if len(stems) == 2:
            for stem in stems:
                covered[stem] = max(covered[stem], count)
    kept = [(stems, count) for stems, count in frequent.items() if len(stems) == 2 or covered[stems[0]] < 0.7 * count]
    kept.sort(key=lambda item: (-item[1], -len(item[0]), item[0]))
    return [UnlinkedTerm(shown[stems].most_common(1)[0][0], count) for stems, count in kept[:MOST_TERMS]]


def _terms(subject: str, lexicon: Lexicon) -> dict[tuple[str, ...], str]:
    """The words and pairs of words of a subject that say something: their stems, and how they were written."""
    words = words_of(Message(subject=subject))
    says = [
        stem != BREAK
        and stem not in lexicon.common
        and stem not in lexicon.weak
        and stem not in lexicon.names
        and len(stem) >= _SHORTEST
        and not stem[0].isdigit()
        for stem in words.stems
    ]
    found: dict[tuple[str, ...], str] = {}
    for place, stem in enumerate(words.stems):
        if says[place]:
            found.setdefault((stem,), words.text(place, place + 1).lower())
    for (first, before), (second, after) in pairwise(enumerate(words.stems)):
        if says[first] and says[second]:
            found.setdefault(
                (before, after), f"{words.text(first, first + 1)} {words.text(second, second + 1)}".lower()
            )
    return found
