"""The catalog as linking sees it: the phrases of every entry, their words, their pieces, in flat arrays.

A phrase (a name, an alias, a description, a cue of a known error) is a row of *slots*, one a word; a
slot is filled by the word itself, by the same word written together with its neighbour ("topup"), or by
a concept of the thesaurus that the word stands for. Slots weigh by inverse document frequency (Spärck
Jones 1972) over the catalog. Beside that each phrase has a unit vector of character 2–4-grams within
words. An inverted index leads from a term to the entries that it speaks for.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from triage.catalog.index import CatalogIndex
from triage.linking.lexicon import Lexicon, without_covered
from triage.linking.terms import BREAK, short_words
from triage.tickets.models import Kind

GRAM_BITS = 13
GRAMS = 1 << GRAM_BITS
CONCEPT = "§"
SAME_CONCEPT = 0.8
BROADER_CONCEPT = 0.35
COMMON_WEIGHT = 0.1
WEAK_WEIGHT = 0.45
_AT_ONCE = 8_192

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class Entry(NamedTuple):
    """An entry that a ticket may be linked to."""

    kind: Kind
    id: str


class Phrase(NamedTuple):
    """Words that speak for an entry; `role` name, alias, description or cue."""

    entry: int
    text: str
    role: str
    known_error: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A word of a phrase: its weight, and the terms that fill it with what similarity."""

    weight: float
    fillers: tuple[tuple[int, float], ...]


def grams_of(word: str) -> list[int]:
    """The hashed character 2–4-grams of a word with its borders."""
    framed = f"_{word}_"
    return [
        crc32(framed[start : start + size].encode()) & (GRAMS - 1)
        for size in (2, 3, 4)
        for start in range(len(framed) - size + 1)
    ]


def acronym(raw: str) -> str | None:
    """The term of a word written in capitals that means something else in small letters ("IT")."""
    return f"^{raw.lower()}" if 2 <= len(raw) <= 4 and raw.isupper() and raw.isalpha() else None


