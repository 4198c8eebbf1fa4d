"""YAML with line numbers, read by libyaml's parser event by event.

Events and not nodes: PyYAML's composer recurses in C and falls over a file that is nested deep enough,
and takes several times as long. Scalars are resolved by the core schema of YAML 1.2 (`lined.scalar`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from triage.catalog.lined import MAX_DEPTH, LinedDict, LinedList, quoted, scalar
from triage.errors import Problem

MAX_UNFOLDED = 1_000_000
_SCALAR_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
_STRING_TAGS = ("tag:yaml.org,2002:str", "!")
_COLLECTION_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MISSING = object()


class Unreadable(Exception):
    """The file cannot be read any further; carries the problem."""

    def __init__(self, what: str, file: str, line: int | None, hint: str | None = None) -> None:
        super().__init__(what)
        self.problem = Problem(what, file, line, hint)


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet, with the number of values in it so far."""

    node: LinedDict | LinedList
    anchor: str | None
    line: int
    size: int = 1
    key: Any = _MISSING
    key_line: int = 0


@dataclass(slots=True)
class _Builder:
    """Builds one document from its events."""

    file: str
    problems: list[Problem]
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int] | None] = field(default_factory=dict)
    unfolded: int = 0
    root: Any = None

    def open(self, node: LinedDict | LinedList, event: Any, line: int) -> None:
        if event.tag is not None and event.tag not in _COLLECTION_TAGS:
            self.problems.append(_tag_problem(event.tag, self.file, line))
        if len(self.stack) >= MAX_DEPTH:
            raise Unreadable(f"is nested more than {MAX_DEPTH} levels deep", self.file, line)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(node, event.anchor, line))

    def close(self) -> None:
        done = self.stack.pop()
        if done.anchor is not None:
            self.anchors[done.anchor] = (done.node, done.size)
        self.add(done.node, done.line, done.size)

    def alias(self, anchor: str, line: int) -> None:
        if anchor not in self.anchors:
            raise Unreadable(f"*{anchor} stands for nothing", self.file, line)
        found = self.anchors[anchor]
        if found is None:
            raise Unreadable(f"*{anchor} contains itself", self.file, line)
        value, size = found
        self.unfolded += size
        if self.unfolded > MAX_UNFOLDED:
            what = f"the aliases unfold to more than {MAX_UNFOLDED:,} values".replace(",", " ")
            raise Unreadable(what, self.file, line, "write the values out")
        self.add(value, line, size)

    def scalar(self, event: Any, line: int) -> None:
        tag = event.tag
        value = scalar(event.value) if event.implicit[0] or tag in _SCALAR_TAGS else event.value
        if tag is not None and tag not in _SCALAR_TAGS and tag not in _STRING_TAGS:
            self.problems.append(_tag_problem(tag, self.file, line))
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        self.add(value, line, 1)

    def add(self, value: Any, line: int, size: int) -> None:
        """Put a finished value where it belongs."""
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        top.size += size
        if isinstance(top.node, LinedList):
            top.node.add(value, line)
        elif top.key is _MISSING:
            top.key, top.key_line = value, line
        else:
            self._pair(top, value)
            top.key = _MISSING

    def _pair(self, top: _Open, value: Any) -> None:
        mapping, line = top.node, top.key_line
        assert isinstance(mapping, LinedDict)
        if isinstance(top.key, dict | list):
            self.problems.append(Problem("a key must be a word", self.file, line))
            return
        key = "null" if top.key is None else str(top.key)
        if key in mapping:
            what = f"the key {quoted(key)} stands twice, first on line {mapping.lines[key]}"
            self.problems.append(Problem(what, self.file, line))
            return
        mapping.put(key, value, line)


def _tag_problem(tag: str, file: str, line: int) -> Problem:
    return Problem(f"the tag {quoted(tag)} is not read", file, line, "write the value without it")


def read_yaml(text: str, file: str, problems: list[Problem]) -> Iterator[Any]:
    """Every document of a YAML text as lined values.

    Adds what is wrong to `problems`; raises Unreadable at a syntax error.
    """
    builder = _Builder(file, problems)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.DocumentEndEvent):
                yield builder.root
                builder = _Builder(file, problems)
            if event.start_mark is None:
                continue
            line = event.start_mark.line + 1
            if isinstance(event, yaml.ScalarEvent):
                builder.scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent):
                builder.open(LinedDict(file, line), event, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                builder.open(LinedList(line), event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                builder.close()
            elif isinstance(event, yaml.AliasEvent):
                builder.alias(str(event.anchor), line)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, file) from error
    except yaml.reader.ReaderError as error:
        raise Unreadable(*_bad_character(error, text, file)) from error


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    words = ", ".join(part for part in (error.context, error.problem) if part)
    lines = text.splitlines()
    hint = None
    if line is not None and line <= len(lines):
        written = lines[line - 1]
        if "\t" in written[: len(written) - len(written.lstrip())]:
            hint = "indent with blanks, not with tabs"
        elif "mapping values are not allowed" in words:
            hint = "put text that contains ': ' in quotes"
    return Unreadable(f"is not YAML: {words}", file, line, hint)


def _bad_character(error: yaml.reader.ReaderError, text: str, file: str) -> tuple[str, str, int | None]:
    character = error.character
    code = character if isinstance(character, int) else ord(str(character)[:1] or "\0")
    place = text.find(chr(code)) if 0 <= code < 0x110000 else -1
    line = text.count("\n", 0, place) + 1 if place >= 0 else None
    return f"contains a character that no text has (U+{code:04X})", file, line
