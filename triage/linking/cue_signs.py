"""The signs of a ticket: how strongly it speaks in each of the ways that the lexicon knows.

A phrase that a longer one covers does not count ("not working" in "not working at all"), nor one that a
negation stands before ("no errors"). A verb of the lexicon counts only where it is negated, before or
after it as its language does it. What stands in the subject or in the first sentences weighs more, what is
quoted less, a signature nothing (zones.py). Each further phrase of one sign adds half of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from triage.linking.lexicon import Lexicon, Mark
from triage.linking.phrases import Found
from triage.linking.stems import stem
from triage.linking.terms import BREAK, Words

_STRENGTH = {3: 1.25, 2: 1.0, 1: 0.5}
_FURTHER = (1.0, 0.5, 0.25, 0.125)
_NEGATION_REACH = 2
_VERB_BEFORE = 2
_VERB_AFTER = {"de": 4, "fr": 1}
_OWN = 0.5
_FIRST_SENTENCES, _LATER = 3, 0.8
_FEW = 5
_ENDED = 0.3
_WORST = ("unavailable", "out", "cannot", "notwork", "fails", "denied", "noshow")
_FAULTS = (
    *_WORST,
    *("degraded", "hang", "slow", "sometimes", "again", "overdue", "unanswered"),
    *("bug", "missing", "lost", "wrong", "double"),
)
_FRESH_FAULTS = frozenset(("out", "cannot", "notwork", "slow", "again"))
_ASKING = ("ask", "know", "please", "want", "do")
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,6}\+?")
_CODE = re.compile(r"[A-Z][A-Z_]{1,10}[-_]?\d{2,6}|[A-Z]+(?:_[A-Z]+)+|\w+Exception|0x[0-9A-Fa-f]{4,}")
_CODE_WORDS = frozenset(("error", "code", "http", "sip", "status", "fehler", "systemfehler", "erreur", "codigo"))
_SCOPE = 7
_US = frozenset(("us", "uns", "nous", "nosotros"))
_GENERIC = frozenset(
    map(stem, ("branch", "office", "store", "site", "center", "centre", "headquarters", "floor", "building", "tower"))
) | frozenset(map(stem, ("filiale", "standort", "agence", "sucursal", "oficina")))


class Signs(NamedTuple):
    """The signs of a ticket with their amounts, and the phrases that made them."""

    amounts: dict[str, float]
    hits: list[Found[Mark]]


def condition_signs(words: Words, found: Sequence[Found[Mark]]) -> Signs:
    """The signs of a condition."""
    hits = hits_of(words, found, "condition")
    hits += _codes(words)
    amounts = _amounts(words, hits)
    for hit in hits_of(words, found, "flag"):
        if hit.payload.weight >= 3:
            amounts["flag-" + hit.payload.value] = 1.0
    _restored(words, hits, amounts)
    _shape(words, amounts)
    fault = sum(min(1.0, amounts.get(sign, 0.0)) for sign in _FAULTS)
    if fault >= 1.0:
        for sign in _ASKING:
            if sign in amounts:
                amounts[sign + "-of-fault"] = amounts.pop(sign)
        if "mark" in amounts:
            amounts["mark-of-fault"] = amounts.pop("mark")
    elif fault == 0.0:
        amounts["no-fault"] = 1.0
    return Signs(amounts, hits)


def reach_signs(words: Words, found: Sequence[Found[Mark]], lexicon: Lexicon, places: Iterable[str] = ()) -> Signs:
    """The signs of a reach. `places` are names of the catalog's sites; the requester's own is known."""
    hits = hits_of(words, found, "reach")
    sites = _sites(words, places)
    hits = _scoped(words, hits, sites) + sites
    hits += _counts(words, found, lexicon)
    amounts = _amounts(words, hits)
    if words.message.site:
        amounts["has-site"] = 1.0
        if "we" in amounts:
            amounts["we-at-site"] = amounts.pop("we")
    return Signs(amounts, hits)


def hits_of(words: Words, found: Sequence[Found[Mark]], kind: str, keep_silent: bool = False) -> list[Found[Mark]]:
    """The cues of a kind that stand: not covered by a longer phrase, not negated, not in a signature."""
    mine: list[Found[Mark]] = []
    verbs: list[Found[Mark]] = []
    covers: list[tuple[int, int]] = []
    negations: list[Found[Mark]] = []
    with_verbs = kind == "condition"
    weights = words.weights
    for each in found:
        start, end, payload, _ = each
        its = payload.kind
        if its == kind:
            if keep_silent or weights[start] > 0:
                mine.append(each)
                if end - start > 1:
                    covers.append((start, end))
        elif its == "cancel":
            covers.append((start, end))
        elif its == "negation":
            negations.append(each)
        elif its == "verb" and with_verbs and weights[start] > 0:
            verbs.append(each)
    if negations and verbs:
        mine += _negated_verbs(words, verbs, negations, covers)
    kept = [each for each in mine if not _covered(each, covers)] if covers else mine
    if kind == "reach" or not negations:
        return kept
    return [each for each in kept if not _negated(words, each, negations)]


def _covered(hit: Found[Mark], covers: Sequence[tuple[int, int]]) -> bool:
    first, last = hit.start, hit.end
    size = last - first
    return any(start <= first and last <= end and end - start > size for start, end in covers)


def _negated(words: Words, hit: Found[Mark], negations: Sequence[Found[Mark]]) -> bool:
    """Whether "no", "not" or the like stands within two words before a cue that has none of its own."""
    if hit.payload.kind == "verb":
        return False
    first = max(0, hit.start - _NEGATION_REACH)
    return any(
        first <= each.start and each.end <= hit.start and BREAK not in words.stems[each.end : hit.start]
        for each in negations
    )


def _negated_verbs(
    words: Words, verbs: Sequence[Found[Mark]], negations: Sequence[Found[Mark]], covers: Sequence[tuple[int, int]]
) -> list[Found[Mark]]:
    """The verbs that are negated, with what negates them: "does not always arrive", "kommt bis heute nicht"."""
    made: list[Found[Mark]] = []
    for verb in verbs:
        language = verb.payload.language
        after = _VERB_AFTER.get(language, 0)
        for negation in negations:
            if negation.payload.language != language:
                continue
            between = verb.start - negation.end
            if 0 <= between <= _VERB_BEFORE:
                span = negation.start, verb.end
            elif 0 <= negation.start - verb.end <= after:
                span = verb.start, negation.end
            else:
                continue
            if BREAK in words.stems[span[0] : span[1]] or _parted(words, *span):
                continue
            if any(start <= verb.start and verb.end <= end for start, end in covers):
                continue
            made.append(Found(span[0], span[1], verb.payload, verb.phrase))
            break
    return made


def _parted(words: Words, first: int, last: int) -> bool:
    """Whether a comma or a bracket stands between the words of a span."""
    if words.fields[first] != words.fields[last - 1]:
        return True
    between = words.text(first, last)
    return "," in between or "(" in between or ":" in between


def _amounts(words: Words, hits: Sequence[Found[Mark]]) -> dict[str, float]:
    """How much of each sign there is: the best phrase whole, each further one half of the one before."""
    spoken: dict[str, dict[tuple[str, ...], float]] = {}
    late = _later_from(words)
    weights = words.weights
    stems = words.stems
    for start, end, payload, _ in hits:
        amount = min(1.25, weights[start]) * _STRENGTH[round(payload.weight)]
        if start >= late:
            amount *= _LATER
        seen = spoken.setdefault(payload.value, {})
        said = tuple(stems[start:end])
        if amount > seen.get(said, 0.0):
            seen[said] = amount
    return {
        sign: sum(
            amount * share
            for amount, share in zip(sorted(seen.values(), reverse=True), _FURTHER, strict=False)
        )
        if len(seen) > 1
        else next(iter(seen.values()))
        for sign, seen in spoken.items()
    }


def _later_from(words: Words) -> int:
    """The word from which on sentences count a little less."""
    sentences = 0
    for position, word in enumerate(words.stems):
        if word == BREAK and words.fields[position] and words.weights[position] >= _OWN:
            sentences += 1
            if sentences == _FIRST_SENTENCES:
                return position
    return len(words.stems)


def _codes(words: Words) -> list[Found[Mark]]:
    """Codes of errors: "ERR-504", "NullReferenceException", "error 809", "SIP 503"."""
    found = []
    stems = words.stems
    for position, raw in enumerate(words.raws):
        if len(raw) < 3 or words.weights[position] <= 0:
            continue
        start = position
        if raw[0].isdigit():
            if not raw[-1].isdigit() or position == 0 or stems[position - 1] not in _CODE_WORDS:
                continue
            start = position - 1
        elif not (raw[:2].isupper() or raw.endswith("Exception")) or not _CODE.fullmatch(raw):
            continue
        found.append(Found(start, position + 1, Mark("condition", "code", 2.0, "en"), raw))
    return found[:3]


def _restored(words: Words, hits: Sequence[Found[Mark]], amounts: dict[str, float]) -> None:
    """ "Works again" counts whole where no fault of the writer's own is told after it, and not where it is quoted."""
    own = [hit for hit in hits if hit.payload.value == "restored" and words.weights[hit.start] >= _OWN]
    amounts.pop("restored", None)
    if not own:
        return
    last = max(hit.start for hit in own)
    fresh = any(
        hit.start > last and hit.payload.value in _FRESH_FAULTS and words.weights[hit.start] >= _OWN for hit in hits
    )
    amounts["restored-before" if fresh else "restored"] = 1.0
    if not fresh:
        for fault in _FAULTS:
            if fault in amounts:
                amounts[fault] *= _ENDED


