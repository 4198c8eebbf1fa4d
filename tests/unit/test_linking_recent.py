"""The nearest of the recent decisions, held against a slow and obvious way to find it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.linking.memory import Decision, pack, unpack
from triage.linking.recent import Recent

rows = st.builds(
    Decision,
    ticket=st.integers(1, 9),
    kind=st.sampled_from(["service", "touchpoint"]),
    target=st.sampled_from(["none", "a", "b", "c"]),
    terms=st.dictionaries(st.integers(0, 12), st.integers(1, 255), max_size=6).map(pack),
)


def obvious(decisions: list[Decision], kind: str, asked: dict[int, int]) -> dict[str, float]:
    """Every distinct decision of the kind against the ticket, one after the other."""
    distinct = list(dict.fromkeys(decisions))
    mine = [dict(zip(*unpack(each.terms), strict=True)) for each in distinct if each.kind == kind]

    def weight(term: int) -> float:
        return math.log((len(distinct) + 2) / (1 + sum(term in row for row in mine))) + 0.3

    best: dict[str, float] = {}
    own = math.sqrt(sum((weight(term) * count) ** 2 for term, count in asked.items()))
    for decision, row in zip([each for each in distinct if each.kind == kind], mine, strict=True):
        product = sum(weight(term) ** 2 * count * asked.get(term, 0) for term, count in row.items())
        if product > 0:
            norm = math.sqrt(sum((weight(term) * count) ** 2 for term, count in row.items()))
            best[decision.target] = max(best.get(decision.target, 0.0), product / norm / own)
    return best


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=14), st.data())
def test_nearest_is_what_the_obvious_way_finds(acts: list[Decision], data: st.DataObject) -> None:
    recent, standing = Recent(), []
    for decision in acts:
        recent.add(decision)
        standing.append(decision)
        if data.draw(st.integers(0, 2)) == 0:
            recent.remove(standing.pop(data.draw(st.integers(0, len(standing) - 1))))
        asked = data.draw(st.dictionaries(st.integers(0, 14), st.integers(1, 255), max_size=6))
        for kind in ("service", "touchpoint", "reach"):
            found = recent.nearest(kind, list(asked), list(asked.values()))
            assert found == pytest.approx(obvious(standing, kind, asked))
    assert len(recent) == len(standing)
    assert sorted(map(repr, recent)) == sorted(map(repr, standing))
