"""The quarterly report card: what each service area was meant to do and did, and what hurt the business most."""

from __future__ import annotations

from triage.desk.office import Desk
from triage.reports import timings
from triage.reports.ground import Ground, ground
from triage.reports.kpis import Computer, Figures, Series, series, training
from triage.reports.periods import Quarter
from triage.reports.tree import Bar, Chart, Column, Figure, Report, Section, Table, Trend, columns
from triage.reports.words import (
    better_than,
    change,
    count_of,
    kpi_sentence,
    listed,
    met,
    middle,
    plain,
    say,
    share,
)

SHOWN = 12
"""How many rows the tables of services and touchpoints show; the rest is summed in a last row."""

WHOLE_WEEKS = 12
"""A quarter has 13 weeks; one of which the desk saw less than 12 is compared with nothing."""

IMPACT_SQL = """
SELECT {what}, count(*) AS tickets, sum(score) AS points,
       sum(priority <= 2 AND sure = 1) AS p1_p2, sum(condition = 'unavailable') AS unavailable
FROM queue
WHERE status <> 'merged' AND created_at >= :start AND created_at < :end
GROUP BY {what} ORDER BY points DESC, {what}
"""
MOMENTS_SQL = """
SELECT touchpoint, count(*) AS tickets, sum(score) AS points, count(DISTINCT t.requester) AS requesters,
       sum(q.condition IN ('unavailable', 'degraded')) AS out
FROM queue q JOIN tickets t ON t.id = q.ticket_id
WHERE q.status <> 'merged' AND q.created_at >= :start AND q.created_at < :end AND q.touchpoint IS NOT NULL
GROUP BY touchpoint
"""
QUARTERS_SQL = """
SELECT count(*) AS tickets, coalesce(sum(score), 0) AS points,
       coalesce(sum(service IS NOT NULL), 0) AS linked,
       coalesce(sum(EXISTS (SELECT 1 FROM decisions d WHERE d.ticket_id = queue.ticket_id AND d.field = 'service')), 0)
         AS confirmed
FROM queue WHERE status <> 'merged' AND created_at >= :start AND created_at < :end
"""


def build(desk: Desk, quarter: Quarter | str | None = None) -> Report:
    """The report card of a quarter (None: the last that is over). Reads only."""
    with ground(desk, quarter) as g:
        figures, computer = Figures(g), Computer(g)
        services = [entry for entry in g.index.catalog.services if entry.lifecycle in ("active", "retiring")]
        found = series(g, figures, computer, services)
        areas = _areas(g, found)
        desk_section = _desk(g, computer)
        impact, moments = _impact(g), _moments(g)
        promised, trained = _promises(g, computer), _training(g)
        summary = [
            *areas.sentences[:1], *desk_section.sentences[:1], *impact.sentences[:1], *moments.sentences[:1],
            *promised.sentences[:1], *trained.sentences[:1],
        ]  # fmt: skip
        return g.report("card", "Report card", summary, [areas, desk_section, impact, moments, promised, trained])


def _areas(g: Ground, found: list[Series]) -> Section:
    tables, labels = [], tuple(quarter.name for quarter in g.quarters)
    by_unit: dict[str, list[Series]] = {}
    for entry in found:
        by_unit.setdefault(entry.service.business_unit or "", []).append(entry)
    for unit, entries in sorted(by_unit.items(), key=lambda pair: (pair[0] == "", pair[0])):
        name = g.index.business_units[unit].name if unit in g.index.business_units else "No business unit"
        tables.append(_area_table(g, f"kpis-{unit or 'none'}", name, entries, labels))
    judged = [(entry, met(entry.now.value, entry.kpi)) for entry in found]
    good, bad = sum(fits is True for _, fits in judged), sum(fits is False for _, fits in judged)
    unknown = [entry for entry in found if entry.now.value is None]
    better = sum(better_than(entry.now.value, entry.before.value, entry.kpi) is True for entry in found)
    worse = sum(better_than(entry.now.value, entry.before.value, entry.kpi) is False for entry in found)
    sentence = f"{good} of {count_of(good + bad, 'indicator')} with a target met it in {g.quarter.name}"
    sentence += f"; {better} got better than the quarter before, {worse} got worse."
    told = [sentence]
    if unknown:
        names = [f"{entry.service.name} ({entry.kpi.name})" for entry in unknown]
        told.append(f"Nothing is known of {count_of(len(unknown), 'indicator')}: {listed(names)}.")
    query = found[0].now.query if found else None
    counts = (
        Figure("kpis-met", "Targets met", good, "count", query, f"of {good + bad}", verdict="good"),
        Figure("kpis-missed", "Targets missed", bad, "count", query, verdict="bad" if bad else "plain"),
        Figure("kpis-better", "Better than before", better, "count", query),
        Figure("kpis-worse", "Worse than before", worse, "count", query),
    )
    note = (
        "A typed value counts before a computed one. Computed times are medians on the clock of the service; "
        "the trend shows this quarter and the four before it, the dotted line is the target."
    )
    return Section("areas", "Service areas", tuple(told), counts, (), tuple(tables), note)


