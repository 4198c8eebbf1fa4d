"""Reading the ticket of the desk: its parts, folding them, finding words in it, what was settled like it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.timer import Timer

from triage.ui import questions, ticket_parts, words
from triage.ui.lanes import READ
from triage.ui.questions import Option
from triage.ui.screens.desk_ticket import DeskTicket
from triage.ui.ticket_find import find
from triage.ui.ticket_lines import Page
from triage.ui.widgets.ticket_pane import TicketPane

if TYPE_CHECKING:
    from triage.desk.office import Desk
    from triage.desk.show import Detail
    from triage.desk.similar import Settled

LOOKED_AT = 0.3
"""Seconds for which one stands on a ticket before similar ones are looked for: who only passes by waits for none."""
_LIST, _FILTER = "list", "filter"


class DeskReader(DeskTicket, part=True):
    """Goes to the parts of a ticket, folds them, finds words."""

    _similar_timer: Timer | None = None

    # Parts -----------------------------------------------------------------------------------------

    def action_jump(self) -> None:
        """Choose where to go: the list, the filter, or a part of the ticket."""
        page = self.pane.page
        folded = ticket_parts.read_folded(self.session.state.folded)
        options = [Option("l", _LIST, "the list", "j k move"), Option("/", _FILTER, "the filter", "type words")]
        for name in ticket_parts.present(page) if page else ():
            letter, label = ticket_parts.PARTS[name]
            options.append(Option(letter, name, label, "folded" if name in folded else ""))

        def chosen(value: str | None) -> None:
            if value == _LIST:
                self.set_class(False, "-ticket")
                self.call_after_refresh(self.lines.focus)
            elif value == _FILTER:
                self.run_filter()
            elif value is not None:
                self.go_to_part(value)

        self.ask(questions.choice("Go to", options, self.session.ink, current=_LIST), chosen)

    def run_filter(self) -> None:
        """Go to the filter line."""
        raise NotImplementedError

    def go_to_part(self, name: str) -> None:
        """Show a part at the top of the pane; a folded one opens."""
        folded = ticket_parts.read_folded(self.session.state.folded)
        if name in folded:
            self._set_folded(folded - {name})
        if self.is_narrow:
            self.set_class(True, "-ticket")
        self.call_after_refresh(self._show_part, name)

    def _show_part(self, name: str) -> None:
        self.pane.focus()
        self.pane.stand_on(name)

    def action_part(self, step: str) -> None:
        """The next or the previous part of the ticket."""
        page = self.pane.page
        if page is None:
            return
        name = ticket_parts.beside(page, self.pane.part, int(step))
        if name is not None:
            self.pane.stand_on(name)

    def action_unfold(self) -> None:
        """Fold or open: the part of the ticket where one stands, from the list its text."""
        if self._detail is None:
            return
        part = self.pane.part if self.focused is self.pane or self.pane.part is not None else None
        if part is None or part == "text":
            folded = ticket_parts.read_folded(self.session.state.folded)
            if "text" in folded:
                self._set_folded(folded - {"text"})
                return
            self._unfolded ^= {self._detail.row.id}
            self.lay_out_again()
        else:
            self.fold_part(part)

    @on(TicketPane.Folded)
    def _part_clicked(self, message: TicketPane.Folded) -> None:
        message.stop()
        self.fold_part(message.part)

    def fold_part(self, name: str) -> None:
        """Fold a part away, for this and every other ticket, or open it again."""
        self._set_folded(ticket_parts.read_folded(self.session.state.folded) ^ {name})

    def _set_folded(self, folded: set[str]) -> None:
        self.session.state.folded = ticket_parts.written(folded)
        self.lay_out_again()

    # Finding ---------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Find words in the ticket; n and N go from place to place, escape ends it."""
        if self._detail is None:
            self.say("there is no ticket here", "warning")
            return
        ask = questions.line(
            "Find in the ticket", note="n the next, N the one before, escape ends it", value=self._find
        )

        def then(text: str | None) -> None:
            if text is not None:
                self.find_text(text)

        self.ask(ask, then)

    def find_text(self, text: str) -> None:
        """Mark every place of `text` in the ticket and show the first; an empty one takes the marks away."""
        self._find, self._match = text, 0
        self.lay_out_again()
        if text and not self._matches:
            self.say(f"'{text}' is not in this ticket", "warning")
            self._find = ""
            self.lay_out_again()
        elif text:
            if self.is_narrow:
                self.set_class(True, "-ticket")
            self.call_after_refresh(self.pane.focus)
            self._show_match()
        else:
            self.say_status()

    def step_match(self, way: int) -> bool:
        """The next or the previous place; False where nothing is being looked for."""
        if not self._find or not self._matches:
            return False
        self._match = (self._match + way) % len(self._matches)
        self._show_match()
        return True

    def _show_match(self) -> None:
        self.pane.mark(self._matches, self._match)
        self.say_status(f"{self._match + 1} of {len(self._matches)} '{words.line(self._find)}'")

    # Laying out ------------------------------------------------------------------------------------

    def lay_out_again(self) -> None:
        """Lay the ticket out with what is folded and found now."""
        if self._detail is not None:
            self._show_ticket(self._detail, self._lay_out(self._detail))

    def _show_ticket(self, found: Detail, page: Page) -> None:
        if found.row.id != self.lines.ticket:
            return
        if self.pane.page is not None and self.pane.page.ticket != found.row.id and self._find:
            self._find, self._matches = "", []
            page = self._lay_out(found)
        super()._show_ticket(found, page)
        if self._find:
            self._matches = find(page.lines, self._find)
            self._match = min(self._match, max(len(self._matches) - 1, 0))
            self.pane.mark(self._matches, self._match, show=False)
        else:
            self._matches = []
        if self._similar[0] != found.row.id:
            self._look_for_similar()

    # Similar tickets -------------------------------------------------------------------------------

    def _look_for_similar(self) -> None:
        if self._similar_timer is not None:
            self._similar_timer.stop()
        self._similar_timer = self.set_timer(LOOKED_AT, self._read_similar)

    def _read_similar(self) -> None:
        found, desk = self.detail, self.session.desk
        if found is not None:
            self.work("prepare", READ, partial(_prepare, desk, found), lambda _nothing: None)
        if found is None or found.blind:  # what was settled like it tells what is proposed
            return
        ticket = found.row.id

        def job() -> list[Settled]:
            from triage.desk.similar import similar

            return similar(desk, ticket)

        def then(lines: list[Settled]) -> None:
            self._similar = (ticket, tuple(lines))
            if lines and self.detail is not None and self.detail.row.id == ticket:
                self.lay_out_again()

        self.work("similar", READ, job, then)


def _prepare(desk: Desk, found: Detail) -> None:
    from triage.desk.learning import prepare

    prepare(desk, found.ticket)
