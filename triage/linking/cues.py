"""Condition, reach and flags, read by cues from a lexicon that an admin can extend.

The phrases of the lexicon are signs, each a way of speaking (cue_signs.py); a log-linear model over the
signs gives a probability for each condition and each reach (cue_weights.py). What was learned from decisions adds to
its scores. Every phrase that counted is given as evidence with its span.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import floor

from triage.linking.cue_outline import OWN, Outline
from triage.linking.cue_places import Places
from triage.linking.cue_signs import Signs, hits_of, reach_signs
from triage.linking.cue_weights import CueWeights, weights
from triage.linking.lexicon import Lexicon, Mark
from triage.linking.phrases import Found
from triage.linking.terms import Words
from triage.tickets.models import FLAGS, TAUGHT, CueReading, Evidence, FlagReading

_SHOWN = 5
_TELLING = 0.5
"""From so many nats on, what past decisions added is part of the evidence."""
"""The term of the evidence that is no words of the ticket."""


def read_condition(words: Words, signs: Signs, learned: Mapping[str, float] | None = None) -> CueReading:
    """The condition that a ticket tells of by its signs. `learned` adds to the score of a value, in nats."""
    return _reading(words, signs, weights()["condition"], learned)


def read_reach(
    words: Words,
    outline: Outline,
    lexicon: Lexicon,
    learned: Mapping[str, float] | None = None,
    places: Places | None = None,
) -> CueReading:
    """Whom a ticket says it touches: by scope words, numbers of people and names of sites.

    `places` are the catalog's sites (`places_of`); that of the message is known without them.
    """
    return _reading(words, reach_signs(words, outline, lexicon, places), weights()["reach"], learned)


def read_flags(words: Words, outline: Outline) -> tuple[FlagReading, ...]:
    """Cues of safety, security, legal and statutory matters; in a signature or quote they are weak."""
    best: dict[str, tuple[bool, Found[Mark]]] = {}
    if "flag" not in outline.kinds:
        return ()
    for hit in hits_of(words, outline, "flag", keep_silent=True):
        strong = hit.payload.weight >= 3 and words.weights[hit.start] >= OWN
        before = best.get(hit.payload.value)
        if before is None or (strong and not before[0]):
            best[hit.payload.value] = (strong, hit)
    return tuple(
        FlagReading(flag, best[flag][0], _evidence(words, best[flag][1], flag, best[flag][1].payload.weight))
        for flag in FLAGS
        if flag in best
    )


def _reading(words: Words, signs: Signs, model: CueWeights, learned: Mapping[str, float] | None) -> CueReading:
    scores = model.scores(signs.amounts)
    if learned:
        scores = [score + learned.get(value, 0.0) for value, score in zip(model.values, scores, strict=True)]
    top = max(scores)
    masses = [math.exp(score - top) for score in scores]
    total = sum(masses)
    chances = {value: mass / total for value, mass in zip(model.values, masses, strict=True)}
    place = scores.index(top)
    best = model.values[place]
    spoken = []
    weights = words.weights
    for number, hit in enumerate(signs.hits):
        start, _, (_, sign, strength, _), _ = hit
        row, leaning = model.row_of(sign)
        weight = row[place]
        if leaning == best or weight > 0 or strength >= 2:
            spoken.append((leaning != best, -weight * weights[start], start, number, leaning, hit))
    spoken.sort()
    told = [_evidence(words, each[5], each[4], -each[1]) for each in spoken[:_SHOWN]]
    taught = _taught(best, model.values, learned)
    return CueReading(best, chances, (*told, taught) if taught else tuple(told))


def _taught(best: str, values: Sequence[str], learned: Mapping[str, float] | None) -> Evidence | None:
    """What past decisions added to the value that was read, against what they added to the others; no words."""
    if not learned:
        return None
    others = [learned.get(value, 0.0) for value in values if value != best]
    added = learned.get(best, 0.0) - sum(others) / max(1, len(others))
    return Evidence("", TAUGHT, 0.0, round(added, 3)) if added >= _TELLING else None


def _evidence(words: Words, hit: Found[Mark], term: str, weight: float) -> Evidence:
    start, end = hit[0], hit[1]
    return Evidence(
        words.text(start, end),
        term,
        1.0,
        floor(1000 * weight + 0.5) / 1000,
        "body" if words.fields[start] else "subject",
        words.starts[start],
        words.ends[end - 1],
    )
