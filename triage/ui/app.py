"""The terminal application. `run` opens it; everything heavy is imported after the first paint."""

from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from triage.ui import commands
from triage.ui import state as remembered
from triage.ui.lanes import ACT, LOOK, Lanes
from triage.ui.session import Session
from triage.ui.state import State
from triage.ui.themes import NAMES, ink, themes

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.ui.start import First


class TriageApp(App[int]):
    """Three modes at one desk."""

    TITLE = "triage"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    Toast { background: $panel; max-width: 80%; padding: 0 1; }
    Toast.-information { border-left: outer $accent; }
    * { scrollbar-color: $border; }
    """

    def __init__(self, session: Session, state_path: Path | None = None) -> None:
        super().__init__()
        self.session = session
        self.state_path = state_path
        for theme in themes():
            self.register_theme(theme)
        name = session.state.theme or "dark"
        self.theme = f"triage-{name if name in NAMES else 'dark'}"
        session.ink = ink(self.theme)
        self.set_keymap(dict(session.keys.changed))
        for mode in commands.MODES:
            self.add_mode(mode, self._factory(mode))

    def _factory(self, mode: str) -> Callable[[], Screen[Any]]:
        def make() -> Screen[Any]:
            # A mode is imported when it is first opened: the desk must not wait for the others.
            if mode == commands.BOARD:
                from triage.ui.screens.board import BoardScreen

                return BoardScreen(self.session)
            if mode == commands.CATALOG:
                from triage.ui.screens.catalog import CatalogScreen

                return CatalogScreen(self.session)
            from triage.ui.screens.desk import DeskScreen

            return DeskScreen(self.session)

        return make

    def on_mount(self) -> None:
        """Open the mode that was used last."""
        mode = self.session.state.mode
        self.switch_mode(mode if mode in commands.MODES else commands.DESK)
        self.set_timer(0.25, self._settled)

    def _settled(self) -> None:
        """After the first paint: clean memory again, warm what the first act will need."""
        gc.enable()
        desk = self.session.desk

        def warm() -> None:
            from triage.desk import acts, show  # noqa: F401 the import is the point

            _ = desk.index, desk.policy

        self.session.lanes.submit(ACT, warm)

    def watch_theme(self, _name: str) -> None:
        """Give every mode the ink of the theme."""
        from triage.ui.screens.base import ModeScreen

        self.session.ink = ink(self.theme)
        for stack in self._screen_stacks.values():
            for screen in stack:
                if isinstance(screen, ModeScreen) and screen.is_mounted:
                    screen.themed()

    def get_system_commands(self, screen: Screen[Any]) -> Any:
        """Textual's own commands are not for a desk; ours are in the palette."""
        yield from ()

    async def on_unmount(self) -> None:
        """Remember what was open."""
        if self.state_path is not None:
            remembered.save(self.state_path, self.session.state)


def _palette() -> type[Any]:
    from triage.ui.palette import TriageCommands

    return TriageCommands


TriageApp.COMMANDS = {_palette}


def open_session(desk: Desk, state: State, configured: dict[str, Any] | None = None) -> Session:
    """A session whose first page is being read in its own thread from now on."""
    configured = configured or {}
    lanes = Lanes()
    keys = commands.keymap(configured.get("keys") if isinstance(configured.get("keys"), dict) else None)
    if state.theme is None:
        theme = configured.get("theme")
        state.theme = theme if theme in NAMES else None
    session = Session(desk, lanes, state, keys)
    session.notices.extend(keys.problems)

    def first() -> First:
        from triage.ui.start import read_first

        return read_first(desk, state)

    future: Future[First] = lanes.submit(LOOK, first)
    session.first = future
    return session


def run(path: Path, *, user: str | None = None, read_only: bool = False) -> int:
    """Open the application on a database; the exit code. A database that cannot be opened is a StoreError."""
    from triage.config import raw_settings
    from triage.desk.office import Desk

    gc.disable()  # collecting while everything is being made costs a quarter of the start
    desk = Desk(path, user=user, read_only=read_only)
    try:
        state_path = remembered.state_file(path)
        session = open_session(desk, remembered.load(state_path), raw_settings())
        try:
            app = TriageApp(session, state_path)
            result = app.run()
            return result if isinstance(result, int) else app.return_code or 0
        finally:
            session.lanes.close()
    finally:
        gc.enable()
        desk.close()
