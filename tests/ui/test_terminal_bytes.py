"""What reaches the terminal, byte by byte, while hostile text lies in every field that somebody outside can fill.

The texts are put into the database raw, past the door that cleans them: the screen must not trust the door. The
driver of these tests writes down all that the application sends; what is not one of the few sequences of Textual's
own is found, and so is every control or invisible character.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from rich.color import ColorSystem
from textual.drivers.headless_driver import HeadlessDriver

from tests.ui.conftest import HOSTILE, opened, press, screen_text, settled
from tests.ui.conftest import told as toasts
from triage.desk.office import Desk
from triage.text import one_line
from triage.ui.app import open_session
from triage.ui.first_frame import frame, told
from triage.ui.screens.base import ModeScreen
from triage.ui.screens.board import BoardScreen
from triage.ui.screens.catalog import CatalogScreen
from triage.ui.screens.desk import DeskScreen
from triage.ui.start import read_first
from triage.ui.state import State

pytestmark = pytest.mark.slow  # seconds each; .ci/run runs them

# Sequences that Textual never sends, so that one of them in the output came from a text.
RAW = (
    "\x1b[6n report", "\x1b[5i print", "\x1b]0;OWNED\x07 title", "\x1b]52;c;T1dORUQ=\x07 clipboard",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07", "\x1bP$q q\x1b\\ status", "\x1bc reset", "\x9b6n c1",
    "\x9d0;OWNED\x9c c1 title", "del\x7f\x08\x08 back", "\x1b_G apc\x1b\\", "\u2066iso\u2069 \u200dzwj\u2060 \ufeffbom",
    "[@mouse.down=app.quit]x[/] [link=http://evil.example]l[/link]", "\\[/] $x [[[ ]]] \\\\[b]", "z\u0335" * 40,
    "🏳️‍🌈 ﷽ 👩‍👩‍👧 " + "W" * 3000,
)  # fmt: skip
ALL = (*HOSTILE, *RAW)

_OWN = re.compile(
    r"\x1b\[[0-9;]*m"  # colours and styles
    r"|\x1b\[[0-9]*;?[0-9]*H"  # where the cursor goes
    r"|\x1b\[\?2026[hl]"  # one picture at a time
    r"|\x1b\]22;[a-z-]*\x07"  # the shape of the pointer
    r"|\x1b\[2[23];2t"  # the title as it was
)
_TITLE = re.compile(r"\x1b\]2;([^\x07\x1b]*)\x07")
_CLIPBOARD = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def commands_in(sent: str) -> list[str]:
    """What in the output a terminal would act on and is not the application's own; with the text around it."""
    wrong = []
    for title in _TITLE.findall(sent):
        if title == "OWNED" or _UNSAFE.search(title) or "\n" in title:
            wrong.append(f"title {title!r}")
    for payload in _CLIPBOARD.findall(sent):
        text = base64.b64decode(payload).decode()
        if text in ("OWNED", "hi") or _UNSAFE.search(text):
            wrong.append(f"clipboard {text!r}")
    rest = _OWN.sub("", _CLIPBOARD.sub("", _TITLE.sub("", sent)))
    wrong += [repr(rest[max(0, hit.start() - 20) : hit.end() + 20]) for hit in _UNSAFE.finditer(rest)]
    return wrong


@pytest.mark.parametrize("text", [text for text in ALL if text != one_line(text) and _UNSAFE.search(text)])
def test_the_check_finds_what_is_sent_raw(text: str) -> None:
    assert commands_in(f"\x1b[1;1H\x1b[0m{text}")


