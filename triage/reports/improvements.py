"""What recurs most, as a Pareto of service × touchpoint, and what the work on it has taken away.

A ticket belongs to an improvement when it stands on one of its services and at one of its touchpoints; where
an improvement names only the one or the other, that is enough. It begins on its `started`, else when the
catalog first named it; the mark it is measured against is the one written down then, else the 90 days before.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime, time

from triage.catalog.models import Improvement
from triage.desk.office import Desk
from triage.reports.ground import Ground, ground
from triage.reports.periods import Quarter, from_seconds
from triage.reports.tree import Bar, Chart, Figure, Query, Report, Section, Table, Value, columns
from triage.reports.words import change, count_of, listed, say, share
from triage.store.figures import CELL_SQL

PARETO_SQL = """
SELECT service, touchpoint, count(*) AS tickets, sum(score) AS points FROM queue
WHERE status <> 'merged' AND service IS NOT NULL AND created_at >= :start AND created_at < :end
GROUP BY service, touchpoint ORDER BY points DESC, service, touchpoint
"""
VERSIONS_SQL = "SELECT version, at, document FROM catalog_versions ORDER BY version"
BASELINE_SQL = "SELECT improvement, began_at, days, tickets, points FROM improvement_baselines"
BEFORE_DAYS = 90
SHOWN = 15
VITAL = 0.8
"""The few cells that carry this share of the impact are the vital few (Juran's rule)."""
LEAST_DAYS = 14
"""Sooner than this after its start nothing is said about what an improvement has taken away."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Tickets and points over some days."""

    tickets: int
    points: int
    days: float

    @property
    def a_week(self) -> float | None:
        """Points a week."""
        return self.points / self.days * 7 if self.days > 0 else None


@dataclass(frozen=True, slots=True)
class Progress:
    """An improvement with what it started from and what came since. `began` in seconds since 1970."""

    entry: Improvement
    began: int
    before: Mark
    since: Mark
    query: Query
    noted: bool

    @property
    def change(self) -> float | None:
        """How much more or less impact a week since it began; None where it is too early to say."""
        return change(self.since.a_week, self.before.a_week) if self.since.days >= LEAST_DAYS else None


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """The Pareto of a quarter and the improvements in hand. Reads only."""
    with ground(desk, quarter) as g:
        pareto, items = _pareto(g), _items(g, progress(g))
        return g.report("improvements", "Improvements", [*pareto.sentences[:1], *items.sentences[:1]], [pareto, items])


def covers(entry: Improvement, service: str | None, touchpoint: str | None) -> bool:
    """Whether an improvement works on this cell of the Pareto."""
    if not entry.services and not entry.touchpoints:
        return False
    on = not entry.services or service in entry.services
    at = not entry.touchpoints or touchpoint in entry.touchpoints
    return on and at


def _pareto(g: Ground) -> Section:
    query, rows = g.ask("impact by service and touchpoint", PARETO_SQL, start=g.start, end=g.end)
    total = sum(row[3] for row in rows)
    lines: list[tuple[Value, ...]] = []
    bars, so_far, vital = [], 0, 0
    for service, touchpoint, tickets, points in rows:
        if so_far < VITAL * total:
            vital += 1
        so_far += points
        names = [entry.name for entry in g.index.catalog.improvements if covers(entry, service, touchpoint)]
        work = ", ".join(names) or "nobody works on it"
        lines.append((
            g.service_name(service), g.touchpoint_name(touchpoint), tickets, points, share(points, total),
            share(so_far, total), work,
        ))  # fmt: skip
        label = f"{g.service_name(service)} × {g.touchpoint_name(touchpoint)}"
        bars.append(Bar(label, points, count_of(tickets, "ticket"), bool(names)))
    bare = [f"{line[0]} × {line[1]}" for line in lines[:vital] if line[6] == "nobody works on it"]
    told = []
    if rows and total:
        told.append(
            f"{vital} of {len(rows)} pairs of service and touchpoint carry {say(VITAL, 'share')} of the impact."
        )
        if bare:
            told.append(f"Nobody works on {listed(bare)}; triage report begin takes one in hand.")
    else:
        told.append("No impact to sort: no linked ticket of the quarter has points.")
    names_ = columns(
        "service|Service", "touchpoint|Touchpoint", "tickets|Tickets|count", "points|Impact points|points",
        "share|Share|share", "together|Together|share", "work|Improvement in hand",
    )  # fmt: skip
    rest = f"{len(lines) - SHOWN} more pairs follow" if len(lines) > SHOWN else ""
    table = Table("pareto", "Recurring impact", names_, tuple(lines[:SHOWN]), query, rest, "no linked tickets")
    chart = Chart("pareto-chart", "Impact points by service × touchpoint (◆ an improvement is in hand)", "pareto",
                  tuple(bars[:SHOWN]), value_kind="points", total=total)  # fmt: skip
    return Section("pareto", "What recurs", tuple(told), charts=(chart,) if bars and total else (), tables=(table,))


def first_named(g: Ground) -> dict[str, int]:
    """When the catalog first named each improvement, in seconds since 1970."""
    found: dict[str, int] = {}
    _, rows = g.ask("versions of the catalog", VERSIONS_SQL, "the first version that names an improvement")
    for _, at, document in rows:
        for entry in json.loads(zlib.decompress(document)).get("improvements", []):
            found.setdefault(str(entry["id"]), at)
    return found


def cell(g: Ground, entry: Improvement, start: int, end: int, name: str) -> tuple[Query, Mark]:
    """Tickets and points of what an improvement works on, between two moments."""
    query, rows = g.ask(
        name,
        CELL_SQL,
        start=start,
        end=end,
        services=json.dumps(entry.services),
        touchpoints=json.dumps(entry.touchpoints),
    )
    return query, Mark(rows[0][0], rows[0][1], max(end - start, 0) / 86400)


def progress(g: Ground) -> list[Progress]:
    """Every improvement of the catalog with its mark and what came since, to the end of the quarter or to now."""
    named = first_named(g)
    _, rows = g.ask("marks that were written down", BASELINE_SQL)
    noted = {row[0]: row for row in rows}
    found = []
    for entry in g.index.catalog.improvements:
        until = min(g.second, g.end)
        if entry.id in noted:
            _, began, days, tickets, points = noted[entry.id]
            before = Mark(tickets, points, days)
        else:
            began = named.get(entry.id, g.second)
            if entry.started:
                began = int(datetime.combine(entry.started, time(), g.zone).timestamp())
            start = max(began - BEFORE_DAYS * 86400, min(g.first or began, began))
            before = cell(g, entry, start, began, f"before {entry.name}")[1]
        query, since = cell(g, entry, began, max(until, began), f"since {entry.name} began")
        found.append(Progress(entry, began, before, since, query, entry.id in noted))
    return found


def _items(g: Ground, found: list[Progress]) -> Section:
    today = g.now.astimezone(g.zone).date()
    lines: list[tuple[Value, ...]] = []
    for one in found:
        entry = one.entry
        late = entry.due is not None and entry.due < today and entry.phase != "control"
        members = ", ".join(g.person_name(member) for member in entry.members)
        began = from_seconds(one.began).astimezone(g.zone).date()
        lines.append((
            entry.name, entry.phase, g.person_name(entry.owner), members, str(entry.due) if entry.due else None,
            "late" if late else "", one.before.a_week, one.since.a_week if one.since.days >= 1 else None, one.change,
            one.since.tickets if one.since.days >= 1 else None, str(began),
        ))  # fmt: skip
    lines.sort(key=lambda line: (line[4] is None, str(line[4])))
    names = columns(
        "improvement|Improvement", "phase|Phase", "owner|Owner", "members|Members|under", "due|Due|date", "late|Late",
        "before|Points a week before|points", "since|Points a week since|points", "change|Change|change",
        "tickets|Tickets since|count", "began|Began|under",
    )  # fmt: skip
    late_names = [str(line[0]) for line in lines if line[5]]
    less = [one for one in found if one.change is not None and one.change < 0]
    sentence = f"{count_of(len(found), 'improvement')} in hand"
    sentence += f", {len(less)} of them with less impact than before" if less else ""
    sentence += f"; late: {listed(late_names)}." if late_names else ", none late."
    note = (
        "Points a week of the tickets on its services and at its touchpoints. Less impact after a start does not say "
        f"that the work was the reason; nothing is said in the first {LEAST_DAYS} days, nor of one that"
        " began after the quarter."
    )
    table = Table("improvements", "Improvements in hand", names, tuple(lines), found[0].query if found else None, note,
                  "the catalog names no improvement")  # fmt: skip
    figures = tuple(
        Figure(one.entry.id, one.entry.name, one.change, "change", one.query, f"{one.entry.phase}, impact a week",
               verdict="plain" if one.change is None else "good" if one.change < 0 else "bad")
        for one in found
        if one.change is not None
    )  # fmt: skip
    return Section("items", "Improvements", (sentence,), figures, tables=(table,))
