"""What is wrong with a catalog that is nevertheless valid: the findings that someone should settle.

A finding is not an error. Findings are ordered by the open tickets that they touch, so that the first
five are worth more than the rest together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from triage.catalog.between import shared_aliases
from triage.catalog.index import CatalogIndex
from triage.catalog.models import Service

FIRST = 5
SILENT_DAYS = 90
REVIEW_SOON = timedelta(days=30)
_IN_USE = ("active", "retiring")
# The kinds of findings, the ones that cost the most first; breaks ties between equal numbers of tickets.
KINDS = (
    "unlinked", "no-owner", "no-criticality", "no-agreement", "review-due", "no-touchpoint", "touchpoint-no-service",
    "shared-alias", "no-support-group", "retired-in-use", "unused", "no-contact",
)  # fmt: skip


class UnlinkedTerm(NamedTuple):
    """A word or phrase that keeps coming up in tickets that fit nothing, with how many tickets have it."""

    term: str
    tickets: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How the desk uses the catalog: what only the tickets can tell.

    `open_tickets` and `last_90_days` count tickets by service id, `open_by_touchpoint` by touchpoint id;
    a service that is not in them has none. `observed_days` is how far back the tickets go.
    """

    open_tickets: Mapping[str, int] = field(default_factory=dict)
    last_90_days: Mapping[str, int] = field(default_factory=dict)
    open_by_touchpoint: Mapping[str, int] = field(default_factory=dict)
    unlinked: Sequence[UnlinkedTerm] = ()
    observed_days: int = SILENT_DAYS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to settle: its kind, the entry, what is missing, the way out, and the open tickets it touches."""

    kind: str
    table: str
    id: str
    name: str
    what: str
    hint: str
    tickets: int

    def as_json(self) -> dict[str, Any]:
        """The finding with stable keys."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def findings(index: CatalogIndex, usage: Usage, today: date) -> list[Finding]:
    """All findings, those that touch most open tickets first. The first `FIRST` are the ones to show."""
    found = [
        *(finding for service in index.services.values() for finding in _of_service(index, usage, service, today)),
        *_touchpoints(index, usage),
        *_aliases(index, usage),
        *_unlinked(usage),
        *_contacts(index, usage),
    ]
    return sorted(found, key=lambda finding: (-finding.tickets, KINDS.index(finding.kind), finding.table, finding.id))


def _of_service(index: CatalogIndex, usage: Usage, service: Service, today: date) -> Iterator[Finding]:
    tickets = usage.open_tickets.get(service.id, 0)

    def finding(kind: str, what: str, hint: str) -> Finding:
        return Finding(kind, "services", service.id, service.name, what, hint, tickets)

    if service.lifecycle not in _IN_USE:
        if service.lifecycle == "retired" and tickets:
            yield finding("retired-in-use", "is retired and has open tickets", "link them to what took its place")
        return
    if service.criticality is None:
        yield finding("no-criticality", "has no criticality and counts as medium", "set criticality: 1 to 4")
    if service.lifecycle != "active":
        return
    if service.owner is None:
        yield finding("no-owner", "has no owner: nobody can be told", "set owner to a person")
    yield from _agreement(service, today, finding)
    if service.support_group is None:
        yield finding("no-support-group", "has no support group", "set support_group")
    if service.consumer in ("external", "both") and not index.touchpoints_of.get(service.id):
        what = "is used by customers and stands at no touchpoint"
        yield finding("no-touchpoint", what, "name it under services of a touchpoint, or set consumer: internal")
    if usage.observed_days >= SILENT_DAYS and not usage.last_90_days.get(service.id) and not tickets:
        hint = "give it the words that people use (aliases), or set lifecycle: retired"
        yield finding("unused", f"had no ticket in {SILENT_DAYS} days", hint)


def _agreement(service: Service, today: date, finding: Any) -> Iterator[Finding]:
    agreed = service.agreed
    if agreed is None:
        if service.criticality is not None:
            what = "has a criticality that nobody in the business agreed to"
            yield finding("no-agreement", what, "set agreed: {by: …, on: …}")
        else:
            yield finding("no-agreement", "was never agreed with the business", "set agreed: {by: …, on: …}")
    elif agreed.review_by is not None and agreed.review_by - today <= REVIEW_SOON:
        overdue = agreed.review_by < today
        state = f"was due for review on {agreed.review_by}" if overdue else f"is due for review by {agreed.review_by}"
        yield finding("review-due", state, f"ask '{agreed.by}' and renew agreed")


def _touchpoints(index: CatalogIndex, usage: Usage) -> Iterator[Finding]:
    for touchpoint in index.touchpoints.values():
        tickets = usage.open_by_touchpoint.get(touchpoint.id, 0)
        known = [index.services[ident] for ident in touchpoint.services if ident in index.services]
        if not known:
            what = "names no service: an outage never reaches it"
            hint = "set services"
        elif all(service.lifecycle == "retired" for service in known):
            what = "stands on retired services only"
            hint = "name what took their place"
        else:
            continue
        yield Finding("touchpoint-no-service", "touchpoints", touchpoint.id, touchpoint.name, what, hint, tickets)


def _aliases(index: CatalogIndex, usage: Usage) -> Iterator[Finding]:
    for alias, (table, ident), (other_table, other) in shared_aliases(index.catalog):
        named = index.services if table == "services" else index.touchpoints
        tickets = _tickets(usage, table, ident) + _tickets(usage, other_table, other)
        what = f"shares the alias '{alias}' with '{other}'"
        yield Finding("shared-alias", table, ident, named[ident].name, what, "keep it where it is meant", tickets)


def _tickets(usage: Usage, table: str, ident: str) -> int:
    counts = usage.open_tickets if table == "services" else usage.open_by_touchpoint
    return counts.get(ident, 0)


def _unlinked(usage: Usage) -> Iterator[Finding]:
    for term, tickets in usage.unlinked:
        what = f"comes up in {tickets} open tickets that fit nothing"
        hint = "make it an alias, a touchpoint or a service"
        yield Finding("unlinked", "terms", term, term, what, hint, tickets)


def _contacts(index: CatalogIndex, usage: Usage) -> Iterator[Finding]:
    """Owners of services in use whom nobody can reach: no address and no phone."""
    owned: dict[str, int] = {}
    for service in index.services.values():
        if service.lifecycle in _IN_USE and service.owner in index.people:
            owned[service.owner] = owned.get(service.owner, 0) + usage.open_tickets.get(service.id, 0)
    for ident, tickets in owned.items():
        person = index.people[ident]
        if person.email is None and person.phone is None:
            what = "owns services and has neither an address nor a phone"
            yield Finding("no-contact", "people", ident, person.name, what, "set email or phone", tickets)
