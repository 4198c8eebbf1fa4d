"""A short list of choices that paints its own lines: nothing in it is ever read as markup."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from triage.ui import words
from triage.ui.ink import Ink
from triage.ui.questions import Option


class OptionLines(ScrollView, can_focus=False, inherit_bindings=False):
    """The choices with a cursor; the dialogue moves it and hears of clicks."""

    DEFAULT_CSS = "OptionLines { overflow-x: hidden; overflow-y: auto; height: auto; scrollbar-size-vertical: 1; }"

    class Taken(Message):
        """A choice was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, options: Sequence[Option], ink: Ink, *, fill: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = list(options)
        self.ink = ink
        self.cursor = 0
        self._fill = fill

    def on_mount(self) -> None:
        """Take the height that the choices need, or all that there is."""
        if not self._fill:
            self.styles.height = max(len(self.options), 1)
            self.styles.max_height = 18
        self.virtual_size = Size(self.size.width, len(self.options))

    def set_options(self, options: Sequence[Option]) -> None:
        """Show other choices, the cursor on the first."""
        self.options = list(options)
        self.cursor = 0
        self.virtual_size = Size(self.size.width, len(self.options))
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    @property
    def chosen(self) -> Option | None:
        """The choice under the cursor."""
        return self.options[self.cursor] if self.options else None

    def move(self, steps: int) -> None:
        """Go up or down."""
        self.cursor = max(min(self.cursor + steps, len(self.options) - 1), 0)
        height = max(self.size.height, 1)
        top = self.scroll_offset.y
        if self.cursor < top or self.cursor >= top + height:
            to = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One choice."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self.options):
            return Strip.blank(width, self.rich_style)
        option, here = self.options[place], place == self.cursor
        label, note = words.line(option.label), words.line(option.note)
        keys = max((len(entry.key) for entry in self.options), default=0)
        room = width - keys - 4
        size = min(max((cell_len(words.line(entry.label)) for entry in self.options), default=0), room)
        pieces = [
            Segment("▌ " if here else "  ", self.ink.accent),
            Segment(option.key.ljust(keys) + ("  " if keys else ""), self.ink.accent),
            Segment(words.fit(label, size), self.ink.strong if here else self.ink.text),
            Segment("  " + words.fit(note, max(room - size - 2, 0)), self.ink.dim),
        ]
        strip = Strip(pieces).adjust_cell_length(width, Style.null())
        return strip.apply_style(self.rich_style + self.ink.cursor if here else self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """A click takes a choice."""
        place = event.y + self.scroll_offset.y
        if place < len(self.options):
            self.post_message(self.Taken(place))
