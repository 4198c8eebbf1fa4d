"""JSON with line numbers: a tokeniser with a stack of its own, as strict as RFC 8259."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

from triage.catalog.lined import MAX_DEPTH, LinedDict, LinedList, Truth, quoted, scalar
from triage.catalog.yaml_lines import Unreadable
from triage.errors import Problem

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:"
    r'(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")'
    r"|(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<word>true|false|null)(?!\w)"
    r"|(?P<mark>[{}\[\],:]))",
    re.ASCII,
)
_END = re.compile(r"[ \t\n\r]*\Z")


class _Reader:
    """One JSON text, token by token."""

    def __init__(self, text: str, file: str, problems: list[Problem]) -> None:
        self.text = text
        self.file = file
        self.problems = problems
        self.position = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, position: int) -> int:
        return bisect_right(self.breaks, position - 1) + 1

    def stop(self, what: str, position: int | None = None) -> Unreadable:
        place = self.position if position is None else position
        while place < len(self.text) and self.text[place] in " \t\n\r":
            place += 1
        return Unreadable(f"is not JSON: {what}", self.file, self.line(min(place, len(self.text))))

    def next(self) -> tuple[str, str, int]:
        """The kind, the text and the line of the next token."""
        match = _TOKEN.match(self.text, self.position)
        if match is None or match.lastgroup is None:
            if _END.match(self.text, self.position):
                raise self.stop("it ends too early")
            raise self.stop(self._near())
        self.position = match.end()
        kind = match.lastgroup
        return kind, match.group(kind), self.line(match.start(kind))

    def _near(self) -> str:
        rest = self.text[self.position : self.position + 60].lstrip()
        if rest.startswith('"'):
            return "a quote is not closed, or the text in it is not written as JSON wants it"
        return f"{quoted(rest.split()[0][:20] if rest.split() else rest)} cannot stand here"

    def string(self, token: str) -> str:
        try:
            return str(json.loads(token))
        except ValueError as error:
            raise self.stop("a text contains an escape that does not exist", self.position - 1) from error

    def read(self) -> Any:
        """The one value of the text."""
        stack: list[tuple[LinedDict | LinedList, str, int]] = []
        while True:
            kind, token, line = self.next()
            value: Any
            if kind == "mark" and token in "{[":
                value = LinedDict(self.file, line) if token == "{" else LinedList(line)
                if len(stack) >= MAX_DEPTH:
                    raise Unreadable(f"is nested more than {MAX_DEPTH} levels deep", self.file, line)
                if not self._closes("}" if token == "{" else "]"):
                    stack.append((value, *self._key(value)))
                    continue
            elif kind == "string":
                value = self.string(token)
            elif kind == "number":
                value = scalar(token)
            elif kind == "word":
                value = None if token == "null" else Truth(token)
            else:
                raise self.stop(f"'{token}' cannot stand here", self.position - 1)
            while stack:
                node, key, key_line = stack[-1]
                self._put(node, key, value, key_line if isinstance(node, LinedDict) else line)
                kind, token, _ = self.next()
                if (kind, token) == ("mark", ","):
                    stack[-1] = (node, *self._key(node))
                    break
                if (kind, token) != ("mark", "}" if isinstance(node, LinedDict) else "]"):
                    raise self.stop("a comma or a closing bracket is missing", self.position - len(token))
                stack.pop()
                value = node
                line = node.line
            else:
                if not _END.match(self.text, self.position):
                    raise self.stop("something follows after its end")
                return value

    def _closes(self, bracket: str) -> bool:
        match = _TOKEN.match(self.text, self.position)
        if match is not None and match.group("mark") == bracket:
            self.position = match.end()
            return True
        return False

    def _key(self, node: LinedDict | LinedList) -> tuple[str, int]:
        if isinstance(node, LinedList):
            return "", 0
        kind, token, line = self.next()
        if kind != "string":
            raise self.stop("a key must stand in quotes", self.position - len(token))
        after, colon, _ = self.next()
        if (after, colon) != ("mark", ":"):
            raise self.stop("a colon is missing after a key", self.position - len(colon))
        return self.string(token), line

    def _put(self, node: LinedDict | LinedList, key: str, value: Any, line: int) -> None:
        if isinstance(node, LinedList):
            node.add(value, line)
        elif key in node:
            what = f"the key {quoted(key)} stands twice, first on line {node.lines[key]}"
            self.problems.append(Problem(what, self.file, line))
        else:
            node.put(key, value, line)


def read_json(text: str, file: str, problems: list[Problem]) -> Any:
    """The value of a JSON text as lined values. Adds to `problems`; raises Unreadable at a syntax error."""
    if _END.match(text):
        return None
    return _Reader(text, file, problems).read()
