"""What must hold of every score, over random companies and random tickets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.impact.policy import DEFAULT, Policy, check_policy, make_policy
from triage.impact.score import Scorer
from triage.impact.vector import explain
from triage.tickets.models import PRIORITIES, Condition, Facts, Override, Pause, Reach, Status

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONDITIONS = [Condition.RESTORED, Condition.REQUEST, Condition.QUESTION, Condition.BUG, Condition.DEGRADED,
              Condition.UNAVAILABLE]  # fmt: skip
REACHES = list(Reach)
SERVICES = [f"s{number}" for number in range(5)]
TOUCHPOINTS = ["t0", "t1", "t2"]
SLOW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

maybe = st.booleans()
hours = st.integers(-60, 200)


def window(ident: str, draw: Any) -> dict[str, Any]:
    starts = NOW + timedelta(hours=draw(st.integers(-30, 12)))
    made: dict[str, Any] = {
        "id": ident, "name": ident, "reason": "because", "starts": starts,
        "ends": starts + timedelta(hours=draw(st.integers(1, 40))),
        "services": draw(st.lists(st.sampled_from(SERVICES), max_size=2, unique=True)),
        "touchpoints": draw(st.lists(st.sampled_from(TOUCHPOINTS), max_size=1)),
        "peak": draw(maybe),
    }  # fmt: skip
    if draw(maybe):
        made["prepare"] = f"{draw(st.integers(1, 30))}h"
    return made


@st.composite
def companies(draw: Any) -> dict[str, Any]:
    """The data of a small catalog: services that depend on later ones, touchpoints, windows, a calendar."""
    services = []
    for place, ident in enumerate(SERVICES):
        entry: dict[str, Any] = {
            "id": ident, "name": ident, "criticality": draw(st.integers(1, 4)),
            "depends_on": draw(st.lists(st.sampled_from(SERVICES[place + 1 :]), unique=True, max_size=2))
            if place < 4 else [],
        }  # fmt: skip
        if draw(maybe):
            entry["mtpd"] = f"{draw(st.integers(1, 100))}h"
        if draw(maybe):
            entry["sla"] = {"respond": "2h", "resolve": f"{draw(st.integers(3, 60))}h"}
        if draw(maybe):
            entry["calendar"] = "office"
        if draw(maybe):
            entry["serves"] = str(draw(st.sampled_from(REACHES)))
        if draw(st.integers(0, 3)) == 0:
            entry["floor"] = {"priority": draw(st.sampled_from(PRIORITIES)), "when": ["unavailable", "degraded"]}
        services.append(entry)
    points = []
    for ident in TOUCHPOINTS:
        point: dict[str, Any] = {"id": ident, "name": ident, "services": [draw(st.sampled_from(SERVICES))]}
        if draw(maybe):
            point["moment_of_truth"] = "now or never"
        if draw(maybe):
            point["promises"] = [{"id": f"p{ident}", "text": "soon", "within": f"{draw(st.integers(1, 50))}h"}]
        points.append(point)
    return {
        "calendars": [
            {"id": "office", "timezone": "Europe/Berlin", "hours": {"mon-fri": ["08:00-12:00", "13:00-17:00"]}}
        ],
        "services": services,
        "journeys": [{"id": "j", "name": "j", "stages": [{"id": "s", "name": "s", "touchpoints": points}]}],
        "windows": [window(f"w{number}", draw) for number in range(draw(st.integers(0, 3)))],
        "organisations": [{"id": "key", "name": "Key", "domains": ["key.example"], "key_account": True}],
        "vips": ["vip@x.example"],
    }  # fmt: skip


def index_of(company: dict[str, Any]) -> CatalogIndex:
    return CatalogIndex(Catalog.model_validate(company))


def chances(values: list[Any]) -> Any:
    return st.dictionaries(st.sampled_from(values), st.sampled_from([0.05, 0.1, 0.3, 0.6]), max_size=3)


@st.composite
def tickets(draw: Any) -> Facts:
    created = NOW - timedelta(hours=draw(hours), minutes=draw(st.integers(0, 59)))
    pauses: tuple[Pause, ...] = ()
    if draw(maybe):
        start = created + timedelta(hours=draw(st.integers(0, 50)))
        pauses = (Pause(start, draw(st.sampled_from([None, start + timedelta(hours=5)]))),)
    override = None
    if draw(st.integers(0, 4)) == 0:
        until = draw(st.sampled_from([None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)]))
        override = Override(draw(st.sampled_from(PRIORITIES)), "other", until=until)
    return Facts(
        created_at=created,
        service=draw(st.sampled_from([None, *SERVICES])),
        other_services=tuple(draw(st.lists(st.sampled_from(SERVICES), max_size=1))),
        touchpoint=draw(st.sampled_from([None, *TOUCHPOINTS])),
        condition=draw(st.sampled_from(CONDITIONS)),
        reach=draw(st.sampled_from(REACHES)),
        service_sure=draw(maybe), touchpoint_sure=draw(maybe), condition_sure=draw(maybe), reach_sure=draw(maybe),
        reach_from_text=draw(maybe),
        possible_services=draw(chances([None, *SERVICES])),
        possible_touchpoints=draw(chances([None, *TOUCHPOINTS])),
        possible_conditions=draw(chances([str(word) for word in CONDITIONS])),
        possible_reaches=draw(chances([str(word) for word in REACHES])),
        requester=draw(st.sampled_from([None, "a@x.example", "vip@x.example", "b@key.example"])),
        status=draw(st.sampled_from(list(Status))),
        updated_at=draw(st.sampled_from([None, NOW - timedelta(hours=1)])),
        due_at=draw(st.sampled_from([None, NOW - timedelta(hours=2), NOW + timedelta(hours=9)])),
        pauses=pauses,
        swarm_requesters=draw(st.sampled_from([0, 0, 0, 1, 3, 9])),
        told_otherwise=draw(st.sampled_from([None, "ready by Monday"])),
        workaround=draw(maybe),
        flag=draw(st.sampled_from([None, None, "safety", "statutory"])),
        flag_strong=draw(maybe), flag_sure=draw(maybe), override=override,
    )  # fmt: skip


def rising(draw: Any, size: int, most: int) -> list[int]:
    return sorted(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)))


@st.composite
def policies(draw: Any) -> Policy:
    """Any policy that is taken: every figure that a score is made of, drawn so that it is checked and found right."""
    if draw(st.integers(0, 3)) == 0:
        return DEFAULT
    # The greatest points of the six factors share out the hundred.
    cuts = rising(draw, 6, 100)
    grid, reach, journey, steps, committed, window = (
        high - low for low, high in zip([0, *cuts[:5]], cuts, strict=True)
    )
    rows = [rising(draw, 5, grid) for _ in range(4)]
    # Sorted along both sides: what is worse never counts less.
    columns = list(zip(*(sorted(column) for column in zip(*rows, strict=True)), strict=True))
    words = ("request", "question", "bug", "degraded", "unavailable")
    levels = ("low", "medium", "high", "critical")
    promises = rising(draw, 2, committed)
    used = sorted(draw(st.sets(st.integers(1, 40), min_size=4, max_size=4)))
    left = rising(draw, 2, 10)
    bands = sorted(draw(st.sets(st.integers(0, 100), min_size=4, max_size=4)))
    days = sorted(draw(st.lists(st.integers(1, 200), min_size=4, max_size=4)))
    overrides = {
        "criticality_condition": {
            level: dict(zip(words, row, strict=True)) for level, row in zip(levels, columns, strict=True)
        },
        "reach": dict(zip(("person", "team", "site", "segment", "all"), rising(draw, 5, reach), strict=True))
        | {"per_requester": draw(st.integers(0, 9))},
        "journey": dict(zip(("touchpoint", "moment_of_truth"), rising(draw, 2, journey), strict=True)),
        "time": {
            "steps": [0, *rising(draw, 4, steps)], "tolerance_used": [share / 20 for share in used if share <= 20],
            "due_last": left[0] / 10, "due_short": left[1] / 10,
            "tolerance": {
                level: f"{hours}h" for level, hours in zip(("critical", "high", "medium", "low"), days, strict=True)
            },
        },
        "commitment": {
            "promise": promises[0], "broken_promise": promises[1],
            **{name: draw(st.integers(0, committed)) for name in ("vip", "key_account", "window_near", "told_otherwise")},
            "near": f"{draw(st.integers(1, 30))}h",
        },
        "window": {"active": window},
        "one_person": {"percent": draw(st.integers(0, 100))},
        "priorities": dict(zip(("P4", "P3", "P2", "P1"), bands, strict=True)),
        "floors": {"critical_out_for_all": draw(st.sampled_from(PRIORITIES))},
        "rules": {
            "inherit_windows_from": str(draw(st.sampled_from(REACHES))),
            "inherit_touchpoints_from": str(draw(st.sampled_from(REACHES))),
            "serves_from": draw(st.sampled_from([0.0, 0.3, 1.0])),
        },
    }  # fmt: skip
    if len(overrides["time"]["tolerance_used"]) < 4:
        del overrides["time"]["tolerance_used"]
    assert check_policy(overrides) == [], overrides
    return make_policy(overrides, 2)


@SLOW
@given(companies(), tickets(), policies())
def test_rows_interval_and_vector_agree(company: dict[str, Any], facts: Facts, policy: Policy) -> None:
    found = Scorer(index_of(company), policy).score(facts, NOW)
    assert 0 <= found.low <= found.score <= found.high <= 100
    assert found.score == sum(found.factors) == sum(row.points for row in found.breakdown)
    assert [row.factor for row in found.breakdown[:6]] == ["CR", "RE", "JO", "TO", "CM", "WI"]
    assert all(row.points == 0 and row.factor == "rule" for row in found.breakdown[6:])
    assert all(row.why and row.value for row in found.breakdown)
    told = explain(found.vector, policy)
    assert (told.score, told.priority) == (found.score, found.priority)
    assert tuple(row.points for row in told.rows[:6]) == found.factors
    if facts.condition == Condition.RESTORED:
        assert (found.score == 0 and found.floor is None and found.next_change is None) or facts.override


@SLOW
@given(companies(), tickets(), policies(), st.data())
def test_nothing_that_gets_worse_lowers_the_score(
    company: dict[str, Any], facts: Facts, policy: Policy, data: Any
) -> None:
    facts = replace(facts, status=Status.NEW)
    if facts.workaround and facts.condition == Condition.BUG:
        facts = replace(facts, workaround=False)
    before = Scorer(index_of(company), policy).score(facts, NOW)
    change = data.draw(st.sampled_from(
        ["condition", "reach", "criticality", "journey", "elapsed", "vip", "told", "key", "window", "swarm",
         "workaround", "service", "due", "serves", "dependency", "mtpd", "sla", "promise", "promise sooner", "peak",
         "prepare", "touchpoint", "pauses", "due sooner"]))  # fmt: skip
    worse, other = facts, company
    services = company["services"]
    if change == "condition":
        worse = replace(facts, condition=CONDITIONS[min(CONDITIONS.index(facts.condition) + 1, 5)])
    elif change == "reach":
        worse = replace(facts, reach=REACHES[min(REACHES.index(facts.reach) + 1, 4)])
    elif change == "criticality":
        at = data.draw(st.integers(0, 4))
        changed = services[at] | {"criticality": max(services[at]["criticality"] - 1, 1)}
        other = company | {"services": [*services[:at], changed, *services[at + 1 :]]}
    elif change == "journey":
        points = company["journeys"][0]["stages"][0]["touchpoints"]
        points = [point | {"moment_of_truth": "now"} for point in points]
        stage = {"id": "s", "name": "s", "touchpoints": points}
        other = company | {"journeys": [{"id": "j", "name": "j", "stages": [stage]}]}
    elif change == "elapsed":
        worse = replace(facts, created_at=facts.created_at - timedelta(hours=data.draw(st.integers(1, 99))))
    elif change == "vip":
        other = company | {"vips": [facts.requester]} if facts.requester else company
    elif change == "told":
        worse = replace(facts, told_otherwise="tomorrow")
    elif change == "key":
        worse = replace(facts, organisation="key")
    elif change == "window":
        other = company | {"windows": [*company["windows"], window("extra", data.draw)]}
    elif change == "swarm":
        worse = replace(facts, swarm_requesters=facts.swarm_requesters + data.draw(st.integers(1, 5)))
    elif change == "workaround":
        worse = replace(facts, workaround=False)
    elif change == "service":
        worse = replace(facts, other_services=(*facts.other_services, data.draw(st.sampled_from(SERVICES))))
    elif change == "due" and facts.due_at is None:
        worse = replace(facts, due_at=NOW + timedelta(hours=data.draw(st.integers(-9, 9))))
    elif change == "serves":
        at = data.draw(st.integers(0, 4))
        other = company | {"services": [*services[:at], services[at] | {"serves": "all"}, *services[at + 1 :]]}
    elif change == "dependency":
        at = data.draw(st.integers(0, 3))
        more = {data.draw(st.sampled_from(SERVICES[at + 1 :])), *services[at]["depends_on"]}
        other = company | {
            "services": [*services[:at], services[at] | {"depends_on": sorted(more)}, *services[at + 1 :]]
        }
    elif change in ("mtpd", "sla"):
        # In hours: one half of what it was, so that less may be borne.
        at = data.draw(st.integers(0, 4))
        entry = dict(services[at])
        if change == "mtpd" and "mtpd" in entry:
            entry["mtpd"] = f"{int(entry['mtpd'][:-1]) * 30}m"
        elif change == "sla":
            entry["sla"] = {"respond": "1h", "resolve": "90m"}
        other = company | {"services": [*services[:at], entry, *services[at + 1 :]]}
    elif change.startswith("promise"):
        points = [dict(point) for point in company["journeys"][0]["stages"][0]["touchpoints"]]
        for point in points:
            if "promises" in point and change == "promise sooner":
                point["promises"] = [point["promises"][0] | {"within": "10m"}]
            elif "promises" not in point:
                point["promises"] = [{"id": f"new{point['id']}", "text": "now", "within": "5h"}]
        stage = {"id": "s", "name": "s", "touchpoints": points}
        other = company | {"journeys": [{"id": "j", "name": "j", "stages": [stage]}]}
    elif change == "peak":
        other = company | {"windows": [one | {"peak": True} for one in company["windows"]]}
    elif change == "prepare":
        other = company | {"windows": [one | {"prepare": "40h"} for one in company["windows"]]}
    elif change == "touchpoint" and facts.touchpoint is None:
        worse = replace(facts, touchpoint=data.draw(st.sampled_from(TOUCHPOINTS)))
    elif change == "pauses":
        worse = replace(facts, pauses=())
    elif change == "due sooner" and facts.due_at is not None:
        worse = replace(facts, due_at=max(facts.due_at - timedelta(hours=3), facts.created_at))
    after = Scorer(index_of(other), policy).score(worse, NOW)
    assert after.score >= before.score, change
    assert after.score <= 100


@SLOW
@given(companies(), tickets(), policies())
def test_the_interval_holds_every_plausible_reading(company: dict[str, Any], facts: Facts, policy: Policy) -> None:
    scorer = Scorer(index_of(company), policy)
    found = scorer.score(facts, NOW)

    def values(likeliest: Any, possible: dict[Any, float], sure: bool) -> list[Any]:
        return [likeliest, *(one for one, chance in possible.items() if chance >= 0.1 and not sure)]

    lowest = highest = found.score
    for service in values(facts.service, facts.possible_services, facts.service_sure):
        for touchpoint in values(facts.touchpoint, facts.possible_touchpoints, facts.touchpoint_sure):
            for condition in values(facts.condition, facts.possible_conditions, facts.condition_sure):
                for reach in values(facts.reach, facts.possible_reaches, facts.reach_sure):
                    one = replace(facts, service=service, touchpoint=touchpoint, condition=Condition(condition),
                                  reach=Reach(reach))  # fmt: skip
                    points = scorer.score(one, NOW).score
                    lowest, highest = min(lowest, points), max(highest, points)
    assert found.low <= lowest and highest <= found.high


@SLOW
@given(companies(), tickets(), policies())
def test_points_change_by_the_clock_when_the_ticket_says_so(
    company: dict[str, Any], facts: Facts, policy: Policy
) -> None:
    scorer = Scorer(index_of(company), policy)
    found = scorer.score(facts, NOW)
    change = found.next_change
    if change is None:
        end = NOW + timedelta(days=30)
    else:
        assert change > NOW and change.microsecond == 0
        assert scorer.score(facts, change).vector != found.vector
        end = min(change - timedelta(seconds=1), NOW + timedelta(days=30))
    for part in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        between = NOW + (end - NOW) * part
        assert scorer.score(facts, between).vector == found.vector, between


figures = st.integers(0, 45)


@SLOW
@given(st.fixed_dictionaries({}, optional={
    "reach": st.dictionaries(st.sampled_from(["person", "team", "site", "segment", "all"]), figures, max_size=2),
    "journey": st.dictionaries(st.sampled_from(["touchpoint", "moment_of_truth"]), figures, max_size=2),
    "commitment": st.dictionaries(st.sampled_from(["promise", "vip", "key_account"]), figures, max_size=2),
    "window": st.fixed_dictionaries({"active": figures}),
    "one_person": st.fixed_dictionaries({"percent": st.integers(0, 100)}),
    "time": st.fixed_dictionaries({"steps": st.lists(figures, min_size=5, max_size=5)}),
}), companies(), tickets())  # fmt: skip
def test_a_policy_that_is_taken_keeps_the_promises(overrides: Any, company: Any, facts: Facts) -> None:
    if check_policy(overrides):
        return
    policy: Policy = make_policy(overrides, 3)
    assert sum(policy.most()) <= 100
    found = Scorer(index_of(company), policy).score(facts, NOW)
    assert 0 <= found.low <= found.score <= found.high <= 100
    told = explain(found.vector, policy)
    assert (told.score, told.priority) == (found.score, found.priority)
    worst = explain("BI1/CR:1/CO:U/RE:A/JO:M/TO:4/CM:O/WI:Y", policy).score
    assert worst <= sum(policy.most())
