"""The second process keeps a desk up, and whatever becomes of it the work is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts, swarms
from triage.desk.keeper import IDLE, REST, Keeper
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
def keeper(due: Desk) -> Iterator[Keeper]:
    made = Keeper(due, lambda: 0.0)  # what it does takes no time
    yield made
    made.close()


def state(desk: Desk) -> list[tuple[Any, ...]]:
    query = "SELECT ticket_id, score, low, high, swarm, vector FROM queue ORDER BY ticket_id"
    return [tuple(row) for row in desk.database.execute(query)]


def test_the_second_process_does_what_is_done_here(due: Desk, keeper: Keeper, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    due.database.connection.execute("VACUUM INTO ?", (str(copy),))
    count = keeper.keep_up()
    assert keeper.pid not in (None, os.getpid())
    with Desk(copy) as other:
        assert keep_up(other) == count
        assert state(other) == state(due)
        assert swarms.open_swarms(other) == swarms.open_swarms(due)
    assert not is_due(due)


def test_a_process_that_was_killed_is_replaced_by_doing_it_here(due: Desk, keeper: Keeper) -> None:
    keeper.keep_up()
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    acts.link(due, [2], "service", "none")
    keeper.keep_up()
    assert not is_due(due)
    assert keeper.pid != first


def test_where_no_process_starts_the_work_is_done_here(
    due: Desk, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    keeper.keep_up()
    assert not is_due(due) and keeper.pid is None


def test_one_that_ends_without_a_word_is_not_tried_again(
    due: Desk, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/bin/true")
        keeper.keep_up()
    assert not is_due(due) and keeper.pid is None
    acts.link(due, [2], "service", "none")
    keeper.keep_up()
    assert not is_due(due) and keeper.pid is None


def test_it_rests_and_is_let_go(due: Desk) -> None:
    times = [10.0, 14.0]
    keeper = Keeper(due, lambda: times.pop(0) if len(times) > 1 else times[0])
    try:
        keeper.keep_up()
        pid = keeper.pid
        acts.link(due, [2], "service", "none")
        times[0] = 14.0 + 4 * REST - 0.1
        assert keeper.keep_up() == 0 and is_due(due), "it took four seconds: now it rests"
        times[0] = 14.0 + 4 * REST
        keeper.keep_up()
        assert not is_due(due) and keeper.pid == pid
        times[0] = 100.0 + IDLE
        keeper.keep_up()
        assert keeper.pid is None
    finally:
        keeper.close()


def test_what_it_says_when_it_cannot_is_an_error_here(due: Desk, keeper: Keeper) -> None:
    keeper.keep_up()
    acts.link(due, [2], "service", "none")
    due.database.execute("ALTER TABLE swarms RENAME TO elsewhere")
    with pytest.raises(StoreError, match="swarms"):
        keeper.keep_up()


def test_it_ends_with_the_application_however_that_ends(due: Desk) -> None:
    command = [sys.executable, "-P", "-m", "triage.desk.keeper", str(due.path), "ana"]
    done = subprocess.run(command, input="keep up\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("done ") and done.stdout.count("\n") == 1
    gone = subprocess.run(
        [*command[:4], "/nowhere/at/all.db", "ana"], input="", capture_output=True, timeout=60, check=False
    )
    assert (gone.returncode, gone.stdout, gone.stderr) == (0, b"", b"")
