"""Every screen and state in the three themes at both sizes: the same text, its styles, and colours that can be read.

A picture is text: the lines of the screen once, then for each theme the runs of its styles, a letter each. One
application shows all states of a mode, one after the other, because starting it is the slow part. After a change that
is meant: --snapshot-update, and read the difference.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color, ColorType
from rich.style import Style

from tests.ui.conftest import opened, settled
from tests.ui.states import ELSEWHERE, LOADING, STATES, opened_in, reach
from triage.desk.office import Desk
from triage.ui.application import TriageApp
from triage.ui.ink import NAMES

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
DESK = {
    "list": "", "ticket": "tab", "unfolded": "full_stop", "marked": "space space", "filter": "slash service:",
    "filter-wrong": "slash sevrice:x", "picker": "p sign", "condition": "c", "reach": "e", "correct": "C D",
    "picker-pair": "p e0", "override": "o", "assign": "A", "not-ours": "X", "wait": "w", "snooze": "z", "note": "m", "merge": "M", "swarm": "S", "flag": "F",
    "told": "t", "views": "v", "save-view": "V", "sort": "s", "find": "i sign", "jump": "b", "begin": "B",
    "help": "question_mark", "palette": "ctrl+p", "who": "h",
}  # fmt: skip
BOARD = {
    "board": "", "side": "tab", "windows": "w", "window-new": "w n", "calendar": "w i", "trends": "t", "reports": "R",
    "report-name": "R 1", "improve": "j i", "help": "k question_mark", "palette": "ctrl+p",
}  # fmt: skip
CATALOG = {
    "tree": "", "open": "right j j", "find": "slash sign", "health": "h", "proposals": "p", "versions": "v",
    "version": "v j k enter", "help": "question_mark", "palette": "ctrl+p",
}  # fmt: skip
EMPTY = {"first": "", "begin": "B"}
SWARMS = {"folded": "", "ticket": "tab", "workaround": "W", "swarm": "S", "inside": "S o"}
INCIDENT = {"swarm": "s", "windows": "w"}
MODES = {"desk": DESK, "board": BOARD, "catalog": CATALOG, "empty": EMPTY, "swarms": SWARMS, "incident": INCIDENT}
OPENS = {"empty": "desk", "swarms": "desk", "incident": "board"}
"""The mode of the application that shows a group of states that is not named so."""

# What leads back from a state that is no dialogue; out of a dialogue escape does.
_BACK = {
    "desk-ticket": ("escape",), "desk-unfolded": ("full_stop",), "desk-marked": ("escape",),
    "desk-filter": ("escape", "escape"), "desk-filter-wrong": ("escape", "escape"), "desk-find": ("escape", "escape"),
    "swarms-ticket": ("escape",), "swarms-inside": ("escape",), "incident-swarm": ("tab",), "board-side": ("tab",), "catalog-open": ("g", "left"), "catalog-find": ("escape",),
    "catalog-proposals": ("escape", "h"), "catalog-versions": ("escape", "h"), "catalog-version": ("escape", "escape", "h"),
}  # fmt: skip

Cells = list[tuple[str, Style]]


def cells_of(app: TriageApp) -> list[Cells]:
    """The screen as it is painted: for each line its pieces with their styles."""
    strips = app.screen._compositor.render_strips()[: app.size.height]
    return [[(segment.text, segment.style or Style()) for segment in strip] for strip in strips]


def text_of(screen: list[Cells]) -> str:
    """The screen's lines without the blanks at their ends."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in screen)


def described(text: str, style: Style) -> str:
    """A style without what is not seen: links and data for the mouse, and how blanks would be written."""
    seen = ("underline", "reverse", "strike") + (() if text.isspace() else ("bold", "dim", "italic"))
    parts = [name for name in seen if getattr(style, name)]
    written = style.color if parts or not text.isspace() else None
    for sign, colour in (("", written), ("on ", style.bgcolor)):
        if colour is not None and not colour.is_default:
            parts.append(f"{sign}{colour.name}")
    return " ".join(parts) or "plain"


def runs_of(screen: list[Cells]) -> str:
    """The styles of the screen: each gets a letter where it is first seen, each line is its runs."""
    letters: dict[str, str] = {}
    lines = []
    for line in screen:
        runs = []
        for style, pieces in groupby(line, key=lambda piece: described(*piece)):
            letter = letters.setdefault(style, _letter(len(letters)))
            runs.append(f"{letter}{sum(len(text) for text, _ in pieces)}")
        lines.append(" ".join(runs))
    legend = [f"{letter} = {style}" for style, letter in letters.items()]
    return "\n".join([*legend, *(f"{line} ×{len(list(same))}" for line, same in groupby(lines))])


def pictured(screens: dict[str, list[Cells]]) -> str:
    """A state in the three themes as text. The words of a theme stand there where they are not those of the dark one."""
    dark = text_of(screens["dark"])
    parts = [dark]
    for theme, screen in screens.items():
        words = text_of(screen)
        parts.append(f"── {theme}\n" + (f"{words}\n" if words != dark else "") + runs_of(screen))
    return "\n".join(parts)


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"{_letter(number // 26 - 1)}{_letter(number % 26)}"


def _luminance(colour: Color) -> float:
    parts = [value / 255 for value in colour.get_truecolor()]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    """The contrast of a style's two colours (WCAG 2): 1 where they are the same, 21 for black on white."""
    if style.color is None or style.bgcolor is None or style.color.is_default or style.bgcolor.is_default:
        return 21.0
    low, high = sorted((_luminance(style.color), _luminance(style.bgcolor)))
    return (high + 0.05) / (low + 0.05)


