"""The features of candidates: how a ticket and the phrases of the catalog cover each other.

Stage one follows the inverted index from the ticket's rarest terms to a few dozen entries; stage two
computes for these, in flat arrays, the IDF-weighted soft coverage of the phrase by the ticket and of the
ticket by the phrase, and the cosine of character 2–4-grams. What stands whole and in order in the ticket
is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import CONCEPT, GRAMS, Entries
from triage.linking.matching import Meeting, WordPart
from triage.linking.terms import BREAK, Words

CANDIDATES = 40
_POSTINGS = 4_000
_FULL = 400
_ROLE = np.array([0.0, -0.02, -0.35, -0.15], dtype=np.float32)

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

# Fitted as a conditional logit on the training halves of two public sets together; fitted on either alone they rank
# the other as well as its own (docs/linking.md). `whole` is set by hand: short texts cannot tell its worth.
# A long mail says many things: there the very words count for more, chance meetings of grams and concepts for less
# (fitted on the same texts with unrelated ones added around them).
NAMES = ("cover", "concept", "exact", "root", "gram", "whole")
FEATURES = ("gram", "concept", "exact", "root", "whole")
SHORT = np.array([4.9, 3.5, 0.5, 2.4, 0.3])
LONG = np.array([2.3, 2.0, 1.9, 2.4, 1.0])
_SHORT_WORDS, _LONG_WORDS = 12, 45


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates of one ticket: entry numbers, lexical score and best phrase of each; `features` a row a name.

    `cover` is the share of the phrase that the ticket fills, `concept` and `exact` the shares filled by concepts and by
    the very words, `root` the filled weight over the root of the phrase's, `gram` the cosine, `whole` 1 for
    a phrase that stands in the ticket.
    """

    entries: Ints
    score: Floats
    phrase: Ints
    features: Floats


class _Plan(NamedTuple):
    """Which rows of the catalog's arrays a set of candidates needs."""

    candidates: Ints
    phrases: Ints
    first: Ints
    owner: Ints
    slots: Ints
    slot_bounds: Ints
    fillers: Ints
    fill_first: Ints
    fill_term: Ints
    fill_sim: Floats
    fill_concept: Floats
    slot_weight: Floats
    mass: Floats
    gram_id: Ints
    gram_value: Floats
    gram_bounds: Ints
    role: Floats
    cue: NDArray[np.bool_]


