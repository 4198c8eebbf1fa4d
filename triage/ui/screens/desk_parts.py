"""What the desk is made of, and the two lines around the list: its heading and its count."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.timer import Timer
from textual.widgets import Static

from triage.desk.filters import completions
from triage.desk.queue import Memory, Selection
from triage.ui import bar_pieces, words
from triage.ui.commands import BY_ID, Command
from triage.ui.room import NARROW
from triage.ui.screens.desk_acts import DeskActs
from triage.ui.session import Session
from triage.ui.widgets import columns
from triage.ui.widgets.bars import LineWidget
from triage.ui.widgets.columns import Look
from triage.ui.widgets.filter_line import FilterLine
from triage.ui.widgets.queue_list import QueueList
from triage.ui.widgets.ticket_pane import TicketPane

if TYPE_CHECKING:
    from triage.desk.show import Detail
    from triage.desk.similar import Settled
    from triage.desk.views import OwnView
    from triage.ui.ticket_find import Match
    from triage.ui.ticket_lines import Page

SCROLLBAR = 1  # the width of the list's, as its style has it
SAID_FOR = 6.0


class DeskParts(DeskActs, part=True):
    """The widgets of the desk and what is known of them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.look = Look(session.names, session.seconds(), session.ink, session.swarms, user=session.desk.user)
        self._detail: Detail | None = None
        self._pending: tuple[int, str] | None = None
        # The ticket that the next key leads to, its page, and what that was laid out for.
        self._ready: dict[int, tuple[Detail, Page, tuple[object, ...]]] = {}
        self._ahead_timer: Timer | None = None
        self._ticket_timer: Timer | None = None
        self._forgotten = self._place = 0
        self._keys_painted: tuple[str, ...] = ()
        self._way = 1
        self._filter_before, self._filter_changed = session.state.filter, False
        self._stood: int | None = None
        self._half_typed = False
        self._status = ""
        self._searched = Memory()
        self._chosen: Selection | None = None
        self._said: tuple[float, str] | None = None
        self._total: int | None = None
        self._loaded = False
        self._painted = False
        self._problems: Sequence[str] = ()
        self._keep: int | None = None
        self._ids_timer: Timer | None = None
        self._unfolded: set[int] = set()
        self._wanted_ticket = session.state.ticket
        self._seen_act: int | None = None
        self._resume: tuple[int, int] | None = None
        self._find = ""
        self._matches: Sequence[Match] = ()
        self._match = 0
        self._similar: tuple[int, tuple[Settled, ...]] = (0, ())
        self.own_views: Sequence[OwnView] = ()

    @property
    def lines(self) -> QueueList:
        """The list."""
        return self.query_one(QueueList)

    @property
    def pane(self) -> TicketPane:
        """The pane of the ticket."""
        return self.query_one(TicketPane)

    @property
    def is_narrow(self) -> bool:
        """Whether list and ticket are two pages."""
        return self.size.width < NARROW

    @property
    def on_ticket_page(self) -> bool:
        """Whether the ticket is the page that is shown, in a narrow terminal."""
        return self.is_narrow and self.has_class("-ticket")

    @property
    def ticket_is_seen(self) -> bool:
        """Whether the ticket is beside the list, or the page that is shown."""
        return not self.is_narrow or self.on_ticket_page

    def targets(self) -> list[int]:
        """The marked tickets, else the one under the cursor."""
        return self.lines.targets()

    @property
    def detail(self) -> Detail | None:
        """The ticket under the cursor, where it was read already."""
        found = self._detail
        return found if found is not None and found.row.id == self.lines.ticket else None

    def subject_of(self, ticket: int) -> str:
        """The title as the list shows it."""
        row = self.lines.row(ticket)
        return row.subject if row is not None else ""

    def seen_act(self, ids: Sequence[int]) -> int | None:
        """What was seen of one ticket is what its pane showed, of marked ones what the list did."""
        found = self.detail
        if found is not None and list(ids) == [found.row.id]:
            return found.seen
        return self._seen_act

    def remember_place(self, ids: Sequence[int]) -> None:
        """A decision may send its ticket far down the list: what stood next when it began is next after it."""
        lines = self.lines
        ticket = lines.ticket
        if list(ids) != [ticket] or (self._resume is not None and self._resume[0] == ticket):
            return
        following = lines.ids[lines.cursor + 1] if lines.cursor + 1 < len(lines.ids) else None
        self._resume = (ticket, following) if ticket is not None and following is not None else None

    def go_on(self) -> None:
        """The next ticket, unless many are decided at once: what stood next when this one was first decided."""
        if self.lines.marks:
            return
        resume, self._resume = self._resume, None
        if resume is None or resume[0] != self.lines.ticket or not self.lines.go_to_ticket(resume[1]):
            self.lines.move(1)

    def own_view(self) -> OwnView | None:
        """The own view that is shown now, where one says just that."""
        state = self.session.state
        now = (state.view, state.filter, state.order)
        return next((view for view in self.own_views if (view.view, view.filter, view.order) == now), None)

    def say_status(self, done: str = "") -> None:
        """What was done last, how many of how many, in which order."""
        status = self.query_one("#status", Static)
        state = self.session.state
        if done:
            self._said = (time.monotonic(), done)
        own = self.own_view()
        shown, whole = len(self.lines.ids), self.lines.whole
        count, order = bar_pieces.found(state, shown, whole, self._total, own.name if own else "")
        parts = [count if self._loaded else "reading …", order]
        fresh = self._said is not None and time.monotonic() - self._said[0] < SAID_FOR
        if fresh and self._said is not None:
            parts = [self._said[1], parts[0]]  # 80 columns have no room for the order as well
        text = self._problems[0] if self._problems else " · ".join(part for part in parts if part)
        status.set_class(bool(self._problems), "-problem")
        status.set_class(fresh and not self._problems, "-done")
        line = words.line(text)
        if line != self._status:  # the same again would have the screen laid out and painted before each page
            self._status = line
            typed = self.query_one(FilterLine)
            # Its text stands at the right: where it has room and nobody needs that to type, nothing is laid out for it.
            has_room = cell_len(line) + status.gutter.width <= status.outer_size.width
            needs_layout = not has_room or self._said is None or typed.has_focus or bool(typed.value)
            status.update(line, layout=needs_layout)
        if done:
            self.set_timer(SAID_FOR + 0.1, self.say_status)

    def _paint_heading(self) -> None:
        ink = self.session.ink
        heading = self.query_one("#heading", LineWidget)
        line = self.query_one(FilterLine)
        self._paint_keys_anew()
        if line.has_focus:
            offers = self._completions(line.value)
            if self._problems and not offers:
                # The line above cuts it short in a narrow terminal: here it has the whole width.
                heading.set_pieces([(f"   {words.line(self._problems[0])}", ink.error, "")])
                return
            offered = "   ".join(words.line(offer.rpartition(" ")[2]) for offer in offers)
            heading.set_pieces([(f"   {offered}", ink.accent, "")])
            return
        # Over an empty list, which may have had no width yet, the columns are those that a list would have here.
        shown = self.lines.columns if self.lines.ids else columns.layout(heading.size.width - SCROLLBAR)
        segments = columns.heading(shown, ink)
        heading.set_pieces([(segment.text, segment.style or ink.faint, "desk.sort") for segment in segments])

    def footer_keys(self) -> list[tuple[str, str, Command]]:
        """Only what does here what it says: a narrow list opens the ticket, an empty one has none."""
        found, shown = super().footer_keys(), self.session.keys.shown
        if not self.is_mounted:
            return found
        help_and_palette = [entry for entry in found if entry[2].rank >= bar_pieces.ALWAYS]
        if self.query_one(FilterLine).has_focus:
            line = BY_ID["desk.filter"]._replace(id="")  # a click on a key of the line itself does nothing
            return [("⏎", "to the list", line), ("tab", "complete", line), ("esc", "take back", line)]
        if self._loaded and not self.lines.ids:
            header = self.session.header
            is_new = self.session.names.version == 0 or (header is not None and not header.tickets)
            first = "desk.begin" if is_new else "desk.views"
            words_of = {first: BY_ID[first].title.lower(), "desk.filter": "filter", "desk.undo": "undo"}
            return [*((shown(name), word, BY_ID[name]) for name, word in words_of.items()), *help_and_palette]
        if self.is_narrow and not self.on_ticket_page and not self.lines.marks:
            return bar_pieces.opening(found)
        return found

    def _paint_keys_anew(self) -> None:
        """Paint the keys where they are others than they were."""
        here = (*(entry[1] for entry in self.footer_keys()), self.before_keys())
        if here != self._keys_painted:
            self._keys_painted = here
            self.paint_keys()

    def before_keys(self) -> str:
        """How many are marked, and how many of them the list does not show."""
        if not self.is_mounted or not self.lines.marks:
            return ""
        marks = self.lines.marks
        shown = len(marks.intersection(self.lines.ids)) if len(self.lines.ids) < 100_000 else len(marks)
        hidden = len(marks) - shown
        return f"● {len(marks)} marked" + (f", {hidden} not shown" if hidden else "")

    def _completions(self, text: str) -> list[str]:
        return completions(text, self.session.names)
