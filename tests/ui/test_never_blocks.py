"""The application never waits for the database: whatever reads or writes it runs in a lane, never where keys are read."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import opened, press, settled
from tests.ui.test_every_act import FLOWS
from triage.desk.office import Desk
from triage.store.database import Database
from triage.ui import commands

LEAVE = {"app.quit"}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where a connection was asked for in the thread that reads keys, a line each."""
    found: list[str] = []
    keys = threading.get_ident()
    whole = Database.connection
    assert isinstance(whole, property) and whole.fget is not None
    getter = whole.fget

    def connection(self: Database) -> Any:
        if threading.get_ident() == keys:
            mine = [frame for frame in traceback.extract_stack() if "/triage/ui/" in frame.filename]
            found.append(" < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(mine[-3:])))
        return getter(self)

    monkeypatch.setattr(Database, "connection", property(connection))
    return found


def test_the_check_sees_a_read_where_keys_are_read(database: Path, waits: list[str]) -> None:
    with Desk(database) as desk:
        desk.database.execute("SELECT 1")
    assert waits


@pytest.mark.slow
@pytest.mark.parametrize("mode", commands.MODES)
async def test_no_command_reads_or_writes_where_keys_are_read(
    database: Path, swarming: list[int], waits: list[str], mode: str
) -> None:
    async with opened(database, mode=mode, view="all", size=(120, 24)) as (app, pilot):
        screen = app.screen
        waits.clear()
        for command in commands.at(mode):
            if command.id in LEAVE:
                continue
            flow = FLOWS.get(command.id)
            await press(app, pilot, command.keys[0])
            await pilot.press(*(flow.keys if flow else ()))
            for _ in range(4):
                if len(app.screen_stack) > 1:
                    await pilot.press("escape")
            await settled(app, pilot)
            if app.screen is not screen:  # the command led to another mode
                await app.switch_mode(mode)
                await settled(app, pilot)
            assert app.screen is screen, command.id
            assert not waits, f"{command.id}: {waits}"
