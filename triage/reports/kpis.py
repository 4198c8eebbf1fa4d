"""The indicators of the services by quarter: typed in the catalog, imported, or computed from tickets.

A typed value counts before a computed one, an imported one before the catalog's. An indicator of months
is their mean in a quarter (hours of training are their sum). What nobody told and nothing can compute is
unknown, and said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from triage.catalog.models import Kpi, Service
from triage.reports import timings
from triage.reports.costing import months_begun, rate, support_cost_per_ticket
from triage.reports.ground import Ground
from triage.reports.periods import Quarter
from triage.reports.timings import Timed
from triage.reports.tree import Query
from triage.reports.words import middle, share
from triage.text import fold

CATALOG_SQL = "SELECT version, document FROM catalog_versions WHERE version = :version"
IMPORTED_SQL = "SELECT service, kpi, period, value, source FROM figures"
TRAINING_SQL = "SELECT person, kind, period, hours FROM training"

# What triage can compute by itself, by the words that an indicator's id or name has for it.
COMPUTED: dict[str, tuple[str, ...]] = {
    "respond": ("time to respond", "response time", "first response", "respond"),
    "restore": ("time to restore", "restore", "time to repair", "mttr"),
    "resolve": ("time to resolve", "resolution time", "resolve"),
    "in-time": ("resolved in time", "resolved within sla", "sla met", "in time"),
    "tickets-per-person": ("tickets per person", "tickets per head"),
    "ticket-cost": ("cost per ticket", "ticket cost"),
    "promises-kept": ("promises kept",),
}


@dataclass(frozen=True, slots=True)
class Point:
    """The value of an indicator in a quarter. `origin`: imported, catalog, computed, unknown; `how` in words."""

    value: float | None
    origin: str
    how: str
    query: Query | None
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator of a service over the quarters of the trend, the last one the report's."""

    service: Service
    kpi: Kpi
    points: tuple[Point, ...]

    @property
    def now(self) -> Point:
        """The report's own quarter."""
        return self.points[-1]

    @property
    def before(self) -> Point:
        """The quarter before."""
        return self.points[-2]


@dataclass(frozen=True, slots=True)
class Told:
    """A value that somebody told, and where it came from."""

    value: float
    source: str
    origin: str


class Figures:
    """Everything that was told, by service, indicator and period; '' as a service is the whole company."""

    def __init__(self, g: Ground) -> None:
        self.catalog_query, _ = g.ask(
            "figures of the catalog",
            CATALOG_SQL,
            "the entries under `figures` of this version",
            version=g.index.version,
        )
        self.imported_query, imported = g.ask("figures that were imported", IMPORTED_SQL)
        self.values: dict[tuple[str, str, str], Told] = {
            (entry.service or "", entry.kpi or "", entry.period): Told(entry.value, entry.source or "", "catalog")
            for entry in g.index.catalog.figures
        }
        for service, kpi, period, value, source in imported:
            self.values[(service, kpi, period)] = Told(value, source or "", "imported")

    def point(self, service: str, kpi: str, quarter: Quarter) -> Point | None:
        """The value that was told for a quarter: its own, else the mean of its months; None where nobody did."""
        told = self.values.get((service, kpi, str(quarter)))
        if told:
            return Point(told.value, told.origin, told.source or "without a source", self._query(told.origin))
        months = [self.values[key] for month in quarter.months if (key := (service, kpi, month)) in self.values]
        if not months:
            return None
        origin = "imported" if any(entry.origin == "imported" for entry in months) else "catalog"
        source = months[-1].source or "without a source"
        how = f"{source}, mean of {len(months)} month{'s' * (len(months) > 1)}"
        return Point(fmean(entry.value for entry in months), origin, how, self._query(origin))

    def _query(self, origin: str) -> Query:
        return self.imported_query if origin == "imported" else self.catalog_query


def measure_of(kpi: Kpi) -> str | None:
    """What triage computes for an indicator where nobody told it, by its id or its name; None for nothing."""
    words = {fold(kpi.name), kpi.id.replace("-", " ")}
    return next((measure for measure, names in COMPUTED.items() if words & {*names, measure.replace("-", " ")}), None)


def default_kpis(service: Service) -> list[Kpi]:
    """What the card shows of a service that names no indicator: what can be computed of it."""
    found = []
    if service.sla and service.sla.resolve:
        found.append(Kpi(id="in-time", name="Resolved in time", unit="percent"))
    elif service.rto:
        target = round(service.rto.total_seconds() / 3600, 2)
        found.append(Kpi(id="restore", name="Time to restore", unit="hours", target=target, better="lower"))
    if rate(service) is not None:
        found.append(Kpi(id="ticket-cost", name="Cost per ticket", better="lower"))
    return found