def _area_table(g: Ground, ident: str, name: str, entries: list[Series], labels: tuple[str, ...]) -> Table:
    rows, trends, verdicts, units = [], [], [], []
    for entry in entries:
        now, before, kpi = entry.now, entry.before, entry.kpi
        unit = kpi.unit or (g.index.currency if kpi.id == "ticket-cost" else None)
        said = kpi.model_copy(update={"unit": unit})
        how = f"{now.how}; {now.clock}" if now.clock else now.how
        rows.append((
            entry.service.name, kpi.name, now.value, kpi.target, before.value, unit, now.origin,
            kpi_sentence(said, g.quarter.name, now.value, before.value), how,
        ))  # fmt: skip
        trends.append(Trend(labels, tuple(point.value for point in entry.points), kpi.target, unit))
        fits = met(now.value, kpi)
        verdicts.append("plain" if fits is None else "good" if fits else "bad")
        units.append(unit)
    columns = (
        Column("service", "Service"), Column("indicator", "Indicator"), Column("value", g.quarter.name, "number"),
        Column("target", "Target", "number"), Column("before", g.quarter.before().name, "number"),
        Column("unit", "Unit", hidden=True), Column("origin", "Origin", hidden=True),
        Column("sentence", "In a sentence", under=True),
        Column("source", "Source", under=True),
    )  # fmt: skip
    query = next((entry.now.query for entry in entries if entry.now.query), None)
    return Table(
        ident, name, columns, tuple(rows), query, trends=tuple(trends), verdicts=tuple(verdicts), units=tuple(units)
    )


def _desk(g: Ground, computer: Computer) -> Section:
    rows = []
    for quarter in g.quarters:
        start, end = g.span(quarter)
        query, found = g.ask(f"tickets of {quarter.name}", QUARTERS_SQL, start=start, end=end)
        came, gone = computer.all(computer.came, quarter), computer.all(computer.gone, quarter)
        good, total = timings.in_time(g, gone, "resolve")
        seen = g.observed(quarter) > 0
        rows.append((
            quarter.name, *(found[0][:2] if seen else (None, None)), middle(timings.respond_hours(came)),
            middle(timings.restore_hours(gone)), share(good, total),
        ))  # fmt: skip
    now, before = rows[-1], rows[-2]
    tickets, _, linked, confirmed = found[0]
    # A quarter that the desk saw only the end of is nothing to compare with.
    more = change(now[1], before[1]) if g.observed(g.quarter.before()) >= WHOLE_WEEKS and not g.so_far else None
    sentence = f"{count_of(tickets, 'ticket').capitalize()} came in"
    sentence += f", {say(more, 'change')} against {g.quarter.before().name}" if more is not None else ""
    sentence += f"; half of all outages were restored within {say(now[4], 'hours')}." if now[4] is not None else "."
    clock = "each ticket on the clock of its service"
    timed = computer.query
    fractions = (share(linked, tickets), share(confirmed, tickets))
    figures = (
        Figure("tickets", "Tickets", tickets, "count", query),
        Figure("respond", "Time to respond", now[3], "hours", timed, "median", clock=clock),
        Figure("restore", "Time to restore", now[4], "hours", timed, "median of outages", clock=clock),
        Figure("in-time", "Resolved in time", now[5], "share", timed, "of those with an agreed time", clock=clock),
        Figure("linked", "Linked to a service", fractions[0], "share", query),
        Figure("confirmed", "Service said by a person", fractions[1], "share", query),
    )
    names = columns(
        "quarter|Quarter",
        "tickets|Tickets|count",
        "points|Impact points|points",
        "respond|Time to respond|hours",
        "restore|Time to restore|hours",
        "in-time|Resolved in time|share",
    )
    table = Table("desk-quarters", "The desk by quarter", names, tuple(rows), query, clock=clock)
    labels = tuple(str(row[0]) for row in rows)
    chart = Chart("desk-tickets", "Tickets by quarter", "line", trend=Trend(labels, tuple(row[1] for row in rows)))
    known = sum(row[1] is not None for row in rows)
    return Section("desk", "The desk", (sentence,), figures, (chart,) if known > 1 else (), (table,))


