"""The features of candidates: how a ticket and the phrases of the catalog cover each other.

Stage one follows the inverted index from the ticket's rarest terms to a few dozen entries; stage two
computes for these, in flat arrays, the IDF-weighted soft coverage of the phrase by the ticket and of the ticket by the phrase, and the
cosine of character 2–4-grams. What stands whole and in order in the ticket is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import GRAMS, Entries
from triage.linking.matching import Matcher, Meeting
from triage.linking.terms import BREAK, Words

CANDIDATES = 60
_POSTINGS = 6_000
_FULL = 400
_ROLE = np.array([0.0, -0.02, -0.35, -0.15], dtype=np.float32)

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

WEIGHTS = {"cover": 3.0, "reverse": 2.5, "gram": 6.0, "whole": 0.8}


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates of one ticket: entry numbers, their lexical score, best phrase and features, row by row."""

    entries: Ints
    score: Floats
    phrase: Ints
    cover: Floats
    reverse: Floats
    gram: Floats
    whole: Floats


class Scorer:
    """Lexical features of a catalog's entries for a ticket. Holds scratch arrays: one a thread."""

    def __init__(self, entries: Entries, matcher: Matcher) -> None:
        self.entries = entries
        self.matcher = matcher
        self._terms = np.zeros(max(1, len(entries.terms)), dtype=np.float32)
        self._grams = np.zeros(GRAMS, dtype=np.float32)
        phrases_by_entry = np.argsort(entries.phrase_entry, kind="stable")
        self._order = phrases_by_entry
        self._phrase_ptr = np.searchsorted(entries.phrase_entry[phrases_by_entry], np.arange(len(entries.entries) + 1))

    def candidates(self, met: Mapping[int, Meeting]) -> Ints:
        """The entries that a ticket may be about: all of a small catalog, else the best by the index."""
        total = len(self.entries.entries)
        if total <= _FULL:
            return np.arange(total)
        entries = self.entries
        spans = sorted((int(entries.post_ptr[number + 1] - entries.post_ptr[number]), number) for number in met)
        pieces: list[NDArray[np.int32]] = []
        weights: list[Floats] = []
        taken = 0
        for size, number in spans:
            if size == 0:
                continue
            if pieces and taken + size > _POSTINGS:
                break
            begin = int(entries.post_ptr[number])
            size = min(size, _POSTINGS)
            meeting = met[number]
            pieces.append(entries.post_entry[begin : begin + size])
            weights.append(entries.post_weight[begin : begin + size] * (meeting.similarity * min(1.3, meeting.weight)))
            taken += size
        if not pieces:
            return np.empty(0, dtype=np.int64)
        return self._best(np.concatenate(pieces), np.concatenate(weights))

    def _best(self, found: NDArray[np.int32], weights: Floats) -> Ints:
        numbers, place = np.unique(found, return_inverse=True)
        mass = np.bincount(place, weights=weights)
        chosen: list[Ints] = []
        for touchpoints in (False, True):
            mine = np.flatnonzero(self.entries.kinds[numbers] == touchpoints)
            if len(mine) > CANDIDATES:
                mine = mine[np.argpartition(mass[mine], -CANDIDATES)[-CANDIDATES:]]
            chosen.append(mine)
        return np.sort(numbers[np.concatenate(chosen)]).astype(np.int64)

    def score(self, words: Words, met: Mapping[int, Meeting], candidates: Ints) -> Scored:
        """The lexical features of the candidates, each by its best phrase."""
        entries = self.entries
        starts, ends = self._phrase_ptr[candidates], self._phrase_ptr[candidates + 1]
        phrases = self._order[_ranges(starts, ends)]
        owner = np.repeat(np.arange(len(candidates)), ends - starts)
        mass = self._mass(met, phrases)
        cover = mass / entries.phrase_mass[phrases]
        reverse = mass / max(self._spoken(words), 0.5)
        gram = self._cosine(words, phrases)
        lexical = WEIGHTS["cover"] * cover + WEIGHTS["reverse"] * np.minimum(reverse, 1.0) + WEIGHTS["gram"] * gram
        whole = self._whole(words, phrases, cover)
        lexical += WEIGHTS["whole"] * whole
        lexical *= 1.0 + _ROLE[entries.phrase_role[phrases]]
        best = _best_of_each(owner, lexical, len(candidates))
        return Scored(candidates, lexical[best], phrases[best], cover[best], reverse[best], gram[best], whole[best])

    def _mass(self, met: Mapping[int, Meeting], phrases: Ints) -> Floats:
        """How much of each phrase's weight the ticket fills."""
        entries = self.entries
        scratch = self._terms
        numbers = np.fromiter(met.keys(), dtype=np.int64, count=len(met))
        scratch[numbers] = [each.similarity * min(1.0, each.weight) for each in met.values()]
        slot_starts, slot_ends = entries.slot_ptr[phrases], entries.slot_ptr[phrases + 1]
        slots = _ranges(slot_starts, slot_ends)
        fill_starts, fill_ends = entries.fill_ptr[slots], entries.fill_ptr[slots + 1]
        fillers = _ranges(fill_starts, fill_ends)
        values = scratch[entries.fill_term[fillers]] * entries.fill_sim[fillers]
        filled = np.maximum.reduceat(values, _offsets(fill_starts, fill_ends)) if len(values) else values
        scratch[numbers] = 0.0
        return _sums(filled * entries.slot_weight[slots], slot_starts, slot_ends)

    def _spoken(self, words: Words) -> float:
        """The weight of what the ticket says, known to the catalog or not, each word once."""
        seen: dict[str, float] = {}
        for stem, weight in zip(words.stems, words.weights, strict=True):
            if stem and weight > 0:
                seen[stem] = min(1.0, weight) * self.matcher.part(stem).carries
        return sum(seen.values())

    def _cosine(self, words: Words, phrases: Ints) -> Floats:
        entries = self.entries
        pieces, weights, sizes = [], [], []
        for stem, weight in zip(words.stems, words.weights, strict=True):
            if stem and weight > 0:
                part = self.matcher.part(stem)
                pieces.append(part.grams)
                weights.append(part.gram_weight * weight)
                sizes.append(len(part.grams))
        if not pieces:
            return np.zeros(len(phrases), dtype=np.float32)
        grams = np.concatenate(pieces)
        counts = np.bincount(grams, weights=np.repeat(weights, sizes), minlength=GRAMS).astype(np.float32)
        counts *= entries.gram_idf
        norm = float(np.sqrt(np.dot(counts, counts))) or 1.0
        starts, ends = entries.gram_ptr[phrases], entries.gram_ptr[phrases + 1]
        places = _ranges(starts, ends)
        return _sums(counts[entries.gram_id[places]] * entries.gram_value[places], starts, ends) / np.float32(norm)

    def _whole(self, words: Words, phrases: Ints, cover: Floats) -> Floats:
        """1 for phrases that stand in the ticket word by word, weighted by how much they carry."""
        whole = np.zeros(len(phrases), dtype=np.float32)
        full = np.flatnonzero(cover > 0.97)
        if len(full):
            text = f" {' '.join(stem if stem != BREAK else '|' for stem in words.stems)} "
            for place in full:
                phrase = int(phrases[place])
                if f" {self.entries.keys[phrase]} " in text:
                    whole[place] = min(1.0, float(self.entries.phrase_mass[phrase]))
        return whole


