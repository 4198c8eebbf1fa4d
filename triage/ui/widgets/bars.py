"""A line of pieces: the one at the top, the one of keys at the bottom, the heading of the list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class LineWidget(Widget):
    """One line made of pieces; some of them do something when they are clicked."""

    DEFAULT_CSS = "LineWidget { height: 1; background: $panel; }"

    class Pressed(Message):
        """A piece was clicked."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pieces: list[tuple[str, Style, str]] = []

    def set_pieces(self, pieces: Sequence[tuple[str, Style, str]]) -> None:
        """(text, style, command id or nothing), painted when they changed."""
        if list(pieces) != self._pieces:
            self._pieces = list(pieces)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        strip = Strip([Segment(text, style) for text, style, _ in self._pieces if text])
        return strip.adjust_cell_length(self.size.width, Style.null()).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Tell which piece was clicked."""
        at = 0
        for text, _, command in self._pieces:
            at += cell_len(text)
            if event.x < at:
                if command:
                    self.post_message(self.Pressed(command))
                return
