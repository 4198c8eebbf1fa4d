"""The registry: no clashes, every command has its method, remapping, the page of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import opened, press, screen_text
from triage.desk import queue
from triage.desk.office import Desk
from triage.ui import commands
from triage.ui.commands import BOARD, CATALOG, COMMANDS, DESK, MODES


def screen_class(place: str) -> type:
    """The screen of a mode."""
    from triage.ui.screens.board import BoardScreen
    from triage.ui.screens.catalog import CatalogScreen
    from triage.ui.screens.desk import DeskScreen

    return {DESK: DeskScreen, BOARD: BoardScreen, CATALOG: CatalogScreen}[place]


def test_no_two_commands_of_a_mode_have_one_key() -> None:
    assert commands.problems() == []


def test_ids_are_unique_and_no_key_is_one_that_terminals_swallow() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert not {key for command in COMMANDS for key in command.keys} & commands.SWALLOWED


@pytest.mark.parametrize("place", MODES)
def test_every_command_has_its_method_where_it_applies(place: str) -> None:
    for command in commands.at(place):
        assert callable(getattr(screen_class(place), f"action_{command.action}", None)), command.id


def test_every_act_has_a_plain_letter_or_digit() -> None:
    for command in COMMANDS:
        if command.writes:
            assert any(len(key) == 1 or key in ("minus", "underscore") for key in command.keys), command.id


def test_the_page_of_keys_is_made_from_the_commands() -> None:
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == commands.documentation(), "run `python -m triage.ui.commands`"


def test_a_remapping_that_clashes_or_names_nothing_is_told_and_left_out() -> None:
    found = commands.keymap(
        {"desk.claim": "f5", "desk.resolve": "a", "desk.clam": "x", "desk.wait": "ctrl+j", "desk.note": "?"}
    )
    assert found.keys["desk.claim"] == ("f5",)
    assert found.keys["desk.resolve"] == ("a",)
    assert found.keys["desk.note"] == commands.BY_ID["desk.note"].keys
    assert len(found.problems) == 3
    assert any("did you mean 'desk.claim'?" in problem for problem in found.problems)
    assert any("never arrives" in problem for problem in found.problems)
    assert any("clashes with app.help" in problem for problem in found.problems)


def test_the_footer_has_its_keys_in_order_and_help_last() -> None:
    words = [word for _, word, _ in commands.footer(DESK, commands.keymap())]
    assert words[0] == "confirm+next" and words[-2:] == ["keys", "commands"]


async def test_a_remapped_key_acts_and_shows(database: Path, desk: Desk, tmp_path: Path) -> None:
    from triage.ui.app import open_session
    from triage.ui.application import TriageApp
    from triage.ui.state import State

    with Desk(database, user="ana") as mine:
        session = open_session(mine, State(), {"keys": {"desk.claim": "f6"}})
        app = TriageApp(session)
        async with app.run_test(size=(140, 40)) as pilot:
            from tests.ui.conftest import settled

            await settled(app, pilot)
            ticket = app.screen.lines.ticket  # type: ignore[attr-defined]
            assert "F6 claim" in screen_text(app)
            await press(app, pilot, "a")
            assert queue.rows(desk, [ticket])[0].assignee is None
            await press(app, pilot, "f6")
            assert queue.rows(desk, [ticket])[0].assignee == "ana"
        session.lanes.close()


async def test_help_shows_every_command_of_the_mode(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "question_mark")
        shown = app.screen.text().plain  # type: ignore[attr-defined]
        for command in commands.at(DESK):
            assert command.title in shown or command.action == "candidate"


async def test_the_palette_carries_out_a_command(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = app.screen.lines.ticket  # type: ignore[attr-defined]
        await press(app, pilot, "ctrl+p", *"claim")
        await pilot.pause(0.3)
        await press(app, pilot, "enter")
        for _ in range(20):
            await pilot.pause(0.05)
            if queue.rows(desk, [ticket])[0].assignee:
                break
        assert queue.rows(desk, [ticket])[0].assignee == "ana"
