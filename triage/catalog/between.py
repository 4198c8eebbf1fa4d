"""What must hold between the entries of a catalog, beyond references. Every walk is iterative."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from triage.catalog.lined import quoted
from triage.catalog.models import Catalog, Service, Touchpoint
from triage.catalog.shape import identity
from triage.catalog.translate import translatable, what_is_wrong
from triage.catalog.values import format_duration
from triage.errors import Problem
from triage.text import did_you_mean, fold

MAX_DEPENDENCIES_DEEP = 10_000
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
Where = Mapping[tuple[str, str], tuple[str, int]]


def check_between(catalog: Catalog, where: Where) -> list[Problem]:
    """Errors and warnings between entries. `where` gives the file and line of what the files hold."""
    return [
        *_dependencies(catalog, where),
        *_times(catalog, where),
        *_shared_aliases(catalog, where),
        *_figures(catalog, where),
        *_translations(catalog, where),
    ]


def _problem(
    what: str, where: Where, key: tuple[str, str], hint: str | None = None, severity: str = "error"
) -> Problem:
    file, line = where.get(key, (None, None))
    return Problem(what, file, line, hint, severity)


def _dependencies(catalog: Catalog, where: Where) -> Iterator[Problem]:
    """Circles, and chains that are too deep: services are taken away from the bottom (Kahn's order)."""
    # An id that stands twice is told elsewhere; here it is one service with the needs of both.
    given: dict[str, dict[str, None]] = {}
    for service in catalog.services:
        given.setdefault(service.id, {}).update(dict.fromkeys(service.depends_on))
    needs = {ident: [other for other in others if other in given] for ident, others in given.items()}
    missing = {ident: len(others) for ident, others in needs.items()}
    users: dict[str, list[str]] = {ident: [] for ident in needs}
    for ident, others in needs.items():
        for other in others:
            users[other].append(ident)
    depth = dict.fromkeys(needs, 0)
    ready = deque(ident for ident, count in missing.items() if count == 0)
    while ready:
        ident = ready.popleft()
        del missing[ident]
        for user in users[ident]:
            depth[user] = max(depth[user], depth[ident] + 1)
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    deepest = max(depth, key=lambda ident: depth[ident], default=None)
    if deepest is not None and depth[deepest] > MAX_DEPENDENCIES_DEEP:
        what = f"services.depends_on: {quoted(deepest)} depends on others {depth[deepest]} deep"
        yield _problem(what, where, ("services", deepest), f"at most {MAX_DEPENDENCIES_DEEP} are followed")
    for circle in _circles({ident: needs[ident] for ident in missing}):
        shown = circle if len(circle) <= 8 else [*circle[:4], "…", *circle[-3:]]
        path = " → ".join([*shown, circle[0]])
        # The files may close a circle through services that only the database has: name a place in the files.
        place = next((ident for ident in circle if ("services", ident) in where), circle[0])
        yield _problem(f"services.depends_on: goes in a circle: {path}", where, ("services", place))


def _circles(needs: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """One circle of every knot of services that need one another, from its first id by the alphabet."""
    for knot in _knots(needs):
        inside = set(knot)
        path: list[str] = []
        place: dict[str, int] = {}
        ident = min(knot)
        while ident not in place:
            place[ident] = len(path)
            path.append(ident)
            ident = next(other for other in needs[ident] if other in inside)
        circle = path[place[ident] :]
        first = circle.index(min(circle))
        yield circle[first:] + circle[:first]


def _knots(needs: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Strongly connected sets with a circle in them (Tarjan 1972, with a stack in place of recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    is_held: set[str] = set()
    for start in needs:
        if start in number:
            continue
        walk = [(start, iter(needs[start]))]
        number[start] = low[start] = len(number)
        held.append(start)
        is_held.add(start)
        while walk:
            ident, others = walk[-1]
            for other in others:
                if other not in needs:
                    continue
                if other not in number:
                    number[other] = low[other] = len(number)
                    held.append(other)
                    is_held.add(other)
                    walk.append((other, iter(needs[other])))
                    break
                if other in is_held:
                    low[ident] = min(low[ident], number[other])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[ident])
                if low[ident] == number[ident]:
                    at = _last(held, ident)
                    knot = held[at:]
                    del held[at:]
                    is_held.difference_update(knot)
                    if len(knot) > 1 or ident in needs[ident]:
                        yield knot


def _last(held: list[str], ident: str) -> int:
    at = len(held) - 1
    while held[at] != ident:
        at -= 1
    return at


def _times(catalog: Catalog, where: Where) -> Iterator[Problem]:
    for service in catalog.services:
        if service.rto is not None and service.mtpd is not None and service.rto > service.mtpd:
            what = (
                f"services.rto: {format_duration(service.rto)} to recover is more than the "
                f"{format_duration(service.mtpd)} that the business can bear (mtpd)"
            )
            yield _problem(what, where, ("services", service.id))
        agreed = service.agreed
        if agreed is not None and agreed.review_by is not None and agreed.review_by < agreed.on:
            what = f"services.agreed: is due for review ({agreed.review_by}) before it was agreed ({agreed.on})"
            yield _problem(what, where, ("services", service.id), severity="warning")
    for calendar in catalog.calendars:
        if calendar.hours and not any(calendar.week()):
            what = (
                "calendars.hours: is never open, so that no clock in it ever runs; "
                "without hours it runs around the clock"
            )
            yield _problem(what, where, ("calendars", calendar.id))
    zone = ZoneInfo(catalog.catalog.timezone)
    for window in catalog.windows:
        key = ("windows", window.id)
        years = (window.starts.year, window.ends.year)
        if min(years) < _FIRST_YEAR or max(years) > _LAST_YEAR:
            yield _problem(f"windows.starts: {years[0]} to {years[1]} is no time to prepare for", where, key)
        elif _moment(window.ends, zone) <= _moment(window.starts, zone):
            what = f"windows.ends: {window.ends.isoformat()} is not after {window.starts.isoformat()} (starts)"
            yield _problem(what, where, key)


def _moment(when: datetime, zone: ZoneInfo) -> datetime:
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)


def _worded(catalog: Catalog) -> Iterator[tuple[str, Service | Touchpoint]]:
    for service in catalog.services:
        yield "services", service
    for journey in catalog.journeys:
        for stage in journey.stages:
            for touchpoint in stage.touchpoints:
                yield "touchpoints", touchpoint


def shared_aliases(catalog: Catalog) -> list[tuple[str, tuple[str, str], tuple[str, str]]]:
    """Aliases that lead to two entries: the alias, and the two as (table, id).

    Two names that are the same are no such case; an alias that is the other's alias or name is one.
    Services and touchpoints share their words, because both are found by them.
    """
    names: dict[str, list[tuple[str, str]]] = {}
    for table, entry in _worded(catalog):
        names.setdefault(fold(entry.name), []).append((table, entry.id))
    found: list[tuple[str, tuple[str, str], tuple[str, str]]] = []
    first: dict[str, tuple[str, str]] = {}
    for table, entry in _worded(catalog):
        key = (table, entry.id)
        for alias in dict.fromkeys(entry.aliases):
            folded = fold(alias)
            other = first.setdefault(folded, key)
            if other == key:
                other = next((named for named in names.get(folded, ()) if named != key), key)
            if other != key:
                found.append((alias, key, other))
    return found


def _shared_aliases(catalog: Catalog, where: Where) -> Iterator[Problem]:
    for alias, one, two in shared_aliases(catalog):
        key, other = (two, one) if one not in where and two in where else (one, two)
        file, line = where.get(other, (None, None))
        place = f" at {file}:{line}" if file is not None else ""
        what = f"{key[0]}.aliases: {quoted(alias)} of '{key[1]}' also leads to '{other[1]}'{place}"
        yield _problem(what, where, key, "keep it where it is meant", "warning")


def _figures(catalog: Catalog, where: Where) -> Iterator[Problem]:
    """A figure of an indicator that its service does not have is taken, and said."""
    kpis = {service.id: [kpi.id for kpi in service.kpis] for service in catalog.services}
    for figure in catalog.figures:
        known = kpis.get(figure.service or "")
        if known and figure.kpi is not None and figure.kpi not in known:
            key = ("figures", f"{figure.service}/{figure.kpi}/{figure.period}")
            what = f"figures.kpi: {quoted(figure.kpi)} is no KPI of '{figure.service}'"
            yield _problem(what, where, key, did_you_mean(figure.kpi, known), "warning")


def _translations(catalog: Catalog, where: Where) -> Iterator[Problem]:
    """A translation of an entry that is not there, or of a text that no brief quotes, is an error."""
    if not catalog.translations:
        return
    known = translatable(catalog)
    for one in catalog.translations:
        wrong = what_is_wrong(one, known)
        if wrong is not None:
            key, what, may = wrong
            hint = did_you_mean(str(getattr(one, key)), may)
            if hint is None and len(may) < 6:
                hint = f"it is one of {', '.join(may)}"
            place = ("translations", identity("translations", one))
            yield _problem(f"translations.{key}: {what}", where, place, hint)
