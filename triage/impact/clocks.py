"""The clocks of a ticket: tolerance on the wall, SLA and promises in business time, due times, windows.

Tolerance runs from the ticket's creation and never pauses while the service is unavailable or degraded;
for a bug it stands still while the ticket waits for the customer. SLA and promise clocks run in the
service's calendar and stand still in recorded pauses; respond stops at the first claim or at any status
beyond new. A ticket that is no longer open is taken at its resolution, else at its last change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from triage.impact.calendars import (
    FOREVER,
    BusinessHours,
    add_business,
    business_elapsed,
    due_second,
    elapsed_seconds,
)
from triage.tickets.models import Clock, Facts, Pause, Status

__all__ = [
    "FOREVER",
    "BusinessHours",
    "Timer",
    "add_business",
    "at_second",
    "business_elapsed",
    "business_left",
    "effective_now",
    "first_clock",
    "whole_second",
]

_EPSILON = 1e-6


class Timer:
    """A span that runs from a moment: how much of it is used, which step that is, when the next begins.

    `shares` are the shares of the span at which `steps` begin, both ascending. Moments in seconds of UTC.
    """

    __slots__ = ("hours", "name", "pauses", "shares", "span", "start", "steps")

    def __init__(
        self,
        name: str,
        start: float,
        span: float,
        shares: Sequence[float],
        steps: Sequence[int],
        hours: BusinessHours | None = None,
        pauses: Sequence[Pause] = (),
    ) -> None:
        self.name = name
        self.start = start
        self.span = span
        self.shares = shares
        self.steps = steps
        self.hours = hours
        self.pauses = pauses

    def elapsed(self, now: float) -> float:
        """Seconds that the clock has run."""
        if self.hours is None and not self.pauses:
            return now - self.start if now > self.start else 0.0
        return elapsed_seconds(self.hours, self.start, now, self.pauses)

    def used(self, now: float) -> float:
        """The share of the span that is used; above 1 when it is passed."""
        return self.elapsed(now) / self.span if self.span > 0 else math.inf

    def step(self, now: float) -> int:
        """The step of TO that this clock gives."""
        if now + _EPSILON < self.start:
            return 0  # also where its span is nothing: a due time at the creation has not passed before it
        elapsed = self.elapsed(now) + _EPSILON
        found = 0
        for share, step in zip(self.shares, self.steps, strict=True):
            if elapsed < share * self.span:
                break
            found = step
        return found

    def next_above(self, now: float, step: int) -> float | None:
        """When this clock first gives more than `step`; None when it never does, or is held by a pause."""
        for share, gives in zip(self.shares, self.steps, strict=True):
            if gives > step:
                moment = self.at(share)
                return moment if moment is not None and moment > now else None
        return None

    def at(self, share: float) -> float | None:
        """When this share of the span is used; None while a pause holds the clock."""
        if self.hours is None and not self.pauses:
            return self.start + share * self.span
        return due_second(self.hours, self.start, share * self.span, self.pauses)

    def due(self) -> float | None:
        """When the span is used up."""
        return self.at(1.0)


def at_second(second: float) -> datetime:
    """A moment in UTC; one beyond the calendar is the last that there is."""
    try:
        return datetime.fromtimestamp(second, UTC)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC)


def whole_second(second: float) -> float:
    """The first whole second that is not before `second`."""
    return float(math.ceil(second - _EPSILON))


def effective_now(facts: Facts, now: datetime) -> datetime:
    """The moment at which a ticket's clocks and windows are read: now, or when it was resolved.

    A resolved ticket that says neither when nor when it last changed is taken at its creation, so that
    its score stands still.
    """
    if facts.status.is_open:
        return now
    return facts.resolved_at or facts.updated_at or facts.created_at


def responding(facts: Facts) -> bool:
    """Whether the respond clock still runs."""
    return facts.responded_at is None and facts.status == Status.NEW


def first_clock(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that runs out first; one that has passed is the earliest of all."""
    return min(clocks, key=lambda clock: clock.due, default=None)


def business_left(
    calendar: BusinessHours | None, clock: Clock, now: datetime, pauses: Sequence[Pause] = ()
) -> timedelta:
    """How much business time is left of a clock; negative by the business time since it passed."""
    if clock.due >= now:
        return business_elapsed(calendar, now, clock.due, pauses)
    return -business_elapsed(calendar, clock.due, now, pauses)
