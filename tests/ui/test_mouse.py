"""The mouse alone reaches every command of the registry: through the line of keys, the top line, the palette, the pane."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.ui.conftest import opened, screen_text, settled
from tests.ui.test_flows import decisions, the_desk
from triage.desk.office import Desk
from triage.ui import commands
from triage.ui.palette import TriageCommands
from triage.ui.screens.base import ModeScreen
from triage.ui.ticket_lines import numbered
from triage.ui.widgets.bars import LineWidget


def _heard(screen: ModeScreen, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that the screen is asked to carry out, from now on written down in place of that."""
    asked: list[str] = []

    async def run_command(ident: str) -> None:
        asked.append(ident)

    monkeypatch.setattr(screen, "run_command", run_command)
    return asked


def _places(line: LineWidget) -> dict[str, tuple[int, int]]:
    """Where on the screen the last piece of each command of a line begins: its word."""
    found, at = {}, 0
    for text, _, command in line._pieces:
        if command:
            found[command] = (line.region.x + at + 1, line.region.y)
        at += len(text)
    return found


@pytest.mark.parametrize("mode", commands.MODES)
async def test_every_command_of_a_mode_is_reached_by_clicks(
    database: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database, mode=mode, size=(240, 30)) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ModeScreen)
        assert mode == screen.PLACE
        asked = _heard(screen, monkeypatch)
        places = _places(screen.query_one("#keys", LineWidget)) | _places(screen.query_one("#top", LineWidget))
        assert places.keys() >= {command.id for _, _, command in commands.footer(mode, app.session.keys)}
        assert places.keys() >= {f"mode.{each}" for each in commands.MODES} | {"app.palette"}
        for place in places.values():
            await pilot.click(offset=place)
        await settled(app, pilot)
        assert asked == list(places)
        # The palette is one of those, and everything else stands in it.
        asked.clear()
        for title, _, run in TriageCommands(screen)._entries():
            if any(title.startswith(f"{command.title}  ") for command in commands.at(mode)):
                await run()
        assert asked == [command.id for command in commands.at(mode)]


def test_every_command_belongs_to_a_mode() -> None:
    assert {command.id for mode in commands.MODES for command in commands.at(mode)} == commands.BY_ID.keys()


async def test_on_eighty_columns_help_and_palette_can_be_clicked(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        screen = the_desk(app)
        asked = _heard(screen, monkeypatch)
        for ident in ("app.help", "app.palette", "desk.confirm"):
            await pilot.click(offset=_places(screen.query_one("#keys", LineWidget))[ident])
        await settled(app, pilot)
        assert asked == ["app.help", "app.palette", "desk.confirm"]


@pytest.mark.parametrize("number", ["1", "2", "3"])
async def test_a_click_on_a_candidate_of_the_pane_takes_it(database: Path, desk: Desk, number: str) -> None:
    async with opened(database, size=(160, 45)) as (app, pilot):
        screen = the_desk(app)
        found = screen.detail
        assert found is not None
        wanted = numbered(found)[int(number)]
        lines = screen_text(app).splitlines()
        sign = "" if wanted.preselected else f" {number} "  # what is likely has a sign in the place of its number
        row = next(
            n for n, line in enumerate(lines) if sign in line[89:] and wanted.name in line[100 if not sign else 89 :]
        )
        before = lines[row][: lines[row].index(wanted.name, 89)]
        await pilot.click(offset=(cell_len(before) + 2, row))
        await settled(app, pilot)
        assert decisions(desk, found.row.id)[wanted.kind]["target"] == wanted.target
