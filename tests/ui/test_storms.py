"""Random keys and sizes: nothing crashes, and the log of acts gives the state that lies there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.conftest import opened, screen_text, settled
from tests.ui.replay import problems
from triage.desk.office import Desk
from triage.ui import commands

LEAVING = {"q", "ctrl+q"}
KEYS = sorted({key for command in commands.COMMANDS for key in command.keys} - LEAVING)
TYPED = [*"abcdeghiklmnoprstuvwxyz:[]/@", "space", "backspace", "enter", "escape", "tab", "down", "up"]
# Plain keys twice as often as letters that are typed, else most of a storm would be text in one dialogue.
STORM_KEY = st.one_of(st.sampled_from(KEYS), st.sampled_from(KEYS), st.sampled_from(TYPED))
SIZE = st.sampled_from([(80, 24), (120, 40), (160, 45), (60, 16)])


def state_of(path: Path) -> tuple[object, ...]:
    """What people decided, and what is proposed of the rest; without what the clock alone changes."""
    with Desk(path, user="ben", read_only=True) as desk:
        return (
            desk.database.execute("SELECT ticket_id, status, assignee, snoozed_until FROM queue ORDER BY 1").fetchall(),
            desk.database.execute("SELECT ticket_id, field, value FROM decisions ORDER BY 1, 2").fetchall(),
            desk.database.execute(
                "SELECT ticket_id, service, touchpoint, condition, reach FROM queue ORDER BY 1"
            ).fetchall(),
        )


def was_read_again(path: Path) -> bool:
    """Whether tickets were read with what was learned in the storm: what is proposed since stays, whatever is undone."""
    with Desk(path, user="ben", read_only=True) as desk:
        query = "SELECT EXISTS (SELECT 1 FROM acts WHERE what IN ('read again', 'fit'))"
        return bool(desk.database.execute(query).fetchone()[0])


async def storm(path: Path, keys: Sequence[str], size: tuple[int, int]) -> None:
    """Press keys; where they leave the application (a palette has that command too), open it again and go on."""
    left = list(keys)
    while left:
        async with opened(path, size=size) as (app, pilot):
            while left and app.is_running and app.return_value is None:
                await pilot.press(left.pop(0))
            await settled(app, pilot)
            assert app._exception is None


def undo_everything(path: Path) -> None:
    """Take back all that ana did."""
    from triage.desk import undoing
    from triage.errors import Refused

    with Desk(path, user="ana") as desk:
        while True:
            try:
                undoing.undo(desk)
            except Refused:
                return


def weather(made: Path, path: Path, keys: Sequence[str], size: tuple[int, int]) -> None:
    """One storm on a fresh copy, and all that must hold after it."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    copy(made, path)
    before = state_of(path)
    asyncio.run(storm(path, keys, size))
    assert problems(path) == []
    undo_everything(path)
    after = state_of(path)
    assert after[:2] == before[:2]
    assert after[2] == before[2] or was_read_again(path)
    assert problems(path) == []


def storms(examples: int, keys: int):  # type: ignore[no-untyped-def]
    """Hypothesis with a fixed seed, a budget, and no clock. It does not shrink: a storm takes seconds."""
    budget = settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    def decorate(function):  # type: ignore[no-untyped-def]
        return budget(given(keys=st.lists(STORM_KEY, min_size=keys, max_size=keys), size=SIZE)(function))

    return decorate


@storms(examples=1, keys=100)
def test_random_keys_do_no_harm(made: Path, database: Path, keys: list[str], size: tuple[int, int]) -> None:
    weather(made, database, keys, size)


@pytest.mark.slow
@storms(examples=3, keys=1000)
def test_a_thousand_random_keys_do_no_harm(made: Path, database: Path, keys: list[str], size: tuple[int, int]) -> None:
    weather(made, database, keys, size)


async def test_a_storm_of_sizes(database: Path) -> None:
    rnd = random.Random(4)
    async with opened(database) as (app, pilot):
        for _ in range(12):
            columns, rows = rnd.randint(20, 240), rnd.randint(5, 80)
            await pilot.resize_terminal(columns, rows)
            await pilot.press(rnd.choice(["j", "tab", "f3", "f4", "f2", "question_mark", "escape"]))
            assert (app.size.width, app.size.height) == (columns, rows)
        await pilot.resize_terminal(120, 40)
        await pilot.press("escape", "escape", "f2")
        await settled(app, pilot)
        assert app._exception is None
        lines = screen_text(app).splitlines()
        assert len(lines) == 40
        assert all(len(line) <= 120 for line in lines)
        assert any("Signing page" in line for line in lines)


STORM_SIZES = ((40, 10), (240, 80), (60, 16), (80, 24))


@pytest.mark.slow
@pytest.mark.parametrize("mode", commands.MODES)
async def test_every_command_s_dialogue_outlives_a_storm_of_sizes(database: Path, mode: str) -> None:
    """Whatever a key opens is painted in each size, and escape leads out of it."""
    async with opened(database, mode=mode, size=(120, 40)) as (app, pilot):
        screen = app.screen
        dialogues = 0
        for command in commands.at(mode):
            if set(command.keys) & LEAVING or command.action in ("mode", "mode_step"):
                continue
            await pilot.press(command.keys[0])
            await settled(app, pilot)
            if len(app.screen_stack) > 1:
                dialogues += 1
                for columns, rows in STORM_SIZES:
                    await pilot.resize_terminal(columns, rows)
                    lines = screen_text(app).splitlines()
                    assert len(lines) == rows and all(cell_len(line) <= columns for line in lines), command.id
                await pilot.resize_terminal(120, 40)
            for _ in range(3):
                if len(app.screen_stack) > 1:
                    await pilot.press("escape")
            await settled(app, pilot)
            assert len(app.screen_stack) == 1 and app._exception is None, command.id
            if app.screen is not screen:
                await app.switch_mode(mode)
                await settled(app, pilot)
        assert dialogues >= {commands.DESK: 15, commands.BOARD: 5, commands.CATALOG: 2}[mode]


def test_a_replay_finds_what_was_changed_behind_the_log(database: Path) -> None:
    from triage.desk import acts

    with Desk(database, user="ana") as desk:
        acts.claim(desk, [1])
        assert problems(database) == []
        with desk.act() as connection:
            connection.execute("UPDATE placed SET assignee = 'mallory' WHERE ticket_id = 1")
    assert problems(database) == ["assignee of ticket 1 is 'mallory', the log says 'ana'"]
