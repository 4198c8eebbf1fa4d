"""A lead's windows: begun, ended, taken from a calendar; each a version with its row in the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from triage.desk.office import Desk
from triage.desk.overview import overview
from triage.desk.overview import windows as coming
from triage.desk.windows import MOST_REPEATS, add, end, take_calendar
from triage.errors import InputError, NotFound, Refused

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"
EVENT = (
    "BEGIN:VEVENT\r\nUID:launch-1@cal\r\nSUMMARY:Spring launch\r\nDESCRIPTION:Every branch demos it.\r\n"
    "DTSTART:20261201T090000Z\r\nDTEND:20261203T170000Z\r\nEND:VEVENT\r\n"
)


def calendar(tmp_path: Path, *events: str) -> Path:
    """An .ics file of these events."""
    path = tmp_path / "plan.ics"
    path.write_bytes((HEAD + "".join(events) + "END:VCALENDAR\r\n").encode())
    return path


def last_act(desk: Desk) -> tuple[str, str]:
    """Who did what last."""
    return tuple(desk.database.execute("SELECT who, what FROM acts ORDER BY id DESC LIMIT 1").fetchone())  # type: ignore[return-value]


def test_a_window_begins_and_ends(desk: Desk, now: datetime) -> None:
    version = desk.index.version
    made = add(
        desk, "Open house week", starts=now, ends=now + timedelta(days=5), reason="All branches show houses.",
        services=["printing"],
    )  # fmt: skip
    assert made == version + 1
    assert last_act(desk) == ("ana", "apply")
    (window,) = coming(desk)
    assert (window.id, window.active, window.reason) == ("open-house-week", True, "All branches show houses.")
    end(desk, "open-house-week")
    assert coming(desk) == []
    with pytest.raises(Refused, match="over already"):
        end(desk, "open-house-week")


def test_a_window_that_was_to_come_never_counts_once_ended(desk: Desk, now: datetime) -> None:
    add(desk, "Launch", starts=now + timedelta(days=2), ends=now + timedelta(days=5), reason="x", services=["printing"])
    assert [window.active for window in coming(desk)] == [False]
    end(desk, "launch")
    assert coming(desk) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"services": []}, Refused),
        ({"services": ["printig"]}, NotFound),
        ({"ends": timedelta(days=-1)}, Refused),
        ({"starts": timedelta(days=9)}, Refused),
    ],
)
def test_what_cannot_be_a_window(desk: Desk, now: datetime, changes: dict[str, object], error: type) -> None:
    version = desk.index.version
    given = {"starts": timedelta(), "ends": timedelta(days=1), "services": ["printing"], **changes}
    moments = {name: now + value for name, value in given.items() if isinstance(value, timedelta)}
    with pytest.raises(error):
        add(desk, "Launch", reason="x", services=given["services"], **moments)  # type: ignore[arg-type]
    assert desk.index.version == version


def test_a_calendar_becomes_windows_and_again_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = calendar(tmp_path, EVENT)
    taken = take_calendar(desk, path, services=["printing"])
    assert len(taken.windows) == 1 and not taken.left_out
    (window,) = coming(desk)
    assert (window.name, window.reason, window.services) == ("Spring launch", "Every branch demos it.", ("printing",))
    assert take_calendar(desk, path, services=["printing"]).version == taken.version


def test_categories_say_what_an_event_is_about(desk: Desk, tmp_path: Path) -> None:
    event = EVENT.replace("END:VEVENT", "CATEGORIES:Closing-Portal,green\r\nEND:VEVENT")
    take_calendar(desk, calendar(tmp_path, event))
    assert coming(desk)[0].services == ("closing-portal",)


def test_what_cannot_be_a_window_is_told_and_what_is_good_is_kept(desk: Desk, tmp_path: Path) -> None:
    over = EVENT.replace("launch-1", "old").replace("Spring launch", "Old").replace("202612", "202512")
    backwards = EVENT.replace("launch-1", "back").replace("Spring launch", "Back").replace("20261203", "20261101")
    hourly = (
        EVENT.replace("launch-1", "hour")
        .replace("Spring launch", "Hourly")
        .replace("END:VEVENT", "RRULE:FREQ=SECONDLY\r\nEND:VEVENT")
    )
    broken = (
        EVENT.replace("launch-1", "bad").replace("Spring launch", "Bad").replace("DTSTART:20261201T090000Z\r\n", "")
    )
    taken = take_calendar(desk, calendar(tmp_path, over, backwards, hourly, broken, EVENT), services=["printing"])
    assert len(taken.windows) == 1
    told = "\n".join(taken.left_out)
    assert (
        "Old: is over" in told and "Back: ends before" in told and "more often than daily" in told and "Bad: " in told
    )


def test_an_event_that_repeats_for_ever_is_bounded_and_keeps_its_hour(desk: Desk, tmp_path: Path) -> None:
    event = (
        EVENT.replace("DTSTART:20261201T090000Z", "DTSTART;TZID=Europe/Berlin:20251020T100000")
        .replace("DTEND:20261203T170000Z", "DTEND;TZID=Europe/Berlin:20251020T120000")
        .replace("END:VEVENT", "RRULE:FREQ=DAILY\r\nEND:VEVENT")
    )
    taken = take_calendar(desk, calendar(tmp_path, event), services=["printing"])
    assert len(taken.windows) == MOST_REPEATS
    assert any("beyond the first" in line for line in taken.left_out)
    assert {window.starts.hour for window in coming(desk)} == {9}  # ten in Berlin, in winter


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff\xfe", b"BEGIN:VCALENDAR", b"not a calendar at all", b"BEGIN:VEVENT\r\nEND:VCALENDAR\r\n"],
)
def test_no_calendar_is_one_line_or_nothing(desk: Desk, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ics"
    path.write_bytes(data)
    version = desk.index.version
    try:
        assert take_calendar(desk, path, services=["printing"]).windows == ()
    except InputError as error:
        assert "x.ics" in str(error) and "\n" not in str(error)
    assert desk.index.version == version


def test_hostile_text_of_a_calendar_is_made_safe(desk: Desk, tmp_path: Path) -> None:
    event = EVENT.replace("Spring launch", "\x1b]52;c;aGk=\x07[/b] \u202elaunch " + "x" * 500)
    take_calendar(desk, calendar(tmp_path, event), services=["printing"])
    (window,) = coming(desk)
    assert "\x1b" not in window.name and "\u202e" not in window.name and len(window.name) <= 120


def test_the_overview_counts_what_is_there(desk: Desk, ticket, now: datetime) -> None:  # type: ignore[no-untyped-def]
    from triage.desk.acts import override
    from triage.desk.take_in import take_in

    take_in(desk, [ticket(channel="fax") for _ in range(3)], source="file", name="t")
    override(desk, [1], "P4", "politics")
    seen = overview(desk)
    assert sum(age.tickets for age in seen.ages) == 3
    assert seen.overrides.overridden == 1 and seen.overrides.tickets == 3
    assert seen.overrides.by_reason == [("politics", 1)]
    assert seen.channels == [("fax", 3)]
    assert {"identity", "printing"} <= {each.service for each in seen.agreements}
    assert "closing-portal" not in {each.service for each in seen.agreements}
    assert sum(number for _, number, _ in seen.groups) == 3


def weekly(*lines: str) -> str:
    """The event with further lines, every week."""
    return EVENT.replace("END:VEVENT", "RRULE:FREQ=WEEKLY;COUNT=3\r\n" + "".join(f"{line}\r\n" for line in lines)
                         + "END:VEVENT")  # fmt: skip


def test_a_repeat_that_was_moved_stands_once_and_a_cancelled_one_not_at_all(desk: Desk, tmp_path: Path) -> None:
    series = weekly()
    moved = EVENT.replace("20261201T09", "20261210T12").replace("20261203T17", "20261211T17")
    moved = moved.replace("END:VEVENT", "RECURRENCE-ID:20261208T090000Z\r\nEND:VEVENT")
    dropped = EVENT.replace("END:VEVENT", "RECURRENCE-ID:20261215T090000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT")
    plain = take_calendar(desk, calendar(tmp_path, series), services=["printing"])
    assert len(plain.windows) == 3
    taken = take_calendar(desk, calendar(tmp_path, series, moved, dropped), services=["printing"])
    assert len(taken.windows) == 2 and set(taken.windows) < set(plain.windows)
    assert [f"{desk.index.windows[each].starts:%d %H}" for each in taken.windows] == ["01 09", "10 12"]
    assert taken.left_out == ["Spring launch: is cancelled"]


def test_what_of_an_event_is_not_read_is_told(desk: Desk, tmp_path: Path) -> None:
    further = EVENT.replace("END:VEVENT", "RDATE:20261210T090000Z\r\nEND:VEVENT")
    taken = take_calendar(desk, calendar(tmp_path, further), services=["printing"])
    assert len(taken.windows) == 1 and "further days (RDATE)" in taken.left_out[0]


def test_a_rule_that_never_ends_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    still = EVENT.replace("END:VEVENT", "RRULE:FREQ=DAILY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT")
    never = EVENT.replace("END:VEVENT", "RRULE:FREQ=YEARLY;INTERVAL=9;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT")
    taken = take_calendar(desk, calendar(tmp_path, still, *[never] * 9), services=["printing"])
    assert not taken.windows
    assert "every 0 days" in taken.left_out[0] and "days that never come" in taken.left_out[-1]


def test_a_calendar_is_a_file(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no file"):
        take_calendar(desk, tmp_path, services=["printing"])
