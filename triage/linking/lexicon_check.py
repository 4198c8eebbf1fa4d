"""What is wrong with an admin's own words, before they count: each problem with the path of its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from triage.linking.cue_weights import known_signs
from triage.linking.lexicon import KINDS, LANGUAGES, STRENGTHS, TABLES, Lexicon
from triage.text import did_you_mean, shorten
from triage.tickets.models import FLAGS

_PHRASES = "write phrases parted by ';'"


@dataclass(frozen=True, slots=True)
class LexiconProblem:
    """What is wrong: the path of the key (`cues.condition.slow`), what it is, the way out."""

    path: str
    what: str
    hint: str | None = None


def check_lexicon(tables: Mapping[str, Any]) -> list[LexiconProblem]:
    """Everything that is wrong with a catalog's own words (docs/linking.md); empty when they can be taken."""
    return list(_tables(tables))


def _tables(tables: Mapping[str, Any]) -> Iterator[LexiconProblem]:
    for name, table in tables.items():
        if name not in TABLES:
            yield _unknown(name, name, "table of the lexicon", TABLES)
        elif name == "names":
            yield from _text(name, table, "write first names parted by spaces")
        elif not isinstance(table, Mapping):
            yield LexiconProblem(name, "should be a mapping of keys")
        elif name == "concepts":
            yield from _concepts(table)
        elif name == "cues":
            yield from _cues(table)
        elif name == "numbers":
            yield from _numbers(table)
        else:
            yield from _languages(name, table, "write words parted by spaces")


def _unknown(path: str, word: str, what: str, known: Any) -> LexiconProblem:
    words = [str(each) for each in known]
    hint = did_you_mean(str(word), words)
    if hint is None:
        hint = f"known are {shorten(', '.join(sorted(words)), 400)}"
    return LexiconProblem(path, f"'{shorten(str(word), 60)}' is no {what}", hint)


def _text(path: str, value: Any, hint: str) -> Iterator[LexiconProblem]:
    if not isinstance(value, str):
        yield LexiconProblem(path, "should be text", hint)
    elif not value.strip(" ;"):
        yield LexiconProblem(path, "says nothing", hint)


def _languages(path: str, table: Any, hint: str) -> Iterator[LexiconProblem]:
    if not isinstance(table, Mapping):
        yield LexiconProblem(path, "should give phrases by language", f"the languages are {', '.join(LANGUAGES)}")
        return
    for language, text in table.items():
        if language not in LANGUAGES:
            yield _unknown(f"{path}.{language}", language, "language of the lexicon", LANGUAGES)
        else:
            yield from _text(f"{path}.{language}", text, hint)


def _concepts(table: Mapping[str, Any]) -> Iterator[LexiconProblem]:
    known = {*Lexicon.default().concepts, *map(str, table)}
    for ident, entry in table.items():
        path = f"concepts.{ident}"
        if not isinstance(entry, Mapping):
            yield LexiconProblem(path, "should give phrases by language", "write it like {en: card declined; no funds}")
            continue
        words = {key: value for key, value in entry.items() if key != "broader"}
        for key in words:
            if key not in LANGUAGES:
                yield _unknown(f"{path}.{key}", key, "language of the lexicon", (*LANGUAGES, "broader"))
        yield from _languages(path, {key: value for key, value in words.items() if key in LANGUAGES}, _PHRASES)
        if "broader" in entry:
            yield from _broader(f"{path}.broader", str(ident), entry["broader"], known)


def _broader(path: str, ident: str, value: Any, known: set[str]) -> Iterator[LexiconProblem]:
    if not isinstance(value, str):
        yield LexiconProblem(path, "should be text", "write concepts parted by spaces")
        return
    for above in value.split():
        if above == ident:
            yield LexiconProblem(path, f"'{ident}' cannot belong to itself")
        elif above not in known:
            hint = did_you_mean(above, known) or "name one that triage knows, or one of your own"
            yield LexiconProblem(path, f"'{shorten(above, 60)}' is no concept", hint)


def _cues(table: Mapping[str, Any]) -> Iterator[LexiconProblem]:
    for kind, values in table.items():
        path = f"cues.{kind}"
        if kind not in KINDS:
            yield _unknown(path, kind, "kind of cue", KINDS)
            continue
        if not isinstance(values, Mapping):
            yield LexiconProblem(path, "should be a mapping of what cues tell of")
            continue
        known = FLAGS if kind == "flag" else known_signs().get(kind)
        for value, strengths in values.items():
            if known is not None and value not in known:
                yield _unknown(f"{path}.{value}", value, f"{kind} that cues tell of", known)
            elif not isinstance(strengths, Mapping):
                hint = "write it like {strong: {en: flatlined}}"
                yield LexiconProblem(f"{path}.{value}", "should give phrases by strength and language", hint)
            else:
                yield from _strengths(f"{path}.{value}", strengths)


def _strengths(path: str, strengths: Mapping[str, Any]) -> Iterator[LexiconProblem]:
    for strength, languages in strengths.items():
        if strength not in STRENGTHS:
            yield _unknown(f"{path}.{strength}", strength, "strength of a cue", STRENGTHS)
        else:
            yield from _languages(f"{path}.{strength}", languages, _PHRASES)


def _numbers(table: Mapping[str, Any]) -> Iterator[LexiconProblem]:
    for language, numbers in table.items():
        path = f"numbers.{language}"
        if language not in LANGUAGES:
            yield _unknown(path, language, "language of the lexicon", LANGUAGES)
        elif not isinstance(numbers, Mapping):
            yield LexiconProblem(path, "should give a number to each word", "write it like {dozen: 12}")
        else:
            for word, number in numbers.items():
                if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                    yield LexiconProblem(f"{path}.{word}", "should be a whole number", "write it like {dozen: 12}")