def _ranges(starts: NDArray[np.integer], ends: NDArray[np.integer]) -> Ints:
    """The numbers of all spans one after the other."""
    sizes = (ends - starts).astype(np.int64)
    if not len(sizes):
        return np.empty(0, dtype=np.int64)
    total = int(sizes.sum())
    shift = np.repeat(starts - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
    return np.arange(total, dtype=np.int64) + shift


def _offsets(starts: NDArray[np.integer], ends: NDArray[np.integer]) -> Ints:
    sizes = (ends - starts).astype(np.int64)
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)[:-1]))


def _sums(values: Floats, starts: NDArray[np.integer], ends: NDArray[np.integer]) -> Floats:
    """The sum of each span of `values`; an empty span is 0."""
    bounds = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum((ends - starts).astype(np.int64))))
    running = np.concatenate((np.zeros(1), np.cumsum(values, dtype=np.float64)))
    return (running[bounds[1:]] - running[bounds[:-1]]).astype(np.float32)


def _best_of_each(owner: Ints, values: Floats, count: int) -> Ints:
    """The row with the greatest value of each owner; every owner has one."""
    order = np.lexsort((-values, owner))
    first = np.searchsorted(owner[order], np.arange(count))
    return order[first]


def negative_hits(entries: Entries, words: Words, candidates: Sequence[int]) -> set[int]:
    """The candidates one of whose negative terms stands in the ticket."""
    marked = [number for number in candidates if number in entries.negative]
    if not marked:
        return set()
    text = f" {' '.join(stem if stem != BREAK else '|' for stem in words.stems)} "
    return {number for number in marked if any(f" {key} " in text for key in entries.negative[number])}
