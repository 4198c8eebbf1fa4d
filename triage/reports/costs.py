"""What IT costs and who pays: by component, service, ticket and business unit; months closed and open.

The catalog's costs of today are taken for every month. What is paid by the month is paid in full once a
month has begun; what is paid by the ticket is paid for every ticket that came in.
"""

from __future__ import annotations

from triage.catalog.models import Service
from triage.desk.office import Desk
from triage.reports.costing import Cost, cost, months_begun, rate, support_cost_per_ticket, tickets_by_service
from triage.reports.ground import Ground, ground
from triage.reports.periods import Quarter, month_name, month_span
from triage.reports.tree import Bar, Chart, Figure, Query, Report, Section, Table, Value, columns
from triage.reports.words import count_of, listed, say, share

UNITS_SQL = """
SELECT service, site, count(*) AS tickets FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end AND service IS NOT NULL
GROUP BY service, site
"""
TOUCHPOINTS_SQL = """
SELECT service, touchpoint, count(*) AS tickets FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end AND service IS NOT NULL
GROUP BY service, touchpoint
"""
SHOWN = 20
LEAST_WEEKS = 4
"""Cost per ticket is said from so many weeks of a quarter in which tickets were seen."""


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """The costs of a quarter. Reads only."""
    with ground(desk, quarter) as g:
        query, tickets = tickets_by_service(g, g.start, g.end)
        months = len(months_begun(g, g.quarter))
        paid = [service for service in g.index.catalog.services if service.costs]
        costs = {service.id: cost(service, months, tickets.get(service.id, 0)) for service in paid}
        total = Cost(sum(found.fixed for found in costs.values()), sum(found.by_ticket for found in costs.values()))
        overview = _overview(g, query, total, sum(tickets.values()), months)
        by_month = _months(g, paid)
        by_component = _components(g, query, paid, months, tickets)
        by_service = _services(g, query, paid, costs, tickets, months)
        units = _units(g, months)
        touchpoints = _touchpoints(g)
        summary = [overview.sentences[0], *by_service.sentences[:1], *units.sentences[:1]]
        return g.report("costs", "Costs", summary, [overview, by_month, by_component, by_service, units, touchpoints])


def _overview(g: Ground, query: Query, total: Cost, tickets: int, months: int) -> Section:
    money = say(total.total, "money", currency=g.index.currency)
    part = share(total.by_ticket, total.total)
    over = f"the {count_of(months, 'month')} of {g.quarter.name} that have begun" if g.so_far else g.quarter.name
    sentence = f"IT cost the business {money} in {over}"
    sentence += f", {say(part, 'share')} of it by the ticket." if part is not None else "."
    seen = _seen(g)
    per_ticket = share(total.total, tickets) if seen else None
    hint = "" if seen else f"triage saw less than {LEAST_WEEKS} weeks of the quarter"
    figures = (
        Figure("total", "Total", total.total, "money", query),
        Figure("fixed", "Paid by the month", total.fixed, "money", query),
        Figure("by-ticket", "Paid by the ticket", total.by_ticket, "money", query),
        Figure("per-ticket", "All of it per ticket", per_ticket, "money", query, hint),
    )
    note = "From the costs of the catalog in force; a cost without a source in the books is the catalog's word."
    return Section("overview", "The quarter", (sentence,), figures, note=note)


def _seen(g: Ground) -> bool:
    """Whether a cost per ticket can be said: whole months over a few days' tickets are a price that nobody pays."""
    return g.observed(g.quarter) >= LEAST_WEEKS


