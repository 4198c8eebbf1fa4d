"""Impact along the customer's journey: stages, touchpoints, personas; what was promised against what was delivered.

A ticket's persona is that of its requester's organisation, else the journey's own where it has only one;
everything else is not known, and said so.
"""

from __future__ import annotations

from triage.desk.office import Desk
from triage.reports import timings
from triage.reports.ground import Ground, Rows, ground
from triage.reports.periods import Quarter
from triage.reports.timings import Kept
from triage.reports.tree import Bar, Chart, Figure, Query, Report, Section, Table, Value, columns
from triage.reports.words import count_of, listed, middle, say, share

TICKETS_SQL = """
SELECT q.ticket_id, q.touchpoint, q.score, q.priority, q.sure, q.condition, t.requester, t.organisation, t.subject
FROM queue q JOIN tickets t ON t.id = q.ticket_id
WHERE q.status <> 'merged' AND q.touchpoint IS NOT NULL AND q.created_at >= :start AND q.created_at < :end
ORDER BY q.score DESC, q.ticket_id
"""
SHOWN = 3
RENEWAL_DAYS = 120


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """Impact, promises, pain points and opportunities of the journeys in a quarter. Reads only."""
    with ground(desk, quarter) as g:
        query, rows = g.ask("tickets at touchpoints", TICKETS_SQL, "summed by stage, touchpoint and persona",
                            start=g.start, end=g.end)  # fmt: skip
        rows = [row for row in rows if row[1] in g.index.touchpoints]
        stages, personas = _stages(g, query, rows), _personas(g, query, rows)
        gap, pains = _gap(g), _pains(g, query, rows)
        summary = [*stages.sentences[:1], *gap.sentences[:1], *personas.sentences[:1], *pains.sentences[:1]]
        return g.report(
            "journeys", "Journeys", summary,
            [stages, gap, personas, _renewals(g, query, rows), pains, _opportunities(g, query, rows)],
        )  # fmt: skip


def _by_touchpoint(rows: Rows) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row)
    return found


def _points(rows: Rows) -> int:
    return sum(row[2] for row in rows)


def _stages(g: Ground, query: Query, rows: Rows) -> Section:
    here = _by_touchpoint(rows)
    total = _points(rows)
    tables, charts, worst = [], [], []
    for journey in g.index.catalog.journeys:
        lines: list[tuple[Value, ...]] = []
        bars = []
        for stage in journey.stages:
            of_stage = [row for entry in stage.touchpoints for row in here.get(entry.id, [])]
            bars.append(Bar(stage.name, _points(of_stage), count_of(len(of_stage), "ticket")))
            worst.append((_points(of_stage), f"{journey.name}: {stage.name}"))
            for entry in stage.touchpoints:
                found = here.get(entry.id, [])
                mark = "◆ " if entry.moment_of_truth else ""
                lines.append((
                    stage.name, f"{mark}{entry.name}", len(found), _points(found),
                    sum(row[3] <= 2 and row[4] == 1 for row in found),
                    sum(row[5] in ("unavailable", "degraded") for row in found), share(_points(found), total),
                ))  # fmt: skip
        names = columns(
            "stage|Stage", "touchpoint|Touchpoint", "tickets|Tickets|count", "points|Impact points|points",
            "p1_p2|P1 and P2|count", "out|Out or slow|count", "share|Share of all|share",
        )  # fmt: skip
        tables.append(Table(f"journey-{journey.id}", journey.name, names, tuple(lines), query, "◆ moment of truth"))
        charts.append(
            Chart(
                f"stages-{journey.id}",
                f"{journey.name}: impact points by stage",
                "bars",
                tuple(bars),
                value_kind="points",
            )
        )
    worst.sort(key=lambda pair: (-pair[0], pair[1]))
    top = [name for points, name in worst if points][:2]
    sentence = f"Most impact fell on {listed(top)}." if top else "No ticket of the quarter stands at a touchpoint."
    return Section("stages", "Stages and touchpoints", (sentence,), (), tuple(charts), tuple(tables))


