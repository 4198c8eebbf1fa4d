"""Going out to where the work is done: sites whose small tickets add up, and which of them are worth a visit."""

from __future__ import annotations

from triage.desk.office import Desk
from triage.reports.ground import Ground, Rows, ground
from triage.reports.periods import Quarter
from triage.reports.tree import Bar, Chart, Figure, Query, Report, Section, Table, Value, columns
from triage.reports.words import count_of, listed, say, share

SITES_SQL = """
SELECT q.site, count(*) AS tickets, sum(q.priority >= 4) AS small,
       sum(CASE WHEN q.priority >= 4 THEN q.score ELSE 0 END) AS small_points, sum(q.score) AS points,
       count(DISTINCT CASE WHEN q.priority >= 4 THEN t.requester END) AS people
FROM queue q JOIN tickets t ON t.id = q.ticket_id
WHERE q.status <> 'merged' AND q.created_at >= :start AND q.created_at < :end
GROUP BY q.site
"""
WHAT_SQL = """
SELECT site, service, count(*) AS small FROM queue
WHERE status <> 'merged' AND priority >= 4 AND site IS NOT NULL AND created_at >= :start AND created_at < :end
GROUP BY site, service ORDER BY small DESC, service
"""
TICKETS_SQL = """
SELECT q.ticket_id, q.site, q.service, t.subject, q.score, q.status FROM queue q JOIN tickets t ON t.id = q.ticket_id
WHERE q.status <> 'merged' AND q.priority >= 4 AND q.site IS NOT NULL AND q.bucket < 2
  AND q.created_at >= :start AND q.created_at < :end
ORDER BY q.score DESC, q.ticket_id
"""
VISITS = 3
LEAST = 5
"""A site is worth a visit from so many small tickets; among those the most per person come first."""


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """Where small tickets add up in a quarter. Reads only."""
    with ground(desk, quarter) as g:
        query, rows = g.ask("small tickets by site", SITES_SQL, start=g.start, end=g.end)
        _, what = g.ask("small tickets by site and service", WHAT_SQL, start=g.start, end=g.end)
        sites, names = _sites(g, query, rows, what)
        waiting = _waiting(g)
        return g.report("outreach", "Outreach", [], [sites, waiting] if names else [sites])


def _sites(g: Ground, query: Query, rows: Rows, what: Rows) -> tuple[Section, list[str]]:
    lines: list[tuple[Value, ...]] = []
    worth: list[tuple[float, int, str]] = []
    known = [row for row in rows if row[0] is not None]
    for ident, tickets, small, small_points, points, people in known:
        site = g.index.sites.get(ident)
        name = site.name if site else ident
        staff = site.staff if site else None
        top = [f"{g.service_name(service)} {number}" for place, service, number in what if place == ident][:3]
        per = share(small, staff or 0)
        lines.append(
            (name, small, tickets, small_points, share(small_points, points), people, staff, per, ", ".join(top))
        )
        if small >= LEAST:
            worth.append((per if per is not None else 0.0, small, name))
    worth.sort(key=lambda entry: (-entry[0], -entry[1], entry[2]))
    visits = [name for _, _, name in worth[:VISITS]]
    lines.sort(key=lambda line: (-int(line[1] or 0), str(line[0])))
    placeless = sum(row[1] for row in rows if row[0] is None)
    total = sum(row[1] for row in rows)
    told = []
    if visits:
        told.append(f"Worth a visit: {listed(visits)}, where small tickets (P4 and P5) add up to most per person.")
    else:
        told.append(f"No site had {LEAST} small tickets or more.")
    if placeless:
        told.append(f"{say(share(placeless, total), 'share')} of the tickets name no site that the catalog knows.")
    names = columns(
        "site|Site", "small|Small tickets|count", "tickets|All tickets|count", "small_points|Their points|points",
        "share|Of the site's impact|share", "people|People who wrote|count", "staff|Staff|count",
        "per_person|Small per person|number", "what|About",
    )  # fmt: skip
    table = Table("sites", "Sites by small tickets", names, tuple(lines), query,
                  "small: P4 and P5 in force; people: distinct requesters of small tickets",
                  "no ticket of the quarter names a site")  # fmt: skip
    bars = tuple(
        Bar(
            str(line[0]),
            float(line[1] or 0),
            f"{say(100 * float(line[7]), 'number')} per 100 people" if line[7] else "",
            line[0] in visits,
        )
        for line in lines
        if line[1]
    )
    chart = Chart("sites-chart", "Small tickets by site (◆ worth a visit)", "bars", bars)
    figures = (
        Figure("small", "Small tickets at sites", sum(row[2] for row in known), "count", query),
        Figure("placeless", "Tickets without a site", placeless, "count", query),
    )
    return Section("sites", "Sites", tuple(told), figures, (chart,) if bars else (), (table,)), visits


def _waiting(g: Ground) -> Section:
    """What a visitor can settle on the spot."""
    query, rows = g.ask("small tickets that are open at sites", TICKETS_SQL, start=g.start, end=g.end)
    lines = []
    for ident, site, service, subject, score, status in rows[:40]:
        entry = g.index.sites.get(site)
        lines.append((entry.name if entry else site, ident, subject, g.service_name(service), score, status))
    lines.sort(key=lambda line: (line[0], -line[4]))
    names = columns(
        "site|Site", "ticket|Ticket|ticket", "subject|Subject", "service|Service", "score|Score|points", "status|Status"
    )
    sentence = f"{count_of(len(rows), 'small ticket')} of these sites {'is' if len(rows) == 1 else 'are'} still open."
    table = Table("open", "Open small tickets, to take along", names, tuple(lines), query, empty="none is open")
    return Section("open", "To take along", (sentence.capitalize(),), tables=(table,))