class Scorer:
    """Lexical features of a catalog's entries for a ticket. Holds scratch arrays: one a thread."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._terms = np.zeros(max(1, len(entries.terms)), dtype=np.float32)
        self._concept = np.array([text[0] == CONCEPT for text in entries.terms] or [False])
        self._order = np.argsort(entries.phrase_entry, kind="stable")
        self._phrase_ptr = np.searchsorted(
            entries.phrase_entry[self._order], np.arange(len(entries.entries) + 1)
        ).astype(np.int64)
        total = len(entries.entries)
        self._whole_plan = self._plan(np.arange(total)) if 0 < total <= _FULL else None

    def candidates(self, met: Mapping[int, Meeting]) -> Ints:
        """The entries that a ticket may be about: all of a small catalog, else the best by the index."""
        if self._whole_plan is not None:
            return self._whole_plan.candidates
        entries = self.entries
        if not met:
            return np.empty(0, dtype=np.int64)
        numbers = np.fromiter(met.keys(), dtype=np.int64, count=len(met))
        starts = entries.post_ptr[numbers]
        sizes = entries.post_ptr[numbers + 1] - starts
        order = np.argsort(sizes, kind="stable")
        order = order[sizes[order] > 0]
        if not len(order):
            return np.empty(0, dtype=np.int64)
        fits = int(np.searchsorted(np.cumsum(sizes[order]), _POSTINGS, side="right"))
        order = order[: max(1, fits)]
        starts, sizes = starts[order], np.minimum(sizes[order], _POSTINGS)
        speaks = np.array([each[0] * min(1.3, each[1]) for each in met.values()])[order]
        rows = _ranges(starts, starts + sizes)
        return self._best(entries.post_entry[rows], entries.post_weight[rows] * np.repeat(speaks, sizes))

    def _best(self, found: NDArray[np.int32], weights: Floats) -> Ints:
        """The entries whose postings weigh most against the size of their names, some of each kind."""
        mass = np.bincount(found, weights)[found] / self.entries.entry_root[found]
        # An entry stands here once a term that it shares, and the postings are few terms' worth.
        touchpoints = self.entries.kinds[found]
        chosen = [_strongest(np.flatnonzero(touchpoints == kind), mass, found) for kind in (False, True)]
        return np.concatenate(chosen)

    def _plan(self, candidates: Ints) -> _Plan:
        entries = self.entries
        starts, ends = self._phrase_ptr[candidates], self._phrase_ptr[candidates + 1]
        phrases = self._order[_ranges(starts, ends)]
        slot_starts, slot_ends = entries.slot_ptr[phrases], entries.slot_ptr[phrases + 1]
        slots = _ranges(slot_starts, slot_ends)
        fill_starts, fill_ends = entries.fill_ptr[slots], entries.fill_ptr[slots + 1]
        fillers = _ranges(fill_starts, fill_ends)
        gram_starts, gram_ends = entries.gram_ptr[phrases], entries.gram_ptr[phrases + 1]
        grams = _ranges(gram_starts, gram_ends)
        fill_term = entries.fill_term[fillers].astype(np.int64)
        return _Plan(
            candidates,
            phrases,
            _bounds(starts, ends)[:-1],
            np.repeat(np.arange(len(candidates)), ends - starts),
            slots,
            _bounds(slot_starts, slot_ends),
            fillers,
            _bounds(fill_starts, fill_ends)[:-1],
            fill_term,
            entries.fill_sim[fillers],
            self._concept[fill_term].astype(np.float32),
            entries.slot_weight[slots],
            entries.phrase_mass[phrases],
            entries.gram_id[grams].astype(np.int64),
            entries.gram_value[grams],
            _bounds(gram_starts, gram_ends),
            1.0 + _ROLE[entries.phrase_role[phrases]],
            entries.phrase_role[phrases] == 3,
        )

    def score(self, words: Words, parts: Sequence[WordPart], met: Mapping[int, Meeting], candidates: Ints) -> Scored:
        """The lexical features of the candidates, each by its best phrase."""
        plan = self._whole_plan if self._whole_plan is not None else self._plan(candidates)
        if not len(plan.candidates):
            nothing = np.empty(0, dtype=np.float32)
            return Scored(candidates, nothing, candidates, np.empty((len(NAMES), 0), dtype=np.float32))
        mass, concept, exact = self._masses(met, plan)
        cover, concept, exact = mass / plan.mass, concept / plan.mass, exact / plan.mass
        root = mass / np.sqrt(plan.mass)
        gram = self._cosine(words, parts, plan)
        whole = self._whole(words, plan.phrases, cover)
        weights = weights_for(len(words.stems))
        lexical = weights[0] * gram
        lexical += weights[1] * concept
        lexical += weights[2] * exact
        lexical += weights[3] * root
        lexical += weights[4] * whole
        lexical *= plan.role
        # The cue of a known error is a sentence, not a name: half of it says nothing.
        lexical *= np.where(plan.cue, np.minimum(1.0, cover / 0.8), 1.0)
        best = _best_of_each(plan, lexical)
        features = np.stack((cover, concept, exact, root, gram, whole))
        return Scored(plan.candidates, lexical[best], plan.phrases[best], features[:, best])

    def _masses(self, met: Mapping[int, Meeting], plan: _Plan) -> tuple[Floats, Floats, Floats]:
        """How much of each phrase's weight the ticket fills: in all, by concepts alone, by the very words alone."""
        numbers = np.fromiter(met.keys(), dtype=np.int64, count=len(met))
        self._terms[numbers] = [each[0] * min(1.0, each[1]) for each in met.values()]
        values = self._terms[plan.fill_term] * plan.fill_sim
        spoken = values * (1.0 - plan.fill_concept)
        filled = np.maximum.reduceat(values, plan.fill_first) * plan.slot_weight
        concept = np.maximum.reduceat(values * plan.fill_concept, plan.fill_first) * plan.slot_weight
        exact = np.maximum.reduceat(np.where(spoken >= 0.999, spoken, 0.0), plan.fill_first) * plan.slot_weight
        self._terms[numbers] = 0.0
        bounds = plan.slot_bounds
        return _sums(filled, bounds), _sums(concept, bounds), _sums(exact, bounds)

    def _cosine(self, words: Words, parts: Sequence[WordPart], plan: _Plan) -> Floats:
        entries = self.entries
        pieces, weights, sizes = [], [], []
        for part, weight in zip(parts, words.weights, strict=True):
            if weight > 0 and part.gram_weight > 0:
                pieces.append(part.grams)
                weights.append(part.gram_weight * weight)
                sizes.append(len(part.grams))
        if not pieces:
            return np.zeros(len(plan.phrases), dtype=np.float32)
        grams = np.concatenate(pieces)
        # Not a dot product of the whole arrays: threads of the linear algebra library would fight over two cores.
        counts: Floats = np.bincount(grams, weights=np.repeat(weights, sizes), minlength=GRAMS) * entries.gram_idf
        spoken = np.flatnonzero(counts)
        norm = float(np.sqrt(np.square(counts[spoken]).sum())) or 1.0
        products = counts[plan.gram_id] * plan.gram_value
        return _sums(products, plan.gram_bounds) / norm

    def _whole(self, words: Words, phrases: Ints, cover: Floats) -> Floats:
        """1 for phrases that stand in the ticket word by word, weighted by how much they carry."""
        whole = np.zeros(len(phrases), dtype=np.float32)
        full = np.flatnonzero(cover > 0.97)
        if len(full):
            text = f" {' '.join(stem if stem != BREAK else '|' for stem in words.stems)} "
            for place in full.tolist():
                phrase = int(phrases[place])
                if f" {self.entries.keys[phrase]} " in text:
                    whole[place] = min(2.0, max(0.2, float(self.entries.phrase_mass[phrase]) - 0.6))
        return whole