def _gap(g: Ground) -> Section:
    """Promised against delivered, by promise and by who promised."""
    query, found = timings.times(g, g.start, g.end)
    kept = timings.promises(g, timings.came_in(found, g.start, g.end))
    by: dict[str, list[Kept]] = {}
    lines: list[tuple[Value, ...]] = []
    for entry in kept:
        promise = g.index.promises[entry.promise]
        who = promise.promised_by or "nobody said"
        by.setdefault(who, []).append(entry)
        promised = promise.within.total_seconds() / 3600 if promise.within else None
        delivered = middle(entry.delivered)
        lines.append((
            promise.text, who, g.touchpoint_name(entry.touchpoint), promised, delivered,
            None if delivered is None or promised is None else max(delivered - promised, 0.0),
            entry.kept, entry.broken, share(entry.broken, entry.kept + entry.broken),
        ))  # fmt: skip
    lines.sort(key=lambda line: (-float(line[8] or 0), -int(line[7] or 0), str(line[0])))
    sums = [
        (who, len(entries), sum(e.kept for e in entries), sum(e.broken for e in entries),
         share(sum(e.broken for e in entries), sum(e.kept + e.broken for e in entries)))
        for who, entries in by.items()
    ]  # fmt: skip
    sums.sort(key=lambda row: (-(row[4] or 0.0), row[0]))
    clock = "each ticket on the clock of its service"
    who_names = columns(
        "by|Promised by",
        "promises|Promises|count",
        "kept|Kept|count",
        "broken|Broken|count",
        "share|Share broken|share",
    )
    names = columns(
        "promise|Promise", "by|Promised by", "touchpoint|Touchpoint|under", "promised|Promised|hours",
        "delivered|Delivered|hours", "gap|Late by|hours", "kept|Kept|count", "broken|Broken|count",
        "share|Share broken|share",
    )  # fmt: skip
    worst = next((row for row in sums if row[3]), None)
    sentence = (
        f"What {worst[0]} promised was broken most: {worst[3]} of {worst[2] + worst[3]} times"
        f" ({say(worst[4], 'share')})."
        if worst
        else "No promise that could be measured was broken."
    )
    tables = (
        Table("gap-by", "By who promised", who_names, tuple(sums), query, clock=clock, empty="nothing was promised"),
        Table("gap", "By promise", names, tuple(lines), query, "delivered is the median until the end", clock=clock,
              empty="nothing was promised"),
    )  # fmt: skip
    return Section("gap", "Expectation gap: promised against delivered", (sentence,), tables=tables)


def _personas(g: Ground, query: Query, rows: Rows) -> Section:
    found: dict[str, list[tuple[int, str | None, str | None]]] = {}
    for row in rows:
        organisation = g.index.organisation_of(row[7], row[6])
        journey = g.index.places[row[1]].journey
        persona = organisation.persona if organisation else None
        if persona is None and len(journey.personas) == 1:
            persona = journey.personas[0]
        found.setdefault(persona or "", []).append((row[2], row[6], organisation.id if organisation else None))
    lines: list[tuple[Value, ...]] = []
    for ident, entries in found.items():
        persona_entry = g.index.personas.get(ident)
        customers = {organisation or requester for _, requester, organisation in entries} - {None}
        value = persona_entry.yearly_value if persona_entry else None
        lines.append((
            persona_entry.name if persona_entry else "not known", len(entries), sum(points for points, _, _ in entries),
            len(customers), value, None if value is None else value * len(customers),
        ))  # fmt: skip
    lines.sort(key=lambda line: (line[0] == "not known", -int(line[2] or 0)))
    names = columns(
        "persona|Persona", "tickets|Tickets|count", "points|Impact points|points", "customers|Customers touched|count",
        "value|Yearly value of one|money", "touched|Yearly value touched|money",
    )  # fmt: skip
    known = [line for line in lines if line[0] != "not known"]
    sentence = (
        f"Most impact fell on {str(known[0][0]).lower()}: {count_of(int(known[0][1] or 0), 'ticket')}"
        f" from {count_of(int(known[0][3] or 0), 'customer')}."
        if known
        else "Of no ticket is it known what kind of customer wrote it."
    )
    note = (
        "Customers touched is who wrote, an organisation once; the yearly value is the catalog's, touched is not lost."
    )
    table = Table("personas", "By persona", names, tuple(lines), query, note, "no ticket stands at a touchpoint")
    return Section("personas", "Whom it hit", (sentence,), tables=(table,))


