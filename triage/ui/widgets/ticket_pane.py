"""The ticket beside the list: a page of lines, painted by itself so that nothing is laid out anew."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from triage.ui.ink import Ink
from triage.ui.ticket_find import Match, highlight
from triage.ui.ticket_lines import Line, Page, Piece
from triage.ui.ticket_parts import TITLED
from triage.ui.widgets.under import OneStyleUnder, strip_of

KEPT = 300
"""Painted lines that are kept: blank ones, headings and reasons stand in many tickets."""


class TicketPane(OneStyleUnder, can_focus=True, inherit_bindings=False):
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

    class Folded(Message):
        """The title of a part was clicked."""

        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self, ink: Ink, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ink = ink
        self.page: Page | None = None
        self._lines: list[Line] = []
        self._saying = ""
        self._strips: dict[tuple[bool, tuple[Piece, ...]], Strip] = {}
        self._strips_of: tuple[object, ...] = ()
        self.part: str | None = None

    @property
    def text_width(self) -> int:
        """The cells that a line may have: all but a margin of one on both sides."""
        return max(self.scrollable_content_region.width - 2, 20)

    def show(self, page: Page, *, same: bool = False) -> None:
        """Show a ticket; `same` keeps the scroll, as for the ticket that was shown before."""
        before, marked = self._lines, self.part is not None
        self.page, self._lines, self._saying = page, page.lines, ""
        if not same or self.part not in page.parts:
            self.part = None
        self._fill(None if marked else before, keep=same)

    def say(self, sentence: str, role: str = "faint") -> None:
        """Show a sentence in the place of a ticket."""
        if self.page is None and self._saying == sentence:
            return
        self.page, self._saying, self.part = None, sentence, None
        self._lines = [[], [(sentence, role)]]
        self._fill()

    def stand_on(self, part: str) -> None:
        """Stand on a part: it is shown as far up as the page goes, and marked where its title stands."""
        if self.page is not None and part in self.page.parts:
            self.part = part
            self.scroll_to(y=self.page.parts[part], animate=False, force=True, immediate=True)
            self.refresh()

    def mark(self, matches: Sequence[Match], current: int, *, show: bool = True) -> None:
        """Mark what was found; with `show` the current one comes into view."""
        if self.page is None:
            return
        self._lines = highlight(self.page.lines, matches, current)
        if show and current < len(matches):
            line, top, height = matches[current].line, self.scroll_offset.y, max(self.size.height, 1)
            if not top <= line < top + height:
                self.scroll_to(y=max(line - height // 3, 0), animate=False, force=True, immediate=True)
        self.refresh()

    def scroll_lines(self, lines: int) -> None:
        """Scroll up or down by lines."""
        self.part = None
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)
        self.refresh()

    def _fill(self, before: Sequence[Line] | None = None, keep: bool = False) -> None:
        """Take the lines on the screen; where those that stood there `before` are given, only others are painted."""
        top = self.scroll_offset.y
        self.set_length(len(self._lines))
        self.scroll_to(y=top if keep else 0, animate=False, force=True, immediate=True)
        if before is None or self.scroll_offset.y != top:
            self.refresh()
            return
        window = range(top, top + self.size.height)
        changed = [y - top for y in window if self._lines[y : y + 1] != before[y : y + 1]]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """The line `y` of the window."""
        width, under, ink, edge = self.scrollable_content_region.width, self.under, self.ink, self.edge
        place = y + self.scroll_offset.y
        here = self.page is not None and self.part is not None and self.page.parts.get(self.part) == place
        line = tuple(self._lines[place]) if place < len(self._lines) else ()
        if self._strips_of != (width, under, ink, edge) or len(self._strips) >= KEPT:
            self._strips_of = (width, under, ink, edge)
            self._strips.clear()
        strip = self._strips.get((here, line))
        if strip is None:
            margin = Segment("▌", ink.accent) if here else Segment(" ", None)
            words = strip_of([margin, *(Segment(text, ink.role(role)) for text, role in line if text)], width, under)
            strip = Strip([*edge, *words], width + len(edge)) if edge else words
            self._strips[here, line] = strip
        return strip

    def on_resize(self, _event: events.Resize) -> None:
        """Ask for a page of the new width."""
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """A click on a numbered candidate takes it, one on the title of a part folds or opens it."""
        if self.page is None:
            return
        place = event.y + self.scroll_offset.y
        cell = event.x - self.gutter.left
        for start, number in reversed(self.page.spots.get(place, ())):
            if cell >= start:
                self.post_message(self.Picked(number))
                return
        for part, line in self.page.parts.items():
            closed = place < len(self._lines) and self._lines[place][:1] == [("▸ ", "faint")]
            if line == place and (part in TITLED or closed):
                self.post_message(self.Folded(part))
                return
