"""What one person decided is not overwritten by somebody who looked before that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from triage.desk import acts, queue
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import Overtaken


@pytest.fixture
def other(desk: Desk, ticket: Callable[..., Any]) -> Iterator[Desk]:
    take_in(desk, [ticket("printer", "The printer is jammed"), ticket("log on", "wrong password")],
            source="file", name="two")  # fmt: skip
    with Desk(desk.path, user="ben") as found:
        yield found


def test_an_act_that_somebody_else_overtook_says_so_and_writes_nothing(desk: Desk, other: Desk) -> None:
    seen = detail(desk, 1).seen
    acts.set_condition(other, [1], "unavailable")
    with desk.having_seen(seen), pytest.raises(Overtaken, match="ticket 1: ben changed its condition") as told:
        acts.set_condition(desk, [2, 1], "bug")
    assert "to unavailable" in str(told.value)
    assert "condition" not in detail(desk, 2).ticket.decisions
    assert detail(desk, 1).ticket.decisions["condition"] == "unavailable"


def test_who_looked_after_it_may_change_it(desk: Desk, other: Desk) -> None:
    acts.set_condition(other, [1], "unavailable")
    with desk.having_seen(detail(desk, 1).seen):
        acts.set_condition(desk, [1], "bug")
    assert detail(desk, 1).ticket.decisions["condition"] == "bug"


def test_another_field_a_note_and_ones_own_acts_are_not_overtaken(desk: Desk, other: Desk) -> None:
    seen = queue.last_act(desk)
    acts.set_condition(other, [1], "unavailable")
    acts.note(other, [1], "I called them")
    acts.set_reach(desk, [1], "team")
    with desk.having_seen(seen):
        acts.note(desk, [1], "so did I")
        acts.set_reach(desk, [1], "site")
    found = detail(desk, 1).ticket.decisions
    assert [note["text"] for note in found["notes"]] == ["I called them", "so did I"]
    assert found["reach"] == "site"


def test_without_a_look_nothing_is_compared(desk: Desk, other: Desk) -> None:
    acts.set_condition(other, [1], "unavailable")
    with desk.having_seen(0), desk.having_seen(None):
        acts.set_condition(desk, [1], "bug")
    assert desk.seen_act is None
