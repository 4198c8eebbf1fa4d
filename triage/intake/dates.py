"""Dates as help desks write them → aware times in UTC.

Whether `03/04/2026` is a day in April or in March is decided over the whole column: a value that can be
read one way only decides for the others. Where nothing decides, the convention of the system does; where
it has none, the record is rejected with a hint, because a guess would be wrong half of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from datetime import timezone as fixed_zone
from email.utils import parsedate_to_datetime

_EMPTY = frozenset(
    {"", "-", "–", "--", "n/a", "na", "null", "none", "nil", "not set", "never", "0", "0000-00-00", "unknown"}
)
_LONGEST = 100
_FIRST_YEAR, _LAST_YEAR = 1971, 2200
_TIME = (
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
)
_ZONE = r"\s*\(?(?P<zone>Z|UTC|GMT|CEST|CET|EST|EDT|CST|CDT|MST|MDT|PST|PDT|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2})?\)?"
_AFTER = rf"(?:(?:\s*,\s*|\s+|T|\.\s?)(?:(?:at|um|à|a las)\s+)?{_TIME}{_ZONE}(?:\s+(?P<year2>[0-9]{{4}}))?)?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_NUMERIC = re.compile(rf"(?P<a>[0-9]{{1,4}})(?P<sep>[./-])(?P<b>[0-9]{{1,2}})(?P=sep)(?P<c>[0-9]{{2,4}}){_AFTER}")
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})\.?[\s./-]*(?:de\s+)?(?P<month>[^\W\d_]{{3,10}})[.,\s/-]*(?:de\s+)?"
    rf"(?P<year>[0-9]{{2}}(?:[0-9]{{2}})?){_AFTER}"
)
_MONTH_NAMED = re.compile(
    rf"{_WEEKDAY}(?P<month>[^\W\d_]{{3,10}})\.?\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?(?:\s+(?P<year>[0-9]{{4}}))?{_AFTER}"
)
_EPOCH = re.compile(r"(?P<seconds>[0-9]{9,10})(?:\.[0-9]{1,6})?|(?P<millis>[0-9]{12,13})")
_SLASHED = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2[0-9]{2}(?:[0-9]{2})?(?![0-9])")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar jän janvier janv enero ene",
            "feb february februar février févr fev fevr febrero",
            "mar march märz mär mrz mars marzo",
            "apr april avril avr abril abr",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet juil julio",
            "aug august août aout agosto ago",
            "sep sept september septembre septiembre set",
            "oct october okt oktober octobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember décembre déc diciembre dic",
        ),
        1,
    )
    for word in words.split()
}
_HOURS = {"CET": 1, "CEST": 2, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


class NotADate(ValueError):
    """The words are no date that can be; the message says why, for a person."""


def day_first_of(values: Iterable[str]) -> bool | None:
    """How a column writes `3/4/2026`: True day first, False month first, None where its values do not tell.

    Dotted dates (`3.4.2026`) are day first everywhere and are no evidence for the others. Values that
    contradict each other tell nothing.
    """
    day = month = False
    for value in values:
        if value[4:5] == "-" or len(value) < 6:
            continue
        found = _SLASHED.match(value)
        if found is None or found[2] == ".":
            continue
        first, second = int(found[1]), int(found[3])
        day = day or (first > 12 >= second)
        month = month or (second > 12 >= first)
    return None if day == month else day


def parse_date(text: str, zone: tzinfo, day_first: bool | None) -> datetime | None:
    """The time that `text` says, aware and in UTC; None where it says none. A time without a zone is in `zone`.

    Read are ISO 8601, `23/Nov/26 8:01 AM`, `11/23/2026 10:58 PM`, `23.11.2026 08:01`, `2026-11-23.23:01:15`,
    `Mon Nov 23 22:52:08 2026`, RFC 5322, epoch seconds and milliseconds, months in English, German, French and
    Spanish. Raises NotADate.
    """
    words = text.strip()
    if len(words) > _LONGEST:  # the patterns below need the cube of a long run of blanks
        raise NotADate(f"'{words[:40]}' is not a date that triage can read")
    if words[:10] in ("0000-00-00", "1970-01-01") or words.lower() in _EMPTY:
        return None
    try:
        moment = _iso(words) or _epoch(words) or _numeric(words, day_first) or _named(words) or _mail(words)
    except (OverflowError, OSError) as error:
        raise NotADate(f"'{text[:40]}' is not a date") from error
    except NotADate:
        raise
    except ValueError as error:
        raise NotADate(f"'{text[:40]}' is a date that cannot be ({error})") from None
    if moment is None:
        raise NotADate(f"'{text[:40]}' is not a date that triage can read")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise NotADate(f"'{text[:40]}' is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return aware.astimezone(UTC)


def _iso(words: str) -> datetime | None:
    if words[4:5] != "-" and not (len(words) > 8 and words[8:9] == "T"):
        return None
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return None


def _epoch(words: str) -> datetime | None:
    found = _EPOCH.fullmatch(words)
    if found is None:
        return None
    return datetime.fromtimestamp(float(words) if found["seconds"] else int(words) / 1000, UTC)


def _numeric(words: str, day_first: bool | None) -> datetime | None:
    found = _NUMERIC.fullmatch(words)
    if found is None:
        return None
    first, second, third = found["a"], int(found["b"]), found["c"]
    if len(first) == 4:
        return _made(found, int(first), second, int(third))
    if len(first) > 2 or len(third) == 3:
        return None
    one = int(first)
    if found["sep"] == "." or (one > 12 and day_first is None):
        day, month = one, second
    elif second > 12 and day_first is None:
        day, month = second, one
    elif day_first is None and one != second:
        raise NotADate(
            f"'{words[:40]}' may be day or month first, and nothing in its column tells; "
            "say --dates day-first or month-first, or write it as 2026-11-23"
        )
    else:
        day, month = (one, second) if day_first or one == second else (second, one)
    return _made(found, _year(third), month, day)


def _named(words: str) -> datetime | None:
    for pattern in (_DAY_NAMED, _MONTH_NAMED):
        found = pattern.fullmatch(words)
        if found is None:
            continue
        month = _MONTHS.get(found["month"].lower())
        year = found["year"] or found["year2"]
        if month is not None and year is not None:
            return _made(found, _year(year), month, int(found["day"]))
    return None


def _mail(words: str) -> datetime | None:
    if len(words) > 80:
        return None
    try:
        return parsedate_to_datetime(words)
    except (ValueError, TypeError, IndexError):
        return None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year < 70 else 1900)


def _made(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("a twelve-hour clock has the hours 1 to 12")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))


def _zone(name: str | None) -> tzinfo | None:
    from datetime import timedelta

    if not name:
        return None
    if name in _HOURS:
        return fixed_zone(timedelta(hours=_HOURS[name]))
    digits = name.removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in ("", "Z"):
        return UTC
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return fixed_zone(-offset if digits[0] == "-" else offset)