class Entries:
    """Everything about a catalog that does not depend on a ticket. Built once a catalog version."""

    def __init__(self, index: CatalogIndex, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.entries: list[Entry] = []
        self.number: dict[Entry, int] = {}
        self.phrases: list[Phrase] = []
        self.negative: dict[int, list[str]] = {}
        self.terms: dict[str, int] = {}
        self._collect(index)
        self.kinds = np.array([entry.kind is Kind.TOUCHPOINT for entry in self.entries], dtype=bool)
        self._links(index)
        self._rows()

    def _collect(self, index: CatalogIndex) -> None:
        for service in index.catalog.services:
            if service.lifecycle != "retired":
                self._entry(
                    Kind.SERVICE, service.id, service.name, service.aliases, service.description, service.negative_terms
                )
        for touchpoint in index.touchpoints.values():
            about = " ".join(filter(None, (touchpoint.description, touchpoint.pain_point)))
            self._entry(
                Kind.TOUCHPOINT, touchpoint.id, touchpoint.name, touchpoint.aliases, about, touchpoint.negative_terms
            )
        for error in index.catalog.known_errors:
            for ident in error.services:
                entry = self.number.get(Entry(Kind.SERVICE, ident))
                if entry is not None:
                    self.phrases += [Phrase(entry, text, "cue", error.id) for text in (error.name, *error.cues)]

    def _entry(
        self,
        kind: Kind,
        ident: str,
        name: str,
        aliases: Sequence[str],
        description: str | None,
        negative: Sequence[str],
    ) -> None:
        entry = Entry(kind, ident)
        number = self.number[entry] = len(self.entries)
        self.entries.append(entry)
        self.phrases.append(Phrase(number, name, "name"))
        self.phrases += [Phrase(number, alias, "alias") for alias in aliases]
        if description:
            self.phrases.append(Phrase(number, description, "description"))
        if negative:
            self.negative[number] = [key for key in (self.key(text) for text in negative) if key]

    def _links(self, index: CatalogIndex) -> None:
        """Which services each touchpoint needs, as numbers, and the other way round."""
        self.services_of: dict[int, list[int]] = {}
        self.touchpoints_of: dict[int, list[int]] = defaultdict(list)
        for touchpoint in index.touchpoints.values():
            here = self.number[Entry(Kind.TOUCHPOINT, touchpoint.id)]
            needed = [
                self.number[Entry(Kind.SERVICE, ident)]
                for ident in touchpoint.services
                if Entry(Kind.SERVICE, ident) in self.number
            ]
            self.services_of[here] = needed
            for service in needed:
                self.touchpoints_of[service].append(here)

    def key(self, text: str) -> str:
        """A phrase as its stems, for the search of whole phrases."""
        return " ".join(stem for stem in short_words(text)[1] if stem != BREAK)

    def word_weight(self, stem: str) -> float:
        """How much a word may carry before its frequency in the catalog is looked at."""
        if stem in self.lexicon.common:
            return COMMON_WEIGHT
        return WEAK_WEIGHT if stem in self.lexicon.weak else 1.0

    def _rows(self) -> None:
        """Makes the flat arrays: slots of phrases, fillers of slots, grams of phrases, postings of terms."""
        rows = [self._words(phrase) for phrase in self.phrases]
        frequency = self._frequencies(rows)
        total = len(self.entries) + 1
        usual = math.log(1 + total / 1.5)
        weights = {
            stem: math.log(1 + total / (0.5 + frequency.get(stem, 1))) / usual * self.word_weight(stem)
            for stem in {stem for stems, _ in rows for stem in stems}
        }
        # A catalog of a hundred thousand names has a million fillers: no call for each of them.
        numbers: dict[str, int] = defaultdict(count(len(self.terms)).__next__, self.terms)
        slot_ptr, slot_weight, fill_ptr, fill_term = [0], list[float](), [0], list[int]()
        fill_sim: list[float] = []
        for stems, fillers in rows:
            slot_weight += [weights[stem] for stem in stems]
            slot_ptr.append(len(slot_weight))
            for alternatives in fillers:
                fill_term += [numbers[text] for text in alternatives]
                fill_sim += alternatives.values()
                fill_ptr.append(len(fill_term))
        self.terms = dict(numbers)
        self.slot_ptr = np.array(slot_ptr, dtype=np.int32)
        self.slot_weight = np.array(slot_weight, dtype=np.float32)
        self.fill_ptr = np.array(fill_ptr, dtype=np.int32)
        self.fill_term = np.array(fill_term, dtype=np.int32)
        self.fill_sim = np.array(fill_sim, dtype=np.float32)
        self.phrase_entry = np.array([phrase.entry for phrase in self.phrases], dtype=np.int32)
        self.phrase_role = np.array(
            [("name", "alias", "description", "cue").index(phrase.role) for phrase in self.phrases], dtype=np.int8
        )
        self.keys = [" ".join(stems) for stems, _ in rows]
        self.phrase_mass = np.maximum(self._sum_slots(self.slot_weight), 1e-6)
        roots = np.full(len(self.entries), np.inf, dtype=np.float32)
        np.minimum.at(roots, self.phrase_entry, np.sqrt(self.phrase_mass))
        self.entry_root = np.maximum(roots, 0.3)
        self._grams(rows)
        self._postings()

    def _sum_slots(self, values: Floats) -> Floats:
        sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        return (sums[self.slot_ptr[1:]] - sums[self.slot_ptr[:-1]]).astype(np.float32)

    def _words(self, phrase: Phrase) -> tuple[list[str], list[dict[str, float]]]:
        """The stems of a phrase, and for each what fills its slot with which similarity."""
        raws, spoken = short_words(phrase.text)
        places = [place for place, stem in enumerate(spoken) if stem != BREAK]
        stems = [spoken[place] for place in places]
        fillers: list[dict[str, float]] = [{stem: 1.0} for stem in stems]
        for number, place in enumerate(places):
            capital = acronym(raws[place])
            if capital and stems[number] in self.lexicon.common:
                stems[number] = capital
                fillers[number] = {capital: 1.0}
        if phrase.role != "description":
            for number in range(len(stems) - 1):
                together = stems[number] + stems[number + 1]
                fillers[number][together] = fillers[number + 1][together] = 1.0
        by_place = {place: number for number, place in enumerate(places)}
        for found in without_covered(self.lexicon.phrases.find(spoken)):
            if found.payload.kind == "concept":
                self._fill(
                    fillers,
                    [by_place[place] for place in range(found.start, found.end) if place in by_place],
                    found.payload.value,
                )
        return stems, fillers

    def _fill(self, fillers: list[dict[str, float]], places: Sequence[int], concept: str) -> None:
        for place in places:
            slot = fillers[place]
            slot[CONCEPT + concept] = SAME_CONCEPT
            for above in self.lexicon.broader(concept):
                slot.setdefault(CONCEPT + above, BROADER_CONCEPT)

    def _frequencies(self, rows: Sequence[tuple[list[str], list[dict[str, float]]]]) -> dict[str, int]:
        """In how many entries' names and aliases a word stands."""
        pairs = {
            (stem, phrase.entry)
            for phrase, (stems, _) in zip(self.phrases, rows, strict=True)
            if phrase.role != "description"
            for stem in stems
        }
        return Counter(stem for stem, _ in pairs)

    def _grams(self, rows: Sequence[tuple[list[str], list[dict[str, float]]]]) -> None:
        """Unit vectors of the phrases' character grams, weighted by their rarity over the phrases."""
        known: dict[str, int] = {}
        pieces: list[list[int]] = []
        weights: list[float] = []
        for stems, _ in rows:
            for stem in stems:
                if stem not in known:
                    known[stem] = len(pieces)
                    pieces.append(grams_of(stem))
                    weights.append(math.sqrt(self.word_weight(stem)))
        sizes = np.array([len(each) for each in pieces] or [0], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        grams = np.fromiter(chain.from_iterable(pieces), dtype=np.int64, count=int(sizes.sum()))
        carried = np.array(weights or [0.0])
        pointers, ids, counts = [np.zeros(1, dtype=np.int64)], [], []
        last = 0
        for begin in range(0, len(rows), _AT_ONCE):  # a hundred thousand names have ten million grams
            part = rows[begin : begin + _AT_ONCE]
            words = np.array([known[stem] for stems, _ in part for stem in stems], dtype=np.int64)
            owner = np.repeat(np.arange(len(part)), [len(stems) for stems, _ in part])
            spread = sizes[words]
            shift = np.repeat(starts[words] - (np.cumsum(spread) - spread), spread)
            keys = np.repeat(owner, spread) * GRAMS + grams[np.arange(len(shift)) + shift]
            found, place = np.unique(keys, return_inverse=True)
            counts.append(np.bincount(place, weights=np.repeat(carried[words], spread), minlength=len(found)))
            ids.append((found % GRAMS).astype(np.int32))
            pointers.append(last + np.cumsum(np.bincount(found // GRAMS, minlength=len(part))))
            last += len(found)
        self.gram_ptr = np.concatenate(pointers).astype(np.int32)
        self.gram_id = np.concatenate(ids) if ids else np.empty(0, dtype=np.int32)
        frequency = np.bincount(self.gram_id, minlength=GRAMS)
        self.gram_idf = (np.log((1 + len(rows)) / (1 + frequency)) + 1).astype(np.float32)
        self.gram_value = np.empty(len(self.gram_id), dtype=np.float32)
        last = 0
        for part_counts, ends in zip(counts, pointers[1:], strict=True):
            first, last = last, last + len(part_counts)
            values = part_counts * self.gram_idf[self.gram_id[first:last]]
            bounds = np.concatenate(([first], ends))
            owner = np.repeat(np.arange(len(ends)), np.diff(bounds))
            norms = np.sqrt(np.bincount(owner, weights=values * values, minlength=len(ends)))
            self.gram_value[first:last] = values / norms[owner]

    def _postings(self) -> None:
        """From a term to the entries it speaks for, with what it adds to their mass."""
        slots = np.repeat(np.arange(len(self.slot_weight)), np.diff(self.fill_ptr))
        phrases = np.searchsorted(self.slot_ptr, slots, side="right") - 1
        weights = self.fill_sim * self.slot_weight[slots] * np.where(self.phrase_role[phrases] == 2, 0.5, 1.0)
        entries = self.phrase_entry[phrases]
        keys = self.fill_term.astype(np.int64) * (len(self.entries) + 1) + entries
        order = np.lexsort((-weights, keys))
        first = np.ones(len(order), dtype=bool)
        first[1:] = keys[order][1:] != keys[order][:-1]
        chosen = order[first]
        self.post_entry = entries[chosen].astype(np.int32)
        self.post_weight = weights[chosen].astype(np.float32)
        counts = np.bincount(self.fill_term[chosen], minlength=len(self.terms))
        self.post_ptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
