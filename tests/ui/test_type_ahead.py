"""Keys that come faster than the screen: each means what it would have meant had one waited, and none is lost.

A terminal hands over what was typed while it was busy, or while the line was slow, in one piece.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input

from tests.ui.conftest import opened, screen_text, settled
from tests.ui.test_flows import decisions, the_desk
from triage.desk import queue
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.ui.screens.base import ModeScreen
from triage.ui.screens.dialogues import Dialogue
from triage.ui.type_ahead import Keyboard


async def at_once(app: Any, pilot: Any, *keys: str, ends: type = ModeScreen) -> None:
    """Hand over keys in one piece; a word of several letters is typed. `ends`: the screen to which they lead."""
    for word in keys:
        named = word in NAMES
        for key in (word,) if named else tuple(word):
            character = NAMES.get(key, key)
            app._driver.send_message(Key("space" if key == " " else key, character))
    await settled(app, pilot)
    for _ in range(100):
        if not app.typed_ahead and isinstance(app.screen, ends):
            break
        await pilot.pause(0.02)
    await settled(app, pilot)


NAMES = {"enter": "\r", "escape": "\x1b", "slash": "/", "backspace": "\x7f", "minus": "-", "tab": "\t"}


async def test_the_picker_takes_what_was_typed_not_what_stood_there_before(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await at_once(app, pilot, "p", "sign-in", "enter")
        assert decisions(desk, ticket)["service"]["target"] == "identity"


async def test_a_note_keeps_every_letter_and_the_key_behind_it_moves(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        first, second = lines.ids[0], lines.ids[1]
        await at_once(app, pilot, "m", "call3d bak", "backspace", "ck", "enter", "j")
        assert decisions(desk, first)["notes"][0]["text"] == "call3d back"
        assert lines.ticket == second


async def test_what_is_wrong_with_a_line_stays_said_when_it_was_typed_with_its_enter(database: Path) -> None:
    """The letters' own messages come behind the enter, and each took away what had just been said."""
    async with opened(database) as (app, pilot):
        await at_once(app, pilot, "A", ends=Dialogue)
        await at_once(app, pilot, "jpn", "enter", ends=Dialogue)
        assert "nobody is called 'jpn'" in screen_text(app)
        await at_once(app, pilot, "x", ends=Dialogue)
        assert "nobody is called" not in screen_text(app)
        await pilot.press("escape")


