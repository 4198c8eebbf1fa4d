"""What a service costs: what is paid by the month, what is paid by the ticket, and what a ticket comes to."""

from __future__ import annotations

from dataclasses import dataclass

from triage.catalog.models import Service
from triage.reports.ground import Ground
from triage.reports.periods import Quarter
from triage.reports.tree import Query

TICKETS_SQL = """
SELECT service, count(*) AS tickets FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end AND service IS NOT NULL
GROUP BY service
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a service costs over some months with some tickets, in the catalog's currency."""

    fixed: float
    by_ticket: float

    @property
    def total(self) -> float:
        """Fixed and by the ticket together."""
        return self.fixed + self.by_ticket


def cost(service: Service, months: int, tickets: int) -> Cost:
    """All components of a service over so many months and tickets."""
    return Cost(
        sum(entry.monthly or 0.0 for entry in service.costs) * months,
        sum(entry.per_ticket or 0.0 for entry in service.costs) * tickets,
    )


def rate(service: Service) -> float | None:
    """What one more ticket costs; None where nothing is paid by the ticket."""
    found = [entry.per_ticket for entry in service.costs if entry.per_ticket is not None]
    return sum(found) if found else None


def support_cost_per_ticket(service: Service, months: int, tickets: int) -> float | None:
    """What the support of a ticket costs: the components that are paid by the ticket, their monthly part shared out.

    Licences and hosting are not in it: they would be paid without a single ticket. None without tickets.
    """
    paid = [entry for entry in service.costs if entry.per_ticket is not None]
    if not paid or not tickets:
        return None
    fixed = sum(entry.monthly or 0.0 for entry in paid) * months
    return fixed / tickets + sum(entry.per_ticket or 0.0 for entry in paid)


def tickets_by_service(g: Ground, start: int, end: int) -> tuple[Query, dict[str, int]]:
    """Tickets that came in between two moments, by service."""
    query, rows = g.ask(
        "tickets by service", TICKETS_SQL, "times the costs that the catalog gives", start=start, end=end
    )
    return query, {row[0]: row[1] for row in rows}


def months_begun(g: Ground, quarter: Quarter) -> list[str]:
    """The months of a quarter that have begun by now: what has been paid for."""
    from triage.reports.periods import month_span

    return [month for month in quarter.months if month_span(month, g.zone)[0] <= g.second]
