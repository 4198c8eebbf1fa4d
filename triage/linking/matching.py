"""Where a ticket and the catalog meet: the ticket's words as terms of the catalog, with their spans.

A word meets a term of the catalog by being it, by being written together or apart ("topup", "top up"),
by a typing error (optimal string alignment distance 1, 2 from eight letters: rapidfuzz), by being the
beginning or an end of it, or through a concept of the thesaurus. What a word meets does not depend on
the ticket, so it is looked up once and remembered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from triage.linking.entries import CONCEPT, Entries, grams_of
from triage.linking.lexicon import Mark
from triage.linking.phrases import Heads
from triage.linking.terms import BREAK

TYPING_ERROR = 0.85
TWO_ERRORS = 0.75
BEGINNING = 0.7
ENDING = 0.6
OWN_BROADER = 0.5
_REMEMBERED = 50_000
_TAIL = 4


class WordPart(NamedTuple):
    """What a stem is to the catalog: the terms it meets, its grams, how much it may carry, its correction."""

    terms: tuple[tuple[int, float], ...]
    grams: NDArray[np.int64]
    size: int
    gram_weight: float
    carries: float
    corrected: str
    head: Heads[Mark]
    languages: tuple[str, ...]


class Matcher:
    """Turns the words of tickets into terms of one catalog. Remembers words, never tickets."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        nothing = Heads[Mark](True, [], {}, [], {})
        self._silence = WordPart((), np.empty(0, dtype=np.int64), 0, 0.0, 0.0, BREAK, nothing, ())
        self._parts: dict[str, WordPart] = {BREAK: self._silence}
        self._concepts: dict[str, list[tuple[int, float]]] = {}
        self._stems = sorted(text for text in entries.terms if text[0] not in (CONCEPT, "^"))
        self._spoken = set(self._stems)
        long = {word[-_TAIL:] for word in self._stems}
        self._tails = {tail[start:] for tail in long for start in range(len(tail))}
        lexicon_words = entries.lexicon.phrases.words()
        self._known = self._spoken | lexicon_words | set(entries.lexicon.common) | entries.lexicon.weak
        self._buckets: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(self._spoken | lexicon_words):
            if len(word) >= 5 and word.isalpha():
                self._buckets[word[0], len(word)].append(word)

    def part(self, stem: str) -> WordPart:
        """What a stem is to the catalog."""
        known = self._parts.get(stem)
        if known is None:
            if len(self._parts) > _REMEMBERED:
                self._parts.clear()
                self._parts[BREAK] = self._silence
            known = self._parts[stem] = self._look_up(stem)
        return known

    def _look_up(self, stem: str) -> WordPart:
        entries = self.entries
        carries = entries.word_weight(stem)
        terms: dict[int, float] = {}
        corrected = stem
        if stem in entries.terms:
            terms[entries.terms[stem]] = 1.0
        if carries > 0.4 and len(stem) >= 4 and stem.isalpha():
            if stem not in self._known:
                corrected, similarity = self._correct(stem)
                if corrected in entries.terms:
                    terms.setdefault(entries.terms[corrected], similarity)
            for text, similarity in self._related(stem):
                number = entries.terms[text]
                terms[number] = max(similarity, terms.get(number, 0.0))
        grams = grams_of(stem)
        return WordPart(
            tuple(terms.items()),
            np.array(grams, dtype=np.int64),
            len(grams),
            carries**0.5,
            carries,
            corrected,
            entries.lexicon.phrases.heads(corrected),
            entries.lexicon.common.get(stem, ()),
        )

    def _correct(self, stem: str) -> tuple[str, float]:
        """The known word that a misspelt one was meant to be, with the similarity, else the word itself."""
        size = len(stem)
        if size < 5:
            return stem, 0.0
        allowed = 2 if size >= 8 else 1
        found: tuple[str, int] | None = None
        for length in sorted(range(size - allowed, size + allowed + 1), key=lambda each: abs(each - size)):
            near = self._buckets.get((stem[0], length))
            if near:
                limit = allowed if found is None else found[1] - 1
                closer = process.extractOne(stem, near, scorer=OSA.distance, score_cutoff=limit)
                if closer is not None:
                    found = closer[0], int(closer[1])
            if found is not None and found[1] <= 1:
                break
        if found is None:
            return stem, 0.0
        return found[0], TYPING_ERROR if found[1] <= 1 else TWO_ERRORS

    def _related(self, stem: str) -> list[tuple[str, float]]:
        """Words of the catalog that begin with this one, or that this one begins or ends with."""
        found: list[tuple[str, float]] = []
        size = len(stem)
        for length in range(4, size):
            if stem[:length] in self._spoken and length >= max(4, size * 0.45) and (length > 4 or size <= 6):
                found.append((stem[:length], BEGINNING if size - length <= 4 else ENDING))
        for start in range(1, size - 4):
            if stem[start:] in self._spoken:
                found.append((stem[start:], ENDING))
        place = bisect_left(self._stems, stem)
        while place < len(self._stems) and self._stems[place].startswith(stem) and len(found) < 12:
            word = self._stems[place]
            if word != stem and len(word) <= size * 2 and len(word) - size <= 8:
                found.append((word, BEGINNING if len(word) - size <= 4 else ENDING))
            place += 1
        return found

    def begins(self, stem: str) -> bool:
        """Whether a word of the catalog begins with this one, so that it may be the first half of one."""
        place = bisect_left(self._stems, stem)
        if place < len(self._stems) and self._stems[place] == stem:
            place += 1
        return place < len(self._stems) and self._stems[place].startswith(stem)

    def ends(self, stem: str) -> bool:
        """Whether a word of the catalog may end with this one: its last letters are those of one."""
        return stem[-_TAIL:] in self._tails

    def concept(self, concept: str) -> list[tuple[int, float]]:
        """The terms of the catalog that a concept meets: its own, and those of what it belongs to."""
        found = self._concepts.get(concept)
        if found is not None:
            return found
        terms = self.entries.terms
        names = [(concept, 1.0)] + [(above, OWN_BROADER) for above in self.entries.lexicon.broader(concept)]
        known = [(terms[CONCEPT + name], similarity) for name, similarity in names if CONCEPT + name in terms]
        self._concepts[concept] = known
        return known
