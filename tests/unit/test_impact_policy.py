"""The policy: what is refused, with the way out; the vector: what is refused, in one line."""

from __future__ import annotations

from typing import Any

import pytest

from triage.errors import InputError
from triage.impact.policy import DEFAULT, check_policy, make_policy, tables
from triage.impact.vector import explain


@pytest.mark.parametrize(
    ("overrides", "path", "said"),
    [
        ({"reech": {"team": 7}}, "reech", "did you mean 'reach'?"),
        ({"reach": {"teem": 7}}, "reach.teem", "did you mean 'team'?"),
        ({"reach": {"team": 1}}, "reach.team", "less than person"),
        ({"reach": 7}, "reach", "group of figures"),
        ({"reach": {"team": "many"}}, "reach.team", "valid integer"),
        ({"reach": {"team": -1}}, "reach.team", "greater than or equal to 0"),
        ({"criticality_condition": {1: {"unavailable": 45}}}, "sum", "add up to 103"),
        ({"criticality_condition": {2: {"bug": 21}}}, "criticality_condition.high.degraded", "less than bug"),
        ({"criticality_condition": {"low": {"bug": 7}}}, "criticality_condition.medium.bug", "less than low.bug"),
        ({"time": {"steps": [0, 3, 5, 4, 10]}}, "time.steps.3", "less than 2"),
        ({"time": {"steps": [1, 3, 5, 8, 10]}}, "time.steps.0", "without any time used"),
        ({"time": {"tolerance": {"critical": "2d"}}}, "time.tolerance.high", "1d is less than critical with 2d"),
        ({"time": {"tolerance": {"critical": "soon"}}}, "time.tolerance.critical", "not a duration"),
        ({"commitment": {"broken_promise": 2}}, "commitment.broken_promise", "less than promise"),
        ({"priorities": {"P2": 80}}, "priorities.P1", "not more than P2"),
        ({"floors": {"strong_flag": "P9"}}, "floors.strong_flag", "'P1'"),
        ({"floors": {"weak_flag": "P1"}}, "floors.strong_flag", "P2 is milder than weak_flag with P1"),
        ({"floors": {"statutory": "P2"}}, "floors.statutory_later", "P3 is milder than statutory with P2"),
        ({"journey": {"touchpoint": 16}}, "journey.moment_of_truth", "less than touchpoint"),
        ({"window": {"active": float("nan")}}, "window.active", ""),
        ({"version": 3}, "version", "unknown key"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_taken_says_where_and_why(overrides: Any, path: str, said: str) -> None:
    problems = check_policy(overrides)
    found = next(problem for problem in problems if problem.path == path)
    assert said in f"{found.what}; {found.hint}"
    with pytest.raises(InputError) as caught:
        make_policy(overrides)
    assert any(path in line for line in caught.value.lines())
    assert all("\n" not in line for line in caught.value.lines())


def test_every_mistake_of_a_policy_is_told_at_once() -> None:
    found = check_policy({
        "reach": {"team": 12}, "journey": {"momentoftruth": 3}, "criticality_condition": {"critical": {"bug": 50}},
        "priorities": {"P2": 80}, "time": {"steps": [0, "x", 5, 8, 10]}, "floors": {"weak_flag": "P9"},
    })  # fmt: skip
    assert [problem.path for problem in found] == [
        "journey.momentoftruth", "time.steps.1", "floors.weak_flag", "criticality_condition.critical.degraded",
        "reach.site", "priorities.P1",
    ]  # fmt: skip


def test_what_is_left_out_keeps_its_default() -> None:
    policy = make_policy({"criticality_condition": {"1": {"bug": 15}}, "reach": {"person": 3}}, 7)
    assert policy.criticality_condition.critical.bug == 15
    assert policy.criticality_condition.critical.unavailable == 40
    assert (policy.reach.person, policy.reach.team, policy.version) == (3, 6, 7)
    assert make_policy({}) == DEFAULT and sum(DEFAULT.most()) == 98


def test_reach_by_how_many_are_touched() -> None:
    counts = [(1, None), (2, None), (10, None), (11, None), (100, None), (101, None), (101, 200), (5, 8)]
    assert [DEFAULT.reach_of(people, users) for people, users in counts] == [
        "person", "team", "team", "site", "site", "segment", "all", "team",
    ]  # fmt: skip


def test_a_dumped_policy_is_read_again() -> None:
    policy = make_policy({"time": {"tolerance": {"low": "20d"}}}, 2)
    dumped = policy.model_dump(mode="json", exclude={"version"})
    assert make_policy(dumped, 2) == policy


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ("", "begins with BI1/"),
        ("BI2/CR:1", "begins with BI1/"),
        ("BI1/CR:1", "CO is missing"),
        ("BI1/CR:5/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-", "CR:5 is not known"),
        ("BI1/CR:1/CO:Z/RE:A/JO:M/TO:0/CM:-/WI:-", "CO:Z is not known"),
        ("BI1/CR:1/CO:U/RE:P+2/JO:M/TO:0/CM:-/WI:-", "no reach"),
        ("BI1/CR:1/CO:U/RE:T+0/JO:M/TO:0/CM:-/WI:-", "no reach"),
        ("BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-/XX:1", "none of its parts"),
        ("BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-/CR:2", "comes twice"),
        ("BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-/FL:P7", "FL:P7 is not known"),
        ("BI1/CR:\u0661/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-", "is not known"),
        ("\x1b[31mBI1\nCR", "begins with BI1/"),
        ("x" * 10_000, "begins with BI1/"),
    ],
)
def test_a_vector_that_cannot_be_read_says_so_in_one_line(vector: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        explain(vector, DEFAULT)
    (line,) = caught.value.lines()
    assert said in line and "\n" not in line and "\x1b" not in line and len(line) < 200


def test_a_vector_is_read_in_any_order_and_case() -> None:
    told = explain(" bi1/co:d/cr:1/re:s+2/wi:y/jo:t/to:3/cm:v/fl:p2/ov:p4 ", DEFAULT)
    assert told.score == 28 + 14 + 5 + 8 + 6 + 5 and told.priority == "P4"
    assert [row.factor for row in told.rows] == ["CR", "RE", "JO", "TO", "CM", "WI", "rule"]


def test_the_same_vector_under_another_policy_is_worth_something_else() -> None:
    other = make_policy({"reach": {"all": 15}, "priorities": {"P1": 70}})
    told = explain("BI1/CR:1/CO:U/RE:A/JO:M/TO:0/CM:-/WI:-", other)
    assert (told.score, told.priority) == (70, "P1")


def test_the_tables_follow_the_policy() -> None:
    text = tables(make_policy({"reach": {"team": 7}, "journey": {"touchpoint": 4}}))
    assert "| team | 2–10 | 7 |" in text and "| JO | a touchpoint | 4 |" in text
