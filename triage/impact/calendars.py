"""Business time: the hours of a calendar as spans of UTC, with split days, holidays and daylight saving.

A calendar is open while the clock on its wall shows one of its hours, on a day that is no holiday. So
an hour that daylight saving skips is not worked, and one that it repeats is worked twice. Spans are
made once, as far as they are asked for, and searched by bisection.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from triage.catalog.models import Calendar
from triage.tickets.models import Pause

_DAY = 86400.0
_CHUNK = 400
FOREVER = timedelta(days=36525)
"""No clock is said to run out later than this after its start: a hundred years."""


class BusinessHours:
    """The opening hours of one calendar in one zone. Times are aware datetimes, inside seconds of UTC."""

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self.zone = ZoneInfo(calendar.timezone) if calendar.timezone else zone
        self.week = calendar.week() if calendar.hours else [[(0, 1440)] for _ in range(7)]
        self.holidays = frozenset(calendar.holidays)
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._before: list[float] = []  # open seconds before each span, counted from the first one
        self._first: date | None = None
        self._after: date | None = None  # the first day that is not made yet
        self._known = (1.0, 0.0)  # between these seconds nothing has to be made

    def opened(self, moment: float) -> float:
        """Open seconds from the first known span to `moment`; only differences mean anything."""
        self._reach(moment)
        at = bisect_right(self._starts, moment) - 1
        if at < 0:
            return 0.0
        return self._before[at] + min(moment, self._ends[at]) - self._starts[at]

    def is_open(self, moment: datetime) -> bool:
        """Whether the hours hold at this moment."""
        second = moment.timestamp()
        self._reach(second)
        at = bisect_right(self._starts, second) - 1
        return at >= 0 and second < self._ends[at]

    def elapsed(self, start: float, end: float) -> float:
        """Open seconds between two moments; 0 when the second is not later."""
        if end <= start:
            return 0.0
        self._reach(start)
        return self.opened(end) - self.opened(start)

    def after(self, start: float, seconds: float) -> float:
        """The earliest moment by which so many open seconds have passed since `start`."""
        if seconds <= 0:
            return start
        last = start + FOREVER.total_seconds()
        wanted = self.opened(start) + seconds
        ahead = start + max(seconds, _DAY * 30)
        while self.opened(min(ahead, last)) < wanted:
            if ahead >= last:
                return last
            ahead += max(seconds, _DAY * _CHUNK)
        # A sum that ends exactly with a span is reached at its end, not at the start of the next.
        at = max(bisect_right(self._before, wanted - 1e-6) - 1, 0)
        return self._starts[at] + wanted - self._before[at]

    def _reach(self, moment: float) -> None:
        """Make the spans of all days up to two days after `moment`, and from two days before it."""
        if self._known[0] <= moment <= self._known[1]:
            return
        if self._first is None or self._after is None:
            self._first = self._after = _day_of(moment) - timedelta(days=_CHUNK)
        if moment < _second_of(self._first) + 2 * _DAY:
            # Rare: a ticket older than anything seen so far. Counts start anew from the earlier day.
            self._first = _day_of(moment) - timedelta(days=_CHUNK)
            until = self._after
            self._after = self._first
            self._starts, self._ends, self._before = [], [], []
            self._extend(until)
        if moment + 2 * _DAY > _second_of(self._after):
            self._extend(_day_of(moment) + timedelta(days=_CHUNK))
        self._known = (_second_of(self._first) + 2 * _DAY, _second_of(self._after) - 2 * _DAY)

    def _extend(self, until: date) -> None:
        assert self._after is not None
        days = (self._after + timedelta(days=number) for number in range((until - self._after).days))
        # Sorted, because a clock that goes back over midnight shows a piece of a day again after the next has begun.
        for start, end in sorted(span for day in days for span in self._spans(day)):
            if self._ends and self._ends[-1] >= start:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                before = self._before[-1] + self._ends[-1] - self._starts[-1] if self._starts else 0.0
                self._starts.append(start)
                self._ends.append(end)
                self._before.append(before)
        self._after = until

    def _spans(self, day: date) -> Iterator[tuple[float, float]]:
        """The open spans of a local day, in seconds of UTC."""
        hours = self.week[day.weekday()]
        if not hours or day in self.holidays:
            return
        offsets = {self._offset(day + timedelta(days=shift)) for shift in (-1, 0, 1)}
        midnight = _second_of(day)
        if len(offsets) == 1:
            midnight -= offsets.pop()
            for start, end in hours:
                yield midnight + start * 60, midnight + end * 60
        else:
            yield from self._spans_by_minute(day, hours, midnight - max(offsets), midnight + _DAY - min(offsets))

    def _spans_by_minute(
        self, day: date, hours: Sequence[tuple[int, int]], second: float, end: float
    ) -> Iterator[tuple[float, float]]:
        """A day near a change of the clocks: every minute from `second` on is asked what the wall shows."""
        start: float | None = None
        while second < end:
            wall = datetime.fromtimestamp(second, self.zone)
            minute = wall.hour * 60 + wall.minute
            open_now = wall.date() == day and any(opens <= minute < closes for opens, closes in hours)
            if open_now and start is None:
                start = second
            elif not open_now and start is not None:
                yield start, second
                start = None
            second += 60
        if start is not None:
            yield start, second

    def _offset(self, day: date) -> float:
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone).utcoffset()
        return offset.total_seconds() if offset is not None else 0.0


def open_at(calendar: Calendar, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether a calendar is open at a moment, for one question that is not worth laying out a year."""
    wall = moment.astimezone(ZoneInfo(calendar.timezone) if calendar.timezone else zone)
    if wall.date() in calendar.holidays:
        return False
    minute = wall.hour * 60 + wall.minute
    return not calendar.hours or any(start <= minute < end for start, end in calendar.week()[wall.weekday()])