def _months(g: Ground, paid: list[Service]) -> Section:
    rows: list[tuple[Value, ...]] = []
    query = None
    for month in g.quarter.months:
        start, end = month_span(month, g.zone)
        state = "closed" if end <= g.second else "open" if start <= g.second else "to come"
        query, tickets = tickets_by_service(g, start, end)
        found = [cost(service, 1, tickets.get(service.id, 0)) for service in paid]
        fixed, by_ticket = sum(one.fixed for one in found), sum(one.by_ticket for one in found)
        coming = state == "to come"
        rows.append((
            month_name(month), state, None if coming else sum(tickets.values()), fixed,
            None if coming else by_ticket, None if coming else fixed + by_ticket,
        ))  # fmt: skip
    names = columns(
        "month|Month", "state|State", "tickets|Tickets|count", "fixed|By the month|money",
        "by_ticket|By the ticket|money", "total|Together|money",
    )  # fmt: skip
    note = "An open month holds its whole fixed part and the tickets so far; one to come only what is budgeted."
    table = Table("months", "By month", names, tuple(rows), query, note)
    closed = sum(row[1] == "closed" for row in rows)
    return Section("months", "Months", (f"{closed} of 3 months are closed.",), tables=(table,))


def _components(g: Ground, query: Query, paid: list[Service], months: int, tickets: dict[str, int]) -> Section:
    found: dict[str, list[float]] = {}
    for service in paid:
        for entry in service.costs:
            sums = found.setdefault(entry.component, [0.0, 0.0, 0.0])
            sums[0] += (entry.monthly or 0.0) * months
            sums[1] += (entry.per_ticket or 0.0) * tickets.get(service.id, 0)
            sums[2] += 1
    rows = [(name, fixed, per, fixed + per, int(count)) for name, (fixed, per, count) in found.items()]
    rows.sort(key=lambda row: (-row[3], row[0]))
    total = ("All", sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows), None)
    names = columns(
        "component|Component", "fixed|By the month|money", "by_ticket|By the ticket|money", "total|Together|money",
        "services|Services|count",
    )  # fmt: skip
    table = Table(
        "components", "By component", names, tuple(rows), query, total=total, empty="the catalog names no cost"
    )
    bars = tuple(Bar(row[0], row[3]) for row in rows[:SHOWN] if row[3])
    chart = Chart("components-chart", "Cost by component", "bars", bars, value_kind="money")
    top = f"Most goes to {listed([row[0] for row in rows[:3]])}." if rows else "The catalog names no cost."
    return Section("components", "Budget by component", (top,), charts=(chart,) if bars else (), tables=(table,))


def _services(
    g: Ground, query: Query, paid: list[Service], costs: dict[str, Cost], tickets: dict[str, int], months: int
) -> Section:
    rows: list[tuple[Value, ...]] = []
    seen = _seen(g)
    for service in paid:
        found, number = costs[service.id], tickets.get(service.id, 0)
        rows.append((
            service.name, found.fixed, found.by_ticket, found.total, number, rate(service),
            support_cost_per_ticket(service, months, number) if seen else None,
            share(found.total, number) if seen else None,
        ))  # fmt: skip
    rows.sort(key=lambda row: (-float(row[3] or 0), str(row[0])))
    names = columns(
        "service|Service", "fixed|By the month|money", "by_ticket|By the ticket|money", "total|Together|money",
        "tickets|Tickets|count", "rate|One more ticket|money", "support|Support per ticket|money",
        "all|All of it per ticket|money",
    )  # fmt: skip
    sums = [sum(float(row[column] or 0) for row in rows) for column in (1, 2, 3, 4)]
    note = (
        "Support per ticket: the components paid by the ticket, their monthly part shared out. All of it per ticket: "
        "licences and hosting too, which would be paid without a single ticket."
    )
    if not seen:
        note += f" Neither is known of a quarter of which triage saw less than {LEAST_WEEKS} weeks."
    table = Table("services", "By service", names, tuple(rows), query, note, total=("All", *sums, None, None, None))
    unpriced = [entry.name for entry in g.index.catalog.services if not entry.costs and entry.lifecycle != "retired"]
    told = [f"{rows[0][0]} costs most, {say(rows[0][3], 'money', currency=g.index.currency)}."] if rows else []
    if unpriced:
        told.append(f"Nobody has said what {listed(unpriced)} {'costs' if len(unpriced) == 1 else 'cost'}.")
    return Section("services", "By service and ticket", tuple(told), tables=(table,))


