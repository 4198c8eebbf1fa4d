"""Settled tickets like this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage.desk import acts
from triage.desk.office import Desk
from triage.desk.similar import similar, title_words
from triage.desk.take_in import take_in

Maker = Callable[..., Any]


def test_settled_ones_with_the_same_words_come_first_with_what_was_written(desk: Desk, ticket: Maker) -> None:
    subjects = [
        "Signing page spins at the end", "Signing page spins for a buyer", "Printer is jammed at the end",
        "Signing page spins again", "Lunch menu",
    ]  # fmt: skip
    take_in(desk, [ticket(subject, "x") for subject in subjects], source="file", name="a")
    acts.note(desk, [2], "cleared the queue of the portal")
    acts.resolve(desk, [2, 3, 5])
    found = similar(desk, 1)
    assert [settled.row.id for settled in found][:1] == [2]
    assert found[0].note == "cleared the queue of the portal"
    assert 4 not in [settled.row.id for settled in found]  # not settled
    assert 5 not in [settled.row.id for settled in found]  # nothing alike
    assert similar(desk, 999) == []


def test_words_of_a_title_never_become_a_query(desk: Desk, ticket: Maker) -> None:
    take_in(desk, [ticket('NEAR("a" OR *) AND -x ^y "', "x"), ticket("", "x")], source="file", name="a")
    assert similar(desk, 1) == similar(desk, 2) == []
    assert title_words("The 12345 e-signing of the signing page") == ["signing", "page", "the"]
