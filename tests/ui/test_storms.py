"""Random keys and sizes: nothing crashes, and the log of acts can be taken back to where it began."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.ui.conftest import opened, settled
from triage.desk import queue
from triage.desk.office import Desk
from triage.ui import commands

LEAVING = {"q", "ctrl+q"}
KEYS = sorted({key for command in commands.COMMANDS for key in command.keys} - LEAVING)
TYPED = [*"abcdeghiklmnoprstuvwxyz:[]/@", "space", "backspace", "enter", "escape", "tab", "down", "up"]


def state_of(desk: Desk) -> list[tuple[object, ...]]:
    """What the acts of people made of the queue, without what the clock alone changes."""
    return desk.database.execute(
        "SELECT ticket_id, status, assignee, snoozed_until, service, touchpoint, condition, reach FROM queue ORDER BY 1"
    ).fetchall()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_keys_do_no_harm_that_undo_does_not_mend(database: Path, desk: Desk, seed: int) -> None:
    from triage.desk import acts
    from triage.errors import Refused

    before = state_of(desk)
    rnd = random.Random(seed)
    async with opened(database, size=rnd.choice([(80, 24), (120, 40), (160, 45)])) as (app, pilot):
        for _ in range(150):
            await pilot.press(rnd.choice(KEYS if rnd.random() < 0.7 else TYPED))
        await settled(app, pilot)
        assert app.is_running
        assert app._exception is None
    with Desk(database, user="ana") as mine:
        for _ in range(400):
            try:
                acts.undo(mine)
            except Refused:
                break
    assert state_of(desk) == before
    assert queue.total(desk, queue.selection(desk, "all")) == len(before)


async def test_a_storm_of_sizes(database: Path) -> None:
    rnd = random.Random(4)
    async with opened(database) as (app, pilot):
        for _ in range(25):
            await pilot.resize_terminal(rnd.randint(20, 240), rnd.randint(5, 80))
            await pilot.press(rnd.choice(["j", "tab", "f3", "f4", "f2", "question_mark", "escape"]))
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot)
        assert app._exception is None