def _day_of(moment: float) -> date:
    return datetime.fromtimestamp(moment, UTC).date()


def _second_of(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def paused(pauses: Sequence[Pause], start: float, end: float) -> list[tuple[float, float]]:
    """The spans between two moments in which the ticket waited for the customer, joined and in order."""
    spans: list[tuple[float, float]] = []
    for pause in pauses:
        begins = max(pause.start.timestamp(), start)
        ends = min(pause.end.timestamp(), end) if pause.end is not None else end
        if ends > begins:
            spans.append((begins, ends))
    spans.sort()
    joined: list[tuple[float, float]] = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def elapsed_seconds(hours: BusinessHours | None, start: float, end: float, pauses: Sequence[Pause] = ()) -> float:
    """Seconds of a clock that runs in `hours` (None: around the clock) and stands still in pauses."""
    if end <= start:
        return 0.0
    total = end - start if hours is None else hours.elapsed(start, end)
    for begins, ends in paused(pauses, start, end) if pauses else ():
        total -= ends - begins if hours is None else hours.elapsed(begins, ends)
    return max(total, 0.0)


def due_second(hours: BusinessHours | None, start: float, seconds: float, pauses: Sequence[Pause] = ()) -> float | None:
    """When such a clock has run for so many seconds; None while a pause without an end holds it."""
    spans = [(pause.start.timestamp(), pause.end.timestamp() if pause.end is not None else None) for pause in pauses]
    spans.sort(key=lambda span: span[0])
    at, left = start, seconds
    for begins, ends in spans:
        if ends is not None and ends <= at:
            continue
        ran = elapsed_seconds(hours, at, begins)
        if ran >= left:
            break
        left -= ran
        if ends is None:
            return None
        at = max(at, ends)
    return at + left if hours is None else hours.after(at, left)


def add_business(
    calendar: BusinessHours | None, start: datetime, span: timedelta, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """When a clock that starts at `start` has run for `span`, in UTC; None calendar: around the clock.

    None while a pause without an end holds the clock. 1d is 24 hours of the clock, not a working day.
    """
    second = due_second(calendar, start.timestamp(), span.total_seconds(), pauses)
    return None if second is None else datetime.fromtimestamp(second, UTC)


def business_elapsed(
    calendar: BusinessHours | None, start: datetime, end: datetime, pauses: Sequence[Pause] = ()
) -> timedelta:
    """How long a clock of this calendar has run between two moments, pauses left out."""
    return timedelta(seconds=elapsed_seconds(calendar, start.timestamp(), end.timestamp(), pauses))