def _renewals(g: Ground, query: Query, rows: Rows) -> Section:
    """After the sale: organisations whose contract ends soon, and what they lived through."""
    found: dict[str, Rows] = {}
    for row in rows:
        organisation = g.index.organisation_of(row[7], row[6])
        if organisation:
            found.setdefault(organisation.id, []).append(row)
    today = g.now.astimezone(g.zone).date()
    lines: list[tuple[Value, ...]] = []
    for entry in g.index.catalog.organisations:
        if entry.renews_on is None or not 0 <= (entry.renews_on - today).days <= RENEWAL_DAYS:
            continue
        here = found.get(entry.id, [])
        lines.append((
            ("◆ " if entry.key_account else "") + entry.name, str(entry.renews_on), len(here), _points(here),
            sum(g.index.touchpoints[row[1]].moment_of_truth is not None for row in here), entry.yearly_value,
        ))  # fmt: skip
    lines.sort(key=lambda line: str(line[1]))
    names = columns(
        "organisation|Organisation", "renews|Renews on|date", "tickets|Tickets|count", "points|Impact points|points",
        "moments|At a moment of truth|count", "value|Yearly value|money",
    )  # fmt: skip
    hit = sum(1 for line in lines if line[2])
    sentence = (
        f"{count_of(len(lines), 'contract')} come up for renewal within {RENEWAL_DAYS} days; {hit} of them wrote in."
    )
    table = Table("renewals", "Renewals to come", names, tuple(lines), query, "◆ key account", "no contract ends soon")
    return Section("renewals", "After the sale", (sentence.capitalize(),), tables=(table,))


def _pains(g: Ground, query: Query, rows: Rows) -> Section:
    here = _by_touchpoint(rows)
    lines: list[tuple[Value, ...]] = []
    for entry in g.index.touchpoints.values():
        found = here.get(entry.id, [])
        if not entry.pain_point or not found:
            continue
        examples = "; ".join(f"{row[0]} {row[8]}" for row in found[:SHOWN])
        lines.append((entry.name, entry.pain_point, len(found), _points(found), examples))
    lines.sort(key=lambda line: (-int(line[3] or 0), str(line[0])))
    names = columns(
        "touchpoint|Touchpoint",
        "pain|What hurts",
        "tickets|Tickets|count",
        "points|Impact points|points",
        "examples|Tickets with the highest score",
    )
    sentence = f"{lines[0][0]} hurt most: {lines[0][1]}" if lines else "No ticket stands at a known pain point."
    table = Table("pain-points", "Pain points", names, tuple(lines), query, empty="none was hit")
    figure = Figure("pain", "Tickets at a known pain point", sum(int(line[2] or 0) for line in lines), "count", query)
    return Section("pains", "Pain points", (sentence,), (figure,), tables=(table,))


def _opportunities(g: Ground, query: Query, rows: Rows) -> Section:
    here = _by_touchpoint(rows)
    lines: list[tuple[Value, ...]] = []
    for entry in g.index.touchpoints.values():
        if not entry.opportunity:
            continue
        found, place = here.get(entry.id, []), g.index.places[entry.id]
        lines.append((entry.opportunity, entry.name, place.stage.name, len(found), _points(found), entry.emotion))
    lines.sort(key=lambda line: (-int(line[4] or 0), str(line[0])))
    names = columns(
        "opportunity|Opportunity", "touchpoint|Touchpoint", "stage|Stage", "tickets|Tickets|count",
        "points|Impact points|points", "emotion|Emotion, −2 to 2|count",
    )  # fmt: skip
    table = Table("opportunities", "Opportunities, by the impact they stand at", names, tuple(lines), query,
                  empty="the catalog names none")  # fmt: skip
    return Section("opportunities", "Opportunities", tables=(table,))
