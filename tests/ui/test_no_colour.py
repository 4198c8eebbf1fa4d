"""`NO_COLOR` in a real terminal: no colour among the bytes, and what colour told is told without it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.ui.conftest import NOW, opened, press, told
from triage.ui.without_colour import without_colour

_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def colours_in(sent: bytes) -> set[bytes]:
    """Every sequence in the output that sets a colour: SGR 30–38, 40–48, 58, 90–107."""
    found = set()
    for codes in _SGR.findall(sent):
        for code in re.split(rb"[;:]", codes):
            if code and (30 <= int(code) <= 38 or 40 <= int(code) <= 48 or int(code) == 58 or 90 <= int(code) <= 107):
                found.add(codes)
    return found


def test_the_check_finds_each_kind_of_colour() -> None:
    for codes in (b"31", b"1;38;5;3", b"48;2;1;2;3", b"97", b"7;100", b"38:5:3"):
        assert colours_in(b"\x1b[" + codes + b"mx\x1b[0m") == {codes}
    assert colours_in(b"\x1b[1mb\x1b[0m\x1b[2;4;7md\x1b[39;49m") == set()


def test_a_ground_of_its_own_is_reversed_and_what_it_opens_stays() -> None:
    from rich.style import Style

    plain = without_colour(Style(color="red", bgcolor="blue", bold=True, meta={"@click": "x"}))
    assert (plain.color, plain.bgcolor, plain.bold, plain.reverse) == (None, None, True, True)
    assert plain.meta == {"@click": "x"}
    assert not without_colour(Style(color="red", bgcolor="default")).reverse


async def test_themes_are_not_chosen_and_not_forgotten(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(database, theme="light") as (app, pilot):
        await press(app, pilot, "T")
        assert "NO_COLOR is set" in told(app)
        assert app.session.state.theme == "light"


async def test_an_empty_one_wishes_for_nothing(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    async with opened(database, theme="light") as (app, _pilot):
        assert app.theme == "triage-light" and not app.no_color


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_no_colour_reaches_the_terminal(database: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    from tests.bench.terminal import Terminal

    surroundings = {
        "NO_COLOR": "1", "COLORTERM": "truecolor", "TRIAGE_NOW": NOW, "XDG_STATE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path), "TRIAGE_USER": "ana", "TRIAGE_HELPER": "0",
    }  # fmt: skip
    program = [sys.executable, "-m", "triage", "--db", str(database)]
    sent = b""
    with Terminal(program, surroundings, *size) as terminal:
        terminal.wait_for(lambda seen: any("Signing page" in line for line in seen.display))
        # A mark, an act and its toast, the filter, the pane, dialogues, the picker, the palette, help; the other modes.
        for keys in (
            "j", " ", "a", "/signing", "\r", "\x1b", "\t", "}", "\t", "o", "\x1b", "pport", "\x1b", "\x10view", "\x1b",
            "?", "\x1b", "ifinish\r", "\x1b", "T", "\x1bOR", "j", "\x1b[C", "t", "\x1b", "w", "\x1b", "\t", "j", "\t",
            "\x1bOS", "jjj", "\t", "j", "\x1b", "/portal", "\x1b", "\x1bOQ",
        ):  # fmt: skip
            terminal.write(keys)
            pieces = terminal.until_quiet(0.4)
            terminal.feed(pieces)
            sent += b"".join(piece for _, piece in pieces)
        lines = terminal.screen.buffer
        cursor = [y for y in range(size[1]) if any(lines[y][x].reverse for x in range(2, size[0] // 3))]
        assert len(cursor) == 1  # told by reverse, since no colour tells it
    assert len(sent) > 20_000
    assert colours_in(sent) == set()
