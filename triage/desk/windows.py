"""A lead's business windows: one that begins, one that ends, a calendar of them. Each is a version of the catalog.

A calendar (`.ics`, RFC 5545) comes from outside: its size, its events and its recurrences are bounded, its texts are
made safe, and what cannot be a window is told and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triage.catalog.models import Catalog, Window
from triage.desk.catalog import apply_catalog
from triage.desk.office import Desk
from triage.errors import InputError, NotFound, Problem, Refused, UsageError
from triage.text import did_you_mean, one_line, shorten, slug

MOST_BYTES = 2_000_000
MOST_EVENTS = 500
MOST_REPEATS = 60
MOST_BARREN = 2
AHEAD = timedelta(days=400)
_NAME, _REASON = 120, 400


@dataclass(frozen=True, slots=True)
class TakenCalendar:
    """What a calendar brought: the windows that were added or changed, the version, and what was left out and why."""

    windows: Sequence[str]
    version: int
    left_out: Sequence[str] = field(default=())


def add(
    desk: Desk,
    name: str,
    *,
    starts: datetime,
    ends: datetime,
    reason: str,
    services: Sequence[str] = (),
    touchpoints: Sequence[str] = (),
    owner: str | None = None,
    peak: bool = False,
) -> int:
    """Put a window in the catalog; the new version. Refused where it ends before it begins or is over."""
    desk.writable()
    if not services and not touchpoints:
        raise Refused("a window is about a service or a touchpoint", "name one")
    if ends <= starts or ends <= desk.now():
        raise Refused("the window would be over before it begins", "give a later end")
    _known(desk, "service", services, desk.index.services)
    _known(desk, "touchpoint", touchpoints, desk.index.touchpoints)
    window = _window(
        id=slug(name, desk.index.windows), name=name, starts=starts, ends=ends, reason=reason,
        services=list(services), touchpoints=list(touchpoints), owner=owner, peak=peak,
    )  # fmt: skip
    return apply_catalog(desk, Catalog(windows=[window]), note=f"window added: {window.name}").version


def end(desk: Desk, ident: str) -> int:
    """End a window now; the new version. One that has not begun is over before it begins: it counts no more."""
    desk.writable()
    window = desk.index.windows.get(ident)
    if window is None:
        raise NotFound(f"there is no window '{one_line(ident)}'", did_you_mean(ident, desk.index.windows) or "")
    now = desk.now().astimezone(desk.index.timezone).replace(microsecond=0)
    if desk.index.moment(window.ends) <= now:
        raise Refused(f"'{window.name}' is over already")
    starts = min(desk.index.moment(window.starts), now - timedelta(minutes=1))
    changed = window.model_copy(update={"starts": starts, "ends": now})
    return apply_catalog(desk, Catalog(windows=[changed]), note=f"window ended: {window.name}").version


def take_calendar(
    desk: Desk, path: Path, *, services: Sequence[str] = (), touchpoints: Sequence[str] = ()
) -> TakenCalendar:
    """Take the events of an `.ics` file as windows on these services or touchpoints; one version for all of them.

    An event that says which by its categories (`CATEGORIES:closing-portal`) is about those. An event that is
    over, that never ends, or that is about nothing is left out and told. The same file again changes nothing: a
    window keeps the id that its event's UID gives it. InputError names the file where it is no calendar.
    """
    desk.writable()
    _known(desk, "service", services, desk.index.services)
    _known(desk, "touchpoint", touchpoints, desk.index.touchpoints)
    found, left = read_calendar(path, now=desk.now(), zone=desk.index.timezone)
    windows: dict[str, Window] = {}
    for event in found:
        on = [word for word in event["categories"] if word in desk.index.services] or list(services)
        at = [word for word in event["categories"] if word in desk.index.touchpoints] or list(touchpoints)
        if not on and not at:
            left.append(f"{event['name']}: about no service and no touchpoint")
            continue
        try:
            window = _window(
                id=event["id"], name=event["name"], starts=event["starts"], ends=event["ends"], reason=event["reason"],
                services=on, touchpoints=at,
            )  # fmt: skip
        except UsageError as error:
            left.append(str(error))
            continue
        windows[window.id] = window
    if not windows:
        return TakenCalendar((), desk.index.version, left)
    applied = apply_catalog(desk, Catalog(windows=list(windows.values())), note=f"windows from {one_line(path.name)}")
    return TakenCalendar(tuple(windows), applied.version, left)


def read_calendar(path: Path, *, now: datetime, zone: tzinfo) -> tuple[list[dict[str, Any]], list[str]]:
    """The events of a calendar that are not over, repeats written out; and what was left out, a line each."""
    import icalendar

    name = one_line(path.name)
    try:
        if path.exists() and not path.is_file():  # a device or a pipe would be read for ever
            raise InputError([Problem("is no file", name, hint="save it as .ics from the calendar")])
        if path.stat().st_size > MOST_BYTES:
            raise InputError([Problem(f"is larger than {MOST_BYTES // 1_000_000} MB", name)])
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
    except OSError as error:
        raise InputError([Problem(f"cannot be read ({error.strerror})", name)]) from error
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        hint = "save it as .ics from the calendar"
        raise InputError([Problem(f"is no calendar: {shorten(one_line(str(error)), 80)}", name, hint=hint)]) from error
    found: list[dict[str, Any]] = []
    left: list[str] = []
    events = list(calendar.walk("VEVENT"))
    if len(events) > MOST_EVENTS:
        left.append(f"{len(events) - MOST_EVENTS} events beyond the first {MOST_EVENTS}")
    reader = _Reader(now, zone, _moved(events[:MOST_EVENTS], zone), left)
    for event in events[:MOST_EVENTS]:
        title = shorten(one_line(str(event.get("SUMMARY", "")).strip()), _NAME) or "Untitled"
        try:
            found += reader.read(event, title)
        except (ValueError, TypeError, AttributeError, OverflowError, KeyError) as error:
            left.append(f"{title}: {shorten(one_line(str(error)), 80)}")
    return found, left


class _Reader:
    """Reads the events of one calendar; what it leaves out it adds to `left`."""

    def __init__(self, now: datetime, zone: tzinfo, moved: Mapping[str, set[datetime]], left: list[str]) -> None:
        self.now, self.zone, self.moved, self.left = now, zone, moved, left
        self._barren = 0

    def read(self, event: Any, title: str) -> Iterable[dict[str, Any]]:
        """The windows of an event, none where it is left out."""
        if "DTSTART" not in event:
            self.left.append(f"{title}: says no beginning (DTSTART)")
            return []
        if str(event.get("STATUS", "")).strip().upper() == "CANCELLED":
            self.left.append(f"{title}: is cancelled")
            return []
        starts = _moment(event["DTSTART"].dt, self.zone)
        if "DTEND" in event:
            ends = _moment(event["DTEND"].dt, self.zone)
        elif "DURATION" in event:
            ends = starts + event["DURATION"].dt
        else:
            ends = starts + (timedelta(days=1) if not isinstance(event["DTSTART"].dt, datetime) else timedelta())
        if ends <= starts:
            self.left.append(f"{title}: ends before it starts, or never")
            return []
        if "RDATE" in event:
            self.left.append(f"{title}: its further days (RDATE) are not read")
        uid = _uid(event, title)
        said = one_line(str(event.get("DESCRIPTION", "")).strip())
        categories = event.get("CATEGORIES", [])
        words = [
            one_line(str(word)).strip().lower()
            for group in (categories if isinstance(categories, list) else [categories])
            for word in getattr(group, "cats", [group])
        ]
        span, told = ends - starts, len(self.left)
        made = []
        for begin in self._repeats(event, starts, self.now - span, title):
            if begin + span <= self.now:
                continue
            # A repeat that was moved keeps the id of the moment that it was moved from.
            first = _moment(event["RECURRENCE-ID"].dt, self.zone) if "RECURRENCE-ID" in event else begin
            single = "RRULE" not in event and "RECURRENCE-ID" not in event
            stamp = "" if single else f" {first:%Y%m%dT%H%M}"
            made.append({
                "id": slug(f"cal {title[:24]} {_digest(uid)}{stamp}", ()), "name": title, "starts": begin,
                "ends": begin + span, "reason": shorten(said, _REASON) or f"In the calendar: {title}",
                "categories": words,
            })  # fmt: skip
        if not made and len(self.left) == told:
            self.left.append(f"{title}: is over")
        return made

    def _repeats(self, event: Any, starts: datetime, since: datetime, title: str) -> list[datetime]:
        """When an event begins: once, or as its rule says within a year and at most sixty times."""
        rule = event.get("RRULE")
        if rule is None:
            return [starts]
        from dateutil.rrule import rrulestr

        # The rule runs in the event's own zone without its name, so that ten o'clock stays ten o'clock.
        text = rule.to_ical().decode("ascii")
        if any(f"FREQ={word}" in text.upper() for word in ("SECONDLY", "MINUTELY", "HOURLY")):
            self.left.append(f"{title}: repeats more often than daily")
            return []
        if any(int(step) < 1 for step in rule.get("INTERVAL", [])):  # dateutil would stand still for ever
            self.left.append(f"{title}: repeats every 0 days")
            return []
        if self._barren >= MOST_BARREN:
            self.left.append(f"{title}: not read, other events of this calendar repeat on days that never come")
            return []
        until = since + AHEAD
        naive = starts.replace(tzinfo=None)
        plain = ";".join(part for part in text.split(";") if not part.upper().startswith("UNTIL="))
        last = rule.get("UNTIL", [None])[0]
        if last is not None:
            until = min(until, _moment(last, starts.tzinfo or since.tzinfo or last.tzinfo))
        zone = starts.tzinfo
        begins = []
        skipped = {_moment(each.dt, zone or since.tzinfo) for each in _exceptions(event)}
        if "RECURRENCE-ID" not in event:
            skipped |= self.moved.get(_uid(event, title), set())
        number = -1
        for number, naive_begin in enumerate(rrulestr(plain, dtstart=naive)):
            begin = naive_begin.replace(tzinfo=zone)
            if begin > until or number > 20_000:
                break
            if begin >= since and begin not in skipped:
                begins.append(begin)
            if len(begins) >= MOST_REPEATS:
                self.left.append(f"{title}: repeats beyond the first {MOST_REPEATS}")
                break
        # A rule without a day, like 30 February, is looked for up to the year 9999, which takes seconds.
        self._barren += number < 0
        return begins


def _uid(event: Any, title: str) -> str:
    return one_line(str(event.get("UID", title)))


def _moved(events: Iterable[Any], zone: tzinfo) -> dict[str, set[datetime]]:
    """UID → the moments of a repeating event that an event of their own stands for: moved or cancelled."""
    found: dict[str, set[datetime]] = {}
    for event in events:
        instead = getattr(event.get("RECURRENCE-ID"), "dt", None)
        if isinstance(instead, date):
            found.setdefault(_uid(event, ""), set()).add(_moment(instead, zone))
    return found


def _exceptions(event: Any) -> list[Any]:
    found = event.get("EXDATE", [])
    return [date_ for each in (found if isinstance(found, list) else [found]) for date_ in getattr(each, "dts", [])]


def _moment(value: date | datetime, zone: tzinfo | None) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _digest(text: str) -> str:
    from hashlib import blake2b

    return blake2b(text.encode(), digest_size=4).hexdigest()


def _window(**values: Any) -> Window:
    try:
        return Window(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{one_line(str(values.get('name', '')))}: {where}: {one_line(first['msg'])}") from error


def _known(desk: Desk, what: str, named: Sequence[str], known: Any) -> None:
    for ident in named:
        if ident not in known:
            hint = did_you_mean(ident, known) or "see `triage catalog export`"
            raise NotFound(f"there is no {what} '{one_line(ident)}'", hint)


def read_span(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From when to when: `2026-12-28 08:00 to 2026-12-31 18:00`; a day alone is whole, `now` is now. UsageError."""
    first, mark, last = text.strip().partition(" to ")
    if not mark:
        raise UsageError("say from when to when", "like 2026-12-28 08:00 to 2026-12-31 18:00, or now to 2026-12-31")
    starts, ends = _read_moment(first, now, zone, time()), _read_moment(last, now, zone, time(23, 59))
    if ends <= starts:
        raise UsageError("it ends before it begins")
    return starts, ends


def _read_moment(text: str, now: datetime, zone: tzinfo, default: time) -> datetime:
    text = text.strip()
    if text.lower() == "now":
        return now.astimezone(zone).replace(second=0, microsecond=0)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), default, zone)
        return _moment(datetime.fromisoformat(text), zone)
    except ValueError as error:
        raise UsageError(f"'{one_line(text)}' is no time", "write it like 2026-12-28 08:00") from error
