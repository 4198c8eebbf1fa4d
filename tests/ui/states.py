"""The states that are not the usual one: the queue is being read, could not be read, may only be read, has no room."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import press, settled
from triage.desk import queue
from triage.desk.office import Desk
from triage.errors import StoreError
from triage.ui.app import open_session
from triage.ui.application import TriageApp
from triage.ui.start import First
from triage.ui.state import State

LOADING, FAILED, READ_ONLY, TINY, FILTERED_OUT = "loading", "failed", "read-only", "tiny", "filtered-out"
STATES = (LOADING, FAILED, READ_ONLY, TINY, FILTERED_OUT)
READS = {"board": "triage.desk.board.board", "catalog": "triage.desk.browse.outline"}
"""What the other modes read first."""
TICKET, READS_TICKET = "ticket", "triage.desk.show.detail"
ELSEWHERE = (
    *(f"{mode}-{state}" for mode in READS for state in (LOADING, FAILED, READ_ONLY)),
    *(f"{TICKET}-{state}" for state in (LOADING, FAILED)),
)
ROOM = {"80x24": (59, 15), "120x40": (200, 15)}
"""Too small in both ways, and in one."""


LOCKED = StoreError("the database is locked by another process", "try again in a moment")


def _locked(*_: object) -> None:
    raise LOCKED


class Slow(Future[First]):
    """A first page that comes when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def done(self) -> bool:
        """Not while anybody looks."""
        return False

    def result(self, timeout: float | None = None) -> First:
        """Waits; then the database was gone."""
        self.go.wait(timeout)
        raise StoreError("the test is over")


@contextmanager
def made(database: Path, state: str) -> Iterator[TriageApp]:
    """An application that comes into a state; those of the other modes are named `board-failed` and the like."""
    if state in ELSEWHERE:
        with _made_elsewhere(database, *state.split("-", 1)) as app:
            yield app
        return
    with pytest.MonkeyPatch.context() as patch, Desk(database, user="ana", read_only=state == READ_ONLY) as desk:
        session = open_session(desk, State(filter="nothinghasthisword" if state == FILTERED_OUT else ""))
        slow = Slow()
        if state == LOADING:
            session.first = slow
        elif state == FAILED:
            session.first = Future()
            session.first.set_exception(LOCKED)
            patch.setattr(queue, "first_page", _locked)
        try:
            yield TriageApp(session)
        finally:
            slow.go.set()
            session.lanes.close()


@contextmanager
def _made_elsewhere(database: Path, mode: str, state: str) -> Iterator[TriageApp]:
    go = threading.Event()

    def waits(*_: object) -> None:
        go.wait(60)
        _locked()

    with pytest.MonkeyPatch.context() as patch, Desk(database, user="ana", read_only=state == READ_ONLY) as desk:
        if state != READ_ONLY:
            patch.setattr(READS.get(mode, READS_TICKET), waits if state == LOADING else _locked)
        session = open_session(desk, State(mode=mode if mode in READS else "desk"))
        try:
            yield TriageApp(session)
        finally:
            go.set()
            session.lanes.close()


async def reach(app: TriageApp, pilot: Pilot[int], state: str) -> None:
    """Wait until the state is on the screen."""
    if state == LOADING:  # nothing settles: that is the state
        await pilot.pause(0.1)
        return
    screen: Any = app.screen
    if state.startswith(TICKET) and screen.is_narrow and not screen.on_ticket_page:
        await pilot.press("tab")
    if state.endswith(LOADING):  # the counts of the top line are read by another lane, and come
        for _ in range(100):
            await pilot.pause(0.05)
            if app.session.header is not None:
                break
        await pilot.pause(0.1)
        return
    await settled(app, pilot)
    if state == READ_ONLY:
        await press(app, pilot, "a")
        app.clear_notifications()
        await settled(app, pilot)


@asynccontextmanager
async def opened_in(
    database: Path, state: str, size: str, sizes: dict[str, Any]
) -> AsyncIterator[tuple[TriageApp, Pilot[int]]]:
    """An application in a state."""
    with made(database, state) as app:
        async with app.run_test(size=ROOM[size] if state == TINY else sizes[size]) as pilot:
            await reach(app, pilot, state)
            yield app, pilot
