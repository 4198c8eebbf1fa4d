"""A catalog as YAML that people like to read: short entries on one line, long ones line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from triage.catalog.lined import scalar
from triage.catalog.models import CatalogInfo
from triage.catalog.shape import CHILDREN
from triage.text import one_line

WIDTH = 110
# Words that stay as they are, in the old YAML and the new. Dates and times of the catalog among them.
_PLAIN = re.compile(r"[^\W_][\w.+/@()%&'’–—…;!?€$£°-]*(?: [\w.+/@()%&'’–—…;!?€$£°-]+)*")
# Outside brackets, a comma is a comma.
_PLAIN_BLOCK = re.compile(_PLAIN.pattern.replace(";", ";,"))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_OLD_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
# What another reader of YAML would take for a number of the old kind: 12:30, 1_000, 0b1.
_OLD_NUMBER = re.compile(r"[-+]?[\d.][\d_.,:]*|0[bB][01_]+|0[xXoO]?[0-9a-fA-F_]+|[-+]?\d[\d_.]*[eE][-+]?\d+")


def write_yaml(data: Mapping[str, Any], name: str) -> str:
    """The text of a catalog file; `data` is the catalog as JSON has it, `name` goes into the comment on top."""
    whose = f"The catalog of {one_line(name)}" if name != CatalogInfo().name else "The catalog"
    lines = [
        f"# {whose}, as triage exported it.",
        "# Check it with `triage catalog check`, see what it changes with `triage catalog plan`, apply it with",
        "# `triage catalog apply`. An id never changes; a rename changes the name.",
        "# What stands nowhere here has its default.",
    ]
    for key, value in data.items():
        lines.append("")
        lines.extend(_pair(key, value, "", is_table=True))
    return "\n".join(lines) + "\n"


def _pair(key: str, value: Any, indent: str, is_table: bool = False) -> Iterator[str]:
    """The lines of `key: value`."""
    head = f"{indent}{_key(key)}:"
    entries = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    short = f"{head} {_flow(value)}"
    if isinstance(value, str) and "\n" in value and _fits_block(value):
        yield f"{head} |-"
        for line in value.split("\n"):
            yield f"{indent}  {line}" if line else ""
    elif isinstance(value, str):
        yield f"{head} {plain_or_quoted(value, _PLAIN_BLOCK)}"
    elif not isinstance(value, dict | list) or not value or (len(short) <= WIDTH and not entries):
        yield short
    elif isinstance(value, dict):
        yield head
        for inner_key, inner in value.items():
            yield from _pair(inner_key, inner, f"{indent}  ")
    else:
        yield head
        for item in value:
            yield from _item(item, f"{indent}  ")


def _item(item: Any, indent: str) -> Iterator[str]:
    """The lines of one item of a list."""
    short = f"{indent}- {_flow(item)}"
    if not isinstance(item, dict) or not item or (len(short) <= WIDTH and _is_flat(item)):
        yield short
        return
    lines: list[str] = []
    for key, value in item.items():
        lines.extend(_pair(key, value, f"{indent}  "))
    yield f"{indent}- {lines[0].lstrip(' ')}"
    yield from lines[1:]


def _is_flat(item: Mapping[str, Any]) -> bool:
    """Whether an entry reads well on one line: no entries in it, no text of several lines, not much of it."""
    nested = {name for names in CHILDREN.values() for name in names}
    return not any(
        key in nested or (isinstance(value, str) and "\n" in value) or isinstance(value, dict)
        for key, value in item.items()
    )


def _fits_block(text: str) -> bool:
    """Whether a text can stand as a block: its first line must show the indentation."""
    return not text.startswith((" ", "\t", "\n")) and not text.endswith(("\n", " ", "\t")) and text != ""


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if isinstance(value, str):
        return plain_or_quoted(value)
    # JSON's way to write null, truths and numbers is YAML's, too.
    return json.dumps(value)


def _key(key: str) -> str:
    """A key; the one of an agreement's date is written as the contract writes it."""
    return key if key == "on" else plain_or_quoted(key)


def plain_or_quoted(text: str, bare_form: re.Pattern[str] = _PLAIN) -> str:
    """A text as a scalar: bare where every reader of YAML takes it for this text, else in double quotes."""
    if _TIME.fullmatch(text):
        return text
    bare = (
        bare_form.fullmatch(text) is not None
        and isinstance(scalar(text), str)
        and text.lower() not in _OLD_WORDS
        and _OLD_NUMBER.fullmatch(text) is None
        and len(text) <= 2000
    )
    return text if bare else json.dumps(text, ensure_ascii=False)
