"""The small values of a catalog: ids, durations, lines of text, hours of a week, money."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from triage.text import one_line, sanitise

_ID = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_duration(value: object) -> timedelta:
    """`30m`, `4h`, `2d`, `1h30m` as a span; 1d is 24 hours. ValueError with the way out otherwise."""
    if isinstance(value, timedelta):
        span = value
    else:
        text = str(value).strip().lower() if isinstance(value, str) else ""
        parts = _DURATION.findall(text)
        if not parts or _DURATION.sub("", text).strip():
            raise ValueError(f"'{value}' is not a duration; write it like 30m, 4h or 2d")
        try:
            span = timedelta(seconds=round(sum(float(number) * _UNITS[unit] for number, unit in parts)))
        except (OverflowError, ValueError) as error:
            raise ValueError(f"'{value}' is longer than any promise") from error
    if span <= timedelta(0):
        raise ValueError("a duration is longer than nothing")
    if span > timedelta(days=36500):
        raise ValueError(f"'{value}' is longer than a hundred years")
    return span


def format_duration(span: timedelta) -> str:
    """The shortest way to write a span: `2d`, `90m` as `1h30m`."""
    seconds = round(span.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    parts = []
    for unit in ("d", "h", "m", "s"):
        number, seconds = divmod(seconds, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts)


def _check_id(value: Any) -> str:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.fullmatch(text) or len(text) > 120:
        raise ValueError(f"'{value}' is not an id: lower-case letters, digits and hyphens only")
    return text


def _line(value: Any) -> Any:
    if isinstance(value, bool | dict | list) or value is None:
        return value
    return one_line(str(value))


def _text(value: Any) -> Any:
    if isinstance(value, bool | dict | list) or value is None:
        return value
    return sanitise(str(value)).strip()


def _line_or_none(value: Any) -> Any:
    return _line(value) or None if isinstance(value, str) else _line(value)


def _text_or_none(value: Any) -> Any:
    return _text(value) or None if isinstance(value, str) else _text(value)


_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}")


def _written_date(value: Any) -> Any:
    """A bare number would be taken for seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and not _DATE.match(value)):
        raise ValueError(f"'{value}' is not a date; write it like 2026-09-01")
    return value


def _written_moment(value: Any) -> Any:
    if isinstance(value, int | float) or (isinstance(value, str) and not _DATE.match(value)):
        raise ValueError(f"'{value}' is not a time; write it like 2026-12-31T23:59")
    return value


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


Id = Annotated[
    str,
    BeforeValidator(_check_id),
    WithJsonSchema({"type": "string", "pattern": "^[a-z0-9]+(-+[a-z0-9]+)*$", "maxLength": 120}),
]
Ref = Id
Line = Annotated[str, BeforeValidator(_line), AfterValidator(_not_empty), Field(max_length=2000)]
OptionalLine = Annotated[Annotated[str, Field(max_length=2000)] | None, BeforeValidator(_line_or_none)]
OptionalText = Annotated[Annotated[str, Field(max_length=20000)] | None, BeforeValidator(_text_or_none)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?[smhdw])+$", "examples": ["30m", "4h", "2d"]}),
]
Day = Annotated[date, BeforeValidator(_written_date)]
Moment = Annotated[
    datetime,
    BeforeValidator(_written_moment),
    # Not the format "date-time": that one wants an offset, and a time without one is the catalog's.
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$",
            "examples": ["2026-12-31T23:59", "2026-12-31T23:59+01:00"],
        }
    ),
]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Money = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]

_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def parse_hours(hours: dict[str, list[str]]) -> list[list[tuple[int, int]]]:
    """Opening hours by day of the week (Monday first) as minutes of the day, sorted, not overlapping.

    A range that ends before its start runs over midnight into the next day; one that ends where it starts says
    nothing. ValueError names what is wrong.
    """
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for key, ranges in hours.items():
        for day in _days_of(key):
            for text in ranges:
                match = _RANGE.fullmatch(text.strip())
                if match is None:
                    raise ValueError(f"'{text}' is not a range of hours; write it like 08:00-12:00")
                start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
                start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
                if start_minute > 59 or end_minute > 59 or start >= 1440 or end > 1440:
                    raise ValueError(f"'{text}' is not a time of the day")
                if start == end:
                    raise ValueError(f"'{text}' ends where it begins; a whole day is 00:00-24:00")
                if end > start:
                    week[day].append((start, end))
                else:
                    week[day].append((start, 1440))
                    if end:
                        week[(day + 1) % 7].append((0, end))
    for day, spans in enumerate(week):
        spans.sort()
        for (_, before), (after, _) in pairwise(spans):
            if after < before:
                raise ValueError(f"the hours of {DAYS[day]} overlap")
    return week


def _days_of(key: str) -> list[int]:
    days: list[int] = []
    for part in key.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"'{key}' is not a day; write it like mon, mon-fri or sat,sun")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 + 1 if last else 1
        days.extend((start + offset) % 7 for offset in range(length))
    return days
