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
    return ((priority * 128 + (100 - score)) * _MINUTES + _minute(first_clock)) * _MINUTES + _minute(created_at)


def first_rank(priority: int) -> int:
    """A rank that no ticket of this priority comes before, and that every more urgent one does."""
    return priority * 128 * _MINUTES * _MINUTES


def rank_sql(priority: str, score: str, first_clock: str, created_at: str) -> str:
    """The same as an expression of SQL, for a rescoring of many rows; a test holds the two together."""
    return (
        f"((({priority}) * 128 + (100 - ({score}))) * 67108864"
        f" + coalesce(min(max(({first_clock}) / 60, 0), 67108863), 67108863)) * 67108864"
        f" + min(max(({created_at}) / 60, 0), 67108863)"
    )
