"""The terms by which a ticket is remembered: hashed, counted, without its text.

Words and their pieces, neighbours, concepts of the thesaurus, cues of the lexicon, and pairs that stand near
each other: of concepts, of telling words, of a cue with either. Two concepts together ("card" and "not
received") tell more than both apart, and "how long" or "still no" beside a word tells which of the entries that
share the word is meant. Pairs reach a sentence or so far and are limited in number, so that a long mail stays linear.
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
# What each group counts beside a word of the body. Searched on the training halves at ten decisions a label.
_PIECE = 0.3
_CONCEPT = 0.8
_PAIR = 1.2
_CUE = 0.6
_CUE_WORD = 0.5
_CUE_CONCEPT = 0.6

Placed = tuple[int, float, int]
"""Where something stands first, what it weighs there, and where it ends."""
Where = dict[int, list[int]]
"""Of each hash the numbers of the words that it was made of."""

_hash = lru_cache(maxsize=400_000)(hash_term)


def hashed_terms(
    words: Words, found: Sequence[Found[Mark]], lexicon: Lexicon, where: Where | None = None
) -> dict[int, int]:
    """Hash to count, in units of a body word (at most 255), of everything by which a ticket is remembered.

    What each was made of is put into `where`.
    """
    counts: dict[int, float] = {}
    common = lexicon.common
    telling: dict[str, Placed] = {}
    previous = ""
    for position, stem in enumerate(words.stems):
        weight = words.weights[position]
        if stem and weight > 0:
            key = _hash(stem)
            counts[key] = counts.get(key, 0.0) + weight
            if where is not None:
                where.setdefault(key, []).append(position)
            if previous:
                key = _hash(f"{previous} {stem}")
                counts[key] = max(counts.get(key, 0.0), weight)
                if where is not None:
                    where.setdefault(key, []).extend((position - 1, position))
            if stem not in common:
                telling.setdefault(stem, (position, weight, position + 1))
            previous = stem
        else:
            previous = ""
    concepts: dict[str, Placed] = {}
    cues: dict[str, Placed] = {}
    for mark in found:
        weight = words.weights[mark.start]
        if weight > 0:
            payload = mark.payload
            if payload.kind == "concept":
                concepts.setdefault(CONCEPT + payload.value, (mark.start, weight, mark.end))
            else:
                cues.setdefault(f"{payload.kind}:{payload.value}", (mark.start, weight, mark.end))
    for worth, named in ((_CONCEPT, concepts), (_CUE, cues)):
        for name, placed in named.items():
            key = _hash(name)
            counts[key] = worth * placed[1]
            if where is not None:
                _stand(where, key, (placed,))
    _pieces(counts, telling, where)
    _pairs(counts, sorted(concepts.items()), where)
    _pairs(counts, sorted(telling.items()), where)
    spoken = sorted(cues.items())
    _crossed(counts, spoken, sorted(concepts.items()), _CUE_CONCEPT, where)
    _crossed(counts, spoken, sorted(telling.items()), _CUE_WORD, where)
    return {key: min(255, max(1, round(value * UNIT))) for key, value in counts.items()}


def _stand(where: Where, key: int, units: tuple[Placed, ...]) -> None:
    places = where.setdefault(key, [])
    for start, _, end in units:
        places += range(start, end)


def _pieces(counts: dict[int, float], telling: dict[str, Placed], where: Where | None) -> None:
    """Four letters in a row of the telling words: inflections and typing errors meet in them."""
    for stem, placed in list(telling.items())[:_MOST_WORDS]:
        for key in _pieces_of(stem):
            counts[key] = max(counts.get(key, 0.0), _PIECE * placed[1])
            if where is not None:
                _stand(where, key, (placed,))


@lru_cache(maxsize=100_000)
def _pieces_of(stem: str) -> tuple[int, ...]:
    framed = f"_{stem}_"
    return (
        tuple(hash_term("#" + framed[start : start + 4]) for start in range(len(framed) - 3)) if len(stem) > 3 else ()
    )


def _pairs(counts: dict[int, float], units: Sequence[tuple[str, Placed]], where: Where | None) -> None:
    made = 0
    for number, (one, mine) in enumerate(units):
        place, weight, _ = mine
        for other, its in units[number + 1 :]:
            if -_NEAR <= its[0] - place <= _NEAR:
                key = _hash(f"{one}&{other}")
                counts[key] = max(counts.get(key, 0.0), _PAIR * min(weight, its[1]))
                if where is not None:
                    _stand(where, key, (mine, its))
                made += 1
        if made > _MOST_PAIRS:
            return


def _crossed(
    counts: dict[int, float],
    cues: Sequence[tuple[str, Placed]],
    units: Sequence[tuple[str, Placed]],
    worth: float,
    where: Where | None,
) -> None:
    """Every cue with every unit near it."""
    made = 0
    for cue, mine in cues:
        place, weight, _ = mine
        for unit, its in units:
            if -_NEAR <= its[0] - place <= _NEAR:
                key = _hash(f"{cue}&{unit}")
                counts[key] = worth * min(weight, its[1])
                if where is not None:
                    _stand(where, key, (mine, its))
                made += 1
        if made > _MOST_PAIRS:
            return