class Computer:
    """Computes indicators from tickets, for the quarters of a report's trend."""

    def __init__(self, g: Ground) -> None:
        self.g = g
        first, last = g.quarters[0].span(g.zone)[0], g.end
        self.query, self.found = timings.times(g, first, last)
        self.spans: Mapping[Quarter, tuple[int, int]] = {quarter: g.span(quarter) for quarter in g.quarters}
        self.came: dict[tuple[str | None, Quarter], list[Timed]] = {}
        self.gone: dict[tuple[str | None, Quarter], list[Timed]] = {}
        for quarter, (start, end) in self.spans.items():
            for timed in timings.came_in(self.found, start, end):
                self.came.setdefault((timed.service, quarter), []).append(timed)
            for timed in timings.ended(self.found, start, end):
                self.gone.setdefault((timed.service, quarter), []).append(timed)
        self._measures: dict[str, Callable[[Service, Quarter], tuple[float | None, str]]] = {
            "respond": self._respond,
            "restore": self._restore,
            "resolve": self._resolve,
            "in-time": self._in_time,
            "tickets-per-person": self._tickets_per_person,
            "ticket-cost": self._ticket_cost,
            "promises-kept": self._promises_kept,
        }

    def point(self, service: Service, kpi: Kpi, quarter: Quarter) -> Point | None:
        """An indicator of a quarter as far as tickets tell it; None where triage computes nothing of the kind."""
        measure = measure_of(kpi)
        if measure is None:
            return None
        value, how = self._measures[measure](service, quarter)
        if value is None:
            return None
        scaled = _scaled(value, measure, kpi.unit)
        clock = self.g.clock_of(service) if measure in ("respond", "restore", "resolve", "in-time") else ""
        return Point(round(scaled, 4), "computed", f"computed: {how}", self.query, clock)

    def all(self, which: Mapping[tuple[str | None, Quarter], list[Timed]], quarter: Quarter) -> list[Timed]:
        """Every ticket of a quarter, whatever its service."""
        return [timed for (_, at), found in which.items() if at == quarter for timed in found]

    def _of(
        self, service: Service, quarter: Quarter, which: Mapping[tuple[str | None, Quarter], list[Timed]]
    ) -> list[Timed]:
        return which.get((service.id, quarter), [])

    def _respond(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        return _median(timings.respond_hours(self._of(service, quarter, self.came)), "answered")

    def _restore(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        return _median(timings.restore_hours(self._of(service, quarter, self.gone)), "restored")

    def _resolve(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        took = [timed.resolve for timed in self._of(service, quarter, self.gone) if timed.resolve is not None]
        return _median(took, "resolved")

    def _in_time(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        good, total = timings.in_time(self.g, self._of(service, quarter, self.gone), "resolve")
        return share(good, total), f"{good} of {total} resolved tickets"

    def _tickets_per_person(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        people = staff_served(self.g, service)
        number = len(self._of(service, quarter, self.came))
        return share(number, people or 0), f"{number} tickets, {people} people"

    def _ticket_cost(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        number = len(self._of(service, quarter, self.came))
        months = len(months_begun(self.g, quarter))
        return support_cost_per_ticket(service, months, number), f"{number} tickets"

    def _promises_kept(self, service: Service, quarter: Quarter) -> tuple[float | None, str]:
        kept = timings.promises(self.g, self._of(service, quarter, self.came))
        good, bad = sum(entry.kept for entry in kept), sum(entry.broken for entry in kept)
        return share(good, good + bad), f"{good} of {good + bad} promises"


def _median(hours: list[float], what: str) -> tuple[float | None, str]:
    return middle(hours), f"median of {len(hours)} {what} ticket{'s' * (len(hours) != 1)}"


def _scaled(value: float, measure: str, unit: str | None) -> float:
    if measure in ("respond", "restore", "resolve"):
        return value * {"minutes": 60, "days": 1 / 24}.get(unit or "hours", 1)
    if measure in ("in-time", "promises-kept"):
        return value * 100 if unit == "percent" else value
    return value


def staff_served(g: Ground, service: Service) -> int | None:
    """How many of our people a service is for: all of them, or those of its unit; None for one for customers."""
    if service.consumer == "external":
        return None
    units = g.index.business_units
    if service.serves == "all" or service.business_unit is None:
        staff = [unit.staff for unit in units.values()]
    else:
        staff = [units[service.business_unit].staff if service.business_unit in units else None]
    known = [number for number in staff if number is not None]
    return sum(known) if known and len(known) == len(staff) else None


def series(g: Ground, figures: Figures, computer: Computer, services: Iterable[Service]) -> list[Series]:
    """The one or two indicators of each service over the quarters of the trend."""
    found = []
    for service in services:
        for kpi in (service.kpis or default_kpis(service))[:2]:
            points = [
                figures.point(service.id, kpi.id, quarter)
                or computer.point(service, kpi, quarter)
                or Point(None, "unknown", "", figures.catalog_query)
                for quarter in g.quarters
            ]
            found.append(Series(service, kpi, tuple(points)))
    return found


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of training of one person, of one kind, in one quarter."""

    person: str
    kind: str
    quarter: Quarter
    hours: float


def training(g: Ground) -> tuple[Query, list[Hours]]:
    """All hours of training of the trend's quarters; imported ones count before the catalog's of the same period."""
    query, rows = g.ask(
        "hours of training that were imported",
        TRAINING_SQL,
        f"over the entries under `training` of catalog version {g.index.version}, months summed to quarters",
    )
    told = {(entry.person, entry.kind, entry.period): entry.hours for entry in g.index.catalog.training}
    told.update({(person, kind, period): hours for person, kind, period, hours in rows})
    found: dict[tuple[str, str, Quarter], float] = {}
    for quarter in g.quarters:
        for (person, kind, period), hours in told.items():
            whole = told.get((person, kind, str(quarter)))
            if period == str(quarter) or (period in quarter.months and whole is None):
                key = (person, kind, quarter)
                found[key] = found.get(key, 0.0) + hours
    return query, [Hours(*key, hours) for key, hours in found.items()]
