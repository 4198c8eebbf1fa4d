"""What a candidate's score was made of, in the ticket's own words: spans with what each added.

The lexical part is that of the phrase that fitted best, shared out over the words that filled it in proportion to
what each filled. The learned part is exact: a softmax's score is a sum over the ticket's terms, and what a
term adds, against the mean of all labels, is shared evenly among the words that the term was made of. A
recent decision like it speaks as a whole, without words. All in the units of the score, nats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from math import floor

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import CONCEPT, Entries
from triage.linking.hashing import Where
from triage.linking.hearing import Heard
from triage.linking.meeting import Met
from triage.linking.pages import ranges
from triage.linking.softmax import SCALE, Snapshot
from triage.linking.terms import Words
from triage.tickets.models import TAUGHT, Evidence

SHOWN = 6
_FILLED = 0.2
"""What fills less of a slot does not fill it."""
_TELLING = 0.15
"""Words that fill less of a phrase than this share of what the strongest fills are not shown as evidence."""
_TAUGHT_TELLING = 0.25
"""The same of words that were learned: their sum is spread over many."""
_TAUGHT_LEAST = 0.05

Floats = NDArray[np.float32]


class Phrases:
    """Which words of a ticket fill a phrase of the catalog, and how much of it."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._names = [term.lstrip("^" + CONCEPT) for term in entries.terms]

    def evidence(self, heard: Heard, met: Met, asked: Sequence[tuple[int, int, float]]) -> list[list[Evidence]]:
        """The words that filled phrases, the strongest first, for many phrases at once.

        `asked` gives the ticket of the batch, the phrase, and what its words `added` together.
        """
        filled: list[dict[tuple[int, int], tuple[float, float, int]]] = [{} for _ in asked]
        for place, share, similarity, number, start, end in self._fillings(met, asked):
            spoken = filled[place]
            before = spoken.get((start, end))
            if before is None:
                spoken[start, end] = share * similarity, similarity, number
            elif similarity > before[1]:
                spoken[start, end] = before[0] + share * similarity, similarity, number
            else:
                spoken[start, end] = before[0] + share * similarity, before[1], before[2]
        return [
            self._told(heard.words[ticket], heard.page.bounds[ticket], spoken, added) if spoken else []
            for (ticket, _, added), spoken in zip(asked, filled, strict=True)
        ]

    def _told(
        self, words: Words, first: int, spoken: Mapping[tuple[int, int], tuple[float, float, int]], added: float
    ) -> list[Evidence]:
        told = [(-weight, key, similarity, term) for key, (weight, similarity, term) in spoken.items()]
        told.sort()
        # "the" and "is" add a little to the sum and nothing to the reason.
        least = _TELLING * -told[0][0]
        unit = added / -sum([each[0] for each in told])
        return [
            _words(words, start - first, end - first, self._names[term], similarity, -weight * unit)
            for weight, (start, end), similarity, term in told[:SHOWN]
            if -weight >= least
        ]

    def _fillings(
        self, met: Met, asked: Sequence[tuple[int, int, float]]
    ) -> Iterator[tuple[int, float, float, int, int, int]]:
        """What fills the slots of the phrases that are asked for: which of them, the slot's share of the phrase, how
        well it is filled, by which term, and by which words of the page."""
        entries = self.entries
        tickets = np.array([each[0] for each in asked], dtype=np.int64)
        phrases = np.array([each[1] for each in asked], dtype=np.int64)
        starts = entries.slot_ptr[phrases].astype(np.int64)
        sizes = entries.slot_ptr[phrases + 1] - starts
        slots = ranges(starts, sizes)
        owner = np.arange(len(asked)).repeat(sizes)
        starts = entries.fill_ptr[slots].astype(np.int64)
        sizes = entries.fill_ptr[slots + 1] - starts
        fillers = ranges(starts, sizes)
        if not len(fillers) or not len(met.numbers):
            return iter(())
        terms = entries.fill_term[fillers].astype(np.int64)
        places = met.places(tickets[owner].repeat(sizes), terms)
        values = met.similarity[places] * entries.fill_sim[fillers]
        values[places < 0] = 0.0
        first = np.cumsum(sizes) - sizes
        best = np.maximum.reduceat(values, first)
        # The first of the best fillers of each slot.
        slot = np.arange(len(slots)).repeat(sizes)
        winners = np.flatnonzero((values == best[slot]) & (best[slot] >= _FILLED))
        slot = slot[winners]
        winners = winners[np.concatenate((np.ones(1, dtype=bool), slot[1:] != slot[:-1]))[: len(slot)]]
        slot = np.flatnonzero(best >= _FILLED)
        shares = entries.slot_weight[slots[slot]].astype(np.float64) / entries.phrase_mass[phrases[owner[slot]]]
        places = places[winners]
        columns = (owner[slot], shares, best[slot], terms[winners], met.starts[places], met.ends[places])
        return zip(*[column.tolist() for column in columns], strict=True)


