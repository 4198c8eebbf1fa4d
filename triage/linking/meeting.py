"""Where a batch of tickets and the catalog meet: the terms that each ticket speaks of, each with its best place.

A word meets terms by itself (`matching.py`), written together with the word before it, or in capitals; concepts of
one word or more meet what the catalog says of them. Of the places where a ticket speaks of a term the one with the
greatest similarity times weight counts, the first of equals, words before concepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from triage.linking.hearing import Heard
from triage.linking.pages import Floats, Ints, in_order
from triage.linking.wordtable import JOINED, JOINS

Event = tuple[int, float, int, int]
"""A term met, how well, by the words from the first up to the last."""


@dataclass(slots=True)
class Met:
    """The terms of the catalog that some tickets speak of, one ticket after the other; where each begins.

    `similarity` (0 to 1) and `weight` of the words, the first word on the page, one past the last. Terms stand in the
    order in which the ticket comes to speak of them.
    """

    numbers: Ints
    similarity: Floats
    weight: Floats
    starts: Ints
    ends: Ints
    bounds: Ints
    keys: Ints
    """Ticket times the number of terms, plus the term, in order; `row` tells where each stands."""
    row: Ints
    terms: int

    def places(self, tickets: Ints, numbers: Ints) -> Ints:
        """Where the meetings of tickets and terms stand; -1 where there is none."""
        if not len(self.keys):
            return np.full(len(numbers), -1, dtype=np.int64)
        wanted = tickets * self.terms + numbers
        found = np.searchsorted(self.keys, wanted)
        found[found == len(self.keys)] = 0
        return np.where(self.keys[found] == wanted, self.row[found], -1)


def meet(heard: Heard) -> Met:
    """The terms of the catalog that the tickets of a batch speak of."""
    page, table = heard.page, heard.table
    telling = ~page.breaks & (page.weights > 0)
    places = np.flatnonzero(telling)
    sizes, (numbers, similarity) = table.terms.take(page.rows[places])
    starts = places.repeat(sizes)
    joined, shouted = _joined(heard, telling), _shouted(heard, telling)
    alone, alone_similarity, alone_places = _concepts(heard)
    long = _long_concepts(heard)
    events = [*joined, *shouted]
    every = np.concatenate((numbers, _column(events, 0), alone, _column(long, 0)))
    match = np.concatenate((similarity, _floats(events), alone_similarity, _floats(long)))
    begins = np.concatenate((starts, _column(events, 2), alone_places, _column(long, 2)))
    ends = np.concatenate((starts + 1, _column(events, 3), alone_places + 1, _column(long, 3)))
    # Words before concepts; of one word first itself, then with the word before it, then in capitals.
    words = len(numbers) + len(events)
    step = np.repeat([0, 1, 2, 0, 1], [len(numbers), len(joined), len(shouted), len(alone), len(long)])
    at = begins.copy()
    at[len(numbers) : words] = ends[len(numbers) : words] - 1
    order = 4 * at + step
    order[words:] += 4 * len(page.rows)
    weights = page.weights[begins]
    weights[len(numbers) : words] = page.weights[at[len(numbers) : words]]
    return _best(heard, every, match, weights, begins, ends, order)


def _best(
    heard: Heard, numbers: Ints, similarity: Floats, weights: Floats, begins: Ints, ends: Ints, order: Ints
) -> Met:
    count, terms = len(heard.page.messages), len(heard.table.matcher.entries.terms)
    if not len(numbers):
        return Met(
            numbers, similarity, weights, begins, ends, np.zeros(count + 1, dtype=np.int64), numbers, numbers, terms
        )
    tickets = heard.page.tickets[begins]
    keys = tickets * terms + numbers
    sort = in_order(keys, order)
    keys = keys[sort]
    first = np.flatnonzero(np.concatenate((np.ones(1, dtype=bool), keys[1:] != keys[:-1])))
    values = (similarity * weights)[sort]
    groups = np.diff(np.concatenate((first, [len(keys)])))
    best = np.flatnonzero(values == np.maximum.reduceat(values, first).repeat(groups))
    group = np.arange(len(first)).repeat(groups)[best]
    best = best[np.concatenate((np.ones(1, dtype=bool), group[1:] != group[:-1]))]
    # In the order in which each ticket comes to speak of them.
    best = sort[best]
    owner = tickets[best]
    begun = sort[first]
    spoken = in_order(owner, order[begun] * len(order) + begun)
    best = best[spoken]
    row = np.empty(len(spoken), dtype=np.int64)
    row[spoken] = np.arange(len(spoken))
    bounds = np.searchsorted(owner, np.arange(count + 1))
    return Met(
        numbers[best], similarity[best], weights[best], begins[best], ends[best], bounds, keys[first], row, terms
    )


def _column(events: Sequence[Event], place: int) -> Ints:
    return np.array([event[place] for event in events], dtype=np.int64)


def _floats(events: Sequence[Event]) -> Floats:
    return np.array([event[1] for event in events], dtype=np.float64)


def _joined(heard: Heard, telling: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Event]:
    """Two words that the catalog writes as one ("top up")."""
    terms, stems = heard.table.matcher.entries.terms, heard.table.vocabulary.stems
    first, second = telling & (heard.flags & JOINS > 0), telling & (heard.flags & JOINED > 0)
    pairs = np.flatnonzero(first[:-1] & second[1:])
    rows = heard.page.rows
    found = []
    for place, one, other in zip(pairs.tolist(), rows[pairs].tolist(), rows[pairs + 1].tolist(), strict=True):
        number = terms.get(stems[one] + stems[other])
        if number is not None:
            found.append((number, 1.0, place, place + 2))
    return found


def _shouted(heard: Heard, telling: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Event]:
    """Words in capitals that mean something else in small letters, where not everything is in capitals."""
    capitals = heard.table.capitals.all[heard.page.rows]
    found = []
    for place in np.flatnonzero((capitals >= 0) & telling).tolist():
        if not heard.words[int(heard.page.tickets[place])].shouted:
            found.append((int(capitals[place]), 1.0, place, place + 1))
    return found


def _concepts(heard: Heard) -> tuple[Ints, Floats, Ints]:
    """The terms met by the concepts of single words that do not stand inside a longer concept, and where."""
    page, table = heard.page, heard.table
    open_to = page.weights > 0
    for start, found in zip(page.bounds, heard.concepts, strict=False):
        for each in found:
            open_to[start + each.start : start + each.end] = False
    places = np.flatnonzero(open_to)
    sizes, (numbers, similarity, languages) = table.concepts.take(page.rows[places])
    places = places.repeat(sizes)
    asked = np.array(heard.languages, dtype=np.int64)[page.tickets[places]]
    meant = np.flatnonzero((languages >> asked) & 1)
    return numbers[meant], similarity[meant], places[meant]


def _long_concepts(heard: Heard) -> list[Event]:
    concept, weights = heard.table.matcher.concept, heard.page.weights
    return [
        (number, similarity, start + each.start, start + each.end)
        for start, found in zip(heard.page.bounds, heard.concepts, strict=False)
        for each in found
        if weights[start + each.start] > 0
        for number, similarity in concept(each.payload.value)
    ]
