"""The features of candidates: how a ticket and the phrases of the catalog cover each other.

Stage one follows the inverted index from the ticket's rarest terms to a few dozen entries; stage two
computes for these, in flat arrays, the IDF-weighted soft coverage of the phrase by the ticket and of the
ticket by the phrase, and the cosine of character 2–4-grams. What stands whole and in order in the ticket
is told apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import CONCEPT, GRAMS, Entries
from triage.linking.hearing import Heard
from triage.linking.meeting import Met
from triage.linking.pages import in_order, ranges
from triage.linking.terms import BREAK, Words

CANDIDATES = 40
_POSTINGS = 4_000
_FULL = 400
_FIRST = np.ones(1, dtype=bool)
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
    slot_bounds: Ints
    fill_bounds: Ints
    fill_term: Ints
    fill_sim: Floats
    fill_concept: NDArray[np.bool_]
    slot_weight: Floats
    mass: Floats
    gram_id: Ints
    gram_value: Floats
    gram_bounds: Ints
    role: Floats
    cue: NDArray[np.bool_]


class _Grams(NamedTuple):
    """The character grams of the words of some tickets with what each weighs; where the grams of each ticket begin."""

    ids: Ints
    weights: Floats
    bounds: Sequence[int]


def _grams_of(heard: Heard) -> _Grams:
    # Greeting and signature weigh nothing; leaving them out would cost more than adding nothing.
    page, table = heard.page, heard.table
    sizes, (ids,) = table.grams.take(page.rows)
    weights = page.weights * table.gram_weights.all[page.rows]
    ends = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    return _Grams(ids, weights.repeat(sizes), ends[page.bounds].tolist())


class Scorer:
    """Lexical features of a catalog's entries for a ticket. Holds scratch arrays: one a thread."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._terms = np.zeros(max(1, len(entries.terms)), dtype=np.float32)
        self._sums = np.zeros(len(entries.entries))
        self._counts = np.zeros(GRAMS)
        self._one_kind = not entries.kinds.any() or bool(entries.kinds.all())
        idf = entries.gram_idf.astype(np.float64)
        self._idf_squares = idf * idf
        self._gram_id = entries.gram_id.astype(np.int64)
        self._gram_value = entries.gram_value * idf[self._gram_id]
        self._post_entry = entries.post_entry.astype(np.int64)
        self._fill_term = entries.fill_term.astype(np.int64)
        self._fill_concept = np.array([text[0] == CONCEPT for text in entries.terms] or [False])[self._fill_term]
        self._order = np.argsort(entries.phrase_entry, kind="stable")
        self._phrase_ptr = np.searchsorted(
            entries.phrase_entry[self._order], np.arange(len(entries.entries) + 1)
        ).astype(np.int64)
        total = len(entries.entries)
        self._whole_plan = self._plan(np.arange(total)) if 0 < total <= _FULL else None

    def candidates(self, terms: Met) -> list[Ints]:
        """The entries that each ticket may be about, as the index has them."""
        count = len(terms.bounds) - 1
        entries = self.entries
        starts = entries.post_ptr[terms.numbers]
        sizes = entries.post_ptr[terms.numbers + 1] - starts
        owner = np.arange(count).repeat(np.diff(terms.bounds))
        order = in_order(owner, sizes)
        sizes, owner = sizes[order], owner[order]
        # The rarest terms of each ticket first, as far as their postings go, but its first in any case.
        seen = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
        here = seen[1:] - seen[terms.bounds[owner]]
        kept = np.flatnonzero((sizes > 0) & ((here <= _POSTINGS) | (here == sizes)))
        order, sizes, owner = order[kept], np.minimum(sizes[kept], _POSTINGS), owner[kept]
        starts = starts[order]
        rows = ranges(starts, sizes)
        found = self._post_entry[rows]
        roots = entries.entry_root[found]
        speaks = terms.similarity[order] * np.minimum(1.3, terms.weight[order])
        weights = entries.post_weight[rows] * speaks.repeat(sizes)
        bounds = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
        bounds = bounds[np.searchsorted(owner, np.arange(count + 1))].tolist()
        return [self._best(found[start:end], weights[start:end], roots[start:end]) for start, end in pairwise(bounds)]

    def _best(self, found: Ints, weights: Floats, roots: Floats) -> Ints:
        """The entries whose postings weigh most against the size of their names, some of each kind."""
        if not len(found):
            return np.empty(0, dtype=np.int64)
        np.add.at(self._sums, found, weights)
        mass = self._sums[found]
        self._sums[found] = 0.0
        mass /= roots
        # An entry stands here once a term that it shares, and the postings are few terms' worth.
        if self._one_kind:
            return _strongest(mass, found)
        touchpoints = self.entries.kinds[found]
        some = int(np.count_nonzero(touchpoints))
        if some in (0, len(found)):
            return _strongest(mass, found)
        services = ~touchpoints
        return np.concatenate(
            (_strongest(mass[services], found[services]), _strongest(mass[touchpoints], found[touchpoints]))
        )

    def _plan(self, candidates: Ints) -> _Plan:
        entries = self.entries
        starts = self._phrase_ptr[candidates]
        counts = self._phrase_ptr[candidates + 1] - starts
        phrases = self._order[ranges(starts, counts)]
        slot_starts = entries.slot_ptr[phrases]
        slot_counts = entries.slot_ptr[phrases + 1] - slot_starts
        slots = ranges(slot_starts, slot_counts)
        fill_starts = entries.fill_ptr[slots]
        fill_counts = entries.fill_ptr[slots + 1] - fill_starts
        fillers = ranges(fill_starts, fill_counts)
        gram_starts = entries.gram_ptr[phrases]
        gram_counts = entries.gram_ptr[phrases + 1] - gram_starts
        grams = ranges(gram_starts, gram_counts)
        roles = entries.phrase_role[phrases]
        return _Plan(
            candidates,
            phrases,
            _bounds(counts),
            np.arange(len(candidates)).repeat(counts),
            _bounds(slot_counts),
            _bounds(fill_counts),
            self._fill_term[fillers],
            entries.fill_sim[fillers],
            self._fill_concept[fillers],
            entries.slot_weight[slots],
            entries.phrase_mass[phrases],
            self._gram_id[grams],
            self._gram_value[grams],
            _bounds(gram_counts),
            1.0 + _ROLE[roles],
            roles == 3,
        )

    def score(self, heard: Heard, terms: Met) -> list[Scored]:
        """The lexical features of the candidates of several tickets, each by its best phrase.

        The rows of all tickets lie in shared arrays, as the calls cost more than the numbers; what a ticket
        gets does not depend on the others.
        """
        tickets = len(heard.words)
        grams = _grams_of(heard)
        whole = self._whole_plan
        if whole is not None:
            bounds = (0, len(whole.candidates))
            return [
                self._scored(whole, bounds, range(ticket, ticket + 1), heard, terms, grams)[0]
                for ticket in range(tickets)
            ]
        found = self.candidates(terms)
        plan = self._plan(np.concatenate(found))
        return self._scored(plan, [0, *accumulate(map(len, found))], range(tickets), heard, terms, grams)

    def _scored(
        self,
        plan: _Plan,
        bounds: Sequence[int],
        tickets: range,
        heard: Heard,
        terms: Met,
        grams: _Grams,
    ) -> list[Scored]:
        """`bounds` tells which of the plan's candidates are those of which ticket."""
        if not len(plan.candidates):
            nothing = np.empty(0, dtype=np.float32)
            features = np.empty((len(NAMES), 0), dtype=np.float32)
            return [Scored(plan.candidates, nothing, plan.candidates, features) for _ in tickets]
        phrase_bounds = plan.first[list(bounds)].tolist()
        mass, concept, exact = self._masses(plan, phrase_bounds, tickets, terms)
        cover, concept, exact = mass / plan.mass, concept / plan.mass, exact / plan.mass
        root = mass / np.sqrt(plan.mass)
        gram = self._cosine(plan, phrase_bounds, tickets, grams)
        whole = self._whole(plan, phrase_bounds, tickets, heard, cover)
        weights = weights_for(np.diff(heard.page.bounds[tickets.start : tickets.stop + 1]))
        if len(tickets) > 1:
            weights = weights.repeat(np.diff(phrase_bounds), axis=1)
        lexical = weights[0] * gram
        lexical += weights[1] * concept
        lexical += weights[2] * exact
        lexical += weights[3] * root
        lexical += weights[4] * whole
        lexical *= plan.role
        # The cue of a known error is a sentence, not a name: half of it says nothing.
        if plan.cue.any():
            lexical *= np.where(plan.cue, np.minimum(1.0, cover / 0.8), 1.0)
        best = _best_of_each(plan, lexical)
        features = np.stack((cover, concept, exact, root, gram, whole))[:, best]
        score, phrases = lexical[best], plan.phrases[best]
        return [
            Scored(plan.candidates[start:end], score[start:end], phrases[start:end], features[:, start:end])
            for start, end in pairwise(bounds)
        ]

    def _masses(self, plan: _Plan, bounds: Sequence[int], tickets: range, terms: Met) -> tuple[Floats, Floats, Floats]:
        """How much of each phrase's weight its ticket fills: in all, by concepts alone, by the very words alone."""
        values = np.empty(len(plan.fill_term), dtype=np.float32)
        places = plan.fill_bounds[plan.slot_bounds[list(bounds)]].tolist()
        scratch = self._terms
        ends = terms.bounds[tickets.start : tickets.stop + 1].tolist()
        here = slice(ends[0], ends[-1])
        spoken = (terms.similarity[here] * np.minimum(1.0, terms.weight[here])).astype(np.float32)
        for (start, end), (first, last) in zip(pairwise(places), pairwise(ends), strict=True):
            numbers = terms.numbers[first:last]
            scratch[numbers] = spoken[first - ends[0] : last - ends[0]]
            scratch.take(plan.fill_term[start:end], out=values[start:end], mode="clip")
            scratch[numbers] = 0.0
        values *= plan.fill_sim
        slots = plan.fill_bounds[:-1]
        concepts = np.where(plan.fill_concept, values, 0.0)
        best = np.maximum.reduceat(values, slots)
        # What a concept fills is never whole, so where a slot is, the very word stands.
        exact = np.where(best >= 0.999, best, 0.0)
        return (
            _sums(best * plan.slot_weight, plan.slot_bounds),
            _sums(np.maximum.reduceat(concepts, slots) * plan.slot_weight, plan.slot_bounds),
            _sums(exact * plan.slot_weight, plan.slot_bounds),
        )

    def _cosine(self, plan: _Plan, bounds: Sequence[int], tickets: range, grams: _Grams) -> Floats:
        """The cosine of each phrase's character grams with those of its ticket."""
        begin, end = grams.bounds[tickets.start], grams.bounds[tickets.stop]
        grams_bounds = [bound - begin for bound in grams.bounds[tickets.start : tickets.stop + 1]]
        every, weights = grams.ids[begin:end], grams.weights[begin:end]
        products, spoken = np.empty(len(plan.gram_id)), np.empty(len(every))
        places = plan.gram_bounds[list(bounds)].tolist()
        counts = self._counts
        for (first, last), (start, stop) in zip(pairwise(grams_bounds), pairwise(places), strict=True):
            # Ticket by ticket in an array that is there already and fits into the cache.
            ids = every[first:last]
            np.add.at(counts, ids, weights[first:last])
            counts.take(ids, out=spoken[first:last], mode="clip")
            counts.take(plan.gram_id[start:stop], out=products[start:stop], mode="clip")
            counts[ids] = 0.0
        # The sum of squares over the grams, each time one is spoken: counts times what is counted.
        spoken *= weights
        spoken *= self._idf_squares[every]
        squares = _sums(spoken, np.array(grams_bounds))
        norms = np.sqrt(np.where(squares > 0, squares, 1.0))
        products *= plan.gram_value
        return _sums(products, plan.gram_bounds) / norms.repeat(np.diff(bounds))

    def _whole(self, plan: _Plan, bounds: Sequence[int], tickets: range, heard: Heard, cover: Floats) -> Floats:
        """1 for phrases that stand in the ticket word by word, weighted by how much they carry."""
        whole = np.zeros(len(plan.phrases), dtype=np.float32)
        text, reader = "", -1
        for place in np.flatnonzero(cover > 0.97).tolist():
            ticket = bisect_right(bounds, place) - 1
            if ticket != reader:
                text, reader = _running(heard.words[tickets[ticket]]), ticket
            phrase = int(plan.phrases[place])
            if f" {self.entries.keys[phrase]} " in text:
                whole[place] = min(2.0, max(0.2, float(self.entries.phrase_mass[phrase]) - 0.6))
        return whole


