"""The words of a ticket, each with its stem, its span and what it weighs.

Subject above body, what the writer says now above what is quoted below it, greeting and signature
nothing. A break stands between sentences, so that no phrase reaches across a full stop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain
from operator import add
from typing import Literal

from triage.linking.message import Message
from triage.linking.stems import stem
from triage.linking.zones import zones_of

# Words with their apostrophes; numbers with their dots (10.4.1), codes with their hyphens (ERR-504); then what ends
# a sentence. The commonest first, and a run of letters is never gone back into.
_TOKEN = re.compile(
    r"(?:[^\W\d_]++(?!\d)(?:['’][^\W_]+)*|[^\W_]++(?:[.\-:/](?=[^\W_]*\d)[^\W_]++)*|[.!?]+(?=\s|$)|[;\n]\s*[;\n])"
)
_ACROSS = re.compile(r" [^\S ]*[;\n]")
"""Where the mark of a sentence's end may lie across a blank."""
LONG_PIECE = 60
PLAIN, CAPITAL, DIGIT = 0, 1, 2
Token = tuple[str, str, int, int, int]
"""A word as written, its stem, how it begins, where it begins and ends."""
# Addresses of the web and of people. Nothing is gone back into: one ticket of signs could keep a desk busy for hours.
_HTML_LEFT = re.compile(r"https?://\S+|(?<![^\s@])[^\s@]++@[^\s@]+\.\w+")
_SUBJECT_WEIGHT = 1.4
_ANSWER_WEIGHT = 1.0
_ANSWER = re.compile(r"\s*(?:re|aw|antw|rép|rv|sv)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.I)
_SMALL = re.compile(r"[a-z]")
LONG_BODY = 70
LATER_WEIGHT = 0.7
BREAK = ""


@dataclass(slots=True)
class Words:
    """The words of a message in parallel lists; `fields` 0 subject, 1 body; a break has the stem ''."""

    message: Message
    stems: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    shouted: bool = False

    def text(self, first: int, last: int) -> str:
        """The ticket's own words from the word `first` up to, not including, `last`."""
        source = self.message.body if self.fields[first] else self.message.subject
        return source[self.starts[first] : self.ends[last - 1]]

    def field_name(self, position: int) -> Literal["subject", "body"]:
        """Where the word stands."""
        return "body" if self.fields[position] else "subject"


def words_of(message: Message) -> Words:
    """The words of a message. Linear in its length; text beyond 20 000 characters is not read."""
    words = Words(message)
    for segment in segments_of(message):
        _take(words, *segment)
        _break(words)
    words.shouted = is_shouted(message)
    _fade(words)
    return words


Segment = tuple[str, int, int, float]
"""A stretch of text: itself, where it begins in its field, which field (0 subject, 1 body), what its words weigh."""


def segments_of(message: Message) -> list[Segment]:
    """The subject and the zones of the body."""
    subject, body = message.subject, message.body
    zones = zones_of(subject, body[:20_000])
    found: list[Segment] = []
    if subject:
        # The subject of an answer is that of the first mail of the chain; what is asked now stands in the body.
        answers = _ANSWER.match(subject) and any(0 < zone.weight < 1 for zone in zones)
        found.append((subject[:2000], 0, 0, _ANSWER_WEIGHT if answers else _SUBJECT_WEIGHT))
    found += [(body[start:end], start, 1, weight) for start, end, _, weight in zones]
    return found


def is_shouted(message: Message) -> bool:
    """Whether it is written in capitals, so that they say nothing."""
    if _SMALL.search(message.subject) or _SMALL.search(message.body, 0, 400):
        return False
    letters = message.subject + message.body[:400]
    return len(letters) > 20 and letters.upper() == letters


def short_words(text: str) -> tuple[list[str], list[str]]:
    """The words of a name with their stems, breaks between sentences among them: what `words_of` makes of a subject."""
    tokens = list(chain.from_iterable(_cut(text[:2000])[0]))
    return [token[0] for token in tokens], [token[1] for token in tokens]


def pieces_of(text: str) -> list[str]:
    """A text in pieces that blanks part; in one piece where the end of a sentence may lie across a blank."""
    if "@" in text or "://" in text:
        text = _HTML_LEFT.sub(lambda found: " " * len(found[0]), text)
    pieces = text.split(" ")
    if ("\n" in text or ";" in text) and _ACROSS.search(text):
        return [text]
    return pieces


def _cut(text: str) -> tuple[list[tuple[Token, ...]], list[int]]:
    """The words of a text, piece by piece, and how long each piece is; a blank stands between two pieces."""
    pieces = pieces_of(text)
    return list(map(tokens_of, pieces)), list(map(len, pieces))


def _take(words: Words, text: str, offset: int, where: int, weight: float) -> None:
    cut, sizes = _cut(text)
    tokens = list(chain.from_iterable(cut))
    if not tokens:
        return
    _, stems, _, starts, ends = zip(*tokens, strict=True)
    before = accumulate([size + 1 for size in sizes], initial=offset)
    shifts = [shift for shift, each in zip(before, cut, strict=False) for _ in each]
    words.stems += stems
    words.starts += map(add, starts, shifts)
    words.ends += map(add, ends, shifts)
    words.fields += [where] * len(stems)
    words.weights += [weight] * len(stems)


def tokens_of(piece: str) -> tuple[Token, ...]:
    """The words of a piece of text. People write the same words, so what short pieces are cut into is remembered."""
    return _remembered(piece) if len(piece) < LONG_PIECE else _tokens(piece)


def _tokens(piece: str) -> tuple[Token, ...]:
    return tuple(
        [
            (raw := found[0], stem(raw) if raw[0].isalnum() else BREAK, _sort_of(raw[0]), found.start(), found.end())
            for found in _TOKEN.finditer(piece)
        ]
    )


_remembered = lru_cache(maxsize=100_000)(_tokens)


def _sort_of(first: str) -> int:
    return DIGIT if first.isdigit() else CAPITAL if first.isupper() else PLAIN


def _break(words: Words) -> None:
    if words.stems and words.stems[-1] != BREAK:
        end = words.ends[-1]
        words.stems.append(BREAK)
        words.starts.append(end)
        words.ends.append(end)
        words.fields.append(words.fields[-1])
        words.weights.append(0.0)


def _fade(words: Words) -> None:
    """What stands late in a long mail counts less than how it begins."""
    if len(words.stems) <= LONG_BODY:
        return
    telling = [p for p, (w, body) in enumerate(zip(words.weights, words.fields, strict=True)) if body and w > 0]
    for position in telling[LONG_BODY:]:
        words.weights[position] *= LATER_WEIGHT
