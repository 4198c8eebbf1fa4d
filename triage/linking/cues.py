"""Condition, reach and flags, read by cues from a lexicon that an admin can extend.

A cue is a phrase with a weight for one value. A cue that another covers ("not working" in "not working
at all") does not count; one that a negation stands before ("no errors") does not either; "works again"
outweighs the fault it ends. Numbers of people make the reach. The weights of a value are summed with
less for each further cue, and a softmax over the sums gives the probabilities: they are the first guess
that the learner sharpens.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from triage.linking.lexicon import LANGUAGES, Lexicon, Mark
from triage.linking.phrases import Found
from triage.linking.terms import BREAK, Words
from triage.tickets.models import FLAGS, Condition, CueReading, Evidence, FlagReading, Reach

# Constant, and what a strong, a plain and a weak cue add, in nats. Fitted on the tuning half of the
# messy tickets and the
# settled tickets of the demonstration company, shrunk to one scale for all (docs/linking.md).
_CONDITION = {
    "unavailable": (0.1, 2.2, 1.75, 0.2),
    "degraded": (0.6, 2.5, 1.75, 0.5),
    "bug": (0.35, 1.4, 1.25, 0.5),
    "question": (-0.3, 1.2, 0.6, 0.4),
    "request": (0.05, 1.7, 1.2, 0.5),
    "restored": (-1.2, 2.5, 1.2, 0.5),
}
_REACH_STRENGTH = (2.7, 1.8, 0.9)
_QUESTION_MARK = 1.4
_CONDITION_PRIOR = {value: row[0] for value, row in _CONDITION.items()}
_CONDITION_STRENGTH = {value: row[1:] for value, row in _CONDITION.items()}
_REACH_PRIOR = {"person": 1.6, "team": 0.0, "site": -0.6, "segment": -0.6, "all": -0.8}
_FURTHER = 0.35
_NEGATION_REACH = 2
_QUOTED = 0.5
_PEOPLE = frozenset(
    [
        "acheteur",
        "agenc",
        "agent",
        "arbeitsplatz",
        "arbeitsplatze",
        "benutzer",
        "branch",
        "buyer",
        "client",
        "cliente",
        "co-worker",
        "collaborateur",
        "colleagu",
        "collegu",
        "collegue",
        "companero",
        "comprador",
        "computer",
        "coworker",
        "customer",
        "d'entre",
        "de",
        "desk",
        "empleado",
        "employe",
        "equipo",
        "filialen",
        "folk",
        "kaufer",
        "kolleg",
        "kollegen",
        "kolleginnen",
        "kunden",
        "laptop",
        "leut",
        "location",
        "magasin",
        "mann",
        "member",
        "mitarbeiter",
        "nutzer",
        "of",
        "office",
        "order",
        "pc",
        "people",
        "person",
        "persona",
        "personn",
        "post",
        "rechner",
        "salari",
        "seat",
        "seller",
        "site",
        "staff",
        "standort",
        "store",
        "sucursal",
        "teammate",
        "tienda",
        "user",
        "usuario",
        "utilisateur",
        "vendeur",
        "verkaufer",
        "von",
        "workstation",
    ]
)
_US = frozenset(("us", "uns", "nous", "nosotros", "them", "people"))
_PLACES = {
    "store",
    "branch",
    "location",
    "site",
    "offic",
    "filialen",
    "filial",
    "standort",
    "standorte",
    "agenc",
    "magasin",
    "sucursal",
    "tienda",
}
_DURATIONS = frozenset(
    [
        "am",
        "ano",
        "day",
        "dia",
        "dollar",
        "dollars",
        "etag",
        "eur",
        "euro",
        "floor",
        "foi",
        "gb",
        "heur",
        "hora",
        "hour",
        "jahr",
        "jour",
        "mal",
        "mb",
        "minut",
        "moi",
        "month",
        "page",
        "percent",
        "piso",
        "pm",
        "second",
        "semain",
        "stock",
        "stund",
        "stunden",
        "tag",
        "tage",
        "tim",
        "time",
        "usd",
        "vece",
        "week",
        "woch",
        "wochen",
        "year",
    ]
)
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,6}")


def read_condition(
    words: Words, found: Sequence[Found[Mark]], learned: Mapping[str, float] | None = None
) -> CueReading:
    """The condition that a ticket tells of. `learned` adds to the score of a value, in nats."""
    hits = _hits(words, found, "condition")
    sums = _sums(hits, words, _CONDITION_STRENGTH)
    if "?" in words.message.body or "?" in words.message.subject:
        sums["question"] = sums.get("question", 0.0) + _QUESTION_MARK
    if any(mark.payload.value == "restored" for mark in hits) and _last(hits, "restored") >= _last_fault(hits):
        for fault in ("unavailable", "degraded", "bug"):
            sums[fault] = sums.get(fault, 0.0) * 0.35
        sums["restored"] = sums.get("restored", 0.0) + 1.5
    return _reading(words, hits, sums, _CONDITION_PRIOR, learned, [each.value for each in Condition])


def read_reach(
    words: Words, found: Sequence[Found[Mark]], lexicon: Lexicon, learned: Mapping[str, float] | None = None
) -> CueReading:
    """Whom a ticket says it touches: by scope words and by numbers of people."""
    hits = _hits(words, found, "reach")
    sums = _sums(hits, words, dict.fromkeys(_REACH_PRIOR, _REACH_STRENGTH))
    counts = _counts(words, lexicon)
    for position, end, count, places in counts:
        value = _of_count(count, places)
        sums[value] = sums.get(value, 0.0) + 3.2
        hits.append(Found(position, end, Mark("reach", value, 3.0, "en"), words.text(position, end)))
    wide = max((sums.get(value, 0.0) for value in ("team", "site", "segment", "all")), default=0.0)
    if wide >= 2.5:
        sums["person"] = sums.get("person", 0.0) * 0.3 - 0.8
    return _reading(words, hits, sums, _REACH_PRIOR, learned, [each.value for each in Reach])


def read_flags(words: Words, found: Sequence[Found[Mark]]) -> tuple[FlagReading, ...]:
    """Cues of safety, security, legal and statutory matters; in a signature or quote they are weak."""
    best: dict[str, tuple[bool, Found[Mark]]] = {}
    for hit in _hits(words, found, "flag", keep_silent=True):
        weight = words.weights[hit.start]
        strong = hit.payload.weight >= 3 and weight >= _QUOTED
        before = best.get(hit.payload.value)
        if before is None or (strong and not before[0]):
            best[hit.payload.value] = (strong, hit)
    return tuple(
        FlagReading(flag, best[flag][0], _evidence(words, best[flag][1], best[flag][1].payload.weight))
        for flag in FLAGS
        if flag in best
    )


def language_of(spoken: Iterable[tuple[str, ...]]) -> tuple[str, bool]:
    """The language that most of the common words belong to, and whether that is sure; English where nothing tells.

    `spoken` gives for each word the languages that it is common in.
    """
    seen = dict.fromkeys(LANGUAGES, 0)
    for languages in spoken:
        for language in languages:
            seen[language] += 1
    ordered = sorted(LANGUAGES, key=lambda each: -seen[each])
    first, second = seen[ordered[0]], seen[ordered[1]]
    return ordered[0], first >= 3 and first >= 1.4 * second


def of_language(found: Sequence[Found[Mark]], language: str, sure: bool) -> list[Found[Mark]]:
    """The phrases that can be meant: single words of another language are false friends ("was", "lag", "demande").

    English words count in every language, as the names of things do; longer phrases always count.
    """
    if not sure:
        return list(found)
    return [
        each
        for each in found
        if each.end - each.start > 1
        or each.payload.language == language
        or (each.payload.language == "en" and each.payload.kind == "concept")
    ]


def _hits(words: Words, found: Sequence[Found[Mark]], kind: str, keep_silent: bool = False) -> list[Found[Mark]]:
    """The cues of a kind that stand: not covered by a longer phrase, not negated, not in a signature."""
    mine: list[Found[Mark]] = []
    covers: list[tuple[int, int]] = []
    negations: list[tuple[int, int]] = []
    for each in found:
        its = each.payload.kind
        if its == kind:
            if keep_silent or words.weights[each.start] > 0:
                mine.append(each)
                if each.end - each.start > 1:
                    covers.append((each.start, each.end))
        elif its == "cancel":
            covers.append((each.start, each.end))
        elif its == "negation":
            negations.append((each.start, each.end))
    kept = [each for each in mine if not _covered(each, covers)] if covers else mine
    if kind == "reach" or not negations:
        return kept
    return [each for each in kept if not _negated(words, each, negations)]


def _covered(hit: Found[Mark], covers: Sequence[tuple[int, int]]) -> bool:
    size = hit.end - hit.start
    return any(start <= hit.start and hit.end <= end and end - start > size for start, end in covers)


def _negated(words: Words, hit: Found[Mark], negations: Sequence[tuple[int, int]]) -> bool:
    """Whether "no", "not" or the like stands within two words before a cue that has none of its own."""
    first = max(0, hit.start - _NEGATION_REACH)
    return any(
        first <= start and end <= hit.start and BREAK not in words.stems[start : hit.start] for start, end in negations
    )


def _sums(hits: Sequence[Found[Mark]], words: Words, strengths: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    """What the cues of each value add, in nats; each further cue of one strength adds a third of the one before."""
    by_value: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for hit in hits:
        seen = by_value[hit.payload.value, round(hit.payload.weight)]
        seen[hit.phrase] = max(min(1.3, words.weights[hit.start]), seen.get(hit.phrase, 0.0))
    sums: dict[str, float] = {}
    for (value, strength), weights in by_value.items():
        ordered = sorted(weights.values(), reverse=True)
        amount = sum(weight * _FURTHER**place for place, weight in enumerate(ordered[:4]))
        sums[value] = sums.get(value, 0.0) + strengths[value][3 - strength] * amount
    return sums


def _last(hits: Sequence[Found[Mark]], value: str) -> int:
    return max((each.start for each in hits if each.payload.value == value and each.payload.weight >= 2), default=-1)


def _last_fault(hits: Sequence[Found[Mark]]) -> int:
    return max(_last(hits, value) for value in ("unavailable", "degraded"))


def _counts(words: Words, lexicon: Lexicon) -> list[tuple[int, int, int, bool]]:
    """Numbers of people or places: first word, end, count, whether places were counted."""
    found: list[tuple[int, int, int, bool]] = []
    stems = words.stems
    for position, word in enumerate(stems):
        if not word or words.weights[position] < _QUOTED:
            continue
        if word[0].isdigit():
            number = _NUMBER.fullmatch(words.raws[position])
            count = int(re.sub(r"\D", "", word)) if number else 0
        else:
            count = lexicon.numbers.get(word, 0)
        if count < 2:
            continue
        after = stems[position + 1 : position + 4]
        if not after or after[0] in _DURATIONS:
            continue
        for step, next_word in enumerate(after):
            if next_word == BREAK:
                break
            if next_word in _US or (next_word in _PEOPLE and next_word not in ("of", "von", "de", "d'entre")):
                found.append((position, position + step + 2, count, next_word in _PLACES))
                break
            if next_word in _DURATIONS:
                break
    return found


def _of_count(count: int, places: bool) -> str:
    if places:
        return "segment"
    if count <= 10:
        return "team"
    return "site" if count <= 100 else "segment"


def _reading(
    words: Words,
    hits: Sequence[Found[Mark]],
    sums: Mapping[str, float],
    prior: Mapping[str, float],
    learned: Mapping[str, float] | None,
    values: Sequence[str],
) -> CueReading:
    scores = {value: prior[value] + sums.get(value, 0.0) + (learned or {}).get(value, 0.0) for value in values}
    top = max(scores.values())
    masses = {value: math.exp(score - top) for value, score in scores.items()}
    total = sum(masses.values())
    probabilities = {value: mass / total for value, mass in masses.items()}
    best = max(values, key=lambda value: probabilities[value])
    spoken = sorted(
        (hit for hit in hits if hit.payload.weight >= 2 or hit.payload.value == best),
        key=lambda hit: (hit.payload.value != best, -hit.payload.weight * words.weights[hit.start], hit.start),
    )
    return CueReading(best, probabilities, tuple(_evidence(words, hit, hit.payload.weight) for hit in spoken[:5]))


def _evidence(words: Words, hit: Found[Mark], weight: float) -> Evidence:
    return Evidence(
        text=words.text(hit.start, hit.end),
        term=hit.payload.value,
        similarity=1.0,
        weight=round(weight, 3),
        field=words.field_name(hit.start),
        start=words.starts[hit.start],
        end=words.ends[hit.end - 1],
    )