def _strongest(places: Ints, mass: Floats, found: NDArray[np.int32]) -> Ints:
    """The entries at the places with the greatest mass, each once, as many as are looked at, in order of number."""
    most = 3 * CANDIDATES
    if len(places) > most:
        places = places[np.argpartition(mass[places], -most)[-most:]]
    ordered = found[places[np.argsort(-mass[places], kind="stable")]]
    numbers, first = np.unique(ordered, return_index=True)
    if len(numbers) > CANDIDATES:
        numbers = ordered[np.sort(first)[:CANDIDATES]]
    return np.sort(numbers).astype(np.int64)


def weights_for(size: int) -> Floats:
    """The weights of `FEATURES` for a ticket of so many words."""
    share = min(1.0, max(0.0, (size - _SHORT_WORDS) / (_LONG_WORDS - _SHORT_WORDS)))
    weights: Floats = SHORT + share * (LONG - SHORT)
    return weights


def _ranges(starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ints:
    """The numbers of all spans one after the other."""
    sizes = (ends - starts).astype(np.int64)
    if not len(sizes):
        return np.empty(0, dtype=np.int64)
    shift = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    numbers: Ints = np.arange(len(shift), dtype=np.int64) + shift
    return numbers


def _bounds(starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> Ints:
    """Where each span begins once they stand one after the other, and where the last ends."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum((ends - starts).astype(np.int64))))


def _sums(values: Floats, bounds: Ints) -> Floats:
    """The sum of each span; an empty span is 0."""
    running = np.zeros(len(values) + 1)
    np.cumsum(values, out=running[1:])
    sums: Floats = running[bounds[1:]] - running[bounds[:-1]]
    return sums


def _best_of_each(plan: _Plan, values: Floats) -> Ints:
    """The row with the greatest value of each candidate; every candidate has one, the first wins a tie."""
    if len(plan.phrases) == len(plan.candidates):
        return np.arange(len(plan.candidates))
    order = np.lexsort((-values, plan.owner))
    best: Ints = order[plan.first]
    return best


def negative_hits(entries: Entries, words: Words, candidates: Sequence[int]) -> list[int]:
    """The places of candidates one of whose negative terms stands in the ticket."""
    if not entries.negative:
        return []
    marked = [place for place, number in enumerate(candidates) if number in entries.negative]
    if not marked:
        return []
    text = f" {' '.join(stem if stem != BREAK else '|' for stem in words.stems)} "
    return [place for place in marked if any(f" {key} " in text for key in entries.negative[candidates[place]])]
