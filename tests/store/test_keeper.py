"""The second process keeps a desk up, and whatever becomes of it the work is done."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts, swarms
from triage.desk.helper import Helper
from triage.desk.keeper import REST, Keeper
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.desk.upkeep import is_due, keep_up
from triage.errors import StoreError

Maker = Callable[..., Any]


@pytest.fixture
def due(desk: Desk, ticket: Maker, now: datetime) -> Desk:
    """An outage of five, of which one was taken out of the swarm by an act: the swarm must be looked at again."""
    outage = [
        ticket("Signing page is down", "The closing portal is down", created_at=now - timedelta(minutes=3 * n))
        for n in range(1, 6)
    ]
    take_in(desk, outage, source="file", name="a")
    acts.link(desk, [1], "service", "none")
    assert is_due(desk)
    return desk


@pytest.fixture
def helper(due: Desk) -> Iterator[Helper]:
    due.helper = Helper(due.path, due.user)
    yield due.helper
    due.helper.close()


@pytest.fixture
def keeper(due: Desk, helper: Helper) -> Keeper:
    return Keeper(due, lambda: 0.0)  # what it does takes no time


def state(desk: Desk) -> list[tuple[Any, ...]]:
    query = "SELECT ticket_id, score, low, high, swarm, vector FROM queue ORDER BY ticket_id"
    return [tuple(row) for row in desk.database.execute(query)]


def test_the_second_process_does_what_is_done_here(due: Desk, keeper: Keeper, helper: Helper, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    due.database.connection.execute("VACUUM INTO ?", (str(copy),))
    count = keeper.keep_up()
    assert helper.pid not in (None, os.getpid())
    with Desk(copy) as other:
        assert keep_up(other) == count
        assert state(other) == state(due)
        assert swarms.open_swarms(other) == swarms.open_swarms(due)
    assert not is_due(due)


def test_a_process_that_was_killed_is_replaced(due: Desk, keeper: Keeper, helper: Helper) -> None:
    keeper.keep_up()
    first = helper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    acts.link(due, [2], "service", "none")
    keeper.keep_up()
    assert not is_due(due)
    assert helper.pid not in (None, first)


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/true"])
def test_where_no_process_starts_the_work_is_done_here(
    due: Desk, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", program)
        due.helper = Helper(due.path, due.user)
    keeper = Keeper(due, lambda: 0.0)
    keeper.keep_up()
    assert not is_due(due) and due.helper.pid is None
    acts.link(due, [2], "service", "none")
    keeper.keep_up()
    assert not is_due(due) and due.helper.pid is None


def test_it_rests(due: Desk) -> None:
    times = [10.0, 14.0]
    keeper = Keeper(due, lambda: times.pop(0) if len(times) > 1 else times[0])
    keeper.keep_up()
    acts.link(due, [2], "service", "none")
    times[0] = 14.0 + 4 * REST - 0.1
    assert keeper.keep_up() == 0 and is_due(due), "it took four seconds: now it rests"
    times[0] = 14.0 + 4 * REST
    keeper.keep_up()
    assert not is_due(due)
    acts.link(due, [1], "service", "identity")
    keeper.close()
    assert keeper.keep_up() == 0 and is_due(due)


def test_what_it_says_when_it_cannot_is_an_error_here(due: Desk, keeper: Keeper) -> None:
    keeper.keep_up()
    acts.link(due, [2], "service", "none")
    due.database.execute("ALTER TABLE swarms RENAME TO elsewhere")
    with pytest.raises(StoreError, match="swarms"):
        keeper.keep_up()
