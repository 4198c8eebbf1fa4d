"""The words of a ticket, each with its stem, its span and what it weighs.

Subject above body, what the writer says now above what is quoted below it, greeting and signature
nothing. A break stands between sentences, so that no phrase reaches across a full stop.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from triage.linking.message import Message
from triage.linking.stems import stem
from triage.linking.zones import zones_of

# Numbers with their dots (10.4.1), codes with their hyphens (ERR-504), words with their apostrophes;
# then what ends a sentence.
_TOKEN = re.compile(
    r"[^\W_]*\d[^\W_]*(?:[.\-:/][^\W_]*\d[^\W_]*)*|[^\W_]+(?:['’][^\W_]+)*|[.!?]+(?=\s|$)|[;\n]\s*[;\n]"
)
_HTML_LEFT = re.compile(r"https?://\S+|\S+@\S+\.\w+")
_SUBJECT_WEIGHT = 1.4
_ANSWER_WEIGHT = 1.0
_ANSWER = re.compile(r"\s*(?:re|aw|antw|rép|rv|sv)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.I)
_LONG_BODY = 70
_LATER_WEIGHT = 0.7
BREAK = ""


@dataclass(slots=True)
class Words:
    """The words of a message in parallel lists; `fields` 0 subject, 1 body; a break has the stem ''."""

    message: Message
    raws: list[str] = field(default_factory=list)
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
    subject, body = message.subject, message.body
    zones = zones_of(subject, body[:20_000])
    if subject:
        # The subject of an answer is that of the first mail of the chain; what is asked now stands in the body.
        answers = _ANSWER.match(subject) and any(0 < zone.weight < 1 for zone in zones)
        _take(words, subject[:2000], 0, 0, _ANSWER_WEIGHT if answers else _SUBJECT_WEIGHT)
        _break(words)
    for zone in zones:
        _take(words, body[zone.start : zone.end], zone.start, 1, zone.weight)
        _break(words)
    letters = subject + body[:400]
    words.shouted = len(letters) > 20 and letters.upper() == letters
    _fade(words)
    return words


def _take(words: Words, text: str, offset: int, where: int, weight: float) -> None:
    if "@" in text or "://" in text:
        text = _HTML_LEFT.sub(lambda found: " " * len(found[0]), text)
    spans = [found.span() for found in _TOKEN.finditer(text)]
    raws = [text[begin:end] for begin, end in spans]
    words.raws += raws
    words.stems += map(_stem_of, raws)
    words.starts += [begin + offset for begin, _ in spans]
    words.ends += [end + offset for _, end in spans]
    words.fields += [where] * len(raws)
    words.weights += [weight] * len(raws)


@lru_cache(maxsize=200_000)
def _stem_of(raw: str) -> str:
    return stem(raw) if raw[0].isalnum() else BREAK


def _break(words: Words) -> None:
    if words.stems and words.stems[-1] != BREAK:
        end = words.ends[-1]
        words.raws.append("")
        words.stems.append(BREAK)
        words.starts.append(end)
        words.ends.append(end)
        words.fields.append(words.fields[-1])
        words.weights.append(0.0)


def _fade(words: Words) -> None:
    """What stands late in a long mail counts less than how it begins."""
    if len(words.stems) <= _LONG_BODY:
        return
    seen = 0
    for position, weight in enumerate(words.weights):
        if weight > 0 and words.fields[position]:
            seen += 1
            if seen > _LONG_BODY:
                words.weights[position] = weight * _LATER_WEIGHT
