"""The ticket beside the list: a page of lines, painted by itself so that nothing is laid out anew."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from triage.ui.themes import Ink
from triage.ui.ticket_lines import Line, Page


class TicketPane(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `Page`, or one sentence where there is none: loading, nothing chosen, failed."""

    DEFAULT_CSS = """
    TicketPane { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; background: $background; }
    """

    class Resized(Message):
        """The page must be laid out for another width."""

    class Picked(Message):
        """A numbered candidate was clicked."""

        def __init__(self, number: str) -> None:
            super().__init__()
            self.number = number

    def __init__(self, ink: Ink, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ink = ink
        self.page: Page | None = None
        self._lines: list[Line] = []
        self._saying = ""

    @property
    def text_width(self) -> int:
        """The cells that a line may have: all but a margin of one on both sides."""
        return max(self.scrollable_content_region.width - 2, 20)

    def show(self, page: Page, *, same: bool = False) -> None:
        """Show a ticket; `same` keeps the scroll, as for the ticket that was shown before."""
        self.page, self._lines, self._saying = page, page.lines, ""
        self._fill(keep=same)

    def say(self, sentence: str, role: str = "faint") -> None:
        """Show a sentence in the place of a ticket."""
        if self.page is None and self._saying == sentence:
            return
        self.page, self._saying = None, sentence
        self._lines = [[], [(sentence, role)]]
        self._fill()

    def scroll_lines(self, lines: int) -> None:
        """Scroll up or down by lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)

    def _fill(self, keep: bool = False) -> None:
        top = self.scroll_offset.y
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.scroll_to(y=top if keep else 0, animate=False, force=True, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line `y` of the window."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        segments = [Segment(" ", Style.null())]
        segments += [Segment(text, self.ink.role(role)) for text, role in self._lines[place] if text]
        return Strip(segments).adjust_cell_length(width, Style.null())

    def on_resize(self, _event: events.Resize) -> None:
        """Ask for a page of the new width."""
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """A click on a numbered candidate takes it."""
        if self.page and (number := self.page.spots.get(event.y + self.scroll_offset.y)):
            self.post_message(self.Picked(number))
