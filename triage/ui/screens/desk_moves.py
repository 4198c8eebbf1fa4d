"""Moving at the desk: lines, pages, panes, marks, and back out again."""

from __future__ import annotations

from textual import on

from triage.desk import queue
from triage.ui.lanes import LOOK
from triage.ui.screens.desk_filter import DeskFilter
from triage.ui.widgets.queue_list import QueueList


class DeskMoves(DeskFilter, part=True):
    """Moving and marking."""

    @on(QueueList.Opened)
    def _opened(self) -> None:
        if self.is_narrow:
            self.set_class(True, "-ticket")
            self.pane.focus()

    def action_page(self) -> None:
        """The other page in a narrow terminal, the other pane in a wide one."""
        if self.is_narrow:
            if not self.lines.ids and not self.on_ticket_page:
                self.say("there is no ticket here", "warning")  # an empty page would not say why it is empty
                return
            self.toggle_class("-ticket")
            if not self._painted:  # turned before the list had a line: it will not paint one while it is hidden
                self._list_painted()
            self.call_after_refresh((self.pane if self.on_ticket_page else self.lines).focus)
        else:
            self.set_focus(self.lines if self.focused is self.pane else self.pane)

    def action_back(self) -> None:
        """Out of a search, then out of the ticket, the marks, the filter, and the view."""
        state = self.session.state
        if self._find:
            self.find_text("")
        elif self.on_ticket_page or self.focused is self.pane:
            self.set_class(False, "-ticket")
            self.call_after_refresh(self.lines.focus)
        elif self.lines.marks:
            self.session.last_marks = frozenset(self.lines.marks)
            self.lines.set_marks(())
        elif state.filter:
            self.set_filter("")
        elif state.view != "open" or state.order:
            state.view, state.order = "open", None
            self._start_over()

    def action_move(self, steps: str) -> None:
        """A line up or down, in the pane where that has the focus and is beside the list."""
        if self.focused is self.pane and not self.is_narrow:
            self.pane.scroll_lines(int(steps))
        else:
            self.lines.move(int(steps))

    def action_move_page(self, steps: str) -> None:
        """A page up or down."""
        if self.focused is self.pane:
            self.pane.scroll_lines(int(steps) * max(self.pane.size.height - 2, 1))
        else:
            self.lines.move(int(steps) * max(self.lines.window - 1, 1))

    def action_move_end(self, way: str) -> None:
        """To the first or the last line."""
        if self.focused is self.pane and not self.is_narrow:
            self.pane.scroll_lines(int(way) * 1_000_000)
        else:
            self.lines.go_to(0 if way == "-1" else len(self.lines.ids) - 1)

    def action_mark(self) -> None:
        """Mark and go on."""
        self.lines.toggle_mark()
        if not self.on_ticket_page:
            self.lines.move(1)

    def action_mark_again(self) -> None:
        """The same tickets as for the last act."""
        if self.lines.marks:
            self.lines.set_marks(())
        elif not self.session.last_marks:
            self.say("nothing was marked before that could be marked again", "warning")
        else:
            self.lines.set_marks(self.session.last_marks)

    def action_unsure(self, way: str) -> None:
        """The next or the previous place that was found, else ticket whose links nobody has confirmed."""
        if self.step_match(int(way)):
            return
        desk, ids, start, step = self.session.desk, self.lines.ids, self.lines.cursor, int(way)
        known = self.session.names

        def job() -> int | None:
            at = start + step
            while 0 <= at < len(ids):
                part = ids[at : at + 200] if step > 0 else ids[max(at - 199, 0) : at + 1][::-1]
                waiting = {row.id for row in queue.rows(desk, part) if queue.waits_for_a_person(row, known)}
                for ident in part:
                    if ident in waiting:
                        return int(ident)
                at += step * 200
            return None

        def then(ticket: int | None) -> None:
            if ticket is None:
                self.say("no other ticket here waits to be confirmed")
            else:
                self.lines.go_to_ticket(ticket)

        self.work("unsure", LOOK, job, then, holds=True)
