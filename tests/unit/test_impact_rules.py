"""The rules of the score one by one: dependencies, peak, workaround, floors, flags, override, clocks, unknowns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from test_impact_examples import INDEX, NOW, facts, impact

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.impact.clocks import business_left, first_clock
from triage.impact.policy import DEFAULT
from triage.impact.score import Scorer, score
from triage.tickets.models import Facts, Impact, Override, Pause, Status


def rules(found: Impact) -> list[str]:
    return [row.value for row in found.breakdown if row.factor == "rule"]


def why(found: Impact, factor: str) -> str:
    return next(row.why for row in found.breakdown if row.factor == factor)


def test_an_outage_counts_as_what_cannot_work_without_it() -> None:
    found = impact("identity", "unavailable", "team")
    assert found.factors[0] == 40
    assert "counts as critical: Checkout cannot work without it" in why(found, "rule")
    assert impact("identity", "bug", "team").factors[0] == 10, "a bug inherits nothing"


def test_touchpoints_are_inherited_from_segment_upward_and_windows_from_site() -> None:
    assert impact("identity", "unavailable", "site").factors[2] == 0
    found = impact("identity", "unavailable", "segment")
    assert found.factors[2] == 15
    assert "Pay by card cannot work without it" in why(found, "JO")


def _with_window(**window: Any) -> CatalogIndex:
    base = {"id": "w", "name": "Sale", "reason": "Sale.", "services": ["checkout"],
            "starts": "2026-11-24T10:00", "ends": "2026-11-24T14:00"}  # fmt: skip
    data = INDEX.catalog.model_dump(mode="json", exclude_none=True)
    return CatalogIndex(Catalog.model_validate(data | {"windows": [base | window]}))


def test_windows_of_dependants_count_from_site_upward() -> None:
    index = _with_window()
    assert impact("identity", "unavailable", "team", index=index).factors[5] == 0
    assert impact("identity", "unavailable", "site", index=index).factors[5] == 5
    assert impact("identity", "question", "all", index=index).factors[5] == 0


def test_prepare_counts_as_active_and_a_near_start_is_a_commitment() -> None:
    index = _with_window(starts="2026-11-24T15:00", ends="2026-11-24T20:00", prepare="6h")
    found = impact("checkout", "bug", "team", index=index)
    assert found.factors[4:] == (8, 5)
    assert "/CM:W/WI:Y" in found.vector
    early = impact("checkout", "bug", "team", index=index, at=NOW - timedelta(hours=1, seconds=1))
    assert early.factors[4:] == (0, 5)
    assert impact("checkout", "bug", "team", index=index, at=NOW + timedelta(hours=3)).factors[4:] == (0, 5)
    assert impact("checkout", "bug", "team", index=index, at=NOW + timedelta(hours=8)).factors[4:] == (0, 0)


def test_serves_outside_a_window_only_moves_high() -> None:
    data = INDEX.catalog.model_dump(mode="json", exclude_none=True) | {"windows": []}
    index = CatalogIndex(Catalog.model_validate(data))
    found = impact("payroll-all", "unavailable", "team", reach_sure=False, index=index)
    assert (found.low, found.score, found.high) == (36, 36, 50)
    said = impact("payroll-all", "unavailable", "team", reach_sure=False, reach_from_text=True, index=index)
    assert said.high == 36
    inside = impact("payroll-all", "unavailable", "team", reach_sure=True)
    assert inside.factors[1] == 6, "a person said otherwise"


PEOPLE = [{"id": "mira", "name": "Mira Okafor", "email": "mira@harbor.example"}]


@pytest.mark.parametrize(
    ("given", "reach"),
    [
        ({}, 20),
        ({"requester": "ana@harbor.example"}, 20),
        ({"requester": "ana@branch.harbor.example"}, 20),
        ({"requester": "tatum@post.example"}, 2),  # a customer tells of their own case
        ({"requester": "tatum@notharbor.example"}, 2),
        ({"requester": "no address"}, 20),
        ({"possible_services": {"payroll-all": 0.5, None: 0.3}}, 20),
        ({"possible_services": {"payroll-all": 0.49, None: 0.3}}, 2),  # rather about something else
        ({"possible_services": {"payroll-all": 0.49}, "service_sure": True}, 20),
    ],
)
def test_one_ticket_counts_for_all_whom_a_service_serves_only_where_it_can_know(
    given: dict[str, Any], reach: int
) -> None:
    data = INDEX.catalog.model_dump(mode="json", exclude_none=True) | {"people": PEOPLE}
    index = CatalogIndex(Catalog.model_validate(data))
    found = impact(
        "payroll-all", "unavailable", "person", index=index, **{"service_sure": False, "reach_sure": False} | given
    )
    assert found.factors[1] == reach
    assert found.low <= found.score <= found.high
    assert found.high >= 60, "whom it serves stays possible until somebody confirms the reach"
    assert ("serves" in rules(found)) == (reach == 20)


def test_a_workaround_counts_one_step_milder() -> None:
    assert impact("checkout", "unavailable", "team", workaround=True).factors[0] == 28
    assert impact("checkout", "degraded", "team", workaround=True).factors[0] == 14
    assert impact("checkout", "bug", "team", workaround=True).factors[0] == 4
    assert impact("checkout", "question", "team", workaround=True).factors[0] == 4
    assert impact("checkout", "unavailable", "all", workaround=True).priority != "P1"


def test_floors_lift_the_priority_and_never_the_score() -> None:
    found = impact("checkout", "unavailable", "all")
    assert (found.score, found.points_priority, found.floor, found.priority) == (60, "P2", "P1", "P1")
    own = impact("floored", "unavailable", "person")
    assert (own.priority, own.floor) == ("P2", "P2")
    assert "Nobody can close" in own.breakdown[-1].why
    assert impact("floored", "degraded", "person").floor is None


@pytest.mark.parametrize(
    ("flags", "priority", "sure"),
    [
        ({"flag": "security", "flag_strong": True}, "P2", True),
        ({"flag": "safety", "flag_sure": True}, "P2", True),
        ({"flag": "legal"}, "P4", False),
        ({"flag": "statutory", "flag_sure": True}, "P4", True),
    ],
)
def test_flags(flags: dict[str, Any], priority: str, sure: bool) -> None:
    found = impact(None, "question", "person", **flags)
    assert (found.priority, found.sure, found.score) == (priority, sure, 3)


@pytest.mark.parametrize(("days", "priority"), [(0, "P4"), (14, "P4"), (15, "P3"), (23, "P3"), (24, "P2"), (40, "P2")])
def test_a_statutory_request_rises_with_its_due_time(days: int, priority: str) -> None:
    created = NOW - timedelta(days=days)
    found = impact(None, "request", "person", flag="statutory", flag_sure=True, created_at=created,
                   due_at=created + timedelta(days=30))  # fmt: skip
    assert found.priority == priority


def test_a_due_time_at_the_creation_has_not_passed_before_it() -> None:
    later = NOW + timedelta(hours=9)
    assert impact("checkout", "request", "person", created_at=later, due_at=later).factors[3] == 0
    assert impact("checkout", "request", "person", created_at=NOW, due_at=NOW).factors[3] == 5


def test_restored_is_nothing_and_has_no_floor() -> None:
    found = impact("floored", "restored", "all", flag="safety", flag_sure=True, told_otherwise="soon", age=timedelta(9))
    assert found.score == 0 and found.floor is None and found.priority == "P5" and found.clocks == ()


def test_an_override_stands_beside_the_score_until_it_ends() -> None:
    override = Override("P1", "contract", "promised to the board", until=NOW + timedelta(hours=2), by="ana")
    found = impact("printing", "question", "team", override=override)
    assert found.priority == "P1" and found.points_priority == "P5" and found.vector.endswith("/OV:P1")
    here = INDEX.catalog.catalog.model_copy(update={"timezone": "America/Los_Angeles"})
    index = CatalogIndex(INDEX.catalog.model_copy(update={"catalog": here}))
    told = score(facts("printing", "question", "team", override=override), index, DEFAULT, NOW)
    row = next(row for row in told.breakdown if row.value == "override P1")
    until = (NOW + timedelta(hours=2)).astimezone(ZoneInfo("America/Los_Angeles"))
    assert row.why == f"ana set it: contract, promised to the board, until {until:%Y-%m-%d %H:%M}; computed P5"
    assert found.next_change == NOW + timedelta(hours=2)
    later = impact("printing", "question", "team", override=override, at=NOW + timedelta(hours=2))
    assert later.priority == "P5" and "OV" not in later.vector
    assert impact("checkout", "unavailable", "all", override=Override("P4", "other")).priority == "P4"


def test_several_services_are_scored_whole_and_the_greatest_counts() -> None:
    found = impact("printing", "unavailable", "team", other_services=("checkout", "floored"))
    assert found.factors[0] == 40 and found.priority == "P2" and found.floor == "P2"
    assert "several services" in rules(found)
    assert "Printing 24" in why(found, "rule")


def test_a_swarm_is_at_least_a_team_and_grows_with_its_requesters() -> None:
    assert impact("checkout", "unavailable", "person", swarm_requesters=2).factors[:2] == (40, 6)
    found = impact("checkout", "unavailable", "person", swarm_requesters=5)
    assert found.factors[:2] == (40, 12) and "RE:T+3" in found.vector
    assert impact("checkout", "unavailable", "site", swarm_requesters=99).factors[1] == 20


@pytest.mark.parametrize(
    ("more", "code", "points"),
    [
        ({}, "-", 0),
        ({"requester": "CEO@shop.example"}, "V", 6),
        ({"requester": "x@board.example"}, "V", 6),
        ({"requester": "x@eu.big.example"}, "K", 8),
        ({"organisation": "Big Builder"}, "K", 8),
        ({"touchpoint": "keys"}, "P", 4),
        ({"touchpoint": "keys", "age": timedelta(hours=30)}, "B", 8),
        ({"touchpoint": "keys", "requester": "ceo@shop.example"}, "V", 6),
        ({"told_otherwise": "ready at noon"}, "O", 8),
    ],
)
def test_commitments(more: dict[str, Any], code: str, points: int) -> None:
    found = impact("wire", "question", "person", **more)
    assert found.factors[4] == points and f"/CM:{code}/" in found.vector


def test_a_promise_runs_in_the_calendar_of_the_service_and_waits_with_the_customer() -> None:
    monday = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # two hours before closing time; the promise takes four
    ask = {"touchpoint": "keys", "created_at": monday}
    assert impact("wire", "bug", "team", at=datetime(2026, 11, 24, 10, 59, tzinfo=UTC), **ask).factors[4] == 4
    assert impact("wire", "bug", "team", at=datetime(2026, 11, 24, 11, 0, tzinfo=UTC), **ask).factors[4] == 8
    waits = (Pause(datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC)),)
    at = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert impact("wire", "bug", "team", at=at, pauses=waits, **ask).factors[4] == 4


def test_due_times_press_late_and_respond_stops_at_the_claim() -> None:
    nine = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    ask = {"created_at": nine}

    def late(minutes: int, **more: Any) -> int:
        return impact("wire", "question", "team", at=nine + timedelta(minutes=minutes), **ask, **more).factors[3]

    assert [late(47), late(48), late(57), late(60)] == [0, 5, 8, 10], "respond within an hour"
    assert late(60, responded_at=nine + timedelta(minutes=5)) == 0
    assert late(60, status=Status.OPEN) == 0
    assert late(8 * 60, status=Status.OPEN) == 10, "resolve within eight hours"
    assert late(70, status=Status.OPEN, due_at=nine + timedelta(minutes=71)) == 8


def test_tolerance_never_pauses_in_an_outage_but_does_for_a_bug() -> None:
    created = NOW - timedelta(hours=8)
    waits = (Pause(created, NOW - timedelta(hours=1)),)
    assert impact("vpn", "degraded", "team", created_at=created, pauses=waits).factors[3] == 10
    assert impact("vpn", "bug", "team", created_at=created, pauses=waits).factors[3] == 0
    assert impact("vpn", "question", "team", created_at=created).factors[3] == 0


def test_a_resolved_ticket_stands_still() -> None:
    old = {"created_at": NOW - timedelta(days=9), "status": Status.RESOLVED}
    at = NOW - timedelta(days=9) + timedelta(hours=4)
    for more in ({"resolved_at": at}, {"updated_at": at}):
        found = impact("vpn", "unavailable", "team", **old, **more)
        assert found.factors[3] == 5 and found.next_change is None


def test_the_first_clock_and_what_is_left_of_it() -> None:
    nine = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    found = impact("wire", "unavailable", "team", created_at=nine, at=nine + timedelta(minutes=20), touchpoint="keys")
    assert [clock.name for clock in found.clocks] == ["respond", "promise", "resolve", "tolerance"]
    first = first_clock(found.clocks)
    assert first is not None and first.due == nine + timedelta(hours=1)
    hours = Scorer(INDEX, DEFAULT).reader.parts.hours("office")
    assert business_left(hours, found.clocks[2], nine + timedelta(hours=1)) == timedelta(hours=7)
    assert business_left(hours, first, nine + timedelta(hours=3)) == -timedelta(hours=2)
    assert found.next_change == nine + timedelta(minutes=48)


def test_p1_on_a_link_that_nobody_confirmed_is_not_sure() -> None:
    def sure(**more: Any) -> tuple[str, bool]:
        found = impact("checkout", "unavailable", "all", **more)
        return found.priority, found.sure

    assert sure() == ("P1", True)
    assert sure(service_sure=False) == ("P1", False)
    assert sure(touchpoint="card", touchpoint_sure=False) == ("P1", True), "it is P1 without the touchpoint too"
    assert sure(service_sure=False, override=Override("P1", "other")) == ("P1", True)
    found = impact("checkout", "degraded", "site", touchpoint="card", touchpoint_sure=False, age=timedelta(hours=2))
    assert (found.priority, found.sure) == ("P2", False)
    flagged = impact("checkout", "question", "person", service_sure=False, flag="safety", flag_strong=True)
    assert (flagged.priority, flagged.sure) == ("P2", True)


def test_unknowns_make_an_interval() -> None:
    found = impact("checkout", "degraded", "person", service_sure=False, condition_sure=False, reach_sure=False,
                   possible_services={"checkout": 0.6, "printing": 0.3, "vpn": 0.09, None: 0.1},
                   possible_conditions={"degraded": 0.6, "unavailable": 0.3, "question": 0.05},
                   possible_reaches={"person": 0.8, "team": 0.2})  # fmt: skip
    assert (found.low, found.score, found.high) == (5, 16, 46)
    assert found.breakdown[-1].value == "5–46"
    assert "the service, the condition and the reach" in found.breakdown[-1].why


def test_a_service_that_the_catalog_does_not_know_counts_as_none() -> None:
    found = impact("gone", "unavailable", "team", touchpoint="gone-too")
    assert found.factors == (8, 6, 0, 0, 0, 0) and "CR:-" in found.vector


def test_agreed_or_estimated() -> None:
    assert "agreed by Lee Santos" in why(impact("checkout", "bug", "team"), "CR")
    assert "IT's estimate" in why(impact("vpn", "bug", "team"), "CR")


def test_chains_and_stars_of_thousands_are_scored_without_recursion() -> None:
    chain = [{"id": f"s{place}", "name": f"S {place}", "criticality": 3, "depends_on": [f"s{place + 1}"]}
             for place in range(5000)]  # fmt: skip
    chain.append({"id": "s5000", "name": "bottom", "criticality": 4})
    chain[0]["criticality"] = 1
    touchpoint = {"id": "t", "name": "Pay", "services": ["s0"], "moment_of_truth": "now"}
    window = {"id": "w", "name": "W", "reason": "r", "services": ["s0"], "starts": "2026-11-01T00:00",
              "ends": "2026-12-01T00:00"}  # fmt: skip
    index = CatalogIndex(Catalog.model_validate({
        "services": chain, "windows": [window],
        "journeys": [{"id": "j", "name": "J", "stages": [{"id": "st", "name": "St", "touchpoints": [touchpoint]}]}],
    }))  # fmt: skip
    scorer = Scorer(index, DEFAULT)
    for place in (1, 2500, 5000):
        assert scorer.score(facts(f"s{place}", "unavailable", "all"), NOW).factors == (40, 20, 15, 0, 0, 5)


def test_score_remembers_its_scorers_by_catalog_and_policy() -> None:
    one = facts("checkout", "bug", "team")
    assert score(one, INDEX, DEFAULT, NOW) == score(replace(one), INDEX, DEFAULT, NOW)
    assert isinstance(one, Facts)
