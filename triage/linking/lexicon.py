"""The general vocabulary of a support desk, as data: concepts, cues, common words.

The files under `data/` are written for people: a phrase is written as one says it, phrases are parted
by `;`, languages are English, German, French and Spanish. An admin's own file of the same shape is laid
over them with `Lexicon.extended`. Nothing here was made by looking at a labelled set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from triage.errors import InputError, Problem
from triage.linking.cue_weights import known_signs
from triage.linking.phrases import Found, Phrases
from triage.linking.stems import stem
from triage.text import did_you_mean, fold
from triage.tickets.models import FLAGS

LANGUAGES = ("en", "de", "fr", "es")
STRENGTHS = {"strong": 3.0, "plain": 2.0, "weak": 1.0}
KINDS = ("condition", "reach", "flag", "negation", "cancel", "verb", "count", "opener")
TABLES = ("concepts", "cues", "common", "weak", "names", "numbers")
_FILES = (
    "words.yaml",
    "cues.yaml",
    "cues-condition.yaml",
    "concepts-access.yaml",
    "concepts-money.yaml",
    "concepts-selling.yaml",
    "concepts-technology.yaml",
    "concepts-work.yaml",
    "concepts-property.yaml",
    "concepts-life.yaml",
)


class Mark(NamedTuple):
    """What a phrase of the lexicon stands for: a concept, or a cue of a kind with its value and weight."""

    kind: str
    value: str
    weight: float
    language: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that people speak of at a support desk, and what it belongs to."""

    id: str
    words: tuple[tuple[str, str], ...]
    broader: tuple[str, ...] = ()


def _phrases(text: object) -> list[str]:
    return [each.strip() for each in str(text).split(";") if each.strip()]


class Lexicon:
    """Concepts, cues and common words, ready for matching. Made once, never changed."""

    def __init__(self, tables: Iterable[Mapping[str, Any]]) -> None:
        self.concepts: dict[str, Concept] = {}
        self._broader: dict[str, tuple[str, ...]] = {}
        self.common: dict[str, tuple[str, ...]] = {}
        self.weak: frozenset[str] = frozenset()
        self.names: frozenset[str] = frozenset()
        self.numbers: dict[str, int] = {}
        self.phrases: Phrases[Mark] = Phrases(_means)
        self._tables = [dict(table) for table in tables]
        for table in self._tables:
            self._take(table)

    @classmethod
    def default(cls) -> Lexicon:
        """The lexicon that comes with triage."""
        return _default()

    @classmethod
    def of_catalog(cls, tables: Mapping[str, Any]) -> Lexicon:
        """The lexicon that comes with triage with a catalog's own words (its key `lexicon`) laid over it."""
        return _with_words(json.dumps(tables, sort_keys=True)) if tables else _default()

    def extended(self, *tables: Mapping[str, Any]) -> Lexicon:
        """This lexicon with an admin's tables laid over it. InputError names an unknown table or cue."""
        problems = [
            Problem(f"'{name}' is not a table of the lexicon", hint=did_you_mean(name, TABLES))
            for table in tables
            for name in table
            if name not in TABLES
        ]
        if problems:
            raise InputError(problems)
        return Lexicon([*self._tables, *tables])

    def without_concepts(self) -> Lexicon:
        """The same without the thesaurus, to measure what that is worth."""
        return Lexicon([{k: v for k, v in table.items() if k != "concepts"} for table in self._tables])

    def broader(self, concept: str) -> tuple[str, ...]:
        """What a concept belongs to, nearest first, without itself."""
        known = self._broader.get(concept)
        if known is not None:
            return known
        found: list[str] = []
        queue = list(self.concepts[concept].broader) if concept in self.concepts else []
        while queue:
            above = queue.pop(0)
            if above not in found and above != concept:
                found.append(above)
                queue.extend(self.concepts[above].broader if above in self.concepts else ())
        self._broader[concept] = tuple(found)
        return self._broader[concept]

    def _take(self, table: Mapping[str, Any]) -> None:
        for language, text in (table.get("common") or {}).items():
            for word in str(text).split():
                key = stem(word)
                self.common[key] = tuple(dict.fromkeys((*self.common.get(key, ()), language)))
        self.weak |= {stem(word) for text in (table.get("weak") or {}).values() for word in str(text).split()}
        self.names |= {fold(word) for word in str(table.get("names") or "").split()}
        for language_numbers in (table.get("numbers") or {}).values():
            for word, value in language_numbers.items():
                self.numbers[stem(str(word))] = int(value)
        for ident, entry in (table.get("concepts") or {}).items():
            self._concept(str(ident), entry)
        for kind, values in (table.get("cues") or {}).items():
            if kind not in KINDS:
                raise InputError(f"'{kind}' is not a kind of cue", hint=did_you_mean(str(kind), KINDS))
            for value, strengths in values.items():
                self._cue(str(kind), str(value), strengths)

    def _concept(self, ident: str, entry: Mapping[str, Any]) -> None:
        words = tuple((language, phrase) for language in LANGUAGES for phrase in _phrases(entry.get(language) or ""))
        above = tuple(str(entry["broader"]).split()) if entry.get("broader") else ()
        before = self.concepts.get(ident)
        self.concepts[ident] = Concept(
            ident, (before.words if before else ()) + words, above or (before.broader if before else ())
        )
        for language, phrase in words:
            self.phrases.add(phrase, Mark("concept", ident, 1.0, language))

    def _cue(self, kind: str, value: str, strengths: Mapping[str, Any]) -> None:
        known = FLAGS if kind == "flag" else known_signs().get(kind)
        if known is not None and value not in known:
            raise InputError(f"'{value}' is not a {kind} that cues tell of", hint=did_you_mean(value, known))
        for strength, languages in strengths.items():
            weight = STRENGTHS.get(str(strength))
            if weight is None:
                raise InputError(
                    f"'{strength}' is not a strength of a cue", hint=did_you_mean(str(strength), STRENGTHS)
                )
            for language, text in languages.items():
                for phrase in _phrases(text):
                    self.phrases.add(phrase, Mark(kind, value, weight, str(language)))


