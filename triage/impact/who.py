"""Whom to tell of a ticket: owner, delegate, business relationship manager; after hours whoever is on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Service
from triage.impact.calendars import open_at
from triage.tickets.models import Facts

ON_CALL = "on call"
OWNER = "owner"
DELEGATE = "delegate"
MANAGER = "business relationship manager"
UNIT = "contact of the business unit"
JOURNEY = "journey owner"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to tell, and in which role."""

    role: str
    name: str
    email: str | None = None
    phone: str | None = None


def whom_to_tell(facts: Facts, index: CatalogIndex, now: datetime) -> list[Contact]:
    """The people to tell at `now`, first the one to reach first; empty where the catalog names nobody.

    They are those of the ticket's primary service; of a ticket that has only a touchpoint, those of the
    first service that the touchpoint needs, and the owner of its journey. Outside the hours of the
    support group's calendar the one on call comes first. Nobody is named twice.
    """
    named: list[tuple[str, str | None]] = []
    service = index.services.get(facts.service or "")
    touchpoint = index.touchpoints.get(facts.touchpoint or "")
    if service is None and touchpoint is not None:
        service = next((index.services[ident] for ident in touchpoint.services if ident in index.services), None)
    if service is not None:
        if after_hours(service, index, now):
            named.append((ON_CALL, index.support_groups[service.support_group or ""].on_call))
        named += [(OWNER, service.owner), (DELEGATE, service.delegate)]
        manager = service.business_relationship_manager
        named.append((MANAGER, manager))
        if manager is None and service.business_unit in index.business_units:
            named.append((UNIT, index.business_units[service.business_unit].contact))
    if touchpoint is not None and facts.service not in index.services:
        named.append((JOURNEY, index.places[touchpoint.id].journey.owner))
    found: list[Contact] = []
    seen: set[str] = set()
    for role, ident in named:
        person = index.people.get(ident or "")
        if person is not None and person.id not in seen:
            seen.add(person.id)
            found.append(Contact(role, person.name, person.email, person.phone))
    return found


def after_hours(service: Service, index: CatalogIndex, now: datetime) -> bool:
    """Whether the service's support group has gone home; a group without a calendar never does."""
    group = index.support_groups.get(service.support_group or "")
    calendar = index.calendars.get(group.calendar or "") if group else None
    if calendar is None:
        return False
    return not open_at(calendar, index.timezone, now)