def _impact(g: Ground) -> Section:
    tables, charts, told = [], [], []
    for what, title in (("service", "service"), ("touchpoint", "touchpoint")):
        query, rows = g.ask(f"impact by {what}", IMPACT_SQL.format(what=what), start=g.start, end=g.end)
        name = g.service_name if what == "service" else g.touchpoint_name
        named = [(name(row[0]), *row[1:]) for row in rows]
        total = sum(row[2] for row in named)
        shown = [(*row, share(row[2], total)) for row in named[:SHOWN]]
        rest = named[SHOWN:]
        if rest:
            sums = [sum(row[column] for row in rest) for column in range(1, 5)]
            shown.append((f"{len(rest)} more", *sums, share(sums[1], total)))
        names = columns(
            f"{what}|{what.capitalize()}",
            "tickets|Tickets|count",
            "points|Impact points|points",
            "p1_p2|P1 and P2|count",
            "unavailable|Unavailable|count",
            "share|Share of impact|share",
        )
        all_of = ("All", *[sum(row[column] for row in named) for column in range(1, 5)], None)
        tables.append(
            Table(
                f"impact-{what}",
                f"Impact by {title}",
                names,
                tuple(shown),
                query,
                total=all_of,
                note="P1 and P2 count only where a person confirmed what they rest on.",
                empty="no tickets came in",
            )
        )
        bars = tuple(
            Bar(
                str(row[0]),
                row[2],
                count_of(row[1], "ticket"),
                _is_moment(g, ident[0]) if what == "touchpoint" else False,
            )
            for row, ident in zip(named[:SHOWN], rows, strict=False)
            if ident[0]
        )
        if bars:
            charts.append(Chart(f"impact-{what}-chart", f"Impact points by {title}", "bars", bars, value_kind="points"))
        top = [row for row, ident in zip(named, rows, strict=True) if ident[0]][:2]
        if top and total:
            first = f"{top[0][0]} carried {say(share(top[0][2], total), 'share')} of the impact"
            second = f", {top[1][0]} {say(share(top[1][2], total), 'share')}" if len(top) > 1 else ""
            told.append(f"By {title}, {first}{second}.")
    note = "Impact points are the sum of the scores of the tickets that came in; a merged ticket counts once."
    return Section("impact", "Impact on the business", tuple(told), (), tuple(charts), tuple(tables), note)


def _is_moment(g: Ground, touchpoint: str | None) -> bool:
    entry = g.index.touchpoints.get(touchpoint or "")
    return bool(entry and entry.moment_of_truth)


def _moments(g: Ground) -> Section:
    query, rows = g.ask(
        "tickets at touchpoints", MOMENTS_SQL, "those whose touchpoint is a moment of truth", start=g.start, end=g.end
    )
    hit = {row[0]: row for row in rows}
    moments = [entry for entry in g.index.touchpoints.values() if entry.moment_of_truth]
    lines = []
    for entry in moments:
        _, tickets, points, requesters, out = hit.get(entry.id, (entry.id, 0, 0, 0, 0))
        stage = g.index.places[entry.id]
        lines.append(
            (
                entry.name,
                f"{stage.journey.name}: {stage.stage.name}",
                tickets,
                requesters,
                out,
                points,
                entry.moment_of_truth,
            )
        )
    lines.sort(key=lambda line: (-int(line[5] or 0), str(line[0])))
    total = sum(int(line[2] or 0) for line in lines)
    of_those = sum(int(line[4] or 0) for line in lines)
    sentence = (
        f"Moments of truth were hit by {count_of(total, 'ticket')}, {of_those} of them while something was out or slow"
    )
    worst = [str(line[0]) for line in lines if line[2]][:2]
    sentence += f"; most at {listed(worst)}." if worst else "."
    names = columns(
        "touchpoint|Moment of truth",
        "stage|Stage",
        "tickets|Tickets|count",
        "requesters|People|count",
        "out|Out or slow|count",
        "points|Impact points|points",
        "why|What is at stake|under",
    )
    figures = (
        Figure("moments-hit", "Tickets at a moment of truth", total, "count", query),
        Figure("moments-out", "While out or slow", of_those, "count", query),
    )
    table = Table(
        "moments", "Moments of truth", names, tuple(lines), query, empty="the catalog names no moment of truth"
    )
    return Section("moments", "Moments of truth", (sentence,), figures, (), (table,))


