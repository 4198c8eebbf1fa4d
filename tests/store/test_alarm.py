"""The bell: for a ticket that became P1, by its number, once, and not for what one did oneself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from triage.desk import acts, alarm, undoing
from triage.desk.alarm import listen
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.store import urgent


@pytest.fixture
def some(desk: Desk, ticket: Callable[..., Any]) -> list[int]:
    """Five tickets of which nothing makes a P1."""
    subjects = ("printer", "log on", "my calendar", "a chair", "coffee")
    take_in(desk, [ticket(subject, "Can you help?") for subject in subjects], source="file", name="some")
    ids = [row[0] for row in desk.database.execute("SELECT ticket_id FROM queue WHERE priority > 1 ORDER BY ticket_id")]
    assert len(ids) == len(subjects)
    return ids


@pytest.fixture
def ben(desk: Desk) -> Iterator[Desk]:
    """Somebody else."""
    with Desk(desk.path, user="ben") as found:
        yield found


def test_one_that_goes_while_another_comes_rings(desk: Desk, ben: Desk, some: list[int]) -> None:
    acts.override(ben, some[:1], "P1", "safety")
    heard = listen(desk, None)
    assert heard.there == {some[0]} and not heard.rings
    acts.resolve(ben, some[:1])
    acts.override(ben, some[1:2], "P1", "safety")
    heard = listen(desk, heard)
    assert heard.rings and heard.there == {some[1]}
    assert not listen(desk, heard).rings


def test_what_one_did_oneself_does_not_ring_now_or_later(desk: Desk, ben: Desk, some: list[int]) -> None:
    heard = listen(desk, None)
    acts.override(desk, some[:1], "P1", "safety")
    heard = listen(desk, heard)
    assert not heard.rings
    acts.claim(ben, some[:1])
    assert not listen(desk, heard).rings


def test_one_that_somebody_else_made_p1_rings_though_one_touched_it_too(desk: Desk, ben: Desk, some: list[int]) -> None:
    heard = listen(desk, None)
    acts.note(desk, some[:1], "looked at it")
    acts.override(ben, some[:1], "P1", "safety")
    assert listen(desk, heard).rings


def test_one_that_rang_does_not_ring_again(desk: Desk, ben: Desk, some: list[int]) -> None:
    heard = listen(desk, None)
    acts.override(ben, some[:1], "P1", "safety")
    heard = listen(desk, heard)
    assert heard.rings
    undoing.undo(ben)
    heard = listen(desk, heard)
    acts.override(ben, some[:1], "P1", "safety")
    heard = listen(desk, heard)
    assert not heard.rings
    acts.override(ben, some[1:2], "P1", "safety")
    assert listen(desk, heard).rings


def test_one_that_is_put_away_rings_when_it_wakes(desk: Desk, ben: Desk, some: list[int]) -> None:
    acts.override(ben, some[:1], "P1", "safety")
    acts.snooze(ben, some[:1], ben.now() + timedelta(hours=4))
    heard = listen(desk, None)
    assert not heard.there
    acts.reopen(ben, some[:1])
    assert listen(desk, heard).rings


def test_of_more_than_are_known_one_by_one_what_comes_in_rings(
    desk: Desk, ben: Desk, some: list[int], ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm, "MOST", 2)
    acts.override(ben, some[:3], "P1", "safety")
    heard = listen(desk, None)
    assert len(heard.there) == 2
    acts.override(ben, some[3:4], "P1", "safety")
    heard = listen(desk, heard)
    assert not heard.rings  # one among so many
    take_in(ben, [ticket("the new one", "Can you help?")], source="file", name="one more")
    acts.override(ben, [some[-1] + 1], "P1", "safety")
    assert listen(desk, heard).rings


def test_a_long_list_of_them_costs_no_more_than_a_bound(desk: Desk) -> None:
    query = f"EXPLAIN QUERY PLAN {urgent._P1} ORDER BY s.level LIMIT 5"
    plan = " ".join(row[3] for row in desk.database.execute(query, (256,)))
    assert "TEMP B-TREE" not in plan and "SCAN" not in plan
