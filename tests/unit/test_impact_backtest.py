"""What another policy would have done: counted by hand on five tickets."""

from __future__ import annotations

from test_impact_examples import INDEX, NOW, facts

from triage.impact.backtest import compare
from triage.impact.policy import DEFAULT, make_policy
from triage.impact.score import Scorer
from triage.tickets.models import Override


def test_bands_tops_shares_and_overrides() -> None:
    past = [
        ("a", facts("checkout", "unavailable", "all", touchpoint="card"), NOW),  # 75
        ("b", facts("checkout", "degraded", "site", touchpoint="card"), NOW),  # 53
        ("c", facts("printing", "unavailable", "site", override=Override("P3", "other")), NOW),  # 28
        ("d", facts("vpn", "bug", "team", override=Override("P1", "politics")), NOW),  # 21: 10 + 6 + window
        ("e", facts("vpn", "question", "person"), NOW),  # 9: 2 + 2 + window
    ]
    other = make_policy({"reach": {"site": 15, "segment": 16}, "priorities": {"P3": 33}})
    found = compare(past, Scorer(INDEX, DEFAULT), Scorer(INDEX, other), top=1)
    assert (found.tickets, found.moved_up, found.moved_down, found.changed_score) == (5, 2, 0, 2)
    assert found.bands[("P3", "P2")] == 1 and found.bands[("P4", "P3")] == 1 and found.bands[("P1", "P1")] == 1
    assert [(one.ticket, one.score_before, one.score_after) for one in found.top] == [("b", 53, 58)]
    assert (found.urgent_share(False), found.urgent_share(True)) == (0.2, 0.4)
    assert (found.overrides, found.agreement(False), found.agreement(True)) == (2, 0.0, 0.5)
    assert found.table() == [("P1", 1, 1), ("P2", 0, 1), ("P3", 1, 1), ("P4", 2, 1), ("P5", 1, 1)]


def test_nothing_to_compare() -> None:
    same = Scorer(INDEX, DEFAULT)
    found = compare([], same, same)
    assert (found.tickets, found.urgent_share(True), found.agreement(True), found.top) == (0, 0.0, None, ())
