"""Finding words in a laid-out ticket: pure, over its lines, across the places where lines were broken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from triage.ui.ticket_lines import Line

Span = tuple[int, int, int]
"""(line, first character, one after the last) within the text of a line."""
_MARKS = "‹›"


class Match(NamedTuple):
    """One place where the words stand: the spans of the lines that they run over."""

    spans: tuple[Span, ...]

    @property
    def line(self) -> int:
        """The line where it begins."""
        return self.spans[0][0]


def find(lines: Sequence[Line], wanted: str) -> list[Match]:
    """Every place of `wanted`, without regard to case, accents, and where lines break."""
    parts = ["".join(map(_plain, part)) for part in wanted.split()]
    if not parts:
        return []
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        at = 0
        for text, _role in line:
            for char in text:
                if char not in _MARKS:
                    letters.append(_plain(char))
                    places.append((number, at))
                at += 1
        letters.append(" ")
        places.append((number, at))
    pattern = re.compile(r"\s+".join(re.escape(part) for part in parts))
    found = []
    for hit in pattern.finditer("".join(letters)):
        spans: dict[int, tuple[int, int]] = {}
        for place in range(hit.start(), hit.end()):
            number, at = places[place]
            if letters[place].isspace():
                continue
            first = spans.get(number, (at, at))[0]
            spans[number] = (first, at + 1)
        found.append(Match(tuple((number, start, end) for number, (start, end) in spans.items())))
    return found


def _plain(char: str) -> str:
    """One character for one: its base letter in lower case, so that places stay places."""
    base = unicodedata.normalize("NFKD", char)[:1] or char
    low = base.lower()
    return low if len(low) == 1 else base


def highlight(lines: Sequence[Line], matches: Sequence[Match], current: int) -> list[Line]:
    """The lines with their matches in the role `found`, and the one that one stands on in `found_here`."""
    painted = list(lines)
    by_line: dict[int, list[tuple[int, int, str]]] = {}
    for number, match in enumerate(matches):
        for line, start, end in match.spans:
            by_line.setdefault(line, []).append((start, end, "found_here" if number == current else "found"))
    for line, spans in by_line.items():
        painted[line] = _restyled(lines[line], spans)
    return painted


def _restyled(line: Line, spans: Sequence[tuple[int, int, str]]) -> Line:
    result: Line = []
    at = 0
    for text, role in line:
        last = 0
        for start, end, new in spans:
            first, after = max(start - at, last), min(end - at, len(text))
            if first < after:
                result += [(text[last:first], role), (text[first:after], new)]
                last = after
        result.append((text[last:], role))
        at += len(text)
    return [(text, role) for text, role in result if text]
