"""The pane of the desk: the ticket under the cursor, read and laid out in a lane."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from triage.ui import ticket_lines, ticket_parts
from triage.ui.lanes import READ
from triage.ui.screens.deciding import CONFIRM
from triage.ui.screens.desk_parts import DeskParts
from triage.ui.ticket_lines import Page
from triage.ui.widgets.queue_list import QueueList
from triage.ui.widgets.ticket_pane import TicketPane

if TYPE_CHECKING:
    from triage.desk.show import Detail

AHEAD = 0.05
"""Seconds after which the ticket that the next key leads to is read: the one that is shown is painted first."""

TYPED = 0.05
"""Seconds after a letter of the filter until the ticket under the cursor is read."""


class DeskTicket(DeskParts, part=True):
    """Reads the ticket under the cursor and shows it."""

    @on(QueueList.Moved)
    def _moved(self, message: QueueList.Moved) -> None:
        message.stop()
        if self._resume is not None and self._resume[0] != message.ticket:
            self._resume = None
        place, before = self.lines.cursor, self._place
        self._way, self._place = (-1 if place < before else 1), place
        if message.ticket is None:
            self._detail = None
            self.pane.say("")
            return
        ready = self._ready.pop(message.ticket, None)
        if ready is None and self._is_typed():
            # The next letter brings another ticket: the lines are painted first, and this one when no letter comes.
            if self._ticket_timer is not None:
                self._ticket_timer.stop()
            self._ticket_timer = self.set_timer(TYPED, self._read_ticket)
        elif ready is None:
            self._read_ticket()
        else:
            found, page, made_for = ready
            self._show_ticket(found, page if made_for == self._layout_of(found) else self._lay_out(found))

    def _is_typed(self) -> bool:
        """Whether the filter is just being typed."""
        raise NotImplementedError

    @on(QueueList.Painted)
    def _list_painted(self) -> None:
        self._painted = True
        # Called and not bubbled: the message is sent while the screen paints, and ends at who sends it.
        getattr(self.app, "list_painted", lambda: None)()
        self._read_ticket()
        self._go_behind()

    def _go_behind(self) -> None:
        """Begin what waited for the first paint of the list."""
        raise NotImplementedError

    @on(QueueList.Marked)
    def _marks_changed(self) -> None:
        self.paint_bars()

    @on(TicketPane.Resized)
    def _pane_resized(self) -> None:
        if self._detail is not None:
            self._show_ticket(self._detail, self._lay_out(self._detail))

    def _read_ticket(self) -> None:
        if self._ticket_timer is not None:
            self._ticket_timer.stop()
            self._ticket_timer = None
        ticket = self.lines.ticket
        # What shows a ticket is imported when the first one is read: after the queue is on the screen, whoever asks,
        # and not after some frame of the screen, which may come before the list has its lines.
        if ticket is None or not self._painted:
            return
        if self.pane.page is None:
            self.pane.say("reading …")
        self.work("detail", READ, partial(self._read, ticket), lambda result: self._show_ticket(*result))

    def _read(self, ticket: int) -> tuple[Detail, Page]:
        """A ticket and its page; in a lane."""
        from triage.desk.show import detail, veiled

        found = veiled(detail(self.session.desk, ticket))
        return found, self._lay_out(found)

    def _read_ahead(self) -> None:
        """Read the ticket that the next key leads to: it is on the screen at once then.

        What changes meanwhile is read again as for the ticket that is shown (`forget_ahead`).
        """
        lines, ticket = self.lines, self._next_ticket()
        if ticket is None or ticket in self._ready or self.detail is None:
            return
        since = self._forgotten

        def then(result: tuple[Detail, Page]) -> None:
            if since == self._forgotten and ticket != lines.ticket:
                self._ready = {ticket: (*result, self._layout_of(result[0]))}

        self.work("ahead", READ, partial(self._read, ticket), then)

    def forget_ahead(self) -> None:
        """Something changed: what was read ahead is not shown."""
        self._ready.clear()
        self._forgotten += 1

    def _next_ticket(self) -> int | None:
        """Where enter or the last movement leads from here."""
        lines = self.lines
        if self._resume is not None and self._resume[0] == lines.ticket:
            return self._resume[1]
        place = lines.cursor + self._way
        return lines.ids[place] if 0 <= place < len(lines.ids) else None

    def _layout_of(self, found: Detail) -> tuple[object, ...]:
        """What a layout depends on beside the ticket."""
        unfolded = found.row.id in self._unfolded or bool(self._find)
        return self.pane.text_width, self.pane.size.height, unfolded, self.session.state.folded

    def _lay_out(self, found: Detail) -> Page:
        size = self.session.swarms.get(found.row.swarm) if found.row.swarm is not None else None
        page = ticket_lines.lay_out(
            found, self.pane.text_width, now=self.session.now(), zone=self.session.zone,
            height=self.pane.size.height, unfolded=found.row.id in self._unfolded or bool(self._find),
            swarm=f"swarm of {size}" if size else "",
            similar=self._similar[1] if self._similar[0] == found.row.id else (),
        )  # fmt: skip
        # What is looked for is found in folded parts too: they open until the search ends.
        return page if self._find else ticket_parts.fold(page, ticket_parts.read_folded(self.session.state.folded))

    def _show_ticket(self, found: Detail, page: Page) -> None:
        if found.row.id != self.lines.ticket:
            return
        same = self.pane.page is not None and self.pane.page.ticket == page.ticket
        self._detail = found
        self.session.state.ticket = found.row.id
        self.pane.show(page, same=same)
        if self._ahead_timer is not None:
            self._ahead_timer.stop()
        self._ahead_timer = self.set_timer(AHEAD, self._read_ahead)
        if self._pending and self._pending[0] == found.row.id:
            wanted, self._pending = self._pending[1], None
            if wanted == CONFIRM:
                self.action_confirm()
            else:
                self.action_candidate(wanted)

    @on(TicketPane.Picked)
    def _clicked_candidate(self, message: TicketPane.Picked) -> None:
        self.action_candidate(message.number)

    def picked_digit(self, number: int) -> tuple[str, str] | None:
        """The candidate beside a number; asked again by itself when the ticket has been read."""
        ticket = self.lines.ticket
        if ticket is None:
            self.say("there is no ticket here", "warning")
            return None
        found = self.detail
        if found is None:
            self._pending = (ticket, str(number))
            return None
        line = ticket_lines.numbered(found).get(number)
        if line is None:
            self.say(f"nothing stands beside {number}; p searches the whole catalog", "warning")
            return None
        return line.kind, line.target

    def beside_digits(self) -> set[tuple[str, str]]:
        """The candidates that have a number, and what counts now."""
        found = self.detail
        if found is None:
            return set()
        chosen = [line for line in (*found.services, *found.touchpoints) if line.chosen]
        return {(line.kind, line.target) for line in (*ticket_lines.numbered(found).values(), *chosen)}

    def not_read_yet(self, then: str) -> bool:
        """Nothing is confirmed that was not read: the ticket under the cursor may not be there yet."""
        ticket = self.lines.ticket
        if ticket is None or self.targets() != [ticket] or self.detail is not None:
            return False
        self._pending = (ticket, then)
        return True

    def action_scroll_ticket(self, way: str) -> None:
        """Scroll the ticket while the list keeps the keys."""
        self.pane.scroll_lines(int(way) * max(self.pane.size.height // 3, 1))
