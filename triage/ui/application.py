"""The application itself: three modes at one desk, its themes, its palette, its last words."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from rich.segment import Segment, Segments
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Event, Paste
from textual.screen import Screen

from triage.ui import commands, words
from triage.ui import state as remembered
from triage.ui.first_frame import ENTER, Handed
from triage.ui.ink import NAMES, ink
from triage.ui.lanes import ACT
from triage.ui.session import Session
from triage.ui.stylesheet import KeptStylesheet
from triage.ui.themes import themes
from triage.ui.type_ahead import TypeAhead

SETTLED, UNPAINTED = 0.25, 3.0
"""Seconds after the first paint until what is needed next is warmed up; the same where no list is painted."""

KEEP_TITLE, TITLE_AS_IT_WAS = "\x1b[22;2t", "\x1b]2;\x07\x1b[23;2t"
"""Xterm's stack of titles. A terminal without one is left with an empty title."""


class TriageApp(TypeAhead):
    """Three modes at one desk."""

    TITLE = "triage"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    Toast { background: $panel; max-width: 80%; padding: 0 1; }
    Toast.-information { border-left: outer $accent; }
    * { scrollbar-color: $border; }
    Input > .input--placeholder, Input > .input--suggestion { color: $grey; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette CommandInput { padding-left: 1; }
    CommandPalette #--input { border: hkey $border; }
    CommandPalette CommandList { border-bottom: hkey $border; }
    """

    def __init__(
        self,
        session: Session,
        state_path: Path | None = None,
        *,
        debug: bool = False,
        alone: bool = False,
        handed: Handed | None = None,
    ) -> None:
        """`alone`: the process is this application's own, and what it has made by the first paint stays to its end.

        `handed`: the first frame is on the screen already.
        """
        mode = session.state.mode
        # Textual makes the screen of its default mode at once, and a switch from there would hold every paint back for
        # 50 ms and cost a screen that nobody sees.
        self.DEFAULT_MODE = mode if mode in commands.MODES else commands.DESK  # type: ignore[misc]
        self._handed = handed  # Textual asks for the driver while it is made
        super().__init__()
        self.session = session
        self.state_path = state_path
        self.debugging = debug
        self._is_alone = alone
        self._terminal_title = ""
        self._is_settled = False
        for theme in themes():
            self.register_theme(theme)
        name = session.state.theme or "dark"
        if self.no_color:  # NO_COLOR is there; an empty one wishes for nothing, and has Textual's greys no more
            from triage.ui.without_colour import WithoutColour

            self.no_color = bool(os.environ.get("NO_COLOR"))
            self._filters = [WithoutColour()] if self.no_color else self._filters[:1]
        self.theme = "triage-plain" if self.no_color else f"triage-{name if name in NAMES else 'dark'}"
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        session.ink = ink(self.theme)
        self.set_keymap(dict(session.keys.changed))
        for mode in commands.MODES:
            self.add_mode(mode, self._factory(mode))

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver; over a first frame it takes the screen as it is, which entering again would clear."""
        driver, handed = super().get_driver_class(), self._handed
        if handed is None:
            return driver

        class TakingOver(driver):  # type: ignore[valid-type, misc]
            def write(self, data: str) -> None:
                if data == ENTER and handed and not handed.over:
                    handed.over = True
                else:
                    super().write(data)

        return TakingOver

    def _end_batch(self) -> None:
        super()._end_batch()
        screen = self._screen_stack[-1] if self._screen_stack else None
        if not self._batch_count and screen is not None:
            getattr(screen, "paint_held_back", lambda: None)()

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
        """Warm up what is needed next, once the mode that was used last is painted."""
        # From the first paint on: what is warmed up must not take the processor from it, however slow the machine is.
        # The desk says when its list is painted; where none will be (another mode, nothing open) this is late enough.
        delay = SETTLED if self.current_mode != commands.DESK else UNPAINTED
        self.screen.call_after_refresh(self.set_timer, delay, self._settled)

    def list_painted(self) -> None:
        """The desk's list has its first lines on the screen."""
        from triage.desk.allocator import give_back_large_blocks

        give_back_large_blocks()  # before the ids are read, which are large
        self.set_timer(SETTLED, self._settled)

    def _settled(self) -> None:
        """After the first paint: clean memory again, warm what the first act will need; once."""
        if self._is_settled:
            return
        self._is_settled = True
        if self._is_alone:
            gc.freeze()  # each later search for garbage passes by what there is
        gc.enable()
        desk = self.session.desk

        def warm() -> None:
            if self.session.helped:
                from triage.desk.helper import Helper

                desk.helper = Helper(desk.path, desk.user, read_only=desk.read_only)
                desk.helper.warm()
            from triage.desk import acts, board, show, undoing  # noqa: F401 the import is the point
            from triage.ui.screens import board as screen  # noqa: F401 the first F3 shall not wait for it
            from triage.ui.screens import dialogues  # noqa: F401

            _ = desk.index, desk.policy, desk.scorer

        self.session.lanes.submit(ACT, warm)
        self._tell_stopped()

    def _tell_stopped(self) -> None:
        """Say which imports a crash cut short, once."""
        from triage.ui.screens.base import ModeScreen

        desk, stack = self.session.desk, self.screen_stack
        screen = stack[0] if stack else None  # who leaves at once leaves nothing to tell it on
        if not isinstance(screen, ModeScreen) or desk.read_only:
            return

        def job() -> list[str]:
            from triage.desk.stopped import stopped_imports

            return stopped_imports(desk)

        def tell(lines: list[str]) -> None:
            for line in lines:
                screen.say(line, "warning")

        screen.work_always("stopped", ACT, job, tell)

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

    def _fatal_error(self) -> None:
        # Textual's own would print a traceback; a person gets one line, and a traceback who asks for it.
        if "debug" in self.features or self.debugging:
            super()._fatal_error()
            return
        error = sys.exc_info()[1] or self._exception
        detail = words.line(str(error))[:300]
        line = f"triage: unexpected {type(error).__name__}: {detail}; add --debug to see where"
        self._exit_renderables.append(Segments([Segment(line)]))
        self._close_messages_no_wait()

    def pressed(self) -> None:
        """What nobody waits for rests a little: the helper computes on the other half of the same core."""
        super().pressed()
        helper = self.session.desk.helper
        if helper is not None:
            helper.pressed()

    async def on_event(self, event: Event) -> None:
        """Clean what is pasted: a line to type in shows it as it comes, sequences for the terminal in it."""
        if isinstance(event, Paste):
            event = Paste(words.block(event.text))
        await super().on_event(event)

    def is_bound(self, key: str) -> bool:
        """Whether the configuration gave this key to a command."""
        return any(key in given.split(",") for given in self.session.keys.changed.values())

    def title_terminal(self, text: str) -> None:
        """Put a text of our own into the terminal's title (OSC 2); what stood there comes back at the end."""
        if text != self._terminal_title and self._driver is not None:
            kept = "" if self._terminal_title else KEEP_TITLE
            self._terminal_title = text
            self._driver.write(f"{kept}\x1b]2;{words.line(text)}\x07")

    async def on_unmount(self) -> None:
        """Remember what was open; let go of the title, which would count P1s that nobody counts any more."""
        if self._terminal_title and self._driver is not None:
            self._driver.write(TITLE_AS_IT_WAS)
        if self.state_path is not None:
            remembered.save(self.state_path, self.session.state)


def _palette() -> type[Any]:
    from triage.ui.palette import TriageCommands

    return TriageCommands


TriageApp.COMMANDS = {_palette}
