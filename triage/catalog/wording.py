"""What is wrong with an entry, in words: pydantic's errors as lines with a place, a problem and a way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from triage.catalog.lined import LinedDict, locate, quoted
from triage.catalog.shape import fields_at, table_of
from triage.errors import Problem
from triage.text import did_you_mean, one_line, shorten

_WORD = re.compile(r"'([^']*)'")
_PATTERNS = {
    "currency": "write three capital letters, such as USD",
    "language": "write two letters, such as en",
    "period": "write it like 2026Q3 or 2026-09",
}
_EXAMPLES = {
    "date": "write it like 2026-09-01",
    "datetime": "write it like 2026-12-31T23:59",
}
_LEVELS = "1 is critical, 2 high, 3 medium, 4 low"


def problems_of(error: ValidationError, table: str, entry: LinedDict) -> list[Problem]:
    """A problem for every error that a model found in an entry of `table`."""
    return [_problem(details, table, entry) for details in error.errors(include_url=False)]


def _problem(details: ErrorDetails, table: str, entry: LinedDict) -> Problem:
    path = details["loc"]
    file, line = locate(entry, path)
    inner, rest = table_of(table, path)
    name = ".".join(str(step) for step in rest if not isinstance(step, int))
    if details["type"] == "extra_forbidden":
        key = str(path[-1])
        what, hint = "unknown key", _key_hint(key, fields_at(table, path[:-1]))
    else:
        what, hint = words(details, name.rpartition(".")[2])
    place = f"{inner}.{name}" if name else inner
    return Problem(f"{shorten(one_line(place), 120)}: {what}", file, line, hint)


def _key_hint(key: str, known: list[str]) -> str | None:
    if key == "<<":
        return "merge keys are not read; write the keys out"
    hint = did_you_mean(key, known)
    if hint is None and known and len(known) <= 8:
        hint = f"the keys are {', '.join(known)}"
    return hint


def words(details: ErrorDetails, field: str) -> tuple[str, str | None]:
    """What one error says, and the way out; `field` is the key concerned."""
    kind: str = details["type"]
    context: Mapping[str, Any] = details.get("ctx") or {}
    value = quoted(details["input"])
    if kind == "missing":
        return "is missing", None
    if kind == "value_error":
        return _split(str(context.get("error", details["msg"])))
    if kind == "literal_error":
        allowed = _WORD.findall(str(context.get("expected", "")))
        hint = did_you_mean(str(details["input"]), allowed)
        return f"{value} is none of {', '.join(allowed)}", hint
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        side = "less" if "ge" in context else "more"
        text = f"{bound:g}" if isinstance(bound, float) else str(bound)
        return f"{value} is {side} than {text}", _LEVELS if field == "criticality" else None
    return _by_kind(kind, value, field, context, details)


def _by_kind(
    kind: str, value: str, field: str, context: Mapping[str, Any], details: ErrorDetails
) -> tuple[str, str | None]:
    if kind == "list_type":
        return "should be a list", f"write it like [{value.strip(chr(39)) if len(value) < 40 else '…'}]"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"{value} should be a mapping of keys", None
    if kind.startswith("string_type"):
        return f"{value} should be text", None if isinstance(details["input"], dict | list) else "put it in quotes"
    if kind.startswith("int_"):
        return f"{value} is not a whole number", _LEVELS if field == "criticality" else _digits(details)
    if kind.startswith(("float_", "finite_")):
        return f"{value} is not a number", _digits(details)
    if kind.startswith("bool_"):
        return f"{value} is neither true nor false", None
    if kind in ("string_too_long", "too_long"):
        return f"is longer than {context.get('max_length')} characters", None
    if kind == "too_short":
        return "names nothing", "leave it out, or name at least one"
    if kind == "string_pattern_mismatch":
        return f"{value} is not a {field}", _PATTERNS.get(field)
    if kind.startswith("datetime_"):
        return f"{value} is not a time", _EXAMPLES["datetime"]
    if kind.startswith("date_"):
        return f"{value} is not a date", _EXAMPLES["date"]
    return shorten(one_line(details["msg"]), 200), None


def _digits(details: ErrorDetails) -> str | None:
    text = str(details["input"])
    if re.fullmatch(r"[-+]?\d{1,3}(?:[ ,.'_]\d{3})+(?:[.,]\d+)?", text):
        return "write it without separators"
    if re.search(r"\d", text) and len(text) < 40:
        return "write the digits alone"
    return None


def _split(text: str) -> tuple[str, str | None]:
    """A message of the models: what is wrong, and after a semicolon the way out."""
    what, mark, hint = shorten(one_line(text), 300).rpartition("; ")
    return (what, hint) if mark else (hint, None)
