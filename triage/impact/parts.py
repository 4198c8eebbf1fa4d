"""What the catalog says of a service and of a touchpoint, laid out once for scoring many tickets."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Floor, Service, Touchpoint, Window
from triage.impact.calendars import BusinessHours
from triage.impact.codes import REACH_CODES
from triage.impact.dependencies import Flow
from triage.impact.policy import LEVELS, REACHES, Policy


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """A window as seconds of UTC; `peaks` when it makes the service in question count as critical."""

    prepare: float
    starts: float
    ends: float
    peaks: bool
    window: Window


@dataclass(frozen=True, slots=True)
class ServicePart:
    """All that a service brings to a score. `level` 1 to 4, 0 where there is no service.

    `inherited` is the level that counts in an outage, `inherited_from` the service that gives it;
    `serves` the place of its reach, -1 where nobody said; spans in seconds.
    """

    service: Service | None = None
    level: int = 0
    inherited: int = 0
    inherited_from: str | None = None
    serves: int = -1
    mtpd: float | None = None
    respond: float | None = None
    resolve: float | None = None
    hours: BusinessHours | None = None
    floor: Floor | None = None
    windows: tuple[WindowSpan, ...] = ()
    below_windows: tuple[WindowSpan, ...] = ()
    below_touchpoint_windows: tuple[WindowSpan, ...] = ()
    below_journey: int = 0
    below_touchpoint: str | None = None


@dataclass(frozen=True, slots=True)
class TouchpointPart:
    """All that a touchpoint brings to a score. `journey` 0 none, 1 touchpoint, 2 moment of truth."""

    touchpoint: Touchpoint | None = None
    journey: int = 0
    promise: str | None = None
    within: float | None = None
    windows: tuple[WindowSpan, ...] = ()


@dataclass(slots=True)
class Parts:
    """The parts of one catalog under one policy, made when they are first asked for."""

    index: CatalogIndex
    policy: Policy
    flow: Flow = field(init=False)
    _services: dict[str | None, ServicePart] = field(init=False)
    _touchpoints: dict[str | None, TouchpointPart] = field(init=False)
    _hours: dict[str, BusinessHours] = field(init=False)

    def __post_init__(self) -> None:
        self.flow = Flow(self.index)
        self._services = {None: ServicePart()}
        self._touchpoints = {None: TouchpointPart()}
        self._hours = {}

    def service(self, ident: str | None) -> ServicePart:
        """The part of a service; of one that the catalog does not know, that of none."""
        found = self._services.get(ident)
        if found is None:
            entry = self.index.services.get(ident or "")
            found = self._make_service(entry) if entry else self._services[None]
            self._services[ident] = found
        return found

    def touchpoint(self, ident: str | None) -> TouchpointPart:
        """The part of a touchpoint; of one that the catalog does not know, that of none."""
        found = self._touchpoints.get(ident)
        if found is None:
            entry = self.index.touchpoints.get(ident or "")
            found = self._make_touchpoint(entry) if entry else self._touchpoints[None]
            self._touchpoints[ident] = found
        return found

    def hours(self, calendar: str | None) -> BusinessHours | None:
        """The hours of a calendar; None where there is none: around the clock."""
        if calendar is None or calendar not in self.index.calendars:
            return None
        if calendar not in self._hours:
            self._hours[calendar] = BusinessHours(self.index.calendars[calendar], self.index.timezone)
        return self._hours[calendar]

    def tolerance(self, part: ServicePart, level: int) -> float:
        """Seconds that a service may be out: its own `mtpd`, else the policy's for what it counts as."""
        if part.mtpd is not None:
            return part.mtpd
        name = LEVELS[level - 1] if level else "low"
        return float(getattr(self.policy.time.tolerance, name).total_seconds())

    def span(self, window: Window, peaks: bool) -> WindowSpan:
        """A window with its times in seconds; `prepare` counts as active."""
        starts = self.index.moment(window.starts).timestamp()
        lead = window.prepare.total_seconds() if window.prepare else 0.0
        return WindowSpan(starts - lead, starts, self.index.moment(window.ends).timestamp(), peaks, window)

    def _make_service(self, entry: Service) -> ServicePart:
        index, flow, ident = self.index, self.flow, entry.id
        inherited = index.inheritance[ident]
        moment, plain = flow.moments.get(ident), flow.touchpoints.get(ident)
        sla = entry.sla
        return ServicePart(
            service=entry,
            level=entry.level,
            inherited=min(inherited.criticality, entry.level),
            inherited_from=inherited.from_service,
            serves=REACHES.index(entry.serves) if entry.serves else -1,
            mtpd=entry.mtpd.total_seconds() if entry.mtpd else None,
            respond=sla.respond.total_seconds() if sla and sla.respond else None,
            resolve=sla.resolve.total_seconds() if sla and sla.resolve else None,
            hours=self.hours(entry.calendar),
            floor=entry.floor,
            windows=tuple(self.span(window, window.peak) for window in index.windows_of_service.get(ident, ())),
            below_windows=tuple(self.span(window, window.peak) for window in flow.service_windows.get(ident, ())),
            below_touchpoint_windows=tuple(
                self.span(window, False) for window in flow.touchpoint_windows.get(ident, ())
            ),
            below_journey=2 if moment else 1 if plain else 0,
            below_touchpoint=moment or plain,
        )

    def _make_touchpoint(self, entry: Touchpoint) -> TouchpointPart:
        spans = [(promise.within, promise.id) for promise in entry.promises if promise.within]
        within, promise = min(spans) if spans else (None, None)
        if promise is None and entry.promises:
            promise = entry.promises[0].id
        return TouchpointPart(
            touchpoint=entry,
            journey=2 if entry.moment_of_truth else 1,
            promise=promise,
            within=within.total_seconds() if within else None,
            windows=tuple(self.span(window, False) for window in self.index.windows_of_touchpoint.get(entry.id, ())),
        )


def reach_place(word: str) -> int:
    """The place of a reach, least first: person 0 to all 4."""
    return REACHES.index(word)


assert len(REACH_CODES) == len(REACHES)
