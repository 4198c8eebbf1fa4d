"""Money beside the score and never inside it: revenue at risk and staff cost, an hour.

Every figure is an estimate from the catalog, with its source where one is given; what cannot be known
is None and shown as unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from triage.catalog.index import CatalogIndex
from triage.catalog.models import BusinessUnit, Service
from triage.impact.codes import CONDITION_WORDS
from triage.impact.policy import REACHES, Policy
from triage.impact.vector import parse_vector
from triage.tickets.models import Facts, Impact


@dataclass(frozen=True, slots=True)
class Money:
    """What an hour costs, in `currency`; None is unknown. `source` says where the revenue figure is from."""

    revenue_per_hour: float | None
    staff_cost_per_hour: float | None
    currency: str
    source: str | None = None


def money(
    facts: Facts,
    index: CatalogIndex,
    policy: Policy,
    impact: Impact | None = None,
    segment_share: float | None = None,
) -> Money | None:
    """What an hour of this ticket costs; None where nothing at all is known of it.

    `impact` gives the condition after a workaround and the reach after its rules; without it those of
    the facts count. `segment_share` is the share of the revenue that a person typed for a segment.
    """
    service = index.services.get(facts.service or "")
    if service is None:
        return None
    condition, reach = str(facts.condition), str(facts.reach)
    if impact is not None:
        codes = parse_vector(impact.vector).codes
        condition, reach = CONDITION_WORDS[codes.condition], REACHES[codes.reach]
    share = float(getattr(policy.money, condition, 0.0))
    typed = segment_share if segment_share is not None else policy.money.segment
    revenue = _revenue(service, index, share, reach, typed)
    staff = _staff_cost(service, facts, index, share, reach)
    if revenue is None and staff is None:
        return None
    return Money(revenue, staff, index.currency, service.source if service.revenue_per_hour is not None else None)


def money_at_risk(items: Iterable[tuple[int | str | None, Money | None]], currency: str) -> Money:
    """The sum over tickets, each with its swarm (None: in none); a swarm counts once, with its greatest.

    A figure is None only where no ticket knows it; unknown ones are left out of the sum.
    """
    swarms: dict[int | str, tuple[float | None, float | None]] = {}
    figures: list[tuple[float | None, float | None]] = []
    for swarm, one in items:
        if one is None:
            continue
        pair = (one.revenue_per_hour, one.staff_cost_per_hour)
        if swarm is None:
            figures.append(pair)
        else:
            before = swarms.get(swarm, (None, None))
            swarms[swarm] = (_greater(before[0], pair[0]), _greater(before[1], pair[1]))
    figures.extend(swarms.values())
    return Money(_sum(pair[0] for pair in figures), _sum(pair[1] for pair in figures), currency)


def _revenue(
    service: Service, index: CatalogIndex, share: float, reach: str, segment_share: float | None
) -> float | None:
    if service.revenue_per_hour is None:
        return None
    if share == 0 or reach in ("person", "team"):
        return 0.0
    part: float | None = 1.0
    if reach == "site":
        part = 1 / len(index.sites) if index.sites else None
    elif reach == "segment":
        part = segment_share
    return None if part is None else service.revenue_per_hour * share * part


def _staff_cost(service: Service, facts: Facts, index: CatalogIndex, share: float, reach: str) -> float | None:
    """Staff reached × their hourly cost × the share of the condition; None where a part is unknown."""
    if service.consumer == "external":
        return None  # its users are customers: how many of our staff it holds up, nobody has said
    site = index.site_of(facts.site)
    unit = index.business_units.get((site.business_unit if site else None) or service.business_unit or "")
    if share == 0:
        return 0.0 if unit and unit.hourly_staff_cost is not None else None
    if reach == "all":
        # Whoever pays for a service that serves all is not the only one who waits for it.
        own = index.business_units.get(service.business_unit or "") if service.serves != "all" else None
        return _cost_of_all([own] if own else list(index.business_units.values()), share)
    people: int | None = None
    if reach == "person":
        people = 1
    elif reach == "team" and facts.swarm_requesters:
        people = facts.swarm_requesters
    elif reach == "site" and site:
        people = site.staff
    if people is None or unit is None or unit.hourly_staff_cost is None:
        return None
    return people * unit.hourly_staff_cost * share


def _cost_of_all(units: list[BusinessUnit], share: float) -> float | None:
    total = 0.0
    for unit in units:
        if unit.staff is None or unit.hourly_staff_cost is None:
            return None
        total += unit.staff * unit.hourly_staff_cost
    return total * share if units else None


def _greater(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
