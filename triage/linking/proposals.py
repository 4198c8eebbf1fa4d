"""What corrections teach the admin: aliases and negative terms, each with the effect that it would have
had.

A phrase of one to three words that keeps coming up in the tickets of one entry, hardly anywhere else,
and where the names alone read wrong, is proposed as an alias. A phrase that keeps coming up where an
entry was read and people said otherwise, and never in its own tickets, is proposed as a negative term.
Phrases are ranked by how many decided tickets a reading with the changed catalog would have got right
and wrong; what makes nothing better is not proposed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Service, Touchpoint
from triage.linking.lexicon import Lexicon
from triage.linking.linker import Linker
from triage.linking.message import Message
from triage.linking.proposed import decide
from triage.linking.terms import BREAK, words_of
from triage.tickets.models import NONE, Kind

E = TypeVar("E", Service, Touchpoint)
Change = Literal["alias", "negative_term"]
_LONGEST = 3
_OFTEN = 3
_PURE = 0.8
_TRIED = 40


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket that somebody decided: its number, its text, and the id of the entry or `none`."""

    ticket: int
    message: Message
    kind: Kind
    target: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A phrase to add to an entry, with the tickets that it would have made better and worse."""

    kind: Kind
    target: str
    change: Change
    phrase: str
    seen: int
    better: tuple[int, ...]
    worse: tuple[int, ...]


def propose(index: CatalogIndex, cases: Sequence[Case], lexicon: Lexicon | None = None) -> list[Proposal]:
    """The proposals that decided tickets speak for, best first. Seconds for a few thousand tickets.

    The order of the cases does not matter. Nothing is proposed that already is a name, an alias or a negative term.
    """
    lexicon = lexicon or Lexicon.default()
    ordered = sorted(cases, key=lambda case: (case.kind, case.ticket))
    linker = Linker(index, lexicon=lexicon)
    read = {case: _decided(linker, case) for case in ordered}
    holders, spelling = _phrases(ordered, lexicon)
    found: list[Proposal] = []
    for kind, target, change, phrase in _worth_trying(index, linker, read, holders):
        with_it = Linker(changed(index, kind, target, change, spelling[phrase]), lexicon=lexicon)
        better, worse = [], []
        for case in holders[phrase]:
            if case.kind is not kind:
                continue
            right_now, right_then = read[case] == case.target, _decided(with_it, case) == case.target
            if right_then and not right_now:
                better.append(case.ticket)
            elif right_now and not right_then:
                worse.append(case.ticket)
        if len(better) > 2 * len(worse):
            seen = sum(case.kind is kind for case in holders[phrase])
            found.append(Proposal(kind, target, change, spelling[phrase], seen, tuple(better), tuple(worse)))
    found.sort(key=lambda each: (len(each.worse) - len(each.better), len(each.phrase), each.target, each.phrase))
    return _without_parts(found)


def changed(index: CatalogIndex, kind: Kind, target: str, change: Change, phrase: str) -> CatalogIndex:
    """The catalog with a phrase added to the aliases or the negative terms of one entry."""
    catalog = index.catalog
    if kind is Kind.SERVICE:
        services = [_with(entry, change, phrase) if entry.id == target else entry for entry in catalog.services]
        return CatalogIndex(catalog.model_copy(update={"services": services}), index.version)
    return CatalogIndex(_with_touchpoint(catalog, target, change, phrase), index.version)


def _with_touchpoint(catalog: Catalog, target: str, change: Change, phrase: str) -> Catalog:
    journeys = []
    for journey in catalog.journeys:
        stages = [
            stage.model_copy(
                update={
                    "touchpoints": [
                        _with(entry, change, phrase) if entry.id == target else entry for entry in stage.touchpoints
                    ]
                }
            )
            for stage in journey.stages
        ]
        journeys.append(journey.model_copy(update={"stages": stages}))
    return catalog.model_copy(update={"journeys": journeys})


def _with(entry: E, change: Change, phrase: str) -> E:
    if change == "alias":
        return entry.model_copy(update={"aliases": [*entry.aliases, phrase]})
    return entry.model_copy(update={"negative_terms": [*entry.negative_terms, phrase]})


def _decided(linker: Linker, case: Case) -> str:
    service, touchpoint = decide(linker.read(case.message))
    return (service if case.kind is Kind.SERVICE else touchpoint) or NONE


def _phrases(cases: Iterable[Case], lexicon: Lexicon) -> tuple[dict[str, list[Case]], dict[str, str]]:
    """Each phrase (as stems) with the cases it stands in, once each, and its commonest spelling."""
    holders: dict[str, list[Case]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    idle = lexicon.common
    for case in cases:
        words = words_of(case.message)
        here: dict[str, str] = {}
        for start, first in enumerate(words.stems):
            if first == BREAK or first in idle or words.weights[start] < 0.5:
                continue
            for end in range(start + 1, min(start + _LONGEST, len(words.stems)) + 1):
                piece = words.stems[start:end]
                if piece[-1] == BREAK:
                    break
                if piece[-1] in idle or (len(piece) == 1 and (first in lexicon.weak or len(first) < 3)):
                    continue
                here.setdefault(" ".join(piece), words.text(start, end).lower())
        for phrase, spelt in here.items():
            holders[phrase].append(case)
            spellings[phrase][spelt] += 1
    common = {
        phrase: min(counts.items(), key=lambda pair: (-pair[1], pair[0]))[0] for phrase, counts in spellings.items()
    }
    return holders, common


def _worth_trying(
    index: CatalogIndex, linker: Linker, read: dict[Case, str], holders: dict[str, list[Case]]
) -> list[tuple[Kind, str, Change, str]]:
    """The phrases that mistakes speak for, those that could mend most first."""
    known = set(linker.entries.keys) | {key for keys in linker.entries.negative.values() for key in keys}
    own = _own_words(linker)
    tried: list[tuple[int, int, Kind, str, Change, str]] = []
    for phrase, cases in holders.items():
        if len(cases) < _OFTEN or phrase in known or not any(letter.isalpha() for letter in phrase):
            continue
        for kind in Kind:
            mine = [case for case in cases if case.kind is kind]
            labels = Counter(case.target for case in mine)
            missed = Counter(case.target for case in mine if read[case] != case.target)
            for target, count in missed.items():
                if target != NONE and count >= 2 and labels[target] >= max(_OFTEN, _PURE * len(mine)):
                    tried.append((-count, -len(phrase), kind, target, "alias", phrase))
            wrongly = Counter(read[case] for case in mine if read[case] not in (case.target, NONE))
            for target, count in wrongly.items():
                if count >= _OFTEN and not labels[target] and not set(phrase.split()) & own[kind, target]:
                    tried.append((-count, -len(phrase), kind, target, "negative_term", phrase))
    return [(kind, target, change, phrase) for _, _, kind, target, change, phrase in sorted(tried)[:_TRIED]]


def _own_words(linker: Linker) -> dict[tuple[Kind, str], set[str]]:
    """The words of each entry's name and aliases: a negative term of those would silence the entry itself."""
    own: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    for phrase, key in zip(linker.entries.phrases, linker.entries.keys, strict=True):
        if phrase.role in ("name", "alias"):
            entry = linker.entries.entries[phrase.entry]
            own[entry.kind, entry.id] |= set(key.split())
    return own


def _without_parts(found: Sequence[Proposal]) -> list[Proposal]:
    """Of proposals for one entry that mend the same tickets, the first."""
    kept: list[Proposal] = []
    for each in found:
        mends = set(each.better)
        if not any(
            other.kind is each.kind and other.target == each.target and mends <= set(other.better) for other in kept
        ):
            kept.append(each)
    return kept
