"""Folds in which tickets that are nearly the same stand together."""

from __future__ import annotations

import random

from triage.linking import softmax
from triage.linking.folds import folds_of
from triage.linking.learner import _platt
from triage.linking.memory import Decision, pack
from triage.tickets.models import NONE


def rows_of(*groups: tuple[str, int, int]) -> list[Decision]:
    """Groups of (target, first term, how many): the rows of a group share nine of ten terms."""
    chance = random.Random(3)
    found = []
    for target, first, many in groups:
        for _ in range(many):
            own = {first + number: 8 for number in range(9)} | {chance.randrange(10**6, 10**9): 8}
            found.append(Decision(len(found), target, target, pack(own)))
    return sorted(found, key=lambda row: (row.target, row.terms))


def folded(rows: list[Decision]) -> list[int]:
    return folds_of(rows, softmax.fit([(row.terms, row.target) for row in rows]), 5, 2)


def test_nearly_the_same_share_a_fold_and_others_are_spread() -> None:
    rows = rows_of(("mail", 100, 6), *[("mail", 1_000 + 50 * number, 1) for number in range(24)])
    found = folded(rows)
    swarm = {fold for row, fold in zip(rows, found, strict=True) if row.ticket < 6}
    assert len(swarm) == 1
    assert sorted(found.count(fold) for fold in range(5)) == [6] * 5


def test_rows_that_are_most_of_their_target_are_not_all_held_out() -> None:
    rows = rows_of(("mail", 100, 8), ("mail", 900, 2))
    assert len({fold for row, fold in zip(rows, folded(rows), strict=True) if row.ticket < 8}) > 1


def test_rows_of_none_have_their_own_number_of_folds_and_single_rows_are_spread_over_targets() -> None:
    none = [(NONE, 2_000 + 50 * number, 1) for number in range(6)]
    rows = rows_of(*none, *[(f"t{number}", 5_000 + 50 * number, 1) for number in range(10)])
    found = list(zip(rows, folded(rows), strict=True))
    assert sorted(fold for row, fold in found if row.target == NONE) == [0, 0, 0, 1, 1, 1]
    assert {fold for row, fold in found if row.target != NONE} == set(range(5))


def test_a_correction_stays_finite_where_nearly_all_suggestions_are_wrong() -> None:
    import numpy as np

    chance = np.random.default_rng(1)
    held = [(chance.normal(size=40), int(chance.integers(40))) for _ in range(300)]
    constant, slope = _platt(held)
    assert abs(constant) < 6 and 0.3 <= slope < 2
