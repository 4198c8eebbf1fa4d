"""The standings of a shape are the scores of its tickets, over random companies, tickets and creations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_impact_score import NOW, companies, index_of, tickets

from triage.impact.policy import DEFAULT, make_policy
from triage.impact.score import Scorer
from triage.impact.shapes import NEVER, Standings, shape_of
from triage.store.tickets import seconds
from triage.tickets.models import Facts, Status

OTHER = make_policy({"time": {"tolerance_used": [0.1, 0.3, 0.5, 0.9], "due_short": 0.4}, "priorities": {"P3": 30}}, 7)


def plain(facts: Facts, status: Status) -> Facts:
    override = replace(facts.override, until=None) if facts.override else None
    return replace(facts, status=status, pauses=(), due_at=None, override=override)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    companies(),
    tickets(),
    st.lists(st.integers(-3600, 200 * 3600), min_size=1, max_size=12),
    st.sampled_from([Status.NEW, Status.OPEN]),
    st.sampled_from([DEFAULT, OTHER]),
    st.sampled_from([0.0, 0.5]),
)
def test_a_standing_is_the_score_of_every_ticket_in_it(
    company: dict[str, Any], facts: Facts, ages: list[int], status: Status, policy: Any, fraction: float
) -> None:
    scorer, now = Scorer(index_of(company), policy), NOW + timedelta(seconds=fraction)
    facts = plain(facts, status)
    shape = shape_of(facts, scorer)
    assert shape is not None
    whole = [int(NOW.timestamp()) - age for age in ages]
    oldest, newest = min(whole), max(whole)
    standings = Standings(scorer, now, oldest - 5).of(shape, oldest, newest)
    assert standings[0].after == oldest - 1 and standings[-1].until == newest
    assert all(one.until == two.after for one, two in zip(standings, standings[1:], strict=False))
    # At every edge, on both sides of it, and at the tickets themselves.
    edges = {edge + side for one in standings for edge in (one.until,) for side in (0, 1)}
    for created in {*whole, *(edge for edge in edges if oldest <= edge <= newest)}:
        ticket = replace(facts, created_at=datetime.fromtimestamp(created, UTC))
        expected = scorer.score(ticket, now)
        standing = next(one for one in standings if one.after < created <= one.until)
        assert standing.factors == expected.factors and standing.score == expected.score
        assert (f"P{standing.priority}", f"P{standing.points_priority}") == (
            expected.priority, expected.points_priority,
        )  # fmt: skip
        assert (standing.sure, standing.vector) == (expected.sure, expected.vector)
        first = expected.clocks[0] if expected.clocks else None
        clock = (seconds(first.due), first.name) if first else (NEVER, None)
        assert standing.first_clock(created) == clock
        left = seconds(min((one.due for one in expected.clocks if one.due > now), default=None))
        assert standing.next_clock(created) == (left or NEVER)
        # It may look again too early, never too late, and never at once.
        change = standing.next_change(created)
        assert now.timestamp() < change <= (seconds(expected.next_change) or NEVER)


@given(companies(), tickets())
def test_what_a_shape_cannot_tell_has_none(company: dict[str, Any], facts: Facts) -> None:
    shape = shape_of(facts, Scorer(index_of(company), DEFAULT))
    ends = facts.override is not None and facts.override.until is not None
    assert (shape is None) == bool(facts.pauses or facts.due_at or ends or not facts.status.is_open)
    assert shape is None or hash(shape) is not None