def _promises(g: Ground, computer: Computer) -> Section:
    came = computer.all(computer.came, g.quarter)
    kept = timings.promises(g, came)
    good, bad = sum(entry.kept for entry in kept), sum(entry.broken for entry in kept)
    running = sum(entry.running for entry in kept)
    rate = share(good, good + bad)
    sentence = (
        f"{good} of {count_of(good + bad, 'promise')} that could be measured were kept ({say(rate, 'share')})."
        if rate is not None
        else "No promise could be measured."
    )
    names = columns(
        "promise|Promise",
        "by|Promised by",
        "touchpoint|Touchpoint|under",
        "within|Within|hours",
        "kept|Kept|count",
        "broken|Broken|count",
        "running|Still running|count",
        "delivered|Delivered in|hours",
    )
    rows = []
    for entry in kept:
        promise = g.index.promises[entry.promise]
        within = promise.within.total_seconds() / 3600 if promise.within else None
        rows.append((
            promise.text, promise.promised_by or "nobody said", g.touchpoint_name(entry.touchpoint), within,
            entry.kept, entry.broken, entry.running, middle(entry.delivered),
        ))  # fmt: skip
    rows.sort(key=lambda row: (-int(row[5] or 0), str(row[0])))
    clock = "each ticket on the clock of its service"
    figures = (
        Figure("promises-kept", "Promises kept", good, "count", computer.query, verdict="good", clock=clock),
        Figure(
            "promises-broken",
            "Promises broken",
            bad,
            "count",
            computer.query,
            verdict="bad" if bad else "plain",
            clock=clock,
        ),
        Figure("promises-running", "Still running", running, "count", computer.query, clock=clock),
        Figure("promises-rate", "Kept", rate, "share", computer.query, "of those kept or broken", clock=clock),
    )
    silent = [promise for promise in g.index.promises.values() if promise.within is None]
    note = f"{count_of(len(silent), 'promise')} without a time cannot be measured." if silent else ""
    table = Table("promises", "Promises kept and broken", names, tuple(rows), computer.query,
                  note="a ticket at a touchpoint with two promises counts for both; delivered is a median",
                  empty="the catalog names no promise with a time", clock=clock)  # fmt: skip
    return Section("promises", "Promises kept and broken", (sentence,), figures, (), (table,), note)


def _training(g: Ground) -> Section:
    query, found = training(g)
    now = [entry for entry in found if entry.quarter == g.quarter]
    before = sum(entry.hours for entry in found if entry.quarter == g.quarter.before())
    total = sum(entry.hours for entry in now)
    people = {entry.person for entry in now}
    by_kind: dict[str, float] = {}
    for entry in now:
        by_kind[entry.kind] = by_kind.get(entry.kind, 0.0) + entry.hours
    if now:
        sentence = f"{plain(total)} hours of training for {count_of(len(people), 'person', 'people')}"
        sentence += f", {plain(before)} in the quarter before; most of it {max(by_kind, key=lambda k: by_kind[k])}."
    else:
        sentence = f"No training was told for {g.quarter.name}; {plain(before)} hours in the quarter before."
    rows = sorted(
        ((g.person_name(entry.person), entry.kind, entry.hours) for entry in now), key=lambda row: (row[0], row[1])
    )
    names = columns("person|Person", "kind|Kind", "hours|Hours|number")
    kinds = tuple(sorted(by_kind.items(), key=lambda pair: (-pair[1], pair[0])))
    table = Table("training", "Training by person and kind", names, tuple(rows), query, total=("All", None, total),
                  empty="nobody was trained, or nobody said so")  # fmt: skip
    kind_names = columns("kind|Kind", "hours|Hours|number")
    by_kind_table = Table("training-kinds", "Training by kind", kind_names, kinds, query)
    figures = (Figure("training-hours", "Hours of training", total, "number", query, unit="hours"),)
    chart = Chart(
        "training-chart",
        "Hours by kind",
        "bars",
        tuple(Bar(kind, hours) for kind, hours in kinds),
        value_kind="number",
        unit="hours",
    )
    return Section("training", "Training", (sentence,), figures, (chart,) if kinds else (), (table, by_kind_table))
