"""The signs of a ticket: how strongly it speaks in each of the ways that the lexicon knows.

A phrase that a longer one covers does not count ("not working" in "not working at all"), nor one that a
negation stands before ("no errors"). A verb of the lexicon counts only where it is negated, before or
after it as its language does it. What stands in the subject or in the first sentences weighs more, what is
quoted less, a signature nothing (zones.py). Each further phrase of one sign adds half of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from triage.linking.cue_outline import FIRST, OWN, Outline
from triage.linking.cue_places import Places, sites_named
from triage.linking.lexicon import Lexicon, Mark, uncovered
from triage.linking.phrases import Found
from triage.linking.terms import BREAK, Words

_STRENGTH = {3.0: 1.25, 2.0: 1.0, 1.0: 0.5}
_FURTHER = (1.0, 0.5, 0.25, 0.125)
_NEGATION_REACH = 2
_VERB_BEFORE = 2
_VERB_AFTER = {"de": 4, "fr": 1}
_LATER = 0.8
_FEW = 5
USUAL_FAULT = 1.2
"""How much of a fault tickets tell of on average."""
_ENDED = 0.3
_FAULTS = frozenset(
    (
        *("unavailable", "out", "cannot", "notwork", "fails", "denied", "noshow"),
        *("degraded", "hang", "slow", "sometimes", "again", "overdue", "unanswered"),
        *("bug", "missing", "lost", "wrong", "double"),
    )
)
_FRESH_FAULTS = frozenset(("out", "cannot", "notwork", "slow", "again"))
_ASKING = ("ask", "know", "please", "want", "do", "mark")
_NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,6}\+?")
_CODE = Mark("condition", "code", 2.0, "en")
_MOST_CODES = 3
_SCOPE = 7
_COUNTED = 3
_MANY = frozenset(("customers", "many-customers"))
_WIDE = frozenset(("everyone", "all-of-us"))
_SCOPED = _MANY | _WIDE
_US = frozenset(("us", "uns", "nous", "nosotros"))


class Signs(NamedTuple):
    """The signs of a ticket with their amounts, and the phrases that made them."""

    amounts: dict[str, float]
    hits: list[Found[Mark]]


def condition_signs(words: Words, outline: Outline) -> Signs:
    """The signs of a condition."""
    hits = hits_of(words, outline, "condition")
    hits += [Found(start, end, _CODE, words.text(end - 1, end)) for start, end in outline.codes[:_MOST_CODES]]
    if outline.openers or "opener" in outline.kinds:
        # "Could we have" is a wish, whatever word of it could open a question.
        covers = [(hit.start, hit.end) for hit in hits if hit.end - hit.start > 1]
        hits += uncovered(_openers(outline), covers)
    amounts = _amounts(words, outline, hits)
    if "flag" in outline.kinds:
        for hit in hits_of(words, outline, "flag"):
            if hit.payload.weight >= 3:
                amounts["flag-" + hit.payload.value] = 1.0
    _restored(words, hits, amounts)
    if outline.asked:
        amounts["mark"] = 1.0
        if outline.asked >= outline.told:
            amounts["marks-most"] = 1.0
    if outline.own <= _FEW:
        amounts["few-words"] = 1.0
    fault = _fault(amounts)
    if fault >= 1.0:
        for sign in _ASKING:
            if sign in amounts:
                amounts[sign + "-of-fault"] = amounts.pop(sign)
    elif fault == 0.0:
        amounts["no-fault"] = 1.0
    return Signs(amounts, hits)


def notice_and_fault(signs: Signs) -> tuple[float, float]:
    """How far a ticket is an offer, an absence or thanks, and how much of a fault it tells of (at most two).

    That a few words tell of none says nothing: they count as the usual ticket.
    """
    fault = _fault(signs.amounts)
    if "few-words" in signs.amounts:
        fault = max(fault, USUAL_FAULT)
    return min(2.0, signs.amounts.get("notice", 0.0)), min(2.0, fault)


def _fault(amounts: dict[str, float]) -> float:
    """How much of a fault is told of: signs of faults, each at most once."""
    told = _FAULTS.intersection(amounts)
    return sum([min(1.0, amount) for sign, amount in amounts.items() if sign in told]) if told else 0.0


def reach_signs(words: Words, outline: Outline, lexicon: Lexicon, places: Places | None = None) -> Signs:
    """The signs of a reach. `places` are the catalog's sites (`places_of`); the requester's own is known."""
    sites = sites_named(words, outline, places or {})
    hits = _scoped(hits_of(words, outline, "reach"), sites) + sites
    if "count" in outline.kinds:
        hits += _counts(words, outline, lexicon)
    amounts = _amounts(words, outline, hits)
    if words.message.site:
        amounts["has-site"] = 1.0
        if "we" in amounts:
            amounts["we-at-site"] = amounts.pop("we")
    return Signs(amounts, hits)


def hits_of(words: Words, outline: Outline, kind: str, keep_silent: bool = False) -> list[Found[Mark]]:
    """The cues of a kind that stand: not covered by a longer phrase, not negated, not in a signature."""
    kinds = outline.kinds
    weights = words.weights
    mine = [each for each in kinds.get(kind, ()) if keep_silent or weights[each[0]] > 0]
    covers = [(each[0], each[1]) for each in mine if each[1] - each[0] > 1]
    covers += [(each.start, each.end) for each in kinds.get("cancel", ())]
    negations = kinds.get("negation", ())
    if negations and kind == "condition":
        verbs = [each for each in kinds.get("verb", ()) if weights[each.start] > 0]
        mine += _negated_verbs(words, verbs, negations, covers)
    kept = uncovered(mine, covers) if covers else mine
    if kind == "reach" or not negations:
        return kept
    return [each for each in kept if not _negated(words, each, negations)]


def _negated(words: Words, hit: Found[Mark], negations: Sequence[Found[Mark]]) -> bool:
    """Whether "no", "not" or the like stands within two words before a cue that has none of its own."""
    if hit.payload.kind == "verb":
        return False
    last = hit.start
    for each in negations:
        if last - _NEGATION_REACH <= each.start and each.end <= last and BREAK not in words.stems[each.end : last]:
            return True
    return False


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


def _amounts(words: Words, outline: Outline, hits: Sequence[Found[Mark]]) -> dict[str, float]:
    """How much of each sign there is: the best phrase whole, each further one half of the one before."""
    spoken: dict[str, dict[str | tuple[str, ...], float]] = {}
    late = outline.late
    weights, stems = words.weights, words.stems
    for start, end, (_, sign, strength, _), _ in hits:
        amount = weights[start]
        amount = (amount if amount < 1.25 else 1.25) * _STRENGTH[strength]
        if start >= late:
            amount *= _LATER
        said = stems[start] if end - start == 1 else tuple(stems[start:end])
        seen = spoken.get(sign)
        if seen is None:
            spoken[sign] = {said: amount}
        elif amount > seen.get(said, 0.0):
            seen[said] = amount
    amounts = {}
    for sign, seen in spoken.items():
        if len(seen) > 1:
            best = sorted(seen.values(), reverse=True)
            amounts[sign] = sum(amount * share for amount, share in zip(best, _FURTHER, strict=False))
        else:
            (amounts[sign],) = seen.values()
    return amounts


def _openers(outline: Outline) -> list[Found[Mark]]:
    """What opens a sentence: a question word among its first where it asks, an order as its very first."""
    openers = {(each[0], each[2].value): each for each in (*outline.openers, *outline.kinds.get("opener", ()))}
    found = []
    for begin, asks in outline.sentences:
        hit = openers.get((begin, "do"))
        if hit is None and asks:
            places = [place for place in range(begin, begin + FIRST) if (place, "ask") in openers]
            hit = openers[places[0], "ask"] if places else None
        if hit is not None:
            found.append(hit)
    return found


def _restored(words: Words, hits: Sequence[Found[Mark]], amounts: dict[str, float]) -> None:
    """ "Works again" counts whole where no fault of the writer's own is told after it, and not where it is quoted."""
    if amounts.pop("restored", None) is None:
        return
    own = [hit for hit in hits if hit.payload.value == "restored" and words.weights[hit.start] >= OWN]
    if not own:
        return
    last = max(hit.start for hit in own)
    fresh = any(
        hit.start > last and hit.payload.value in _FRESH_FAULTS and words.weights[hit.start] >= OWN for hit in hits
    )
    amounts["restored-before" if fresh else "restored"] = 1.0
    if not fresh:
        for fault in _FAULTS:
            if fault in amounts:
                amounts[fault] *= _ENDED


