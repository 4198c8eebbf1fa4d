"""The usual times to snooze until, in the catalog's zone."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

MORNING = time(9, 0)
_SPAN = re.compile(r"^\s*(\d{1,4})\s*([mhdw])\s*$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def usual(now: datetime, zone: tzinfo) -> list[tuple[str, str, datetime]]:
    """(letter, words, time) of the usual choices; all later than `now`."""
    local = now.astimezone(zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), MORNING, zone)
    monday = datetime.combine(local.date() + timedelta(days=7 - local.weekday()), MORNING, zone)
    evening = datetime.combine(local.date(), time(17, 0), zone)
    found = [("1", "an hour", now + timedelta(hours=1)), ("4", "four hours", now + timedelta(hours=4))]
    if evening > local + timedelta(hours=1):
        found.append(("e", "until 17:00", evening))
    found += [("t", "tomorrow 9:00", tomorrow), ("m", "Monday 9:00", monday), ("w", "a week", now + timedelta(weeks=1))]
    return found


def read(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """A time that a person typed: `90m`, `3h`, `2d`, `17:30`, `2026-12-29`, `2026-12-29 09:00`; None otherwise."""
    if match := _SPAN.match(text):
        try:
            return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            return None
    local = now.astimezone(zone)
    clean = text.strip()
    if re.fullmatch(r"\d{1,2}:\d{2}", clean):
        hour, minute = (int(part) for part in clean.split(":"))
        if hour > 23 or minute > 59:
            return None
        at = datetime.combine(local.date(), time(hour, minute), zone)
        return at if at > local else at + timedelta(days=1)
    try:
        at = datetime.fromisoformat(clean)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone) if ":" in clean else datetime.combine(at.date(), MORNING, zone)
    return at
