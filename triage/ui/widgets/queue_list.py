"""The queue on the screen: a window on any number of tickets, painted line by line.

It holds ids in order (an array of four bytes each) and a small cache of rows by id. The cursor and the
marks belong to tickets and not to lines: a refresh may move everything, and they stay where they were.
It reads nothing itself: it posts `RowsWanted`, and the screen hands it what was read.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from triage.desk.queue import QueueRow
from triage.ui.widgets.columns import Column, Look, layout, line, waiting
from triage.ui.widgets.under import OneStyleUnder, strip_of

CACHE = 1000
AHEAD = 30
NEAR, STRIDE = 500, 20_000
"""Lines around the one where a ticket was that are looked at first; lines that are looked at in one go: half a
millisecond, in which no other thread goes on."""
STRIPS = 150
"""Painted lines that are kept: a few kilobytes each, and only those in view are painted again."""


def place_of(ids: array[int], ticket: int, near: int) -> int | None:
    """Where a ticket stands, None where it does not. Looked for around `near` first: a million lines take 25 ms."""
    begin = max(near - NEAR, 0)
    for start, stop in ((begin, near + NEAR), *((at, at + STRIDE) for at in range(0, len(ids), STRIDE))):
        try:
            return ids.index(ticket, start, stop)
        except ValueError:
            continue
    return None


class QueueList(OneStyleUnder, can_focus=True, inherit_bindings=False):
    """The list of tickets. State of what it shows: `ids`, `cursor` (a place), `marks` (ids)."""

    DEFAULT_CSS = """
    QueueList { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; background: $background; }
    """

    class Moved(Message):
        """The cursor stands on another ticket (None: there is none)."""

        def __init__(self, ticket: int | None) -> None:
            super().__init__()
            self.ticket = ticket

    class RowsWanted(Message):
        """Lines are in view whose rows are not known."""

        def __init__(self, ids: list[int]) -> None:
            super().__init__()
            self.ids = ids

    class Painted(Message):
        """The first line of a ticket is on the screen. Comes once: what can wait for the first paint waits for this."""

    class Fitted(Message):
        """The columns were chosen anew for another width."""

    class Opened(Message):
        """A ticket was clicked twice."""

    class Marked(Message):
        """The marks changed."""

    def __init__(self, look: Look, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = look
        self.ids: array[int] = array("I")
        self.cursor = 0
        self.marks: set[int] = set()
        self.whole = False
        self._rows: OrderedDict[int, QueueRow] = OrderedDict()
        self._asked: set[int] = set()
        self._columns: list[Column] = layout(80)
        self._fitted = 80
        self._painted = False
        self._strips: dict[int, tuple[tuple[object, ...], Strip]] = {}

    # What it is told -------------------------------------------------------------------------------

    def show_page(self, rows: Sequence[QueueRow], *, keep: int | None = None) -> None:
        """The first page of a selection; the rest of the ids follow. `keep`: the ticket to stand on."""
        self._rows.clear()
        self._remember(rows)
        self.ids = array("I", (row.id for row in rows))
        self.whole = False
        self.cursor = self._place(keep) or 0
        self._resized()
        self.scroll_top_to(0)
        self._tell()

    def show_ids(self, ids: array[int], rows: Sequence[QueueRow] = (), *, at: int | None = None) -> None:
        """All ids of the selection, in order; the cursor and the scroll stay with their ticket.

        `rows` are fresh ones and every other cached row is forgotten; without them the cache stands.
        `at` is the place of the cursor's ticket where that is known already.
        """
        ticket = self.ticket
        above = self.cursor - self.scroll_offset.y
        before = self.ticket
        if rows:
            self._rows.clear()
            self._remember(rows)
        self._asked.clear()
        self.ids = ids
        self.whole = True
        place = at if at is not None else self._place(ticket)
        self.cursor = max(min(self.cursor if place is None else place, len(ids) - 1), 0)
        self._resized()
        self.scroll_top_to(self.cursor - max(min(above, self.window - 1), 0))
        self.refresh()
        if self.ticket != before:
            self._tell()

    def update_rows(self, rows: Iterable[QueueRow]) -> None:
        """Rows that were read anew, or for the first time; only their lines are painted again."""
        rows = list(rows)
        self._remember(rows)
        changed = {row.id for row in rows}
        self._asked -= changed
        top = self.scroll_offset.y
        for y in range(top, min(top + self.window, len(self.ids))):
            if self.ids[y] in changed:
                self.refresh_line(y)
        self._look_ahead()

    # What it is asked ------------------------------------------------------------------------------

    @property
    def ticket(self) -> int | None:
        """The ticket under the cursor."""
        return self.ids[self.cursor] if 0 <= self.cursor < len(self.ids) else None

    @property
    def window(self) -> int:
        """How many lines are in view."""
        return max(self.scrollable_content_region.height or self.size.height, 1)

    def row(self, ticket: int | None) -> QueueRow | None:
        """The row of a ticket where it is known."""
        return self._rows.get(ticket) if ticket is not None else None

    def in_view(self, spare: int = AHEAD) -> list[int]:
        """The ids in view and `spare` more on both sides."""
        top = self.scroll_offset.y
        return list(self.ids[max(top - spare, 0) : top + self.window + spare])

    def targets(self) -> list[int]:
        """The tickets that an act works on: those that are marked, else the one under the cursor."""
        if self.marks:
            return sorted(self.marks)
        return [self.ticket] if self.ticket is not None else []

    # Moving and marking ----------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        """Go up or down by lines."""
        self.go_to(self.cursor + steps)

    def go_to(self, place: int) -> None:
        """Stand on a line, as near as there is one; two lines are painted and no more."""
        place = max(min(place, len(self.ids) - 1), 0)
        if place == self.cursor:
            return
        before, self.cursor = self.cursor, place
        self.refresh_line(before)
        self.refresh_line(place)
        self._into_view()
        self._tell()

    def go_to_ticket(self, ticket: int) -> bool:
        """Stand on a ticket; False where it is not in the list."""
        place = self._place(ticket)
        if place is None:
            return False
        self.go_to(place)
        return True

    def toggle_mark(self, ticket: int | None = None) -> None:
        """Mark a ticket, or take its mark away; the one under the cursor where none is named."""
        ticket = self.ticket if ticket is None else ticket
        if ticket is None:
            return
        self.marks ^= {ticket}
        place = self._place(ticket)
        if place is not None:
            self.refresh_line(place)
        self.post_message(self.Marked())

    def set_marks(self, marks: Iterable[int]) -> None:
        """Mark these tickets and no others."""
        marks = set(marks)
        if marks != self.marks:
            self.marks = marks
            self.refresh()
            self.post_message(self.Marked())

    # How it paints ---------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The line `y` of the window."""
        place, base = y + self.scroll_offset.y, self.under
        width = self.scrollable_content_region.width
        if width != self._fitted:  # a scrollbar of another width tells of no resize
            self._fit()
        if place >= len(self.ids):
            return Strip.blank(width, base)
        ident, look = self.ids[place], self.look
        at_cursor = place == self.cursor
        if at_cursor:
            # The colour of the line lies under the text: a piece that has one of its own keeps it.
            base += look.ink.cursor if self.has_focus else look.ink.cursor_away
        row = self._rows.get(ident)
        if row is None:
            self._want()
            return strip_of(waiting(self._columns, look, at_cursor), width, base)
        if not self._painted:
            self._painted = True
            self.post_message(self.Painted())
        made_of = (
            row, width, base, at_cursor, ident in self.marks,
            look.now, look.soon, look.user, look.ink, look.names, look.swarms,
        )  # fmt: skip
        kept = self._strips.get(ident)
        if kept is not None and kept[0] == made_of:
            return kept[1]
        look.marked = self.marks
        strip = strip_of(line(row, self._columns, look, at_cursor), width, base)
        if len(self._strips) >= STRIPS:
            self._strips.clear()
        self._strips[ident] = made_of, strip
        return strip

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Paint the window anew where it moved, and then have the pages beside it read."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.call_after_refresh(self._look_ahead)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor's line tells whether keys go to it."""
        super().watch_has_focus(_has_focus)
        self.refresh_line(self.cursor)

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns anew and keep the cursor in view."""
        self._fit()
        self._resized()
        self._into_view()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click stands on a ticket, one on the mark's column marks it, a second opens it."""
        place = event.y + self.scroll_offset.y
        if place >= len(self.ids):
            return
        self.go_to(place)
        if event.x < 2:
            self.toggle_mark()
        elif event.chain == 2:
            self.post_message(self.Opened())

    @property
    def columns(self) -> list[Column]:
        """The columns that fit now."""
        return self._columns

    def scroll_top_to(self, top: int) -> None:
        """Scroll so that the line `top` is the first, at once."""
        top = max(min(top, len(self.ids) - self.window), 0)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self._into_view()

    def _into_view(self) -> None:
        if not self.size.height:  # not laid out yet: one line, and what matters most would be above it
            return
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True, immediate=True)
        elif self.cursor >= top + self.window:
            self.scroll_to(y=self.cursor - self.window + 1, animate=False, force=True, immediate=True)

    def _fit(self) -> None:
        """Choose the columns for the width that there is now; who stands above the list is told of others."""
        self._fitted = self.scrollable_content_region.width
        columns = layout(self._fitted)
        if columns != self._columns:
            self._columns = columns
            self.post_message(self.Fitted())

    def _resized(self) -> None:
        self.set_length(len(self.ids))
        self.refresh()

    def _remember(self, rows: Iterable[QueueRow]) -> None:
        for row in rows:
            self._rows[row.id] = row
            self._rows.move_to_end(row.id)
        while len(self._rows) > CACHE:
            self._rows.popitem(last=False)

    def _place(self, ticket: int | None) -> int | None:
        if ticket is None:
            return None
        if 0 <= self.cursor < len(self.ids) and self.ids[self.cursor] == ticket:
            return self.cursor
        return place_of(self.ids, ticket, self.cursor)

    def _look_ahead(self) -> None:
        """Ask for the page before and the one after where one of them is not known: the next key may lead there."""
        view, near = self.in_view(0), self.in_view(self.window)
        if not view or any(ident not in self._rows for ident in (view[0], view[-1])):
            return  # what is in view comes first
        if any(ident not in self._rows and ident not in self._asked for ident in (near[0], near[-1])):
            self._want(2 * self.window)

    def _want(self, spare: int = AHEAD) -> None:
        wanted = [ident for ident in self.in_view(spare) if ident not in self._rows and ident not in self._asked]
        if wanted:
            self._asked.update(wanted)
            self.post_message(self.RowsWanted(wanted))

    def _tell(self) -> None:
        self.post_message(self.Moved(self.ticket))