def _scoped(hits: Sequence[Found[Mark]], sites: Sequence[Found[Mark]]) -> list[Found[Mark]]:
    """ "Everyone" is everyone of a place where a place is named beside it."""
    if _SCOPED.isdisjoint([hit[2][1] for hit in hits]):
        return list(hits)
    spots = [hit.start for hit in sites]
    spots += [hit.start for hit in hits if hit.payload.value in ("place", "whole-place")]
    singles = [(hit.start, hit.end) for hit in hits if hit.payload.value == "one" and hit.end - hit.start > 2]
    made = []
    for hit in hits:
        # "One of our customers cannot" is one, and neither "our customers" nor "customers cannot".
        if hit.payload.value in _MANY and any(hit.start < end and start < hit.end for start, end in singles):
            continue
        wide = hit.payload.value in _WIDE
        if wide and any(-_SCOPE <= spot - hit.start <= _SCOPE for spot in spots):
            hit = Found(hit.start, hit.end, hit.payload._replace(value="everyone-there"), hit.phrase)
        made.append(hit)
    return made


def _counts(words: Words, outline: Outline, lexicon: Lexicon) -> list[Found[Mark]]:
    """Numbers of people or places, each as a sign of its size."""
    counted: dict[int, str] = {}
    for each in outline.kinds["count"]:
        if counted.get(each.start) != "measure":
            counted[each.start] = each.payload.value
    made: list[Found[Mark]] = []
    stems = words.stems
    for place, what in counted.items():
        if what == "measure" or words.weights[place] < OWN:
            continue
        for position in range(place - 1, max(-1, place - 1 - _COUNTED), -1):
            word = stems[position]
            if word == BREAK or (position in counted and not word[0].isdigit() and word not in lexicon.numbers):
                break
            count = lexicon.numbers.get(word, 0)
            if word[0].isdigit() and _NUMBER.fullmatch(words.text(position, position + 1)):
                count = int(re.sub(r"\D", "", word))
            if count >= 2:
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
