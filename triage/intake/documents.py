"""JSON and JSON lines: the list of records in whatever envelope, each with the line it starts on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from triage.intake.decode import decode, read_bytes, refuse
from triage.intake.records import Record, Sheet

MAX_JSON = 256 << 20
MAX_KEYS = 2_000
ENVELOPES = (
    "tickets",
    "result",
    "issues",
    "values",
    "items",
    "results",
    "records",
    "rows",
    "collection",
    "articles",
    "messages",
    "data",
)
_SINGLE = ("ticket", "issue", "result", "data", "request")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read_json(path: Path, file: str, encoding: str | None, lines: bool = False) -> Sheet:
    """The records of a JSON document or, where `lines`, of JSON lines. Raises InputError where it is broken."""
    text, used = decode(read_bytes(path, file, MAX_JSON), file, encoding)
    return json_sheet(text, file, used, encoding is not None, lines)


def json_sheet(text: str, file: str, encoding: str = "utf-8", said: bool = False, lines: bool = False) -> Sheet:
    """The records of the text of a JSON file; as `read_json`."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise refuse(file, "is empty", 1)
    try:
        sheet = _lines(text, file) if lines else _document(text, file)
    except JSONDecodeError as error:
        raise refuse(file, f"is broken JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise refuse(file, "is nested too deeply to be read") from None
    except ValueError as error:  # a number of more than 4 300 digits
        raise refuse(file, f"is JSON that cannot be read: {str(error)[:80]}") from None
    sheet.encoding, sheet.said = encoding, said
    return sheet


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _document(text: str, file: str) -> Sheet:
    start = _skip(text, 0)
    if text[start] == "[":
        found, end = _elements(text, start)
        sheet = Sheet(file, "json", [], [_record(line, value) for line, value in found])
    else:
        value, end = _DECODER.raw_decode(text, start)
        if _skip(text, end) < len(text) and "\n" in text[start:] and _whole_line(text):
            return _lines(text, file)
        sheet = _enveloped(value, text, start, file)
    end = _skip(text, end)
    if end < len(text):
        raise JSONDecodeError("something follows the end of the document", text, end)
    return sheet


def _whole_line(text: str) -> bool:
    """Whether the first line is a document of its own, as in JSON lines."""
    try:
        return isinstance(json.loads(text.lstrip().split("\n", 1)[0]), dict)
    except JSONDecodeError:
        return False


def _elements(text: str, start: int) -> tuple[list[tuple[int, Any]], int]:
    """`(line, value)` of each element of the array at `start`, and the place after it."""
    found: list[tuple[int, Any]] = []
    line, counted = 1 + text.count("\n", 0, start), start
    position = _skip(text, start + 1)
    if text[position : position + 1] == "]":
        return found, position + 1
    while True:
        line += text.count("\n", counted, position)
        counted = position
        value, position = _DECODER.raw_decode(text, position)
        found.append((line, value))
        position = _skip(text, position)
        mark = text[position : position + 1]
        if mark == "]":
            return found, position + 1
        if mark != ",":
            raise JSONDecodeError("expecting ',' or ']'", text, position)
        position = _skip(text, position + 1)


def _enveloped(value: Any, text: str, start: int, file: str) -> Sheet:
    """The records of an object: the list that it wraps, the one record that it wraps, or itself."""
    if not isinstance(value, dict):
        raise refuse(file, "holds no records: neither a list nor an object", 1 + text.count("\n", 0, start))
    path, inner = [], value
    while isinstance(inner.get("data"), dict) and not isinstance(inner.get("data", {}).get("attributes"), dict):
        path.append("data")
        inner = inner["data"]
    key = next((key for key in ENVELOPES if _is_list(inner.get(key))), None)
    if key is not None:
        place = _place_of(text, start, [*path, key])
        lines = [line for line, _ in _elements(text, place)[0]] if place is not None else []
        values = inner[key]
        records = [_record(lines[at] if at < len(lines) else 0, each) for at, each in enumerate(values)]
        context = {name: each for name, each in inner.items() if name != key}
        return Sheet(file, "json", [], records, envelope=".".join([*path, key]), context=context)
    wrapped = next((key for key in _SINGLE if isinstance(inner.get(key), dict)), None)
    if wrapped is not None and len(inner) <= 5:
        value = inner[wrapped]
    return Sheet(file, "json", [], [_record(1 + text.count("\n", 0, start), value)], single=True)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(each, dict) for each in value[:20]))


def _place_of(text: str, start: int, keys: list[str]) -> int | None:
    """Where the array under `keys` begins in the text of the object at `start`."""
    position = start
    for key in keys:
        position = _skip(text, position + 1)
        while text[position] != "}":
            name, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
            if name == key:
                break
            _, position = _DECODER.raw_decode(text, position)
            position = _skip(text, position)
            if text[position] == ",":
                position = _skip(text, position + 1)
        else:
            return None
    return position if text[position] == "[" else None


def _lines(text: str, file: str) -> Sheet:
    records: list[Record] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(_record(number, json.loads(line), line))
        except RecursionError:
            records.append(Record(number, {}, line, "is nested too deeply to be read"))
        except ValueError as error:
            what = error.msg if isinstance(error, JSONDecodeError) else str(error)[:80]
            records.append(Record(number, {}, line, f"is broken JSON: {what}"))
    if not any(record.fault is None for record in records):
        raise refuse(file, "holds no line that is a JSON object", records[0].line if records else 1)
    return Sheet(file, "jsonl", [], records)


def _record(line: int, value: Any, raw: str | None = None) -> Record:
    if not isinstance(value, dict):
        return Record(line, {}, raw if raw is not None else json.dumps(value), "is not an object with keys")
    return Record(line, {}, value if raw is None else raw, value=value)


def flatten(value: Mapping[str, Any], depth: int = 6) -> dict[str, str]:
    """Every scalar of `value` by its dotted key; empty ones are left out, lists joined, deeper things as JSON.

    Raises ValueError where there are more than 2 000 keys.
    """
    flat: dict[str, str] = {}
    _flatten(value, "", depth, flat)
    return flat


def _flatten(value: Mapping[str, Any], prefix: str, depth: int, flat: dict[str, str]) -> None:
    for name, each in value.items():
        key = f"{prefix}{name}"[:200]
        if isinstance(each, Mapping) and each and depth > 0:
            _flatten(each, f"{key}.", depth - 1, flat)
            continue
        words = scalar(each)
        if words:
            if len(flat) >= MAX_KEYS:
                raise ValueError(f"has more than {MAX_KEYS} keys")
            flat[key] = f"{flat[key]}\n{words}" if key in flat else words


def key_paths(value: Mapping[str, Any], depth: int = 3) -> set[str]:
    """Every dotted key of `value`, of empty values too, as a shape is recognised by them."""
    found: set[str] = set()
    waiting: list[tuple[str, Mapping[str, Any], int]] = [("", value, 0)]
    while waiting and len(found) < MAX_KEYS:
        prefix, inner, level = waiting.pop()
        for name, each in inner.items():
            found.add(f"{prefix}{name}"[:200])
            if isinstance(each, Mapping) and level < depth:
                waiting.append((f"{prefix}{name}.", each, level + 1))
    return found


def scalar(value: Any) -> str:
    """A JSON value as text: "" for null and for what is empty, lists of scalars joined by ", "."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(words for words in map(scalar, value) if words)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
