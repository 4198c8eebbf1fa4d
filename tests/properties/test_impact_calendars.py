"""Business time against a slow and obvious second implementation: minute by minute, asking the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.catalog.models import Calendar
from triage.impact.clocks import BusinessHours, add_business, business_elapsed
from triage.tickets.models import Pause

MINUTE = timedelta(minutes=1)
# Two changes of the clocks lie in each: the end of summer time and its start.
ZONES = ["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "UTC", "Asia/Kathmandu"]
WEEKS = [
    {"mon-fri": ["08:00-12:00", "13:00-18:00"], "sat": ["09:00-12:00"]},
    {"mon-sun": ["22:00-06:00"]},
    {"sun": ["00:00-24:00"], "wed": ["02:30-03:10", "23:00-24:00"]},
    {"mon-sun": ["01:30-02:15"]},
    {},
]
HOLIDAYS = [
    date(2011, 12, 31),
    date(2006, 10, 30),
    date(2026, 10, 25),
    date(2026, 11, 2),
    date(2026, 11, 26),
    date(2027, 3, 29),
]
# Around the changes of October and November 2026 and of March and April 2027.
BEGINNINGS = [
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2026, 10, 30, 12, tzinfo=UTC),
    datetime(2027, 3, 12, tzinfo=UTC),
    datetime(2027, 3, 26, 20, tzinfo=UTC),
    datetime(2026, 9, 4, tzinfo=UTC),
    datetime(2027, 4, 2, 6, tzinfo=UTC),
]


def calendar(zone: str, week: dict[str, list[str]]) -> BusinessHours:
    return BusinessHours(
        Calendar.model_validate({"id": "c", "timezone": zone, "hours": week, "holidays": HOLIDAYS}), ZoneInfo("UTC")
    )


def opened(zone: str, week: dict[str, list[str]], minute: datetime) -> bool:
    """Whether the clock on the wall shows an hour of the calendar in this minute."""
    wall = minute.astimezone(ZoneInfo(zone))
    if wall.date() in HOLIDAYS:
        return False
    if not week:
        return True
    spans = Calendar.model_validate({"id": "c", "hours": week}).week()[wall.weekday()]
    return any(start <= wall.hour * 60 + wall.minute < end for start, end in spans)


def slow_minutes(
    zone: str, week: dict[str, list[str]], start: datetime, end: datetime, pauses: list[Pause]
) -> list[datetime]:
    """The minutes between two moments in which the clock runs."""
    found, at = [], start
    while at < end:
        held = any(pause.start <= at and (pause.end is None or at < pause.end) for pause in pauses)
        if not held and opened(zone, week, at):
            found.append(at)
        at += MINUTE
    return found


# A day that did not come (Samoa), half an hour for good (Venezuela, Korea), two hours a year (Troll), back over midnight
# (Newfoundland until 2011), at midnight (Egypt, Brazil), and a zone between the quarters (Chatham, Eucla).
CHANGES = [
    ("Pacific/Apia", datetime(2011, 12, 28, tzinfo=UTC)),
    ("America/Caracas", datetime(2016, 4, 29, tzinfo=UTC)),
    ("Asia/Pyongyang", datetime(2015, 8, 12, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 27, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 27, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 10, 28, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 2, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2026, 4, 3, tzinfo=UTC)),
    ("Australia/Eucla", datetime(2026, 6, 1, tzinfo=UTC)),
]
BY_NIGHT = [*WEEKS, {"mon-sun": ["23:59-00:01"]}, {"mon-sun": ["12:00-11:59"]}, {"fri": ["22:00-10:00"]}]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, list[str]], datetime, datetime, list[Pause]]:
    if draw(st.booleans()):
        zone, begin = draw(st.sampled_from(CHANGES))
    else:
        zone, begin = draw(st.sampled_from(ZONES)), draw(st.sampled_from(BEGINNINGS))
    start = begin + MINUTE * draw(st.integers(0, 3 * 1440))
    end = start + MINUTE * draw(st.integers(0, 2 * 1440))
    pauses = []
    for _ in range(draw(st.integers(0, 2))):
        begins = start + MINUTE * draw(st.integers(-600, 2000))
        ends = draw(st.sampled_from([begins + timedelta(hours=3), begins + timedelta(hours=20), None]))
        pauses.append(Pause(begins, ends))
    return zone, draw(st.sampled_from(BY_NIGHT)), start, end, pauses


@settings(max_examples=60, deadline=None)
@given(cases())
def test_elapsed_is_what_the_wall_shows(
    case: tuple[str, dict[str, list[str]], datetime, datetime, list[Pause]],
) -> None:
    zone, week, start, end, pauses = case
    slow = slow_minutes(zone, week, start, end, pauses)
    assert business_elapsed(calendar(zone, week), start, end, pauses) == MINUTE * len(slow)


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 900))
def test_due_is_the_end_of_the_last_minute_needed(
    case: tuple[str, dict[str, list[str]], datetime, datetime, list[Pause]], minutes: int
) -> None:
    zone, week, start, _, pauses = case
    found = add_business(calendar(zone, week), start, MINUTE * minutes, pauses)
    if found is None:
        assert any(pause.end is None for pause in pauses)
        return
    if found - start > timedelta(days=4):
        found_minutes = business_elapsed(calendar(zone, week), start, found, pauses)
        assert found_minutes == MINUTE * minutes
        return
    slow = slow_minutes(zone, week, start, found, pauses)
    assert len(slow) == minutes
    assert slow[-1] + MINUTE == found


# A whole winter: summer time ends and begins again within one span (in Los Angeles in November and March, in Berlin in
# October and March; in Santiago and on Lord Howe it begins and ends, by half an hour there).
WINTER = datetime(2026, 8, 20, 7, 13, tzinfo=UTC), datetime(2027, 4, 20, 20, 41, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "week"),
    [
        ("America/Los_Angeles", WEEKS[0]),
        ("Australia/Lord_Howe", WEEKS[3]),
        *(pytest.param(zone, WEEKS[at], marks=pytest.mark.slow) for zone in ZONES for at in (0, 1, 2, 3)),
    ],
)
def test_a_span_across_two_changes_of_the_clocks_is_what_the_wall_shows(zone: str, week: dict[str, list[str]]) -> None:
    start, end = WINTER
    offsets = {(start + timedelta(days=day)).astimezone(ZoneInfo(zone)).utcoffset() for day in range(243)}
    assert len(offsets) == (1 if zone in ("UTC", "Asia/Kathmandu") else 2)
    pauses = [
        Pause(datetime(2026, 10, 24, 20, 30, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        Pause(datetime(2026, 11, 1, 8, 59, tzinfo=UTC), datetime(2026, 11, 3, 17, tzinfo=UTC)),
        Pause(datetime(2027, 3, 14, 10, 1, tzinfo=UTC), datetime(2027, 3, 14, 23, tzinfo=UTC)),
        Pause(datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 3, 29, 1, 15, tzinfo=UTC)),
    ]
    wall, spans = ZoneInfo(zone), Calendar.model_validate({"id": "c", "hours": week}).week()
    open_minutes = [frozenset(m for begins, ends in spans[day] for m in range(begins, ends)) for day in range(7)]
    ran, at = 0, start
    while at < end:
        shown = at.astimezone(wall)
        if shown.hour * 60 + shown.minute in open_minutes[shown.weekday()] and shown.date() not in HOLIDAYS:
            ran += not any(pause.start <= at < pause.end for pause in pauses if pause.end)
        at += MINUTE
    hours = calendar(zone, week)
    assert business_elapsed(hours, start, end, pauses) == MINUTE * ran
    due = add_business(hours, start, MINUTE * ran, pauses)
    assert due is not None and end - timedelta(days=8) < due <= end
    assert business_elapsed(hours, start, due, pauses) == MINUTE * ran


def test_a_clock_that_goes_back_over_midnight_shows_a_minute_of_the_next_day_twice() -> None:
    nights = calendar("America/St_Johns", {"mon-sun": ["23:59-00:01"]})
    start = datetime(2006, 10, 29, 0, 0, tzinfo=UTC)  # the evening before; at 00:01 it was 23:01 again
    assert business_elapsed(nights, start, start + timedelta(hours=12)) == 4 * MINUTE


def test_spring_skips_an_hour_and_autumn_repeats_one() -> None:
    nights = calendar("Europe/Berlin", {"mon-sun": ["00:00-06:00"]})
    zone = ZoneInfo("Europe/Berlin")
    spring = datetime(2027, 3, 28, 0, 0, tzinfo=zone)
    autumn = datetime(2027, 10, 31, 0, 0, tzinfo=zone)
    assert business_elapsed(nights, spring, datetime(2027, 3, 28, 6, tzinfo=zone)) == timedelta(hours=5)
    assert business_elapsed(nights, autumn, datetime(2027, 10, 31, 6, tzinfo=zone)) == timedelta(hours=7)


def test_a_span_that_ends_with_the_day_is_due_that_evening() -> None:
    office = calendar("UTC", WEEKS[0])
    friday = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert add_business(office, friday, timedelta(hours=9)) == datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert add_business(office, friday, timedelta(hours=9, minutes=1)) == datetime(2026, 11, 21, 9, 1, tzinfo=UTC)


def test_one_day_is_24_hours_of_the_clock_and_not_a_working_day() -> None:
    office = calendar("UTC", {"mon-fri": ["08:00-16:00"]})
    monday = datetime(2026, 11, 9, 8, tzinfo=UTC)
    assert add_business(office, monday, timedelta(days=1)) == datetime(2026, 11, 11, 16, tzinfo=UTC)
    assert add_business(None, monday, timedelta(days=1)) == monday + timedelta(days=1)


@pytest.mark.parametrize("years", [1, 40])
def test_an_older_ticket_after_a_younger_one_is_counted_the_same(years: int) -> None:
    office = calendar("America/Los_Angeles", WEEKS[0])
    young = datetime(2026, 11, 10, 12, tzinfo=UTC)
    old = young - timedelta(days=365 * years)
    business_elapsed(office, young, young + timedelta(days=3))
    fresh = calendar("America/Los_Angeles", WEEKS[0])
    assert business_elapsed(office, old, young) == business_elapsed(fresh, old, young) > timedelta(days=100)


def test_hours_that_never_come_are_due_in_a_hundred_years_and_not_never() -> None:
    never = BusinessHours(Calendar.model_validate({"id": "c", "hours": {"mon": []}}), ZoneInfo("UTC"))
    start = datetime(2026, 11, 9, 8, tzinfo=UTC)
    due = add_business(never, start, timedelta(hours=1))
    assert due is not None and due.year == 2126