def _units(g: Ground, months: int) -> Section:
    """Showback: the fixed part to the unit that the service belongs to, each ticket to the unit of its site."""
    query, found = g.ask(
        "tickets by service and site", UNITS_SQL,
        "a ticket is shown to the business unit of its site, else to that of its service", start=g.start, end=g.end,
    )  # fmt: skip
    fixed: dict[str, float] = {}
    by_ticket: dict[str, float] = {}
    tickets: dict[str, int] = {}
    for service in g.index.catalog.services:
        unit = service.business_unit or ""
        fixed[unit] = fixed.get(unit, 0.0) + cost(service, months, 0).fixed
    for ident, place, number in found:
        entry = g.index.services.get(ident)
        site = g.index.sites.get(place or "")
        unit = (site.business_unit if site else None) or (entry.business_unit if entry else None) or ""
        tickets[unit] = tickets.get(unit, 0) + number
        if entry:
            by_ticket[unit] = by_ticket.get(unit, 0.0) + cost(entry, 0, number).by_ticket
    rows: list[tuple[Value, ...]] = []
    for ident in dict.fromkeys([*fixed, *by_ticket, *tickets]):
        unit_entry = g.index.business_units.get(ident)
        sum_fixed, sum_by = fixed.get(ident, 0.0), by_ticket.get(ident, 0.0)
        staff = unit_entry.staff if unit_entry else None
        rows.append((
            unit_entry.name if unit_entry else "no business unit", sum_fixed, sum_by, sum_fixed + sum_by,
            tickets.get(ident, 0), staff, share(sum_fixed + sum_by, staff or 0),
        ))  # fmt: skip
    rows.sort(key=lambda row: (-float(row[3] or 0), str(row[0])))
    names = columns(
        "unit|Business unit", "fixed|By the month|money", "by_ticket|By the ticket|money", "total|Together|money",
        "tickets|Tickets|count", "staff|People|count", "per_person|Per person|money",
    )  # fmt: skip
    sums = [sum(float(row[column] or 0) for row in rows) for column in (1, 2, 3, 4)]
    table = Table("units", "Showback", names, tuple(rows), query, total=("All", *sums, None, None),
                  note="The fixed part is shown to the unit that a service belongs to.")  # fmt: skip
    told = [f"{rows[0][0]} carries most of it, {say(rows[0][3], 'money', currency=g.index.currency)}."] if rows else []
    bars = tuple(Bar(str(row[0]), float(row[3] or 0)) for row in rows if row[3])
    chart = Chart("units-chart", "Showback by business unit", "bars", bars, value_kind="money")
    return Section("units", "By business unit", tuple(told), charts=(chart,) if bars else (), tables=(table,))


def _touchpoints(g: Ground) -> Section:
    query, found = g.ask(
        "tickets by service and touchpoint", TOUCHPOINTS_SQL, "times what one more ticket of the service costs",
        start=g.start, end=g.end,
    )  # fmt: skip
    rows = []
    for service, touchpoint, number in found:
        entry = g.index.services.get(service)
        per = rate(entry) if entry else None
        rows.append(
            (g.service_name(service), g.touchpoint_name(touchpoint), number, per, None if per is None else per * number)
        )
    rows.sort(key=lambda row: (-(row[4] or 0.0), row[0], row[1]))
    names = columns(
        "service|Service", "touchpoint|Touchpoint", "tickets|Tickets|count", "rate|One ticket|money",
        "total|Together|money",
    )  # fmt: skip
    rest = rows[SHOWN:]
    more = (
        f"{len(rest)} more come to {say(sum(row[4] or 0.0 for row in rest), 'money', currency=g.index.currency)}."
        if rest
        else ""
    )
    table = Table("tickets", "What tickets cost, by service and touchpoint", names, tuple(rows[:SHOWN]), query, more)
    return Section("tickets", "What tickets cost", tables=(table,))
