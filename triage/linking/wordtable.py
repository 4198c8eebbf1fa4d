"""What every word that was seen is to one catalog and its lexicon: a row a word, in flat arrays.

Beside what a word meets in the catalog (`matching.py`) a row tells the phrases of the lexicon that the word is or
begins, and what the reading of cues asks of single words. Rows are made when a word is first met.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import acronym
from triage.linking.lexicon import LANGUAGES, Mark
from triage.linking.matching import Matcher, WordPart
from triage.linking.pages import Growing, Ints, Spans, Vocabulary
from triage.linking.phrases import Heads
from triage.linking.stems import stem as stem_of
from triage.linking.terms import BREAK, CAPITAL, DIGIT

ANY = len(LANGUAGES)
"""The language of a ticket whose language is not sure: single words of every language count."""
NAME, JOINS, PHRASAL, PARTICLE, ARTICLE, LOOSE, CUE, OPENER, COUNT, NUMBER = (1 << bit for bit in range(10))
CODE, CODE_WORD, CODE_NUMBER, ASKS, LOUD, JOINED = (1 << bit for bit in range(10, 16))

Cue = tuple[str, Mark, str]
"""A single word that is a cue: the kind, what it stands for, how it is written."""


class Single(NamedTuple):
    """The cues that a word is by itself: those that count anywhere, openers of sentences, things that are counted."""

    cues: tuple[Cue, ...]
    openers: tuple[Cue, ...]
    counts: tuple[Cue, ...]


_PAIRS = 1 << 20
_NO_CUES = Single((), (), ())
_PHRASAL = frozenset(map(stem_of, ("sign", "log", "check", "signs", "logs", "checks")))
_PARTICLES = frozenset(("in", "on", "out"))
_ARTICLES = frozenset(
    map(stem_of, ("a", "the", "this", "that", "our", "your", "my", "his", "her", "their", "no", "every"))
)
_CODE = re.compile(r"[A-Z][A-Z_]{1,10}[-_]?\d{2,6}|[A-Z]+(?:_[A-Z]+)+|\w+Exception|0x[0-9A-Fa-f]{4,}")
_CODE_WORDS = frozenset(("error", "code", "http", "sip", "status", "fehler", "systemfehler", "erreur", "codigo"))


def _pair(first: Ints | int, second: Ints) -> Ints:
    """Where a pair of words is marked."""
    place: Ints = (first * 1_000_003 + second * 8_191) & (_PAIRS - 1)
    return place


class WordTable:
    """Rows for the words of a vocabulary."""

    def __init__(self, matcher: Matcher, vocabulary: Vocabulary) -> None:
        self.matcher, self.vocabulary = matcher, vocabulary
        self._begin()

    def _begin(self) -> None:
        self.generation = self.vocabulary.generation
        self.parts: list[WordPart] = []
        self.corrected: list[str] = []
        self.heads: list[Heads[Mark] | None] = []
        self.singles: list[list[Single]] = [[] for _ in range(ANY + 1)]
        self.cues: list[list[tuple[Cue, ...]]] = [[] for _ in range(ANY + 1)]
        """By language the cues that count anywhere, for a look at every word."""
        self.flags = Growing(np.int32)
        self._ids: dict[str, int] = {}
        self._stems = Growing(np.int64)
        self._pairs = np.zeros(_PAIRS, dtype=bool)
        self.languages = Growing(np.int64)
        self.capitals = Growing(np.int64)
        self.gram_weights = Growing(np.float64)
        self.terms = Spans(np.int64, np.float64)
        """Of each word the terms of the catalog that it meets, and how well."""
        self.concepts = Spans(np.int64, np.float64, np.int64)
        """The same by the concepts that it stands for, and in which languages of a ticket (bits)."""
        self.grams = Spans(np.int64)

    def grow(self) -> None:
        """Makes the rows of words that are new in the vocabulary."""
        vocabulary = self.vocabulary
        if vocabulary.generation != self.generation:
            self._begin()
        first = len(self.parts)
        if first == len(vocabulary.raws):
            return
        raws, stems = vocabulary.raws[first:], vocabulary.stems[first:]
        sorts = vocabulary.sorts.all[first:].tolist()
        parts = [self.matcher.part(stem) for stem in stems]
        self.parts += parts
        self.corrected += [part.corrected for part in parts]
        self.heads += [part.head if part.head.followed or part.head.loose else None for part in parts]
        self._go_on(parts)
        singles = [self._singles(stem, part) for stem, part in zip(stems, parts, strict=True)]
        for language, column in enumerate(self.singles):
            column += [each[language] for each in singles]
            self.cues[language] += [each[language].cues for each in singles]
        self.flags.extend(
            [
                self._flags(raw, stem, sort, part, single)
                for raw, stem, sort, part, single in zip(raws, stems, sorts, parts, singles, strict=True)
            ]
        )
        known = self.matcher.entries.terms
        self.capitals.extend([known.get(acronym(raw) or "", -1) if raw else -1 for raw in raws])
        self.languages.extend([sum(_UNIT[language] for language in part.languages) for part in parts])
        self.gram_weights.extend([part.gram_weight for part in parts])
        self.grams.add([part.grams for part in parts], np.concatenate([part.grams for part in parts]))
        self.terms.add(
            [part.terms for part in parts],
            [number for part in parts for number, _ in part.terms],
            [similarity for part in parts for _, similarity in part.terms],
        )
        concepts = [self._concepts(part) for part in parts]
        self.concepts.add(
            concepts,
            [each[0] for row in concepts for each in row],
            [each[1] for row in concepts for each in row],
            [each[2] for row in concepts for each in row],
        )

    def _go_on(self, parts: Sequence[WordPart]) -> None:
        """Marks the pairs of words with which phrases begin."""
        ids = self._ids
        self._stems.extend([ids.setdefault(part.corrected, len(ids)) for part in parts])
        for part in parts:
            if part.head.followed:
                seconds = [ids.setdefault(stem, len(ids)) for stem in part.head.followed]
                self._pairs[_pair(ids[part.corrected], np.array(seconds, dtype=np.int64))] = True

    def may_go_on(self, rows: Ints) -> NDArray[np.bool_]:
        """Which words may begin a phrase with the word after them: all that do, and a few in a hundred others."""
        stems = self._stems.all[rows]
        found = np.zeros(len(rows), dtype=bool)
        found[:-1] = self._pairs[_pair(stems[:-1], stems[1:])]
        return found

    def _concepts(self, part: WordPart) -> list[tuple[int, float, int]]:
        """The terms that a word meets through the concepts that it stands for by itself."""
        means = self.matcher.entries.lexicon.phrases.means
        found = []
        for mark, _ in part.head.alone:
            if mark.kind == "concept":
                bits = (1 << ANY) + sum(1 << place for place, each in enumerate(LANGUAGES) if means(mark, each))
                found += [(number, similarity, bits) for number, similarity in self.matcher.concept(mark.value)]
        return found

    def _singles(self, stem: str, part: WordPart) -> list[Single]:
        """By language of the ticket the cues that a word is by itself."""
        cues = [(mark.kind, mark, phrase) for mark, phrase in part.head.alone if mark.kind != "concept"]
        # A single word that is a cue only by mending a typing error is more often another ("broker", "broken").
        cues = [cue for cue in cues if cue[2][-1] == "*" or stem == stem_of(cue[2])]
        if not cues:
            return [_NO_CUES] * (ANY + 1)
        means = self.matcher.entries.lexicon.phrases.means
        found = [[cue for cue in cues if means(cue[1], language)] for language in LANGUAGES]
        return [
            Single(
                tuple(cue for cue in mine if cue[0] not in ("opener", "count")),
                tuple(cue for cue in mine if cue[0] == "opener"),
                tuple(cue for cue in mine if cue[0] == "count"),
            )
            for mine in (*found, cues)
        ]

    def _flags(self, raw: str, stem: str, sort: int, part: WordPart, singles: Sequence[Single]) -> int:
        if stem == BREAK:
            return ASKS * ("?" in raw) + LOUD * bool(raw)
        lexicon = self.matcher.entries.lexicon
        every = singles[ANY]
        return (
            NAME * (sort == CAPITAL and not raw.isupper() and raw.lower() in lexicon.names)
            + JOINS * self.matcher.begins(stem)
            + JOINED * self.matcher.ends(stem)
            + PHRASAL * (stem in _PHRASAL)
            + PARTICLE * (stem in _PARTICLES)
            + ARTICLE * (stem in _ARTICLES)
            + LOOSE * bool(part.head.loose)
            + CUE * bool(every.cues)
            + OPENER * bool(every.openers)
            + COUNT * bool(every.counts)
            + NUMBER * (stem[:1].isdigit() or lexicon.numbers.get(stem, 0) >= 2)
            + CODE * (sort == CAPITAL and _is_code(raw))
            + CODE_WORD * (stem in _CODE_WORDS)
            + CODE_NUMBER * (sort == DIGIT and len(raw) >= 3)
        )


def _is_code(raw: str) -> bool:
    return len(raw) > 4 and (raw[1].isupper() or raw[-1] == "n") and bool(_CODE.fullmatch(raw))


_UNIT = {language: 1 << (15 * place) for place, language in enumerate(LANGUAGES)}
"""Languages are counted side by side in one number, fifteen bits each."""


def languages_of(sums: NDArray[np.int64]) -> list[tuple[int, bool]]:
    """The language that most of the common words of each ticket belong to, and whether that is sure; English where
    nothing tells. `sums` adds up the `languages` of its words."""
    seen = (sums[:, None] >> (15 * np.arange(ANY))) & 0x7FFF
    order = np.argsort(-seen, axis=1, kind="stable")
    ordered = np.take_along_axis(seen, order, axis=1)
    sure = (ordered[:, 0] >= 3) & (ordered[:, 0] >= 1.4 * ordered[:, 1])
    return list(zip(order[:, 0].tolist(), sure.tolist(), strict=True))