def _shape(words: Words, amounts: dict[str, float]) -> None:
    """What the form of a ticket says: question marks, few words."""
    marks = own = told = 0
    stems, raws, weights, fields = words.stems, words.raws, words.weights, words.fields
    for position, word in enumerate(stems):
        if weights[position] < _OWN:
            continue
        if word:
            own += 1
        elif raws[position]:
            if "?" in raws[position]:
                marks += 1
            elif fields[position]:
                told += 1
    if marks:
        amounts["mark"] = 1.0
        if marks >= told:
            amounts["marks-most"] = 1.0
    if own <= _FEW:
        amounts["few-words"] = 1.0


def _sites(words: Words, places: Iterable[str]) -> list[Found[Mark]]:
    """Where the writer names a site: the words of its name, of the requester's own or of the catalog's sites."""
    names = {stem(word) for name in (words.message.site or "", *places) for word in name.replace("-", " ").split()}
    names = {name for name in names if len(name) >= 4 and name not in _GENERIC}
    if not names:
        return []
    return [
        Found(position, position + 1, Mark("reach", "site-named", 2.0, "en"), "site")
        for position, word in enumerate(words.stems)
        if word in names and words.weights[position] >= _OWN and words.raws[position][:1].isupper()
    ]


def _scoped(words: Words, hits: Sequence[Found[Mark]], sites: Sequence[Found[Mark]]) -> list[Found[Mark]]:
    """ "Everyone" is everyone of a place where a place is named beside it."""
    spots = [hit.start for hit in sites]
    spots += [hit.start for hit in hits if hit.payload.value in ("place", "whole-place")]
    made = []
    for hit in hits:
        wide = hit.payload.value in ("everyone", "all-of-us")
        if wide and any(-_SCOPE <= spot - hit.start <= _SCOPE for spot in spots):
            hit = Found(hit.start, hit.end, hit.payload._replace(value="everyone-there"), hit.phrase)
        made.append(hit)
    return made


