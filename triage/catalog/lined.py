"""What was written, and where: plain values of a file that remember their lines.

Readers of YAML, JSON and spreadsheets all give these. A `LinedDict` is a dict and a `LinedList` a list, so
the models take them as they are; numbers and truths keep the way in which they were written, so that
a name `007` stays `007` and a phone number never loses its zeros.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from triage.text import one_line, sanitise, shorten

MAX_DEPTH = 100
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class LinedDict(dict[str, Any]):
    """A mapping of a file: the file, the line on which it begins, and the line of every key."""

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Any, line: int) -> None:
        """Set `key`, written on `line`."""
        self[key] = value
        self.lines[key] = line


class LinedList(list[Any]):
    """A list of a file: the line on which it begins, and the line of every item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def add(self, value: Any, line: int) -> None:
        """Append an item, written on `line`."""
        self.append(value)
        self.lines.append(line)


class Whole(int):
    """A whole number that prints as it was written."""

    written: str

    def __str__(self) -> str:
        return self.written


class Decimal(float):
    """A number with a fraction or an exponent that prints as it was written."""

    written: str

    def __str__(self) -> str:
        return self.written


class Truth(str):
    """`true` or `false` as it was written; the models read the word, a policy gets the truth."""

    __slots__ = ()


def scalar(text: str) -> Any:
    """An unquoted scalar by the core schema of YAML 1.2: null, truth, number, else the text itself.

    `yes`, `no`, `on`, dates, `08:00` and numbers that no machine holds (`.inf`, `1e999`) stay text.
    """
    if text in _NULLS:
        return None
    first = text[0]
    if first in "tTfF":
        return Truth(text) if text in _TRUTHS else text
    if first not in "+-.0123456789" or len(text) > 1000:
        return text
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        whole = Whole(text, base)
        whole.written = text
        return whole
    if _FLOAT.fullmatch(text):
        number = Decimal(text)
        if math.isfinite(number):
            number.written = text
            return number
    return text


def plain(value: Any) -> Any:
    """`value` without its lines, in Python's own types; text is made safe. For what has no model."""
    if isinstance(value, dict):
        return {sanitise(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Truth):
        return _TRUTHS[str(value)]
    if isinstance(value, Whole):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    return sanitise(value) if isinstance(value, str) else value


def locate(root: LinedDict, path: Sequence[str | int]) -> tuple[str, int]:
    """The file and the line of what stands at `path` below `root`, or of the nearest thing around it."""
    node: Any = root
    file, line = root.file, root.line
    for step in path:
        if isinstance(node, LinedDict) and isinstance(step, str):
            line = node.lines.get(step, line)
            node = node.get(step)
        elif isinstance(node, LinedList) and isinstance(step, int) and step < len(node):
            line = node.lines[step]
            node = node[step]
        else:
            break
        if isinstance(node, LinedDict):
            file, line = node.file, node.line
    return file, line


def quoted(value: object) -> str:
    """A value from outside as it is named in a message: one safe line of at most 60 characters."""
    return f"'{shorten(one_line(str(value)), 60)}'"
