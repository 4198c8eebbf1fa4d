"""Whose time it is: the environment's, the demonstration's, or the system's."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from triage.errors import UsageError

LAST_YEAR = 9000
"""Times of this year and later are refused: years are still counted on from them."""
SHIFT = timedelta(hours=8)
"""The demonstration's clock runs on from its moment for one shift and then stands still."""


def parse_now(text: str) -> datetime:
    """An ISO 8601 time, aware, in UTC; one without an offset is taken as UTC. UsageError otherwise."""
    try:
        found = datetime.fromisoformat(text.strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if not 1970 < found.year < LAST_YEAR:  # times are kept as seconds since 1970
            raise ValueError(found.year)
        return found
    except (ValueError, OverflowError) as error:
        raise UsageError(f"TRIAGE_NOW: '{text}' is not a time", "write it like 2026-12-28T14:32:00-08:00") from error


def demo_now(base: str, started: str, system: datetime) -> datetime:
    """The demonstration's time: its moment, plus what has really passed since it was made, up to a shift."""
    passed = system - datetime.fromisoformat(started)
    return datetime.fromisoformat(base) + min(max(passed, timedelta(0)), SHIFT)


def current(demo: tuple[str, str] | None) -> datetime:
    """The time that counts for a database. `demo`: its stored moment and when it was made, if it has any."""
    if text := os.environ.get("TRIAGE_NOW"):
        return parse_now(text)
    system = datetime.now(UTC)
    return demo_now(*demo, system) if demo else system