def _running(words: Words) -> str:
    """The stems of a ticket as a text in which whole phrases can be looked for."""
    return f" {' '.join([stem if stem != BREAK else '|' for stem in words.stems])} "


def _strongest(mass: Floats, found: Ints) -> Ints:
    """The entries with the greatest mass, each once, as many as are looked at, in order of number."""
    most = 3 * CANDIDATES
    if len(mass) > most:
        places = np.argpartition(mass, -most)[-most:]
        mass, found = mass[places], found[places]
    order = found.argsort()
    numbers = found[order]
    once = np.flatnonzero(np.concatenate((_FIRST, numbers[1:] != numbers[:-1])))
    numbers = numbers[once]
    if len(numbers) > CANDIDATES:
        kept = np.argpartition(mass[order[once]], -CANDIDATES)[-CANDIDATES:]
        kept.sort()
        numbers = numbers[kept]
    return numbers


def weights_for(sizes: Ints) -> Floats:
    """The weights of `FEATURES` for tickets of so many words, a column each."""
    share = np.clip((sizes - _SHORT_WORDS) / (_LONG_WORDS - _SHORT_WORDS), 0.0, 1.0)
    weights: Floats = SHORT[:, None] + share * (LONG - SHORT)[:, None]
    return weights


def _bounds(sizes: NDArray[np.integer[Any]]) -> Ints:
    """Where each span begins once they stand one after the other, and where the last ends."""
    bounds: Ints = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=bounds[1:])
    return bounds


def _sums(values: Floats, bounds: Ints) -> Floats:
    """The sum of the values of each span; it does not depend on what lies beside them."""
    if not len(values):
        return np.zeros(len(bounds) - 1)
    starts, ends = bounds[:-1], bounds[1:]
    sums: Floats = np.add.reduceat(values.astype(np.float64, copy=False), np.minimum(starts, len(values) - 1))
    sums[starts == ends] = 0.0
    return sums


def _best_of_each(plan: _Plan, values: Floats) -> Ints:
    """The row with the greatest value of each candidate; every candidate has one, the first wins a tie."""
    if len(plan.phrases) == len(plan.candidates):
        return np.arange(len(plan.candidates))
    order = np.lexsort((-values, plan.owner))
    best: Ints = order[plan.first[:-1]]
    return best


def negative_hits(entries: Entries, words: Words, candidates: Sequence[int]) -> list[int]:
    """The places of candidates one of whose negative terms stands in the ticket."""
    if not entries.negative:
        return []
    marked = [place for place, number in enumerate(candidates) if number in entries.negative]
    if not marked:
        return []
    text = _running(words)
    return [place for place in marked if any(f" {key} " in text for key in entries.negative[candidates[place]])]