def _means(mark: Mark, language: str) -> bool:
    """Whether a single word can be meant: one of another language is a false friend ("was", "lag", "demande").

    English concepts count in every language, as the names of things do.
    """
    return mark.language == language or (mark.language == "en" and mark.kind == "concept")


def without_covered(found: Sequence[Found[Mark]]) -> list[Found[Mark]]:
    """Phrases without the concepts whose words stand inside a longer concept: "sign in" is no signing."""
    long = [(start, end) for start, end, mark, _ in found if end - start > 1 and mark[0] == "concept"]
    if not long:
        return list(found)
    concepts = uncovered([each for each in found if each[2][0] == "concept"], long)
    kept = set(map(id, concepts))
    return [each for each in found if each[2][0] != "concept" or id(each) in kept]


def uncovered(hits: Sequence[Found[Mark]], covers: Sequence[tuple[int, int]]) -> list[Found[Mark]]:
    """The hits that do not stand inside a longer phrase; `covers` are the spans of phrases."""
    inside: set[int] = set()
    long: list[tuple[int, int]] = []
    for start, end in covers:
        if end - start > 1:
            inside.update(range(start, end))
            if end - start > 2:
                long.append((start, end))
    if not inside:
        return list(hits)
    return [
        each
        for each in hits
        if each[0] not in inside or (each[1] - each[0] > 1 and not (long and _stands_in(long, each[0], each[1])))
    ]


def _stands_in(covers: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether a span stands inside a longer one."""
    return any(start <= first and last <= end and end - start > last - first for start, end in covers)


@lru_cache(maxsize=2)
def _with_words(tables: str) -> Lexicon:
    return _default().extended(json.loads(tables))


@lru_cache(maxsize=1)
def _default() -> Lexicon:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    folder = files("triage.linking") / "data"
    return Lexicon(yaml.load((folder / name).read_text("utf-8"), Loader=loader) or {} for name in _FILES)