def unreadable(screen: list[Cells], least: float = 3.0) -> list[str]:
    """Words whose contrast is below what WCAG 2 asks of what belongs to the interface (1.4.11)."""
    return [
        f"{contrast(style):.1f}: {text.strip()!r} {described(text, style)}"
        for line in screen
        for text, style in line
        if any(char.isalnum() for char in text) and contrast(style) < least
    ]


def foreign(screen: list[Cells]) -> set[str]:
    """Colours that are not the terminal's own sixteen."""
    colours = (
        colour
        for line in screen
        for text, style in line
        for colour in (style.color if text.strip() else None, style.bgcolor)
    )
    return {c.name for c in colours if c is not None and c.type not in (ColorType.DEFAULT, ColorType.STANDARD)}


async def picture(app: TriageApp, pilot: Any) -> list[Cells]:
    """The screen with nothing on it that moves or goes away by itself."""
    app.clear_notifications()
    for line in app.screen.query("Input"):
        line.cursor_blink = False  # type: ignore[attr-defined]
        line._cursor_visible = True  # type: ignore[attr-defined]
    await settled(app, pilot)
    screen = cells_of(app)
    for _ in range(
        40
    ):  # what a read asks for after the next refresh is not under way yet: until two looks are the same
        await pilot.pause(0.04)
        await settled(app, pilot)
        before, screen = screen, cells_of(app)
        if screen == before:
            break
    return screen


@pytest.fixture
def database_of(database: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """The database that a group of states is shown on."""

    def which(mode: str) -> Path:
        if mode in ("swarms", "incident"):
            request.getfixturevalue("swarming")
        if mode != "empty":
            return database
        path = tmp_path / "empty.db"
        Desk(path, user="ana").close()
        return path

    return which


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
async def test_every_state_in_every_theme(snapshot: Any, database_of: Any, mode: str, size: str) -> None:
    wrong: list[str] = []
    shown: dict[str, dict[str, list[Cells]]] = {name: {} for name in MODES[mode]}
    async with opened(database_of(mode), size=SIZES[size], mode=OPENS.get(mode, mode)) as (app, pilot):
        base = app.screen
        for theme in NAMES:
            app.theme = f"triage-{theme}"
            for name, keys in MODES[mode].items():
                pressed = [part for word in keys.split() for part in ([word] if _is_key(word) else [*word])]
                await pilot.press(*("colon" if key == ":" else key for key in pressed))
                await settled(app, pilot)
                shown[name][theme] = screen = await picture(app, pilot)
                if theme != "ansi" and app.screen is base:  # behind a dialogue the rest is dimmed
                    wrong += [f"{name}, {theme}: {each}" for each in unreadable(screen)]
                if app.screen is base:
                    await pilot.press(*_BACK.get(f"{mode}-{name}", ()))
                for _ in range(3):
                    if app.screen is not base:
                        await pilot.press("escape")
                await settled(app, pilot)
                assert app.screen is base, name
    for name, screens in shown.items():
        before = snapshot(name=f"{mode}-{name}-{size}")
        if pictured(screens) != before:
            changes = before.get_assert_diff() if hasattr(before, "get_assert_diff") else []
            wrong.append("\n".join([f"{name}: it does not look as it did", *changes]))
        wrong += [f"{name}: {colour} is not a colour of the terminal's own" for colour in foreign(screens["ansi"])]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", [*STATES, *ELSEWHERE])
async def test_every_unusual_state_in_every_theme(snapshot: Any, database: Path, state: str, size: str) -> None:
    shown: dict[str, list[Cells]] = {}
    wrong: list[str] = []
    async with opened_in(database, state, size, SIZES) as (app, pilot):
        for theme in NAMES:
            app.theme = f"triage-{theme}"
            await reach(app, pilot, state)
            shown[theme] = cells_of(app) if state.endswith(LOADING) else await picture(app, pilot)
            if theme != "ansi":
                wrong += [f"{theme}: {each}" for each in unreadable(shown[theme])]
    wrong += [f"{colour} is not a colour of the terminal's own" for colour in foreign(shown["ansi"])]
    assert not wrong, "\n".join(wrong)
    assert pictured(shown) == snapshot(name=f"{state}-{size}")


def _is_key(word: str) -> bool:
    """Whether a word of the table is a key by name, not text to type."""
    return len(word) == 1 or word in {"tab", "space", "slash", "full_stop", "question_mark", "ctrl+p", "right", "enter"}


def test_the_checks_find_what_cannot_be_read() -> None:
    pale = Style.parse("#777777 on #888888")
    assert unreadable([[("pale words", pale)]]) and not unreadable([[("━━━", pale)]])
    assert not unreadable([[("clear", Style.parse("#ffffff on #000000"))]])
    assert foreign([[("x", Style.parse("#123456"))]]) == {"#123456"}
    assert foreign([[("x", Style.parse("red on default"))]]) == set()


@pytest.mark.parametrize("theme", [name for name in NAMES if name != "ansi"])
async def test_every_cell_has_a_background_of_the_theme(database: Path, theme: str) -> None:
    """Else the terminal's own shows through: dark words on a dark terminal, where the theme is the light one."""
    bare: list[str] = []
    async with opened(database, size=(120, 40)) as (app, pilot):
        app.theme = f"triage-{theme}"
        for keys in ("", "f2", "question_mark", "escape", "f3", "f4", "f2", "c", "escape", "p", "escape", "ctrl+p"):
            await pilot.press(*filter(None, [keys]))
            await settled(app, pilot)
            bare += [
                f"{keys}: {text!r}"
                for line in cells_of(app)
                for text, style in line
                if style.bgcolor is None or style.bgcolor.is_default
            ]
    assert not bare, bare[:5]
