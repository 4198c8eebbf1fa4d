"""The terms by which a ticket is remembered: hashed, counted, without its text.

Words and their pieces, neighbours, concepts of the thesaurus, and pairs of concepts and of telling words
that stand near each other: two concepts together ("card" and "not received") tell more than both apart.
Pairs reach a sentence or so far and are limited in number, so that a long mail stays linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from triage.linking.entries import CONCEPT
from triage.linking.lexicon import Lexicon, Mark
from triage.linking.memory import UNIT, hash_term
from triage.linking.phrases import Found
from triage.linking.terms import Words

_NEAR = 24
_MOST_PAIRS = 400
_MOST_WORDS = 80

_hash = lru_cache(maxsize=400_000)(hash_term)


def hashed_terms(words: Words, found: Sequence[Found[Mark]], lexicon: Lexicon) -> dict[int, int]:
    """Hash to count, in units of a body word (at most 255), of everything by which a ticket is remembered."""
    counts: dict[int, float] = {}
    common = lexicon.common
    telling: dict[str, tuple[int, float]] = {}
    previous = ""
    for position, stem in enumerate(words.stems):
        weight = words.weights[position]
        if stem and weight > 0:
            key = _hash(stem)
            counts[key] = counts.get(key, 0.0) + weight
            if previous:
                key = _hash(f"{previous} {stem}")
                counts[key] = max(counts.get(key, 0.0), weight)
            if stem not in common:
                telling.setdefault(stem, (position, weight))
            previous = stem
        else:
            previous = ""
    concepts: dict[str, tuple[int, float]] = {}
    for mark in found:
        weight = words.weights[mark.start]
        if mark.payload.kind == "concept" and weight > 0:
            concepts.setdefault(CONCEPT + mark.payload.value, (mark.start, weight))
    for name, (_, weight) in concepts.items():
        counts[_hash(name)] = weight
    _pieces(counts, telling)
    _pairs(counts, sorted(concepts.items()))
    _pairs(counts, sorted(telling.items()))
    return {key: min(255, max(1, round(value * UNIT))) for key, value in counts.items()}


def _pieces(counts: dict[int, float], telling: dict[str, tuple[int, float]]) -> None:
    """Four letters in a row of the telling words: inflections and typing errors meet in them."""
    for stem, (_, weight) in list(telling.items())[:_MOST_WORDS]:
        for key in _pieces_of(stem):
            counts[key] = max(counts.get(key, 0.0), 0.5 * weight)


@lru_cache(maxsize=100_000)
def _pieces_of(stem: str) -> tuple[int, ...]:
    framed = f"_{stem}_"
    return (
        tuple(hash_term("#" + framed[start : start + 4]) for start in range(len(framed) - 3)) if len(stem) > 3 else ()
    )


def _pairs(counts: dict[int, float], units: Sequence[tuple[str, tuple[int, float]]]) -> None:
    made = 0
    for number, (one, (place, weight)) in enumerate(units):
        for other, (far, its_weight) in units[number + 1 :]:
            if -_NEAR <= far - place <= _NEAR:
                key = _hash(f"{one}&{other}")
                counts[key] = max(counts.get(key, 0.0), min(weight, its_weight))
                made += 1
        if made > _MOST_PAIRS:
            return
