"""The order of the queue as one integer, so that one index holds it and a page is one range of it.

Priority in force, then score, then the clock that runs out first, then age (docs/impact.md). From the most
significant: 3 bits of priority, 7 of 100 − score, 26 of the clock's minute, 26 of the minute of creation.
Minutes count from 1970; 26 bits hold them until 2097.
"""

from __future__ import annotations

_MINUTES = 1 << 26
_LAST = _MINUTES - 1


def _minute(seconds: int | None) -> int:
    return _LAST if seconds is None else min(max(seconds // 60, 0), _LAST)


def rank(priority: int, score: int, first_clock: int | None, created_at: int) -> int:
    """The place of a ticket: smaller is sooner. Times in seconds since 1970; no clock comes last."""
    return level(priority, score) * _MINUTES * _MINUTES + tail(first_clock, created_at)


def first_level(priority: int) -> int:
    """A level that no ticket of this priority comes before, and that every more urgent one does."""
    return priority * 128


def level(priority: int, score: int) -> int:
    """The upper part of a rank: what follows from the standing of a ticket alone."""
    return priority * 128 + (100 - score)


def tail(first_clock: int | None, created_at: int) -> int:
    """The lower part of a rank, 52 bits: what is the ticket's own."""
    return _minute(first_clock) * _MINUTES + _minute(created_at)


def tail_sql(first_clock: str, created_at: str) -> str:
    """`tail` as an expression of SQL, for a rescoring of many rows; a test holds the two together."""
    return (
        f"(coalesce(min(max(({first_clock}) / 60, 0), 67108863), 67108863) * 67108864"
        f" + min(max(({created_at}) / 60, 0), 67108863))"
    )
