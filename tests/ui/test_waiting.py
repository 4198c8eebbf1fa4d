"""What the tests wait for is over when they go on, and what never ends does not hold them."""

from __future__ import annotations

import threading
from pathlib import Path
from time import sleep

from tests.ui.conftest import opened, press, screen_text, settled
from tests.ui.waiting import idle
from triage.ui.lanes import SCAN
from triage.ui.screens.base import ModeScreen


async def test_work_that_takes_the_processor_is_waited_for(database: Path) -> None:
    done: list[int] = []
    async with opened(database) as (app, _pilot):
        assert isinstance(app.screen, ModeScreen)
        app.screen.work("count", SCAN, lambda: sum(number * number for number in range(1_000_000)), done.append)
        await idle()
        assert len(done) == 1


async def test_what_a_key_opens_is_painted(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await pilot.press("c")
        assert "it cannot be used" in screen_text(app)


async def test_a_pause_after_a_letter_is_waited_for_once_all_letters_are_typed(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "slash", *"coffee")
        detail = app.screen.detail  # type: ignore[attr-defined]
        assert detail is not None and detail.row.subject == "Coffee machine leaks"


async def test_work_that_waits_for_something_holds_nobody(database: Path) -> None:
    go = threading.Event()
    seen: list[bool] = []
    async with opened(database) as (app, pilot):
        assert isinstance(app.screen, ModeScreen)
        app.screen.work("wait", SCAN, lambda: go.wait(30), seen.append)
        await idle(max_sleep=60.0)
        assert not seen
        go.set()
        await settled(app, pilot)
        assert seen == [True]


async def test_work_that_sleeps_a_moment_is_waited_for_where_a_test_settles(database: Path) -> None:
    done: list[None] = []
    async with opened(database) as (app, pilot):
        assert isinstance(app.screen, ModeScreen)
        app.screen.work("nap", SCAN, lambda: sleep(0.1), done.append)
        await settled(app, pilot)
        assert done == [None]