async def test_condition_reach_and_override_in_one_breath(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await at_once(app, pilot, "c", "d", "e", "s", "o", "5", "c")
        found = decisions(desk, ticket)
        assert (found["condition"], found["reach"]) == ("degraded", "site")
        assert found["override"]["priority"] == "P5" and found["override"]["reason"] == "contract"


async def test_a_dialogue_that_reads_first_gets_the_keys_that_were_meant_for_it(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await at_once(app, pilot, "X", "1", "r", "v", "m")
        assert decisions(desk, ticket)["handed_over"]["reason"] == "their-rights"
        assert "service" not in decisions(desk, ticket) and len(decisions(desk, ticket)["notes"]) == 1
        assert app.session.state.view == "mine"


async def test_an_act_behind_a_filter_is_for_what_the_filter_finds(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        await at_once(app, pilot, "slash", "coffee", "enter", "a")
        taken = desk.database.execute("SELECT ticket_id FROM queue WHERE assignee = 'ana'").fetchall()
        assert [row.subject for row in queue.rows(desk, [row[0] for row in taken])] == ["Coffee machine leaks"]


async def test_escape_and_letters_behind_a_filter(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        second = lines.ids[1]
        await at_once(app, pilot, "slash", "cof", "escape", "g", "j", "a")
        assert app.session.state.filter == ""
        assert queue.rows(desk, [second])[0].assignee == "ana"


async def test_enter_waits_for_the_ticket_that_it_confirms(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        first, second, third = lines.ids[:3]
        await at_once(app, pilot, "f", "f")
        assert "condition" in decisions(desk, first)
        assert decisions(desk, third) == {}
        assert lines.ticket in (second, third)


@pytest.mark.parametrize(
    ("keys", "acts"), [(("A", "ben", "enter", "l"), 2), (("z", "4", "x"), 2), (("w", "c", "a", "j", "k"), 1)]
)
async def test_acts_that_ask_in_one_breath_end_at_the_desk(
    database: Path, desk: Desk, keys: tuple[str, ...], acts: int
) -> None:
    count = "SELECT count(*) FROM acts"
    before = desk.database.execute(count).fetchone()[0]
    async with opened(database) as (app, pilot):
        await at_once(app, pilot, *keys)
        assert app.screen is the_desk(app)
        assert desk.database.execute(count).fetchone()[0] == before + acts


async def test_what_follows_a_search_of_the_catalog_moves_in_what_it_found(database: Path) -> None:
    async with opened(database, mode="catalog") as (app, pilot):
        await at_once(app, pilot, "slash", "sign-in", "enter", "jjj")
        assert app.screen.searched == "sign-in" and app.screen.wanted == "services:identity"


async def test_what_is_typed_while_the_application_leaves_is_for_nobody(database: Path) -> None:
    async with opened(database) as (app, _pilot):
        for key in ("q", "c", "d", "j", "8"):
            app._driver.send_message(Key(key, key))
    assert app._exception is None and app.return_code == 0


async def test_escape_and_a_letter_in_one_breath_are_not_a_letter_of_the_note(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        first, second = lines.ids[0], lines.ids[1]
        for typed in ("mcall", "\x1bj", "\x1bA"):
            parser = Keyboard()
            for event in (*parser.feed(typed), *parser.feed("")):
                app._driver.send_message(event)
        await at_once(app, pilot, "ben", "enter")
        assert "notes" not in decisions(desk, first)
        assert [detail(desk, ticket).row.assignee for ticket in (first, second)] == [None, "ben"]


def from_terminal(sent: str) -> list[str]:
    """The keys that the bytes of a terminal are, when nothing follows them."""
    keyboard = Keyboard()
    return [event.key for event in (*keyboard.feed(sent), *keyboard.feed("")) if isinstance(event, Key)]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [("\x1b\r", ["escape", "enter"]), ("\x1b/", ["escape", "slash"]), ("\x1b ", ["escape", "space"]),
     ("\x1b1", ["escape", "1"]), ("\x1b0", ["escape", "0"]), ("\x1b-", ["escape", "minus"]), ("\x1b\t", ["escape", "tab"]),
     ("\x1b[Z", ["shift+tab"]), ("\x1b[1;5C", ["ctrl+right"]), ("\x1b\x1b", ["escape", "escape"]),
     ("\x1b", ["escape"]), ("\x1b[A", ["up"]), ("\x1b\x1b[B", ["escape", "down"]), ("\x1b?", ["escape", "question_mark"])],
)  # fmt: skip
def test_escape_and_a_sign_in_one_breath_are_two_keys(sent: str, keys: list[str]) -> None:
    assert from_terminal(sent) == keys


@pytest.mark.parametrize(
    ("sent", "place"), [("\x1bf", "ben anne |cruz"), ("\x1bb", "|ben anne cruz"), ("\x1b\x7f", "|anne cruz")]
)
async def test_in_a_line_alt_goes_by_words_as_terminals_send_it(database: Path, sent: str, place: str) -> None:
    """Where option and an arrow send escape and a letter, going by a word would have left the line and confirmed."""
    async with opened(database) as (app, pilot):
        await at_once(app, pilot, "m", "ben anne cruz")
        line = app.focused
        assert isinstance(line, Input)
        line.cursor_position = 4
        for event in (*(keyboard := Keyboard()).feed(sent), *keyboard.feed("")):
            app._driver.send_message(event)
        await settled(app, pilot)
        assert app.focused is line
        at = place.index("|")
        assert (line.value, line.cursor_position) == (place.replace("|", ""), at)
        await pilot.press("escape")


async def test_everywhere_else_it_is_escape_and_the_letter(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        below = lines.ids[1]
        await at_once(app, pilot, " ")
        assert lines.marks and lines.ticket == below
        for typed in ("\x1bf", "\x1bb"):
            for event in (*(keyboard := Keyboard()).feed(typed), *keyboard.feed("")):
                app._driver.send_message(event)
            await settled(app, pilot)
        assert not lines.marks and "condition" in decisions(desk, below)
        assert not isinstance(app.screen, ModeScreen)  # b asks where to go
        await pilot.press("escape")


async def test_the_driver_of_this_platform_reads_with_it(database: Path) -> None:
    async with opened(database) as (app, _pilot):
        driver = app.get_driver_class()
        assert sys.modules[driver.__module__].XTermParser is Keyboard
