"""Money at risk over the open outages, for the board: what an hour of all of them costs, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from triage.desk.office import Desk
from triage.impact.codes import CONDITION_CODES, CONDITION_WORDS, DEGRADED, REACH_CODES
from triage.impact.money import Money, money, money_at_risk
from triage.impact.policy import REACHES
from triage.store import queue
from triage.tickets.models import Condition, Facts, Reach

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What the open outages cost an hour. `tickets` of them were looked at, of `unknown` nothing is known."""

    money: Money
    tickets: int
    unknown: int


def at_risk(desk: Desk) -> AtRisk:
    """The sum over open tickets of which a service is unavailable or degraded, a swarm counted once.

    A service never has more revenue at risk than it makes. Conditions and reaches are those that count (after a
    workaround, in a swarm), as the stored vectors say them; read from the maintained table of outages.
    """
    index, policy = desk.index, desk.policy
    requesters = dict(
        desk.database.execute("SELECT id, requesters FROM swarms WHERE id IN (SELECT swarm FROM outages)").fetchall()
    )
    by_service: dict[str, list[tuple[int | None, Money | None]]] = {}
    tickets = unknown = 0
    for (service, codes, site, swarm), number in queue.outages(desk.database.connection).items():
        condition, reach = CONDITION_CODES.index(codes[0]), REACH_CODES.index(codes[1])
        if condition > DEGRADED:
            continue
        facts = Facts(
            _EPOCH, service=service, condition=Condition(CONDITION_WORDS[condition]), reach=Reach(REACHES[reach]),
            site=site or None, swarm_requesters=requesters.get(swarm, 0),
        )  # fmt: skip
        one = money(facts, index, policy)
        tickets += number
        unknown += number if one is None else 0
        # What a swarm costs it costs once; every other ticket costs what it costs.
        by_service.setdefault(service, []).append((swarm or None, one if swarm else _times(one, number)))
    totals = [
        (None, _at_most(money_at_risk(items, index.currency), index.services[service].revenue_per_hour))
        for service, items in by_service.items()
        if service in index.services
    ]
    return AtRisk(money_at_risk(totals, index.currency), tickets, unknown)


def _times(one: Money | None, number: int) -> Money | None:
    if one is None:
        return None
    revenue, staff = one.revenue_per_hour, one.staff_cost_per_hour
    return Money(None if revenue is None else revenue * number, None if staff is None else staff * number, one.currency)


def _at_most(found: Money, revenue: float | None) -> Money:
    if found.revenue_per_hour is None or revenue is None:
        return found
    return Money(min(found.revenue_per_hour, revenue), found.staff_cost_per_hour, found.currency)
