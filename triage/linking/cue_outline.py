"""What the cues need of a ticket, gone through once: its phrases by kind, its sentences, numbers and capitals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from triage.linking.lexicon import Mark
from triage.linking.phrases import Found
from triage.linking.stems import stem
from triage.linking.terms import BREAK, DIGIT, Words

OWN = 0.5
"""From this weight on a word is what the writer says now, and not a quotation."""
_FIRST_SENTENCES = 3


@dataclass(slots=True)
class Outline:
    """Phrases by kind; places of numbers and of words with a capital; sentences that ask and that tell; own words.

    `sentences` are those of the writer now: the first word of each, and whether it asks.

    `late` is the word from which on sentences count a little less.
    """

    kinds: dict[str, list[Found[Mark]]] = field(default_factory=dict)
    digits: list[int] = field(default_factory=list)
    capitals: list[int] = field(default_factory=list)
    sentences: list[tuple[int, bool]] = field(default_factory=list)
    asked: int = 0
    told: int = 0
    own: int = 0
    late: int = 0


_last: tuple[Sequence[Found[Mark]], Words, Outline] | None = None


def outline_of(words: Words, found: Sequence[Found[Mark]]) -> Outline:
    """The outline of a ticket. That of the ticket read last is kept: condition, reach and flags all ask for it."""
    global _last
    kept = _last
    if kept is not None and kept[0] is found and kept[1] is words:
        return kept[2]
    made = _made(words, found)
    _last = found, words, made
    return made


def _made(words: Words, found: Sequence[Found[Mark]]) -> Outline:
    outline = Outline()
    kinds = outline.kinds
    stems = words.stems
    for each in found:
        kind = each[2][0]
        if kind != "concept":
            start, end, _, phrase = each
            # A single word that is a cue only by mending a typing error is more often another ("broker", "broken").
            if end - start > 1 or phrase[-1] == "*" or stems[start] == stem(phrase):
                if kind in kinds:
                    kinds[kind].append(each)
                else:
                    kinds[kind] = [each]
    raws, weights, fields = words.raws, words.weights, words.fields
    for position, sort in enumerate(words.sorts):
        if sort:
            (outline.digits if sort == DIGIT else outline.capitals).append(position)
    # Nearly all words are the writer's own, and only at the breaks there is more to see.
    own = len(stems) - stems.count(BREAK)
    if min(weights, default=OWN) < OWN:
        own = sum([word != BREAK and weight >= OWN for word, weight in zip(stems, weights, strict=True)])
    asked = told = sentences = begin = 0
    late = len(stems)
    position = -1
    for _ in range(stems.count(BREAK)):
        position = stems.index(BREAK, position + 1)
        raw = raws[position]
        asks = "?" in raw
        if begin < position and weights[begin] >= OWN:
            outline.sentences.append((begin, asks))
        begin = position + 1
        if weights[position] >= OWN:
            if asks:
                asked += 1
            elif raw and fields[position]:
                told += 1
            if fields[position]:
                sentences += 1
                if sentences == _FIRST_SENTENCES:
                    late = position
    if begin < len(stems) and weights[begin] >= OWN:
        outline.sentences.append((begin, False))
    outline.own, outline.asked, outline.told, outline.late = own, asked, told, late
    return outline
