"""Every screen and state in the three themes at both sizes: the same text, its styles, and colours that can be read.

What is pictured stands in tests/ui/pictures.py. After a change that is meant: --snapshot-update, and read the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.style import Style

from tests.ui.conftest import opened, settled
from tests.ui.pictures import GROUPS, REST, Cells, cells_of, foreign, pictured, pressed, unreadable
from tests.ui.states import ELSEWHERE, LOADING, STATES, opened_in, reach
from triage.desk.office import Desk
from triage.ui.application import TriageApp
from triage.ui.ink import NAMES
from triage.ui.screens.desk import DeskScreen
from triage.ui.screens.desk_reader import LOOKED_AT

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


async def press_all(app: TriageApp, pilot: Any, row: str) -> None:
    """Press a row of keys."""
    for key in pressed(row):
        await (pilot.pause(LOOKED_AT) if key == REST else pilot.press(key))
    await settled(app, pilot)


async def forget_what_was_said(app: TriageApp, pilot: Any, base: Any) -> None:
    """Nothing of a state is said in the next one, and the same may be said again."""
    app.clear_notifications()
    base._said_at.clear()
    if isinstance(base, DeskScreen):
        base._said = None
        base.say_status()
    await settled(app, pilot)


async def picture(app: TriageApp, pilot: Any, *, toasts: bool = False) -> list[Cells]:
    """The screen with nothing on it that moves or goes away by itself."""
    if not toasts:
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


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", GROUPS)
async def test_every_state_in_every_theme(
    snapshot: Any, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: str
) -> None:
    wrong: list[str] = []
    group = GROUPS[name]
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)  # what is offered as a file lies there
    path = tmp_path / "empty.db" if group.on_empty else database
    with Desk(path, user="ana") as desk:
        if group.given is not None:
            group.given(desk, folder)
    shown: dict[str, dict[str, list[Cells]]] = {state: {} for state in group.states}
    screens: dict[str, str] = {}
    async with opened(path, size=SIZES[size], mode=group.mode, view=group.view, toasts=group.toasts) as (app, pilot):
        base: Any = app.screen
        for theme in NAMES:
            app.theme = f"triage-{theme}"
            for state, keys in group.states.items():
                await press_all(app, pilot, keys)
                shown[state][theme] = screen = await picture(app, pilot, toasts=group.toasts)
                screens[state] = type(app.screen).__name__
                if theme != "ansi" and app.screen is base:  # behind a dialogue the rest is dimmed
                    wrong += [f"{state}, {theme}: {each}" for each in unreadable(screen)]
                for _ in range(3):
                    if app.screen is not base:
                        await pilot.press("escape")
                await press_all(app, pilot, group.back.get(state, ""))
                await forget_what_was_said(app, pilot, base)
                assert app.screen is base, state
    for state, themes in shown.items():
        before = snapshot(name=f"{name}-{state}-{size}")
        if pictured(screens[state], themes) != before:
            changes = before.get_assert_diff() if hasattr(before, "get_assert_diff") else []
            wrong.append("\n".join([f"{state}: it does not look as it did", *changes]))
        wrong += [f"{state}: {colour} is not a colour of the terminal's own" for colour in foreign(themes["ansi"])]
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
            screen = type(app.screen).__name__
            shown[theme] = cells_of(app) if state.endswith(LOADING) else await picture(app, pilot)
            if theme != "ansi":
                wrong += [f"{theme}: {each}" for each in unreadable(shown[theme])]
    wrong += [f"{colour} is not a colour of the terminal's own" for colour in foreign(shown["ansi"])]
    assert not wrong, "\n".join(wrong)
    assert pictured(screen, shown) == snapshot(name=f"{state}-{size}")


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
