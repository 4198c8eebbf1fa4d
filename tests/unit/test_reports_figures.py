"""Every figure of every report against a recount by other means: the tickets as the test wrote them, by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reports_company import TICKETS, company_desk

from triage.desk.office import Desk
from triage.errors import UsageError
from triage.impact.clocks import Timer
from triage.reports.every import REPORTS, build
from triage.reports.periods import Quarter, parse_quarter
from triage.reports.tree import Figure, Report, Table

NAMES = {"portal": "Closing Portal", "printing": "Printing", None: "no service"}
IN_QUARTER = [row for row in TICKETS if row[7].month >= 10]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with company_desk(tmp_path) as opened:
        yield opened


def report(desk: Desk, name: str, quarter: str = "2026Q4") -> Report:
    return build(desk, name, quarter)


def table(found: Report, ident: str) -> Table:
    return next(entry for entry in found.tables() if entry.id == ident)


def figure(found: Report, ident: str) -> Figure:
    return next(entry for entry in found.figures() if entry.id == ident)


def scores(desk: Desk) -> dict[str, int]:
    """External id to the score in force, fetched one by one."""
    found = {}
    for ident, row in enumerate(TICKETS, start=1):
        found[row[0]] = desk.database.execute("SELECT score FROM queue WHERE ticket_id = ?", (ident,)).fetchone()[0]
    return found


def records(found: Table, key: str) -> dict[Any, dict[str, Any]]:
    return {record[key]: record for record in found.records()}


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_and_table_carries_a_query_that_runs(desk: Desk, name: str) -> None:
    found = report(desk, name)
    for entry in [*found.figures(), *found.tables()]:
        assert entry.query is not None, entry.id
        rows = desk.database.execute(entry.query.runnable()).fetchall()
        assert rows == desk.database.execute(entry.query.sql, entry.query.parameters).fetchall()
    assert found.catalog_version == 1 and found.policy_version == 1 and found.clock == "TRIAGE_NOW"


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_writes_nothing_and_is_the_same_twice(desk: Desk, name: str) -> None:
    before = desk.database.connection.total_changes
    assert report(desk, name) == report(desk, name)
    assert desk.database.connection.total_changes == before
    assert not desk.database.connection.in_transaction


@pytest.mark.parametrize("name", REPORTS)
def test_a_quarter_without_tickets_and_an_empty_desk_are_reported_too(tmp_path: Path, desk: Desk, name: str) -> None:
    assert report(desk, name, "2025Q1").sections
    with Desk(tmp_path / "empty.db") as empty:
        assert build(empty, name, "2026Q4").sections


def test_impact_by_service_and_touchpoint_is_the_sum_of_the_scores(desk: Desk) -> None:
    found, score = report(desk, "card"), scores(desk)
    for ident, column in (("impact-service", 1), ("impact-touchpoint", 2)):
        names = (
            NAMES
            if column == 1
            else {"sign": "Sign the documents", "print": "Print at the branch", None: "no touchpoint"}
        )
        expected: dict[str, tuple[int, int]] = {}
        for row in IN_QUARTER:
            tickets, points = expected.get(names[row[column]], (0, 0))
            expected[names[row[column]]] = (tickets + 1, points + score[row[0]])
        lines = records(table(found, ident), ident.removeprefix("impact-"))
        assert {name: (line["tickets"], line["points"]) for name, line in lines.items()} == expected
        assert sum(line["share"] for line in lines.values()) == pytest.approx(1)


def test_times_run_in_business_hours(desk: Desk) -> None:
    found = report(desk, "card")
    now = records(table(found, "desk-quarters"), "quarter")["Q4 2026"]
    # answered: A 1 h, B 0.5 h, C 6 h, D 1 h (printing runs around the clock)
    assert now["respond"] == pytest.approx(1.0)
    # outages that ended: A 8 + 1 - 1 = 9 h less the hour before opening: 10-17, 9-11 = 9 h; B 16-17, 9-10 = 2 h; C 20 h
    assert now["restore"] == pytest.approx(9.0)
    # with an agreed time: A 9 h of 8 (late), B 2 h, H 16-17 and 9-10 = 2 h
    assert now["in-time"] == pytest.approx(2 / 3)
    assert now["tickets"] == len(IN_QUARTER)
    assert figure(found, "restore").value == now["restore"] and figure(found, "restore").clock


def test_indicators_are_typed_or_computed_and_judged(desk: Desk) -> None:
    found = report(desk, "card")
    lines = {(r["service"], r["indicator"]): r for t in found.tables() if t.id.startswith("kpis-") for r in t.records()}
    csat = lines["Closing Portal", "Customer satisfaction"]
    assert (csat["value"], csat["before"], csat["target"], csat["origin"]) == (86, 88, 90, "catalog")
    assert csat["sentence"] == (
        "Customer satisfaction stood at 86 % in Q4 2026, 4 below the target of 90 %,"
        " worse than the quarter before (88 %)."
    )
    restore = lines["Closing Portal", "Time to restore"]
    assert restore["value"] == pytest.approx((9 + 2) / 2) and restore["before"] == pytest.approx(4)
    assert restore["origin"] == "computed" and "Monday" not in restore["source"] and "office" in restore["source"]
    per_person = lines["Printing", "Tickets per person"]
    assert per_person["value"] == pytest.approx(3 / 10)
    assert figure(found, "kpis-met").value == 0 and figure(found, "kpis-missed").value == 2


def test_an_imported_value_counts_before_the_catalogs_and_months_are_meant(desk: Desk) -> None:
    with desk.act() as connection:
        connection.execute("INSERT INTO figures VALUES ('portal', 'csat', '2026Q4', 91, 'survey', 1)")
        connection.executemany(
            "INSERT INTO figures VALUES ('portal', 'csat', ?, ?, 'm', 1)", [("2026-04", 80.0), ("2026-05", 90.0)]
        )
    found = report(desk, "card")
    kpis = next(t for t in found.tables() if t.id == "kpis-escrow")
    first = next(iter(kpis.records()))
    assert (first["value"], first["origin"]) == (91, "imported")
    trend = kpis.trends[0]
    assert trend is not None and trend.values == (None, None, 85.0, 88, 91)


def test_moments_of_truth_and_promises(desk: Desk) -> None:
    found = report(desk, "card")
    moment = next(iter(table(found, "moments").records()))
    assert (moment["tickets"], moment["out"], moment["requesters"]) == (3, 2, 2)
    assert figure(found, "moments-hit").value == 3
    # 8 h of the portal's clock: A took 9, B 2, F has waited since Friday 16:00: 1 h and 7 h of Monday by now
    index, hours = desk.index, desk.scorer.reader.parts.service("portal").hours
    within = index.promises["same-day"].within
    assert within is not None
    broken = 0
    for row in IN_QUARTER:
        if row[2] == "sign":
            end = (row[9] or desk.now()).timestamp()
            timer = Timer("promise", row[7].timestamp(), within.total_seconds(), (1.0,), (4,), hours)
            broken += timer.used(end) >= 1
    promised = table(found, "promises").records()
    line = next(iter(promised))
    assert (line["kept"], line["broken"], line["running"]) == (1, broken, 0) and broken == 2
    assert figure(found, "promises-rate").value == pytest.approx(1 / 3)


def test_training_by_person_and_kind(desk: Desk) -> None:
    found = report(desk, "card")
    assert set(table(found, "training").rows) == {
        ("Ana Ruiz", "business overview", 6.0), ("Ben Katz", "business overview", 2.0),
    }  # fmt: skip
    assert figure(found, "training-hours").value == 8


def test_costs_add_up_however_they_are_cut(desk: Desk) -> None:
    found = report(desk, "costs")
    portal = sum(row[1] == "portal" for row in IN_QUARTER)
    printing = sum(row[1] == "printing" for row in IN_QUARTER)
    months = 2  # October and November have begun
    expected = months * (1000 + 30 + 200) + 14 * portal + 10 * printing
    assert figure(found, "total").value == expected
    for ident in ("components", "services", "units"):
        assert sum(float(line["total"] or 0) for line in table(found, ident).records()) == expected
    states = [(line["month"], line["state"], line["total"] is None) for line in table(found, "months").records()]
    assert states == [("Oct 2026", "closed", False), ("Nov 2026", "open", False), ("Dec 2026", "to come", True)]
    assert sum(float(line["total"] or 0) for line in table(found, "months").records()) == expected
    # the tickets of a site go to the unit of that site: A and B to Escrow, E (printing, Irvine) to Sales
    units = records(table(found, "units"), "unit")
    assert units["Escrow"]["tickets"] == 5 and units["Sales"]["tickets"] == 1
    assert (
        units["Escrow"]["by_ticket"] == 14 * 3 + 10 * 2
        and units["Escrow"]["per_person"] == units["Escrow"]["total"] / 40
    )
    services = records(table(found, "services"), "service")
    assert services["Closing Portal"]["support"] == pytest.approx(2 * 30 / portal + 14)
    assert sum(line["total"] for line in table(found, "tickets").records()) == 14 * portal + 10 * printing


def test_journeys_by_stage_persona_and_promise(desk: Desk) -> None:
    found, score = report(desk, "journeys"), scores(desk)
    stage = records(table(found, "journey-buying"), "touchpoint")
    at_sign = [row for row in IN_QUARTER if row[2] == "sign"]
    assert stage["◆ Sign the documents"]["points"] == sum(score[row[0]] for row in at_sign)
    assert stage["◆ Sign the documents"]["tickets"] == 3 and stage["Print at the branch"]["tickets"] == 2
    buyer = records(table(found, "personas"), "persona")["Buyer"]
    # Big Builder (an organisation, once), kim, pat
    assert (buyer["tickets"], buyer["customers"], buyer["touched"]) == (5, 3, 300)
    gap = records(table(found, "gap-by"), "by")["sales"]
    assert (gap["kept"], gap["broken"]) == (1, 2)
    promise = next(iter(table(found, "gap").records()))
    assert (promise["promised"], promise["delivered"], promise["gap"]) == (8, pytest.approx(5.5), 0)
    renewal = next(iter(table(found, "renewals").records()))
    assert (renewal["organisation"], renewal["tickets"], renewal["moments"]) == ("Big Builder", 2, 2)
    assert next(iter(table(found, "pain-points").records()))["tickets"] == 3


def test_overrides_that_stand_by_rule_service_and_reason(desk: Desk) -> None:
    found = report(desk, "overrides")
    listed = records(table(found, "overrides"), "ticket")
    assert set(listed) == {3, 4}  # the third was undone
    assert {key: (line["said"], line["reason"]) for key, line in listed.items()} == {
        3: ("P1", "politics"), 4: ("P3", "other"),
    }  # fmt: skip
    assert figure(found, "overridden").value == 2
    assert figure(found, "override-rate").value == pytest.approx(2 / len(IN_QUARTER))
    service = records(table(found, "by-service"), "service")["Printing"]
    assert (service["tickets"], service["overridden"], service["up"], service["down"]) == (3, 2, 2, 0)
    rules = records(table(found, "by-rule"), "rule")
    assert rules["one person counts half"]["overridden"] == 1
    open_tickets = desk.database.execute("SELECT priority FROM queue WHERE bucket = 0").fetchall()
    share = sum(row[0] <= 2 for row in open_tickets) / len(open_tickets)
    assert figure(found, "p2-share-now").value == pytest.approx(share)


def test_what_people_corrected_is_recounted_from_readings_and_decisions(desk: Desk) -> None:
    found = records(table(report(desk, "overrides"), "corrected"), "field")
    expected = {"condition": [0, 0], "reach": [0, 0]}
    for ident, row in enumerate(TICKETS, start=1):
        if row not in IN_QUARTER:
            continue
        reading = json.loads(
            desk.database.execute("SELECT reading FROM readings WHERE ticket_id = ?", (ident,)).fetchone()[0]
        )
        for field, said in (("condition", row[3]), ("reach", row[4])):
            expected[field][0] += 1
            expected[field][1] += reading[field]["value"] != said
    for field, (decided, corrected) in expected.items():
        assert (found[field]["decided"], found[field]["corrected"]) == (decided, corrected)


def test_the_pareto_and_an_improvement_before_and_since(desk: Desk) -> None:
    found, score = report(desk, "improvements"), scores(desk)
    pareto = table(found, "pareto")
    cells: dict[tuple[Any, Any], int] = {}
    for row in IN_QUARTER:
        cells[row[1], row[2]] = cells.get((row[1], row[2]), 0) + score[row[0]]
    assert [line["points"] for line in pareto.records()] == sorted(cells.values(), reverse=True)
    assert list(pareto.records())[-1]["together"] == pytest.approx(1)
    item = next(iter(table(found, "improvements").records()))
    # before: G alone, over the days from the first ticket (15 September 10:00) to 20 October; since: A, B, F
    days = (20 + 15) - 10 / 24
    assert item["before"] == pytest.approx(score["G"] / days * 7)
    since = (23 + 11) + 16 / 24
    assert item["since"] == pytest.approx((score["A"] + score["B"] + score["F"]) / since * 7)
    assert item["late"] == "late" and item["owner"] == "Jon Abara" and item["members"] == "Lee Santos"
    assert next(iter(pareto.records()))["work"] == "Stop the time-outs"


def test_the_chain_lines_up_and_claims_nothing(desk: Desk) -> None:
    found = report(desk, "chain")
    lines = records(table(found, "chain"), "link")
    weeks = (31 + 22 + 16 / 24) / 7
    assert lines["Load"]["2026Q4"] == pytest.approx(len(IN_QUARTER) / 2 / weeks, abs=0.01)
    assert lines["Load"]["2026Q3"] is None  # the desk saw two weeks of it
    assert (lines["Training"]["2026Q3"], lines["Training"]["2026Q4"]) == (3, 8)
    assert lines["Service level"]["2026Q4"] == pytest.approx(66.7)
    assert (lines["Satisfaction"]["2026Q3"], lines["Satisfaction"]["2026Q4"]) == (88, 86)
    assert lines["Renewals"]["2026Q4"] is None
    assert "proves nothing" in found.sections[0].sentences[0]


def test_outreach_counts_small_tickets_by_site(desk: Desk) -> None:
    found = report(desk, "outreach")
    priorities = dict(desk.database.execute("SELECT ticket_id, priority FROM queue").fetchall())
    small: dict[str, int] = {}
    for ident, row in enumerate(TICKETS, start=1):
        if row in IN_QUARTER and row[5] and priorities[ident] >= 4:
            small[row[5]] = small.get(row[5], 0) + 1
    lines = records(table(found, "sites"), "site")
    assert lines["Tustin branch"]["tickets"] == 4 and lines["Irvine branch"]["tickets"] == 1
    assert {name: line["small"] for name, line in lines.items() if line["small"]} == {
        {"tustin": "Tustin branch", "irvine": "Irvine branch"}[site]: number for site, number in small.items()
    }
    assert figure(found, "placeless").value == 1


def test_a_merged_ticket_is_counted_with_the_one_that_goes_on(desk: Desk) -> None:
    from triage.desk import acts

    before = table(report(desk, "card"), "impact-service").total
    acts.merge(desk, [5], 6)
    after = table(report(desk, "card"), "impact-service").total
    assert before is not None and after is not None and after[1] == int(str(before[1])) - 1


def test_quarters(desk: Desk) -> None:
    zone = desk.index.timezone
    assert str(parse_quarter(None, desk.now(), zone)) == "2026Q3"
    assert parse_quarter("2026q3", desk.now(), zone) == Quarter(2026, 3)
    assert [str(entry) for entry in Quarter(2026, 1).last(5)] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]
    for wrong in ("9999Q4", "2026Q5", "26Q1", "Q1", "", "2026-07"):
        with pytest.raises(UsageError):
            parse_quarter(wrong, desk.now(), zone)


def test_a_cost_per_ticket_is_not_said_of_a_few_days(desk: Desk) -> None:
    opened = datetime(2026, 9, 20, tzinfo=UTC)
    desk.database.execute("UPDATE placed SET created_at = max(created_at, ?)", (int(opened.timestamp()),))
    desk.database.execute("UPDATE tickets SET created_at = max(created_at, ?)", (int(opened.timestamp()),))
    early, later = report(desk, "costs", "2026Q3"), report(desk, "costs", "2026Q4")
    assert sum(line["tickets"] for line in table(early, "services").records()) > 0
    assert figure(early, "per-ticket").value is None and "4 weeks" in figure(early, "per-ticket").note
    assert {line["all"] for line in table(early, "services").records()} == {None}
    assert figure(early, "total").value and figure(later, "per-ticket").value