class Taught:
    """What one ticket's terms add to the labels of a snapshot. Made once a ticket and kind."""

    def __init__(
        self,
        snapshot: Snapshot,
        middle: Floats,
        terms: tuple[Sequence[int], Sequence[int]],
        where: Where,
        factor: float,
    ) -> None:
        """`middle` is the mean weight of each term of the snapshot, `factor` what its score counts in the pool."""
        hashes = np.array(terms[0], dtype=np.uint32)
        places, values, known = snapshot.values(hashes, np.array(terms[1], dtype=np.float32))
        made_of = [where[key] for key in hashes[known].tolist()]
        sizes = np.fromiter(map(len, made_of), dtype=np.int64, count=len(made_of))
        self._positions = np.fromiter(chain.from_iterable(made_of), dtype=np.int64, count=int(sizes.sum()))
        self._rows = np.repeat(np.arange(len(sizes)), sizes)
        self._places, self._middle = places[known], middle[places[known]]
        self._shares = values[known] * (factor / SCALE) / sizes
        self._weights = snapshot.weights

    def of_words(self, column: int) -> NDArray[np.float64]:
        """What each word of the ticket adds to a label, by its number; together what all terms add."""
        added = self._shares * (self._weights[self._places, column] - self._middle)
        return np.bincount(self._positions, weights=added[self._rows]).astype(np.float64)

    def evidence(self, column: int, words: Words) -> list[Evidence]:
        """The ticket's words that past decisions made speak for a label, the strongest first, neighbours together."""
        of_word = self.of_words(column)
        least = max(_TAUGHT_LEAST, _TAUGHT_TELLING * float(of_word.max())) if len(of_word) else _TAUGHT_LEAST
        spans: list[tuple[float, int, int]] = []
        for position in np.flatnonzero(of_word >= least).tolist():
            amount = float(of_word[position])
            if spans and spans[-1][2] == position and words.fields[position] == words.fields[position - 1]:
                spans[-1] = (spans[-1][0] + amount, spans[-1][1], position + 1)
            else:
                spans.append((amount, position, position + 1))
        spans.sort(key=lambda span: (-span[0], span[1]))
        return [_words(words, start, end, TAUGHT, 1.0, amount) for amount, start, end in spans[:SHOWN]]


def middle_of(snapshot: Snapshot) -> Floats:
    """The mean weight of each term over the labels."""
    return np.asarray(snapshot.weights.mean(axis=1), dtype=np.float32)


def recent(similarity: float, added: float) -> Evidence:
    """A recent decision on a ticket like this one; no words of the ticket."""
    return Evidence("", TAUGHT, round(similarity, 3), round(added, 3))


def _words(words: Words, start: int, end: int, term: str, similarity: float, added: float) -> Evidence:
    return Evidence(
        words.text(start, end),
        term,
        similarity if similarity == 1.0 else round(similarity, 3),
        floor(1000 * added + 0.5) / 1000,
        "body" if words.fields[start] else "subject",
        words.starts[start],
        words.ends[end - 1],
    )
