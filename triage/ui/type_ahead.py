"""Keys in the order in which they were typed, however fast they come.

Textual posts a key to the widget that has the focus when it arrives; what the key before it will do (open a
dialogue, leave a line) has not happened yet, and the key is lost or, worse, means something else. Here a key is
carried out before the next is looked at, and keys wait while the screen is on its way to where they belong.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.command import CommandPalette
from textual.driver import Driver
from textual.events import Event, Key, MouseDown, MouseScrollDown, MouseScrollUp
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.screen import Screen

LONGEST = 1.0
"""Seconds after which keys go on to whatever is there: a desk that hangs must still be left with q."""
AGAIN = 0.005
MOST = 1000
"""Keys that are kept: who leans on the keyboard in front of a desk that hangs shall not fill the memory."""


_IN_A_LINE = {"alt+f": "ctrl+right", "alt+b": "ctrl+left", "alt+backspace": "ctrl+w"}
"""What terminals send, as escape and the key, for option and an arrow, or for alt as shells have it: in a line it goes
by words and takes one away. Everywhere else it is escape and the key, as for all other letters: the desk has no alt."""
_BY_WORDS = {"\x1bf": Key("alt+f", "f"), "\x1bb": Key("alt+b", "b"), "\x1b\x7f": Key("alt+backspace", "\x7f")}
_NO_LETTERS = frozenset("0123456789-=§\t")
"""What Textual takes with the escape for the sign that a Mac writes with option, or for shift and tab."""


class Keyboard(XTermParser):
    """Reads what the terminal sends; escape and a sign or enter right behind it are both of them keys.

    Textual's own takes the escape for an alt and forgets it unless a letter or a digit follows (`_parted` has those).
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        if sequence in _BY_WORDS:
            yield _BY_WORDS[sequence].copy()
            return
        if len(sequence) == 2 and sequence[0] == "\x1b" and sequence[1] in _NO_LETTERS:
            yield Key("escape", "\x1b")
            yield from super()._sequence_to_key_events(sequence[1])
            return
        if alt and not sequence.isalnum():
            yield Key("escape", "\x1b")
        yield from super()._sequence_to_key_events(sequence, alt)


class TypeAhead(App[int]):
    """An application whose keys wait for their turn.

    A screen says with `takes_keys` that it is ready, and may carry out a key in `key` before its bindings.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed_ahead: deque[Key] = deque()
        self._waited_since = 0.0
        self.pressed_at = 0.0
        """When a key was pressed last, as time.monotonic has it."""

    def get_driver_class(self) -> type[Driver]:
        """The driver of this platform, with a keyboard that loses no escape."""
        driver = super().get_driver_class()
        module: Any = sys.modules[driver.__module__]
        if hasattr(module, "XTermParser"):
            module.XTermParser = Keyboard
        return driver

    def is_bound(self, key: str) -> bool:
        """Whether somebody gave a command this key."""
        return False

    def pressed(self) -> None:
        """The person did something."""
        self.pressed_at = time.monotonic()

    async def on_event(self, event: Event) -> None:
        """A key takes its turn; all else goes on as it came."""
        if isinstance(event, Key | MouseDown | MouseScrollDown | MouseScrollUp):
            self.pressed()
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        await self._take(event)

    def _meant(self, event: Key) -> tuple[Key, ...]:
        """The keys that this one is where it is carried out now."""
        if self.is_bound(event.key):
            return (event,)
        if event.key in _IN_A_LINE and isinstance(self.focused, Input):
            return (Key(_IN_A_LINE[event.key], None),)
        return _parted(event)

    async def _take(self, event: Key) -> None:
        if not self._screen_stack:
            return  # what is typed while the application leaves is for nobody
        elif self.typed_ahead or not _is_ready(self.screen):
            if not self.typed_ahead:
                self._waited_since = time.monotonic()
                self.set_timer(AGAIN, self._go_on)
            if len(self.typed_ahead) < MOST:
                self.typed_ahead.append(event)
        else:
            first, *others = self._meant(event)
            await self._carry_out(first)
            for key in others:
                await self._take(key)

    async def _go_on(self) -> None:
        """Carry out the keys that waited, as far as the screen is ready for them."""
        while self.typed_ahead and self._screen_stack:
            if not _is_ready(self.screen) and time.monotonic() - self._waited_since < LONGEST:
                self.set_timer(AGAIN, self._go_on)
                return
            first, *others = self._meant(self.typed_ahead.popleft())
            self.typed_ahead.extendleft(reversed(others))
            await self._carry_out(first)
            self._waited_since = time.monotonic()

    async def _carry_out(self, event: Key) -> None:
        """What the key does, now; what nothing here knows is Textual's."""
        screen: Any = self.screen
        if hasattr(screen, "takes_keys"):
            if not self.app_focus:
                self.app_focus = True
            if await self._check_bindings(event.key, priority=True) or screen.key(event):
                return
            line = self.focused
            if isinstance(line, Input) and event.is_printable and event.character is not None:
                line.replace(event.character, *line.selection)
                return
            if await self._check_bindings(event.key):
                return
        await super().on_event(event)


def _parted(event: Key) -> tuple[Key, ...]:
    """Escape and a letter come as alt and the letter when the one follows the other fast: the bytes are the same."""
    letter = event.character
    if not event.key.startswith("alt+") or letter is None or len(letter) != 1:
        return (event,)
    if letter == "\x7f":
        return Key("escape", "\x1b"), Key("backspace", letter)
    return (Key("escape", "\x1b"), Key(letter, letter)) if letter.isalnum() else (event,)


def _is_ready(screen: Screen[Any]) -> bool:
    if isinstance(screen, CommandPalette):
        return screen.focused is not None
    return bool(getattr(screen, "takes_keys", True))
