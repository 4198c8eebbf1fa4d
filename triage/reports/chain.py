"""The service–profit chain by quarter: load and training of the desk, service level, satisfaction, renewals.

Heskett, Jones, Loveman, Sasser, Schlesinger: Putting the Service-Profit Chain to Work, Harvard Business
Review, March 1994. The page lines figures up; it reckons no correlation, because five quarters of one
company prove nothing.
"""

from __future__ import annotations

from statistics import fmean

from triage.catalog.models import Kpi
from triage.desk.office import Desk
from triage.reports import timings
from triage.reports.ground import Ground, ground
from triage.reports.kpis import Computer, Figures, training
from triage.reports.periods import Quarter
from triage.reports.tree import Chart, Figure, Query, Report, Section, Table, Trend, columns
from triage.reports.words import share
from triage.text import fold

LEAST_WEEKS = 4
"""A load is told of a quarter that the desk has seen at least so much of."""
WARNING = "This page shows figures side by side. It proves nothing: no cause is claimed and no correlation is reckoned."
MEASURES = {"satisfaction": "customers who are satisfied", "renewals": "customers who stay"}
WORDS = {"satisfaction": ("satisfaction", "csat", "nps"), "renewals": ("renew", "retention")}


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """Desk, service, customer and profit over five quarters. Reads only."""
    with ground(desk, quarter) as g:
        figures, computer = Figures(g), Computer(g)
        rows = [_load(g, computer), _training(g), _level(g, computer), *_told(g, figures)]
        names = columns(
            "link|Link", "measure|Measure", *[f"{q}|{q.name}|number" for q in g.quarters], "about|From|under"
        )
        lines = [(link, name, *values, about) for link, name, values, _, _, about in rows]
        labels = tuple(quarter.name for quarter in g.quarters)
        charts, cards = [], []
        for link, name, values, unit, query, about in rows:
            trend = Trend(labels, tuple(values), None, unit)
            title = f"{link}: {name}"
            if sum(value is not None for value in values) > 1:
                charts.append(Chart(f"{fold(link)}-chart", title, "line", trend=trend, value_kind="number", unit=unit))
            cards.append(Figure(fold(link), link, values[-1], "number", query, f"{name}; {about}", unit))
        table = Table(
            "chain", "Side by side", names, tuple(lines), rows[0][4], units=tuple(row[3] for row in rows),
        )  # fmt: skip
        section = Section("chain", "Desk, service, customer, profit", (WARNING,), tuple(cards), tuple(charts), (table,))
        return g.report("chain", "Service–profit chain", [], [section])


Line = tuple[str, str, list[float | None], str | None, Query | None, str]


def _load(g: Ground, computer: Computer) -> Line:
    """Tickets that came in per agent and week: agents are those of the catalog's support groups."""
    agents = {agent for group in g.index.catalog.support_groups for agent in group.agents}
    query = computer.query
    values: list[float | None] = []
    for quarter in g.quarters:
        weeks = g.observed(quarter)
        known = agents and weeks >= LEAST_WEEKS
        values.append(round(len(computer.all(computer.came, quarter)) / len(agents) / weeks, 2) if known else None)
    return "Load", "tickets per agent and week", values, None, query, f"{len(agents)} agents in the support groups"


def _training(g: Ground) -> Line:
    query, hours = training(g)
    values: list[float | None] = []
    for quarter in g.quarters:
        found = [entry.hours for entry in hours if entry.quarter == quarter]
        values.append(sum(found) if found else None)
    return "Training", "hours of training", values, "hours", query, "typed or imported"


def _level(g: Ground, computer: Computer) -> Line:
    values: list[float | None] = []
    for quarter in g.quarters:
        part = share(*timings.in_time(g, computer.all(computer.gone, quarter), "resolve"))
        values.append(None if part is None else round(100 * part, 1))
    return "Service level", "resolved in time", values, "percent", computer.query, "each ticket on its service's clock"


def _told(g: Ground, figures: Figures) -> list[Line]:
    """Satisfaction and renewals: the mean of the indicators in per cent whose name says so, or the company's own."""
    found: list[Line] = []
    for link, words in WORDS.items():
        sources: list[tuple[str, str, str]] = [
            (service.id, kpi.id, f"{service.name}: {kpi.name}")
            for service in g.index.catalog.services
            for kpi in service.kpis
            if kpi.unit == "percent" and _means(kpi, words)
        ]
        own = sorted({kpi for service, kpi, _ in figures.values if not service and any(w in fold(kpi) for w in words)})
        sources += [("", kpi, kpi) for kpi in own]
        values: list[float | None] = []
        query: Query | None = figures.catalog_query
        for quarter in g.quarters:
            points = [point for service, kpi, _ in sources if (point := figures.point(service, kpi, quarter))]
            known = [point.value for point in points if point.value is not None]
            values.append(round(fmean(known), 1) if known else None)
            query = points[-1].query if points else query
        about = f"mean of {len(sources)}: {', '.join(name for _, _, name in sources)}" if sources else "nobody told any"
        found.append((link.capitalize(), MEASURES[link], values, "percent", query, about))
    return found


def _means(kpi: Kpi, words: tuple[str, ...]) -> bool:
    text = f"{fold(kpi.name)} {kpi.id}"
    return any(word in text for word in words)
