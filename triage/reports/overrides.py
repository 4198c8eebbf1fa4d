"""Where people and score differ: overrides by rule, service and reason, what was corrected, what the business says.

The computed priority is that of the points with the floor, as the vector tells it; an override that was
undone is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from triage.desk.office import Desk
from triage.impact.vector import in_force, parse_vector, rules_of
from triage.reports.ground import Ground, ground
from triage.reports.periods import Quarter
from triage.reports.tree import Bar, Chart, Column, Figure, Query, Report, Section, Table, Trend, Value, columns
from triage.reports.words import count_of, listed, say, share

OVERRIDES_SQL = """
SELECT c.ticket_id, a.who, a.at / 1000, c.after, q.service, q.vector, q.points_priority, q.score, t.subject
FROM acts a JOIN act_changes c ON c.act_id = a.id JOIN queue q ON q.ticket_id = c.ticket_id
JOIN tickets t ON t.id = c.ticket_id
WHERE c.field = 'override' AND c.after IS NOT NULL AND a.undone_by IS NULL AND a.what <> 'undo'
  AND a.at >= :start * 1000 AND a.at < :end * 1000
ORDER BY a.id
"""
SCORED_SQL = """
SELECT service, vector, priority, sure FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end
"""
CORRECTED_SQL = """
SELECT d.field, count(*) AS decided,
       sum(CASE WHEN d.field IN ('condition', 'reach')
           THEN json_extract(r.reading, '$.' || d.field || '.value') IS NOT json_extract(d.value, '$')
           ELSE coalesce(json_extract(r.reading, '$.' || d.field || 's[0].target'), 'none')
                IS NOT coalesce(json_extract(d.value, '$.target'), 'none') END) AS corrected
FROM decisions d JOIN queue q ON q.ticket_id = d.ticket_id JOIN readings r ON r.ticket_id = d.ticket_id
WHERE d.field IN ('service', 'touchpoint', 'condition', 'reach') AND q.status <> 'merged'
  AND d.at >= :start AND d.at < :end
