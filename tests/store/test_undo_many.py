"""Undoing and redoing several acts; what must not be possible after somebody else was there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from triage.desk import acts, swarms, undoing
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.desk.upkeep import keep_up
from triage.errors import Overtaken, Refused

Maker = Callable[..., Any]


@pytest.fixture
def three(desk: Desk, ticket: Maker) -> Desk:
    take_in(desk, [ticket(requester="one@a.example") for _ in range(3)], source="file", name="a")
    return desk


def state(desk: Desk) -> list[Any]:
    return desk.database.execute("SELECT ticket_id, field, value FROM decisions ORDER BY 1, 2").fetchall()


def test_what_was_undone_together_is_redone_together(three: Desk) -> None:
    states = [state(three)]
    for place, word in enumerate(("site", "team", "all"), start=1):
        acts.set_reach(three, [place], word)
        states.append(state(three))
    undoing.undo(three, 3)
    assert state(three) == states[0]
    undoing.redo(three, 2)
    assert state(three) == states[2]
    undoing.undo(three)
    assert state(three) == states[1]
    undoing.redo(three)
    undoing.redo(three)
    assert state(three) == states[3]
    with pytest.raises(Refused):
        undoing.redo(three)


def test_nothing_is_redone_after_something_new(three: Desk) -> None:
    acts.set_reach(three, [1], "site")
    undoing.undo(three)
    acts.set_reach(three, [2], "team")
    with pytest.raises(Refused):
        undoing.redo(three)
    undoing.undo(three, 1)
    undoing.redo(three)
    with pytest.raises(Refused):
        undoing.redo(three)


def test_an_undo_of_several_is_whole_or_nothing(three: Desk) -> None:
    acts.set_reach(three, [1], "site")
    acts.set_reach(three, [2], "site")
    with Desk(three.path, user="bo") as other:
        acts.set_reach(other, [1], "all")
    before = state(three)
    with pytest.raises(Overtaken):
        undoing.undo(three, 2)
    assert state(three) == before


def test_a_ticket_is_not_merged_into_one_that_was_merged_meanwhile(
    three: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = three.database.transaction

    def after_another() -> Any:
        monkeypatch.undo()
        with Desk(three.path, user="bo") as other:
            acts.merge(other, [2], 3)
        return begin()

    monkeypatch.setattr(three.database, "transaction", after_another)
    with pytest.raises(Refused, match="merged itself"):
        acts.merge(three, [1], 2)


def test_nobody_waits_until_the_past(three: Desk) -> None:
    with pytest.raises(Refused, match="passed"):
        acts.wait(three, [1], "customer", three.now() - timedelta(minutes=1))


@pytest.fixture
def swarm(desk: Desk, ticket: Maker) -> Desk:
    many = [
        ticket("The signing page is down", requester=f"p{n}@x.example", created_at=desk.now() - timedelta(minutes=n))
        for n in range(8)
    ]
    take_in(desk, many, source="file", name="a")
    assert len(swarms.open_swarms(desk)) == 1
    return desk


def test_a_ticket_that_is_reopened_after_its_swarm_ended_is_in_none(swarm: Desk) -> None:
    ids = list(range(1, 9))
    acts.resolve(swarm, ids)
    keep_up(swarm)
    assert swarms.open_swarms(swarm) == []
    acts.reopen(swarm, [1])
    keep_up(swarm)
    found = detail(swarm, 1)
    assert found.row.swarm is None
    assert "+" not in found.row.vector


def test_a_swarm_whose_tickets_are_all_done_is_no_incident(swarm: Desk) -> None:
    ident = swarms.open_swarms(swarm)[0].id
    acts.resolve(swarm, list(range(1, 9)))
    with pytest.raises(Refused, match="done"):
        swarms.confirm_incident(swarm, ident)
