"""How every mode looks, at 80×24 and 120×40, in the three themes. After a change that is meant: --snapshot-update."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.conftest import press, settled
from tests.ui.states import FILTERED_OUT, ROOM, STATES, TINY, made, reach
from triage.desk.office import Desk
from triage.ui.app import open_session
from triage.ui.application import TriageApp
from triage.ui.state import State

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SHOWN: dict[str, tuple[State, tuple[str, ...]]] = {
    "desk": (State(), ()),
    "ticket": (State(), ("tab",)),
    "marked": (State(), ("space", "space")),
    "filter": (State(), ("slash", *"service:")),
    "filtered-out": (State(filter="nothinghasthisword"), ()),
    "picker": (State(), ("p", *"sign")),
    "condition": (State(), ("c",)),
    "snooze": (State(), ("z",)),
    "views": (State(), ("v",)),
    "found": (State(), ("i", *"sign", "enter")),
    "parts": (State(), ("b",)),
    "help": (State(), ("question_mark",)),
    "board": (State(mode="board"), ()),
    "catalog": (State(mode="catalog"), ()),
}


@pytest.fixture
def app_on(database: Path) -> Any:
    """Applications on the test's database, closed after it."""
    open_ones: list[tuple[Any, Desk]] = []

    def make(state: State) -> TriageApp:
        desk = Desk(database, user="ana")
        session = open_session(desk, state)
        open_ones.append((session, desk))
        return TriageApp(session)

    yield make
    for session, desk in open_ones:
        session.lanes.close()
        desk.close()


def after(keys: tuple[str, ...]) -> Callable[[Pilot[int]], Any]:
    """Wait for the first page, press keys, wait for what they do."""

    async def run(pilot: Pilot[int]) -> None:
        app: Any = pilot.app
        await settled(app, pilot)
        await press(app, pilot, *keys)
        # A cursor that blinks would make two pictures of one screen.
        for line in app.screen.query("Input"):
            line.cursor_blink = False
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SHOWN)
def test_it_looks_as_it_did(snap_compare: Any, app_on: Any, name: str, size: str) -> None:
    state, keys = SHOWN[name]
    state = State(state.mode, state.view, state.filter)
    assert snap_compare(app_on(state), terminal_size=SIZES[size], run_before=after(keys))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", [state for state in STATES if state != FILTERED_OUT])
def test_a_state_that_is_not_the_usual(snap_compare: Any, database: Path, state: str, size: str) -> None:
    async def run(pilot: Pilot[int]) -> None:
        app: Any = pilot.app
        await reach(app, pilot, state)

    with made(database, state) as app:
        room = ROOM[size] if state == TINY else SIZES[size]
        assert snap_compare(app, terminal_size=room, run_before=run)


@pytest.mark.parametrize("theme", ["light", "ansi"])
def test_the_other_themes(snap_compare: Any, app_on: Any, theme: str) -> None:
    assert snap_compare(app_on(State(theme=theme)), terminal_size=SIZES["120x40"], run_before=after(()))


def test_without_colour(snap_compare: Any, app_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app_on(State()), terminal_size=SIZES["120x40"], run_before=after(()))