GROUP BY d.field
"""
RATINGS_SQL = """
SELECT service, rated, computed, at, who, ticket_id FROM ratings WHERE at >= :start AND at < :end
ORDER BY at, ticket_id, who
"""
OPEN_SQL = "SELECT count(*), coalesce(sum(priority <= 2), 0) FROM queue WHERE bucket = 0"
MOST_P2 = 0.20
"""P1 and P2 together should stay under a fifth of the open tickets (docs/impact.md, Clocks)."""
FEW = 5
"""Fewer ratings than this say nothing about a service."""


@dataclass(frozen=True, slots=True)
class Overridden:
    """One override. `computed` and `said` 1 to 5; `rules` those that the score rests on."""

    ticket: int
    who: str
    said: int
    computed: int
    reason: str
    text: str | None
    service: str | None
    score: int
    subject: str
    rules: tuple[str, ...]

    @property
    def direction(self) -> str:
        """Whether people wanted it more or less urgent than the score."""
        return "up" if self.said < self.computed else "down" if self.said > self.computed else "the same"


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """Overrides, corrections and ratings of a quarter. Reads only."""
    with ground(desk, quarter) as g:
        query, found = overridden(g, g.start, g.end)
        scored_query, scored = g.ask("scored tickets", SCORED_SQL, start=g.start, end=g.end)
        counts = _overview(g, query, found, scored_query, scored)
        by = _tables(g, query, found, scored)
        listing = _list(g, query, found)
        corrected, ratings = _corrected(g), _ratings(g)
        summary = [*counts.sentences, *ratings.sentences[:1]]
        return g.report("overrides", "Overrides and agreement", summary, [counts, by, corrected, ratings, listing])


def overridden(g: Ground, start: int, end: int) -> tuple[Query, list[Overridden]]:
    """The overrides that were set between two moments and stand."""
    query, rows = g.ask("overrides", OVERRIDES_SQL, "the last one of each ticket counts", start=start, end=end)
    last: dict[int, Overridden] = {}
    for ticket, who, _, after, service, vector, points, score, subject in rows:
        value = json.loads(after)
        parsed = parse_vector(vector)
        computed = int(in_force(f"P{points}", parsed.floor, None)[1])
        last[ticket] = Overridden(
            ticket, who, int(value["priority"][1]), computed, value["reason"], value.get("text"), service, score,
            subject, rules_of(vector),
        )  # fmt: skip
    return query, list(last.values())


def _overview(
    g: Ground, query: Query, found: list[Overridden], scored_query: Query, scored: list[tuple[object, ...]]
) -> Section:
    up = sum(entry.direction == "up" for entry in found)
    down = sum(entry.direction == "down" for entry in found)
    rate = share(len(found), len(scored))
    open_query, rows = g.ask("P1 and P2 among open tickets now", OPEN_SQL)
    now = share(rows[0][1], rows[0][0])
    then = share(sum(int(str(row[2])) <= 2 for row in scored), len(scored))
    told = [
        f"People set another priority on {count_of(len(found), 'ticket')} ({say(rate, 'share')} of those that came in):"
        f" {up} up, {down} down, {len(found) - up - down} to what the score says by now."
    ]
    if now is not None and now > MOST_P2:
        told.append(
            f"P1 and P2 are {say(now, 'share')} of the open tickets, more than a fifth:"
            " when so much is urgent, nothing is."
        )
    elif now is not None:
        told.append(f"P1 and P2 are {say(now, 'share')} of the open tickets, as they should be (under a fifth).")
    figures = (
        Figure("overridden", "Overridden", len(found), "count", query),
        Figure("override-rate", "Of tickets that came in", rate, "share", query),
        Figure("up", "Set higher", up, "count", query),
        Figure("down", "Set lower", down, "count", query),
        Figure("p2-share-now", "P1 and P2, open now", now, "share", open_query, "warns above 20 %",
               verdict="bad" if now is not None and now > MOST_P2 else "plain"),
        Figure("p2-share", "P1 and P2 of the quarter", then, "share", scored_query),
    )  # fmt: skip
    return Section("overview", "Where people and score differ", tuple(told), figures)


def _tables(g: Ground, query: Query, found: list[Overridden], scored: list[tuple[object, ...]]) -> Section:
    applied: dict[str, int] = {}
    services: dict[str, int] = {}
    for service, vector, *_ in scored:
        for rule in rules_of(str(vector)):
            applied[rule] = applied.get(rule, 0) + 1
        name = g.service_name(str(service) if service else None)
        services[name] = services.get(name, 0) + 1
    by_rule = _counted(found, lambda entry: entry.rules, applied)
    by_service = _counted(found, lambda entry: (g.service_name(entry.service),), services)
    by_reason = _counted(found, lambda entry: (entry.reason,), None)
    ending = ("overridden|Overridden|count", "up|Set higher|count", "down|Set lower|count")
    rule_names = columns("rule|Rule", "applied|Tickets it applied to|count", *ending, "share|Share|share")
    service_names = columns("service|Service", "tickets|Tickets|count", *ending, "share|Share|share")
    reasons = tuple((row[0], *row[2:5]) for row in by_reason)
    tables = (
        Table("by-rule", "By rule", rule_names,
              by_rule, query, "a ticket counts under every rule that its score rests on"),
        Table("by-service", "By service", service_names,
              by_service, query),
        Table("by-reason", "By reason", columns("reason|Reason", *ending), reasons, query),
    )  # fmt: skip
    bars = tuple(Bar(str(row[0]), float(row[2] or 0), f"of {row[1]}") for row in by_rule)
    chart = Chart("by-rule-chart", "Overrides by rule", "bars", bars)
    return Section("by", "By rule, service and reason", charts=(chart,) if bars else (), tables=tables)


def _counted(
    found: list[Overridden], keys: Callable[[Overridden], tuple[str, ...]], of: dict[str, int] | None
) -> tuple[tuple[Value, ...], ...]:
    rows: dict[str, list[int]] = {}
    for entry in found:
        for key in keys(entry):
            sums = rows.setdefault(key, [0, 0, 0])
            sums[0] += 1
            sums[1] += entry.direction == "up"
            sums[2] += entry.direction == "down"
    order = sorted(rows, key=lambda key: (-rows[key][0], key))
    return tuple(
        (key, of.get(key) if of else None, *rows[key], share(rows[key][0], of.get(key, 0)) if of else None)
        for key in order
    )


def _list(g: Ground, query: Query, found: list[Overridden]) -> Section:
    rows = [
        (entry.ticket, entry.subject, g.service_name(entry.service), entry.score, f"P{entry.computed}",
         f"P{entry.said}", entry.reason, entry.text, entry.who)
        for entry in sorted(found, key=lambda entry: (-abs(entry.said - entry.computed), entry.ticket))
    ]  # fmt: skip
    names = columns(
        "ticket|Ticket|ticket", "subject|Subject", "service|Service", "score|Score|points", "computed|Computed",
        "said|Set", "reason|Reason", "text|In words|under", "who|By",
    )  # fmt: skip
    table = Table("overrides", "Every override, the widest apart first", names, tuple(rows), query,
                  "computed: the priority of the score as it stands now", "nobody overruled the score")  # fmt: skip
    return Section("list", "Every override", tables=(table,))


def _corrected(g: Ground) -> Section:
    query, rows = g.ask("what people corrected", CORRECTED_SQL, start=g.start, end=g.end)
    lines = tuple((field, decided, corrected, share(corrected, decided)) for field, decided, corrected in rows)
    told = [f"{say(share(line[2], line[1]), 'share')} of {_many(line[0])}" for line in lines if line[2]]
    sentence = (
        f"People corrected {listed(told, 4)} that they decided."
        if told
        else "People corrected nothing of what was read."
    )
    names = columns(
        "field|What",
        "decided|Decided by a person|count",
        "corrected|Not what was read first|count",
        "share|Corrected|share",
    )
    table = Table(
        "corrected", "What people corrected", names, lines, query, "against the first candidate, or the likeliest word"
    )
    return Section("corrected", "What was read wrong", (sentence,), tables=(table,))


def _ratings(g: Ground) -> Section:
    first = g.quarters[0].span(g.zone)[0]
    query, rows = g.ask(
        "ratings by the business", RATINGS_SQL, "agreement is the same priority", start=first, end=g.end
    )
    by: dict[str, dict[Quarter, list[tuple[int, int]]]] = {}
    for service, rated, computed, at, *_ in rows:
        quarter = next(quarter for quarter in g.quarters if g.span(quarter)[0] <= at < g.span(quarter)[1])
        for name in (g.service_name(service), "All"):
            by.setdefault(name, {}).setdefault(quarter, []).append((rated, computed))
    lines: list[tuple[Value, ...]] = []
    trends: list[Trend | None] = []
    labels = tuple(quarter.name for quarter in g.quarters)
    for name, quarters in sorted(by.items(), key=lambda pair: (pair[0] == "All", pair[0])):
        now = quarters.get(g.quarter, [])
        lines.append((
            name, len(now), _agree(now), share(sum(abs(r - c) <= 1 for r, c in now), len(now)),
            sum(r < c for r, c in now), sum(r > c for r, c in now), "too few to say" if len(now) < FEW else "",
        ))  # fmt: skip
        values = tuple(
            None if (rate := _agree(quarters.get(q, []))) is None else round(100 * rate, 1) for q in g.quarters
        )
        trends.append(Trend(labels, values, None, "percent"))
    names = (
        Column("service", "Service"), Column("ratings", "Ratings", "count"), Column("agree", "The same", "share"),
        Column("near", "At most one apart", "share"), Column("higher", "Business wants more", "count"),
        Column("lower", "Business wants less", "count"), Column("note", "Note"),
    )  # fmt: skip
    all_now = by.get("All", {}).get(g.quarter, [])
    rate = _agree(all_now)
    sentence = (
        f"Desk and business agreed on {say(rate, 'share')} of {count_of(len(all_now), 'rated ticket')}."
        if rate is not None
        else f"Nobody of the business rated a ticket in {g.quarter.name}; triage rate asks them."
    )
    table = Table("agreement", "Agreement by service, over time", names, tuple(lines), query, trends=tuple(trends),
                  empty="no ratings in these five quarters")  # fmt: skip
    figures = (
        Figure("ratings", "Ratings", len(all_now), "count", query),
        Figure("agreement", "The same priority", rate, "share", query),
    )
    return Section("agreement", "Do desk and business agree?", (sentence,), figures, tables=(table,))


def _agree(pairs: Iterable[tuple[int, int]]) -> float | None:
    found = list(pairs)
    return share(sum(rated == computed for rated, computed in found), len(found))


def _many(field: str) -> str:
    return "reaches" if field == "reach" else f"{field}s"
