"""Quarters and months: what `2026Q3` means in the catalog's time zone, and which ones came before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from triage.errors import UsageError

_QUARTER = re.compile(r"(\d{4})\s*-?\s*Q([1-4])", re.IGNORECASE)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a calendar year. `number` 1 to 4."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def name(self) -> str:
        """As a sentence says it: Q3 2026."""
        return f"Q{self.number} {self.year}"

    @property
    def months(self) -> tuple[str, str, str]:
        """Its months as the catalog writes them: 2026-07, 2026-08, 2026-09."""
        first = 3 * self.number - 2
        return (f"{self.year}-{first:02}", f"{self.year}-{first + 1:02}", f"{self.year}-{first + 2:02}")

    def before(self, count: int = 1) -> Quarter:
        """The quarter `count` quarters earlier (later where it is negative)."""
        place = self.year * 4 + self.number - 1 - count
        return Quarter(place // 4, place % 4 + 1)

    def last(self, count: int) -> list[Quarter]:
        """The `count` quarters that end with this one, the oldest first."""
        return [self.before(back) for back in range(count - 1, -1, -1)]

    def span(self, zone: ZoneInfo) -> tuple[int, int]:
        """Its start and its end (which is no longer in it), in seconds since 1970 (UTC)."""
        following = self.before(-1)
        return _second(self.year, 3 * self.number - 2, zone), _second(following.year, 3 * following.number - 2, zone)


def month_span(month: str, zone: ZoneInfo) -> tuple[int, int]:
    """The start and the end of a month like 2026-07, in seconds since 1970 (UTC)."""
    year, number = int(month[:4]), int(month[5:])
    return _second(year, number, zone), _second(year + number // 12, number % 12 + 1, zone)


def month_name(month: str) -> str:
    """2026-07 as Jul 2026."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def _second(year: int, month: int, zone: ZoneInfo) -> int:
    return int(datetime(year, month, 1, tzinfo=zone).timestamp())


def quarter_of(moment: datetime, zone: ZoneInfo) -> Quarter:
    """The quarter that a moment lies in."""
    local = moment.astimezone(zone)
    return Quarter(local.year, (local.month + 2) // 3)


def parse_quarter(text: str | None, now: datetime, zone: ZoneInfo) -> Quarter:
    """The quarter that was named; None: the last one that is over. UsageError where it is none."""
    if text is None:
        return quarter_of(now, zone).before()
    found = _QUARTER.fullmatch(text.strip())
    if found is None or not 1971 <= int(found[1]) <= 9990:
        raise UsageError(f"'{text}' is not a quarter", "write it like 2026Q3")
    return Quarter(int(found[1]), int(found[2]))


def from_seconds(second: int) -> datetime:
    """Seconds since 1970 as an aware time in UTC."""
    return datetime.fromtimestamp(second, UTC)
