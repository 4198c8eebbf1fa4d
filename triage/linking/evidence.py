"""What a candidate's score was made of, in the ticket's own words: spans with what each added.

The lexical part is that of the phrase that fitted best, shared out over the words that filled it in proportion to
what each filled. The learned part is exact: a softmax's score is a sum over the ticket's terms, and what a
term adds, against the mean of all labels, is shared evenly among the words that the term was made of. A
recent decision like it speaks as a whole, without words. All in the units of the score, nats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import CONCEPT, Entries
from triage.linking.hashing import Where
from triage.linking.matching import Meeting
from triage.linking.softmax import SCALE, Snapshot
from triage.linking.terms import Words
from triage.tickets.models import TAUGHT, Evidence

SHOWN = 6
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
        self._slots: dict[int, list[tuple[float, list[tuple[int, float]]]]] = {}

    def evidence(self, phrase: int, met: Mapping[int, Meeting], words: Words, added: float) -> list[Evidence]:
        """The ticket's words that filled the phrase, the strongest first; together they `added` so much."""
        spoken: dict[tuple[int, int], tuple[float, float, int]] = {}
        for share, fillers in self._rows(phrase):
            best, term = 0.0, -1
            for number, similarity in fillers:
                if number in met:
                    value = met[number][0] * similarity
                    if value > best:
                        best, term = value, number
            if best < 0.2:
                continue
            key = met[term][2:]
            before = spoken.get(key)
            if before is None:
                spoken[key] = share * best, best, term
            elif best > before[1]:
                spoken[key] = before[0] + share * best, best, term
            else:
                spoken[key] = before[0] + share * best, before[1], before[2]
        if not spoken:
            return []
        told = [(-weight, key, similarity, term) for key, (weight, similarity, term) in spoken.items()]
        told.sort()
        # "the" and "is" add a little to the sum and nothing to the reason.
        least = _TELLING * -told[0][0]
        unit = added / -sum(each[0] for each in told)
        return [
            _words(words, start, end, self._names[term], similarity, -weight * unit)
            for weight, (start, end), similarity, term in told[:SHOWN]
            if -weight >= least
        ]

    def _rows(self, phrase: int) -> list[tuple[float, list[tuple[int, float]]]]:
        """The slots of a phrase: their share of it, and what fills them."""
        known = self._slots.get(phrase)
        if known is None:
            entries = self.entries
            mass = float(entries.phrase_mass[phrase])
            known = []
            for slot in range(int(entries.slot_ptr[phrase]), int(entries.slot_ptr[phrase + 1])):
                begin, end = int(entries.fill_ptr[slot]), int(entries.fill_ptr[slot + 1])
                fillers = zip(entries.fill_term[begin:end].tolist(), entries.fill_sim[begin:end].tolist(), strict=True)
                known.append((float(entries.slot_weight[slot]) / mass, list(fillers)))
            if len(self._slots) > 20_000:
                self._slots.clear()
            self._slots[phrase] = known
        return known


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
        round(similarity, 3),
        round(added, 3),
        words.field_name(start),
        words.starts[start],
        words.ends[end - 1],
    )
