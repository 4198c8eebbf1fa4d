"""Atlassian Document Format → text (Jira's REST v3 gives bodies and comments in it)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

_DEPTH = 60


def is_adf(value: object) -> bool:
    """Whether `value` is a document: `{"type": "doc", "content": [...]}`."""
    return isinstance(value, Mapping) and value.get("type") == "doc" and isinstance(value.get("content"), list)


def adf_to_text(value: object) -> str:
    """The text of an ADF document or node: a line a block, `- ` and `1. ` before items, links in brackets.

    A node of a kind that is not known gives the text of its content, so that nothing is lost.
    """
    lines = "".join(_node(value, 0)).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _children(node: Mapping[str, object], depth: int) -> list[str]:
    content = node.get("content")
    if not isinstance(content, list) or depth > _DEPTH:
        return []
    return ["".join(_node(child, depth + 1)) for child in content]


def _node(node: object, depth: int) -> list[str]:
    if isinstance(node, str):
        return [node]
    if not isinstance(node, Mapping):
        return []
    kind = node.get("type")
    attrs = node.get("attrs")
    attributes = attrs if isinstance(attrs, Mapping) else {}
    if kind == "text":
        return [_text(node)]
    if kind == "hardBreak":
        return ["\n"]
    if kind == "rule":
        return ["----\n"]
    if kind in ("bulletList", "orderedList", "taskList", "decisionList"):
        return _items(_children(node, depth), kind == "orderedList")
    if kind in ("tableCell", "tableHeader"):
        return [" ".join("".join(_children(node, depth)).split()), "\t"]
    if kind == "tableRow":
        return ["".join(_children(node, depth)).rstrip("\t"), "\n"]
    if kind == "blockquote":
        inner = "".join(_children(node, depth)).rstrip("\n")
        return ["\n".join(f"> {line}" for line in inner.split("\n")), "\n"]
    if kind in ("paragraph", "heading", "codeBlock", "taskItem", "decisionItem"):
        return ["".join(_children(node, depth)), "\n"]
    if kind == "date":
        return [_date(attributes.get("timestamp"))]
    inside = "".join(_children(node, depth))
    shown = next((attributes[key] for key in ("text", "shortName", "url", "alt", "title") if attributes.get(key)), "")
    return [inside] if inside else [str(shown)]


def _text(node: Mapping[str, object]) -> str:
    words = node.get("text")
    text = words if isinstance(words, str) else ""
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        attrs = mark.get("attrs") if isinstance(mark, Mapping) and mark.get("type") == "link" else None
        target = attrs.get("href") if isinstance(attrs, Mapping) else None
        if isinstance(target, str) and target and target not in text:
            text = f"{text} ({target})"
    return text


def _items(items: list[str], numbered: bool) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        first, *rest = item.rstrip("\n").split("\n")
        lines.append(f"{number}. {first}" if numbered else f"- {first}")
        lines.extend(f"  {line}" for line in rest)
    return ["\n".join(lines), "\n"] if lines else []


def _date(milliseconds: object) -> str:
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