def _counts(words: Words, found: Sequence[Found[Mark]], lexicon: Lexicon) -> list[Found[Mark]]:
    """Numbers of people or places, each as a sign of its size."""
    counted: dict[int, str] = {}
    for each in found:
        if each.payload.kind == "count":
            value = each.payload.value
            counted[each.start] = "measure" if value == "measure" or counted.get(each.start) == "measure" else value
    if not counted:
        return []
    made: list[Found[Mark]] = []
    stems = words.stems
    size = len(stems)
    for position, word in enumerate(stems):
        if not word or words.weights[position] < _OWN:
            continue
        if word[0].isdigit():
            count = int(re.sub(r"\D", "", word)) if _NUMBER.fullmatch(words.raws[position]) else 0
        else:
            count = lexicon.numbers.get(word, 0)
        if count < 2:
            continue
        for place in range(position + 1, min(position + 4, size)):
            what = counted.get(place)
            if stems[place] == BREAK or what == "measure":
                break
            if what is not None:
                if not _parted(words, position, place + 1):
                    sign = "count-places" if what == "places" else _size(count)
                    strength = 3.0 if stems[place] in _US else 2.0
                    made.append(Found(position, place + 1, Mark("reach", sign, strength, "en"), sign))
                break
    return made


def _size(count: int) -> str:
    if count <= 10:
        return "count-few"
    return "count-tens" if count <= 100 else "count-hundreds"
