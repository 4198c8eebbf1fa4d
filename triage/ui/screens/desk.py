"""The desk: the impact queue, and beside it the ticket. Look, one key, next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from triage.desk.queue import QueueRow
from triage.errors import TriageError
from triage.ui import commands
from triage.ui.lanes import LOOK
from triage.ui.room import NARROW
from triage.ui.screens.desk_moves import DeskMoves
from triage.ui.start import First
from triage.ui.widgets.bars import LineWidget
from triage.ui.widgets.filter_line import FilterLine
from triage.ui.widgets.queue_list import QueueList
from triage.ui.widgets.ticket_pane import TicketPane
from triage.ui.widgets.under import covered

if TYPE_CHECKING:
    from triage.desk.acts import Outcome


PAINTED_BY = 0.03
"""Seconds after an act until its tickets are looked at for what it changed beside: what was done is painted first."""


class DeskScreen(DeskMoves):
    """Queue and ticket. At less than 100 columns they are two pages."""

    PLACE = commands.DESK
    CSS_PATH: ClassVar[str] = "desk.tcss"
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings(commands.DESK)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def body(self) -> ComposeResult:
        """The filter line, the list and the pane."""
        # Known before the first layout: what came after it would have everything styled and laid out a second time.
        width = self.app.size.width
        self.set_class(width < NARROW, "-narrow").set_class(width >= NARROW, "-wide")
        with covered(Horizontal(id="line")):
            yield Static(" / ", id="slash", markup=False)
            yield FilterLine(self._completions, id="filter")
            yield Static("", id="status", markup=False)
        with covered(Horizontal(id="desk")):
            with covered(Vertical(id="queue")):
                yield LineWidget(id="heading")
                yield QueueList(self.look, id="list")
                yield Static("", id="empty", markup=False)
            yield TicketPane(self.session.ink, id="ticket")

    def on_mount(self) -> None:
        """Show the first page, which was read before Textual was."""
        line = self.query_one(FilterLine)
        with line.prevent(Input.Changed):
            line.value = self.session.state.filter
        # Textual tells the list a moment later that it has the keys: after a first paint that shows a cursor without.
        self.lines.set_reactive(QueueList.has_focus, True)
        self.lines.focus()
        first = self.session.first
        if first is None:
            self._start_over()
        elif first.done():
            self._begin(first)
        else:
            self.say_status()
            self.query_one("#empty", Static).update("reading the queue …")
            self.query_one("#queue").set_class(True, "-empty")
            self.work("first", LOOK, first.result, self._first)

    def _begin(self, first: object) -> None:
        try:
            self._first(first.result())  # type: ignore[attr-defined]
        except TriageError as error:
            self.session.first = None
            self.failed("page", error)

    def _first(self, first: First) -> None:
        session = self.session
        session.first = None
        session.names, session.header, session.seen = first.names, first.header, first.seen
        session.swarms = first.swarms
        self._chosen, self._seen_act = first.selection, first.act
        self._renew_look()
        self.paint_bars()
        self._page_read(first.rows)
        if not first.rows:
            self._go_behind()  # no line will be painted
        for notice in session.notices:
            self.say(notice, "warning")
        session.notices.clear()

    def look_again(self) -> None:
        """Back from another mode, perhaps with a filter for this one."""
        if self._painted or self.session.first is not None or not self.lines.ids:
            super().look_again()  # else the first page is just being painted: what looks for changes waits for it
        wanted = self.session.wanted_filter
        if wanted is not None:
            self.session.wanted_filter = None
            self.session.state.view = "open"
            self.set_filter(wanted)
            self.lines.focus()

    def on_descendant_focus(self) -> None:
        """The heading becomes the completions while a filter is typed, and the heading again after."""
        if self.query_one(FilterLine).has_focus:
            self.query_one("#status", Static).refresh(layout=True)  # it may have kept more room than it needs
        self.call_after_refresh(self._paint_heading)

    def on_resize(self, event: events.Resize) -> None:
        """The heading follows the width."""
        self.call_after_refresh(self._paint_heading)

    @on(QueueList.Fitted)
    def _fitted(self, message: QueueList.Fitted) -> None:
        """The list may come to its width after the screen did: where its scrollbar's own style came late."""
        message.stop()
        self._paint_heading()

    def acted(self, outcome: Outcome, rows: Sequence[QueueRow], targets: Sequence[int]) -> None:
        """Show what an act did; the list follows."""
        if self.lines.marks and set(targets) == self.lines.marks:
            self.session.last_marks = frozenset(self.lines.marks)
            self.lines.set_marks(())
        self.lines.update_rows(rows)
        one = f"{outcome.tickets[0]}: " if len(outcome.tickets) == 1 else ""
        self.say_status(f"{one}{outcome.message}")
        if not targets and outcome.tickets:
            # Undo goes to what it took back, and stays where one is where that is part of it.
            here = self.lines.ticket
            self._read_ids_soon(keep=here if here in outcome.tickets else outcome.tickets[0])
        else:
            self._read_ids_soon()
        if self.lines.ticket in outcome.tickets:
            self._read_ticket()
        self.set_timer(PAINTED_BY, self._poll)  # what it brings is painted after what was done

    def action_confirm(self) -> None:
        """In a narrow list enter turns to the ticket; on the ticket, and beside it, it confirms."""
        if self.is_narrow and not self.on_ticket_page and not self.lines.marks:
            self.action_page()
            return
        super().action_confirm()