def test_the_check_knows_the_application_s_own() -> None:
    good = base64.b64encode(b"4711\nthe brief").decode()
    assert commands_in(f"\x1b[?2026h\x1b[1;38;2;1;2;3m宽 –\x1b[0m\n\x1b]2;triage\x07\x1b]52;c;{good}\x07") == []
    bad = base64.b64encode(b"rm -rf\x1b[6n").decode()
    assert commands_in(f"\x1b]52;c;{bad}\x07")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that the application writes to its terminal."""
    written: list[str] = []

    def write(_driver: HeadlessDriver, data: str) -> None:
        if data != "\x07":  # the bell, rung by the application: a text is never written by itself
            written.append(data)

    monkeypatch.setattr(HeadlessDriver, "write", write)
    # Textual writes no picture to a terminal that it takes for none.
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda _driver: False))
    return written


def poison(path: Path) -> None:
    """Put a hostile text into every field of tickets, decisions and catalog that holds words, past the door."""
    with Desk(path, user="ana") as desk, desk.act() as connection:
        for ident, subject in connection.execute("SELECT id, subject FROM tickets").fetchall():
            texts = [ALL[(ident + step) % len(ALL)] for step in range(12)]
            connection.execute(
                "UPDATE tickets SET subject = ?, requester = ?, requester_name = ?, organisation = ?, site = ?,"
                " channel = ?, tags = ?, url = ?, source_priority = ? WHERE id = ?",
                (f"{texts[0]} {subject}"[:4000], *texts[1:6], json.dumps(texts[5:7]), f"https://x/{texts[7]}", texts[8], ident),
            )  # fmt: skip
            connection.execute(
                "UPDATE bodies SET body = body || ?, attachments = ? WHERE ticket_id = ?",
                ("\n> ".join(("", *ALL)), json.dumps(texts[:2]), ident),
            )
            connection.execute("UPDATE placed SET assignee = ? WHERE ticket_id = ?", (texts[9], ident))
            note = [{"at": desk.now().timestamp(), "who": texts[10], "text": "\n".join(ALL)}]
            connection.execute(
                "INSERT OR REPLACE INTO decisions (ticket_id, field, value, who, at) VALUES (?, 'notes', ?, ?, 0)",
                (ident, json.dumps([{**note[0], "at": int(note[0]["at"])}]), texts[11]),
            )
        for version, document in connection.execute("SELECT version, document FROM catalog_versions").fetchall():
            catalog = json.loads(zlib.decompress(document))
            _poison_entries(catalog)
            connection.execute(
                "UPDATE catalog_versions SET document = ?, note = ? WHERE version = ?",
                (zlib.compress(json.dumps(catalog).encode()), RAW[2], version),
            )
        connection.execute("UPDATE acts SET who = ?", (RAW[3],))
        connection.execute("UPDATE imports SET name = ?", (RAW[0],))


def _poison_entries(value: Any, number: int = 0) -> None:
    """A hostile text after every name and sentence of a catalog."""
    if isinstance(value, list):
        for place, each in enumerate(value):
            _poison_entries(each, place)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in {"name", "description", "text", "reason", "moment_of_truth", "phone", "email"} and isinstance(
                each, str
            ):
                value[key] = f"{each} {ALL[(number + len(key)) % len(ALL)]}"
            elif key == "aliases" and isinstance(each, list):
                value[key] = [*each, ALL[number % len(ALL)]]
            else:
                _poison_entries(each, number)


@pytest.fixture
def poisoned(database: Path) -> Path:
    """A database in which every text is hostile."""
    poison(database)
    return database


async def test_list_and_pane_send_no_command_of_a_ticket(poisoned: Path, sent: list[str]) -> None:
    async with opened(poisoned, size=(160, 45), view="all") as (app, pilot):
        for _ in range(11):
            await press(app, pilot, "full_stop", "J", "j")
        await press(app, pilot, "tab", *["right_curly_bracket"] * 6, "G", "escape", "space", "space")
        assert app.is_running and app._exception is None
        assert "F2 Desk" in screen_text(app)
    assert len("".join(sent)) > 20_000
    assert commands_in("".join(sent)) == []


@pytest.mark.parametrize("size", [(60, 16), (160, 45)])
def test_the_first_frame_sends_no_command_of_a_ticket(poisoned: Path, size: tuple[int, int]) -> None:
    with Desk(poisoned, user="ana" + RAW[1]) as desk:
        session = open_session(desk, State(view="all", filter="word" + RAW[0]))
        try:
            first = read_first(desk, State(view="all"))
            lines = frame(session, first, *size)
        finally:
            session.lanes.close()
    assert len(first.rows) > 10
    assert commands_in("".join(told(line, ColorSystem.TRUECOLOR) for line in lines)) == []


async def test_small_and_without_colour(poisoned: Path, sent: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(poisoned, size=(80, 24), view="all") as (app, pilot):
        await press(app, pilot, "j", "j", "tab", "G", "tab", "G")
        assert app._exception is None
    assert commands_in("".join(sent)) == []


DIALOGUES = (
    "c",
    "e",
    "o",
    "A",
    "X",
    "w",
    "z",
    "x",
    "S",
    "W",
    "F",
    "t",
    "M",
    "m",
    "v",
    "V",
    "h",
    "b",
    "i",
    "question_mark",
)


async def test_dialogues_picker_palette_and_toasts(poisoned: Path, sent: list[str]) -> None:
    async with opened(poisoned, view="all") as (app, pilot):
        screen = app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        for key in DIALOGUES:
            await press(app, pilot, key)
            await pilot.press("escape", "escape")
            assert app.screen is screen, key
        await settled(app, pilot)
        for typed in ("portal", "[/foo]", "[@click=app.quit]x[/]", "sign"):
            await press(app, pilot, "p")
            await pilot.press(*typed)
            await press(app, pilot, "escape")
        await press(app, pilot, "ctrl+p")
        await pilot.press(*"view[/")
        await press(app, pilot, "escape")
        for text in ALL:
            screen.say(text)
        await settled(app, pilot)
        assert one_line(ALL[0]) in toasts(app)
        assert app._exception is None
    assert commands_in("".join(sent)) == []


async def test_a_filter_and_a_note_that_were_pasted(poisoned: Path, sent: list[str]) -> None:
    from textual.events import Paste

    async with opened(poisoned, view="all") as (app, pilot):
        for key in ("slash", "p", "i", "ctrl+p"):
            # In two orders: a sequence that nothing ends may swallow the one behind it.
            for texts in (ALL, ALL[::-1]):
                await press(app, pilot, key)
                app.post_message(Paste(" ".join(text.replace("\n", " ") for text in texts)))
                await settled(app, pilot)
                await press(app, pilot, "escape", "escape")
        await press(app, pilot, "m")
        app.post_message(Paste("a note " + "\n".join(ALL)))
        await settled(app, pilot)
        await press(app, pilot, "enter")
        assert app._exception is None
    with Desk(poisoned, user="ben") as desk:
        written = desk.database.execute("SELECT after FROM act_changes WHERE field = 'notes'").fetchall()
    assert written and not any(_UNSAFE.search(json.loads(row[0])[-1]["text"]) for row in written)
    assert commands_in("".join(sent)) == []


async def test_board_and_catalog(poisoned: Path, sent: list[str]) -> None:
    async with opened(poisoned, size=(160, 45), mode="board") as (app, pilot):
        await press(app, pilot, *["j", "right"] * 4, "tab", "j", "j", "tab")
        for key in ("s", "w", "t", "R", "question_mark"):
            await press(app, pilot, key)
            await press(app, pilot, "escape")
        assert app.screen.maps.stand_on("service:closing-portal")  # type: ignore[attr-defined]
        for keys in (("i", "x", "enter"), ("w", "n"), ("w", "i"), ("w", "down", "down", "enter"), ("ctrl+p", *"vi")):
            await press(app, pilot, *keys)
            await press(app, pilot, "escape", *["escape"] * (len(app.screen_stack) - 1))
            if not isinstance(app.screen, BoardScreen):
                await press(app, pilot, "f3")
        await press(app, pilot, "f4", *["right", "j", "j"] * 4, "G", "tab", "j", "escape", "h", "escape")
        if not isinstance(app.screen, CatalogScreen):
            await press(app, pilot, "f4")
        await press(app, pilot, "v", "j", "k", "enter", "escape", "p", "ctrl+p", "escape")
        await press(app, pilot, "slash", *"[/b]", "enter", "escape")
        assert app._exception is None
        assert isinstance(app.screen, ModeScreen)
    assert commands_in("".join(sent)) == []


async def test_swarms_own_views_and_who_has_it(
    database: Path, swarming: list[int], sent: list[str], desk: Desk
) -> None:
    poison(database)
    with desk.act() as connection:
        for number, text in enumerate(ALL):
            stored = json.dumps({"view": "all", "filter": text, "by": text})
            connection.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (f"view:{number} {text}", stored))
    async with opened(database, size=(120, 40), view="all") as (app, pilot):
        screen = app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        assert screen.lines.go_to_ticket(swarming[-1])
        await settled(app, pilot)
        for keys in (("S",), ("S", "o"), ("W",), ("v",), ("a",), ("ctrl+p", *"view"), ("ctrl+p", *"0 ")):
            await press(app, pilot, *keys)
            assert keys != ("v",) or "0 [/foo] closing portal" in screen_text(app)
            await press(app, pilot, "escape", "escape")
        await press(app, pilot, "f3", "s", "m", "tab", "j", "j")
        assert app._exception is None
    assert commands_in("".join(sent)) == []


async def test_what_is_copied_and_the_terminal_s_title(poisoned: Path, sent: list[str]) -> None:
    async with opened(poisoned, view="all") as (app, pilot):
        for _ in range(6):
            await press(app, pilot, "y", "Y", "j")
        for text in ALL:
            app.title_terminal(text)
        assert app._exception is None
    output = "".join(sent)
    assert len(_CLIPBOARD.findall(output)) >= 12
    assert len(_TITLE.findall(output)) >= len(ALL) - 2
    assert commands_in(output) == []


async def test_a_tooltip_is_text(poisoned: Path, sent: list[str]) -> None:
    async with opened(poisoned, view="all") as (app, pilot):
        for place in ((10, 4), (100, 6), (20, 39), (90, 20)):
            await pilot.hover(offset=place)
            await settled(app, pilot)
        for widget in app.screen.query("*"):
            assert not isinstance(widget.tooltip, str) or not _UNSAFE.search(widget.tooltip)
        assert app._exception is None
    assert commands_in("".join(sent)) == []
