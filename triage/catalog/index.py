"""The catalog, ready to be asked: entries by id, who depends on whom, what stands where.

Built once from a `Catalog` and never changed; linking, impact, desk and reports all read from it.
Every walk over the graph of dependencies is iterative: chains are thousands deep in real estates.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from triage.catalog.models import (
    BusinessUnit,
    Calendar,
    Catalog,
    Improvement,
    Journey,
    KnownError,
    Organisation,
    Person,
    Persona,
    Promise,
    Service,
    Site,
    Stage,
    SupportGroup,
    Touchpoint,
    Window,
)
from triage.catalog.translate import translated
from triage.text import fold


@dataclass(frozen=True, slots=True)
class Place:
    """Where a touchpoint stands: its journey, its stage, and the stage's place in the journey (from 0)."""

    journey: Journey
    stage: Stage
    position: int


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a service takes over from those that cannot work without it.

    `criticality` is the smallest (most critical) among the service and its dependants, `from_service` the
    nearest dependant that gives it, or None where the service's own counts.
    """

    criticality: int
    from_service: str | None


class CatalogIndex:
    """A catalog by id. `version` is the version in the database, 0 for one that was never applied."""

    def __init__(self, catalog: Catalog, version: int = 0) -> None:
        self.catalog = catalog
        self.version = version
        self.timezone = ZoneInfo(catalog.catalog.timezone)
        self.currency = catalog.catalog.currency
        self.people: dict[str, Person] = {entry.id: entry for entry in catalog.people}
        self.business_units: dict[str, BusinessUnit] = {entry.id: entry for entry in catalog.business_units}
        self.support_groups: dict[str, SupportGroup] = {entry.id: entry for entry in catalog.support_groups}
        self.sites: dict[str, Site] = {entry.id: entry for entry in catalog.sites}
        self.organisations: dict[str, Organisation] = {entry.id: entry for entry in catalog.organisations}
        self.calendars: dict[str, Calendar] = {entry.id: entry for entry in catalog.calendars}
        self.services: dict[str, Service] = {entry.id: entry for entry in catalog.services}
        self.personas: dict[str, Persona] = {entry.id: entry for entry in catalog.personas}
        self.journeys: dict[str, Journey] = {entry.id: entry for entry in catalog.journeys}
        self.windows: dict[str, Window] = {entry.id: entry for entry in catalog.windows}
        self.known_errors: dict[str, KnownError] = {entry.id: entry for entry in catalog.known_errors}
        self.improvements: dict[str, Improvement] = {entry.id: entry for entry in catalog.improvements}
        self._languages = frozenset(entry.language for entry in catalog.translations)
        self._translated: dict[str, CatalogIndex] = {}
        self.stages: dict[str, Stage] = {}
        self.touchpoints: dict[str, Touchpoint] = {}
        self.places: dict[str, Place] = {}
        self.promises: dict[str, Promise] = {}
        for journey in catalog.journeys:
            for position, stage in enumerate(journey.stages):
                self.stages[stage.id] = stage
                for touchpoint in stage.touchpoints:
                    self.touchpoints[touchpoint.id] = touchpoint
                    self.places[touchpoint.id] = Place(journey, stage, position)
                    for promise in touchpoint.promises:
                        self.promises[promise.id] = promise

    def in_language(self, language: str) -> CatalogIndex:
        """The same catalog for the words of a brief: texts in this language where somebody translated them.

        Itself where nothing is. Made once a language; scores and links never come from it.
        """
        if language not in self._languages or language == self.catalog.catalog.language:
            return self
        if language not in self._translated:
            self._translated[language] = CatalogIndex(translated(self.catalog, language), self.version)
        return self._translated[language]

    def linkable(self, service: str) -> bool:
        """Whether new tickets may be linked to this service: it exists and is not retired."""
        entry = self.services.get(service)
        return entry is not None and entry.lifecycle != "retired"

    @cached_property
    def dependants(self) -> dict[str, list[str]]:
        """Service id to the ids of the services that name it in `depends_on`."""
        found: dict[str, list[str]] = defaultdict(list)
        for service in self.catalog.services:
            for needed in service.depends_on:
                found[needed].append(service.id)
        return dict(found)

    def all_dependants(self, service: str) -> list[str]:
        """Every service that cannot work without `service`, nearest first, itself not among them."""
        seen = {service}
        order: list[str] = []
        queue = deque([service])
        while queue:
            for above in self.dependants.get(queue.popleft(), ()):
                if above not in seen:
                    seen.add(above)
                    order.append(above)
                    queue.append(above)
        return order

    @cached_property
    def inheritance(self) -> dict[str, Inheritance]:
        """What each service inherits, for all services at once in time linear in the dependencies.

        Retired and proposed dependants pass nothing on. Services are taken level by level from the most
        critical, and each is reached first by the nearest service of the best criticality.
        """
        result: dict[str, Inheritance] = {}
        by_level: dict[int, list[str]] = defaultdict(list)
        for service in self.catalog.services:
            by_level[service.level].append(service.id)
        for level in sorted(by_level):
            queue: deque[tuple[str, str | None]] = deque()
            for ident in by_level[level]:
                if ident not in result:
                    result[ident] = Inheritance(level, None)
                    if self.services[ident].lifecycle in ("active", "retiring"):
                        queue.append((ident, ident))
            while queue:
                ident, origin = queue.popleft()
                for needed in self.services[ident].depends_on:
                    if needed in self.services and needed not in result:
                        result[needed] = Inheritance(level, origin)
                        queue.append((needed, origin))
        return result

    @cached_property
    def touchpoints_of(self) -> dict[str, list[str]]:
        """Service id to the ids of the touchpoints that need it."""
        found: dict[str, list[str]] = defaultdict(list)
        for touchpoint in self.touchpoints.values():
            for service in touchpoint.services:
                found[service].append(touchpoint.id)
        return dict(found)

    @cached_property
    def windows_of_service(self) -> dict[str, list[Window]]:
        """Service id to the windows that name it."""
        found: dict[str, list[Window]] = defaultdict(list)
        for window in self.catalog.windows:
            for service in window.services:
                found[service].append(window)
        return dict(found)

    @cached_property
    def windows_of_touchpoint(self) -> dict[str, list[Window]]:
        """Touchpoint id to the windows that name it."""
        found: dict[str, list[Window]] = defaultdict(list)
        for window in self.catalog.windows:
            for touchpoint in window.touchpoints:
                found[touchpoint].append(window)
        return dict(found)

    @cached_property
    def known_errors_of(self) -> dict[str, list[KnownError]]:
        """Service id to its known errors."""
        found: dict[str, list[KnownError]] = defaultdict(list)
        for error in self.catalog.known_errors:
            for service in error.services:
                found[service].append(error)
        return dict(found)

    def moment(self, when: datetime) -> datetime:
        """A time of the catalog in UTC; one without an offset is taken in the catalog's zone."""
        return (when if when.tzinfo else when.replace(tzinfo=self.timezone)).astimezone(UTC)

    @cached_property
    def _vips(self) -> tuple[frozenset[str], frozenset[str]]:
        addresses = {fold(entry) for entry in self.catalog.vips if not entry.startswith("@")}
        domains = {fold(entry[1:]) for entry in self.catalog.vips if entry.startswith("@")}
        return frozenset(addresses), frozenset(domains)

    def is_vip(self, address: str | None) -> bool:
        """Whether a requester's address, or its whole domain, is on the catalog's list."""
        if not address:
            return False
        addresses, domains = self._vips
        folded = fold(address)
        return folded in addresses or folded.rpartition("@")[2] in domains

    @cached_property
    def _house_domains(self) -> frozenset[str]:
        """The domains from which the catalog's own people write."""
        addresses = (fold(person.email) for person in self.catalog.people if person.email)
        return frozenset(domain for address in addresses if (domain := address.rpartition("@")[2]))

    def is_outsider(self, address: str | None) -> bool:
        """Whether somebody writes from outside the house; nobody does where the catalog has no addresses."""
        domain = fold(address or "").rpartition("@")[2]
        if not domain or "@" not in (address or "") or not self._house_domains:
            return False
        return not any(domain == house or domain.endswith(f".{house}") for house in self._house_domains)

    @cached_property
    def _organisation_words(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for entry in self.catalog.organisations:
            for word in (entry.id, entry.name, *entry.domains):
                words.setdefault(fold(word).lstrip("@"), entry.id)
        return words

    def organisation_of(self, name: str | None, address: str | None) -> Organisation | None:
        """The organisation that a ticket names, or else the one whose domain its requester writes from."""
        if name and (found := self._organisation_words.get(fold(name))):
            return self.organisations[found]
        domain = fold(address or "").rpartition("@")[2]
        while domain:
            if found := self._organisation_words.get(domain):
                return self.organisations[found]
            domain = domain.partition(".")[2]
        return None

    @cached_property
    def _site_words(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for entry in self.catalog.sites:
            for word in (entry.id, entry.name, *entry.aliases):
                words.setdefault(fold(word), entry.id)
        return words

    def site_of(self, name: str | None) -> Site | None:
        """The site that goes by this id, name or alias."""
        found = self._site_words.get(fold(name)) if name else None
        return self.sites[found] if found else None
