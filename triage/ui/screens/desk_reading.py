"""The list of the desk: pages, ids and rows, read in lanes and kept in place by ticket."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence

from textual import on
from textual.widgets import Static

from triage.desk import queue
from triage.desk.filters import half_typed, may_be_number, parse_filter
from triage.desk.queue import QueueRow, Selection
from triage.errors import TriageError
from triage.ui import words
from triage.ui.lanes import LOOK, SCAN
from triage.ui.screens.beginning import FIRST, NO_TICKET
from triage.ui.screens.desk_reader import DeskReader
from triage.ui.start import PAGE, selection
from triage.ui.widgets.queue_list import QueueList, place_of

TYPING = 0.15
PAINTED = 0.1
FOUND = 50
"""Rows of the first page of a search: twice as many may take twice as long to find, and the ids follow."""
LONG, LONG_DELAY = 20_000, 0.8
"""A list of more tickets than `LONG` is read anew this many seconds after a change, not at each."""
OVERDUE = 4.0
"""Seconds after which a list that changed is read to its end, whatever comes meanwhile."""


class DeskReading(DeskReader, part=True):
    """Reads the queue and shows how that went."""

    # Since when the ids that stand there are known to be old; what is read now, in a hurry, and whether once more.
    _ids_old_since: float | None = None
    _ids_asked: Selection | None = None
    _ids_hurry = _ids_again = False
    _goes_back = False

    def _go_back_to(self, ticket: int | None) -> None:
        """Stand on this ticket in the list that is read next."""
        self._wanted_ticket, self._goes_back = ticket, ticket is not None

    def _start_over(self, ready: Sequence[QueueRow] | None = None) -> None:
        """Read the first page of the selection, which may be `ready` already, then all its ids."""
        session = self.session
        if self._ids_timer is not None:
            self._ids_timer.stop()
            self._ids_timer = None
        found, without = parse_filter(session.state.filter, session.names), None
        half = half_typed(session.state.filter, session.names) if self._is_typed() else None
        if half is not None:
            before = parse_filter(half, session.names)
            found.problems, without = before.problems, selection(session.desk, session.state, session.names, before)
        self._half_typed = half is not None
        self._chosen = chosen = selection(session.desk, session.state, session.names, found)
        self._problems = found.problems
        self.say_status()
        desk, page, memory = session.desk, FOUND if chosen.search is not None else PAGE, self._searched
        if ready is not None:
            self.supersede("page")
            self._page_read(ready)
            return

        def job() -> tuple[Selection, list[QueueRow]]:
            # A letter typed meanwhile asks for something else: that must not wait for this one's end.
            rows = queue.first_page(desk, chosen, page, memory, lambda: self._chosen is chosen)
            if rows or without is None:
                return chosen, rows
            return without, queue.first_page(desk, without, page)

        def then(result: tuple[Selection, list[QueueRow]]) -> None:
            self._chosen, rows = result
            self._page_read(rows)

        self.work("page", LOOK, job, then, holds=True)

    def _page_read(self, rows: Sequence[QueueRow]) -> None:
        keep = self._wanted_ticket if self._wanted_ticket is not None else self.lines.ticket
        self._loaded = True
        self._renew_look()
        self.lines.show_page(rows, keep=keep)
        goes_back, self._goes_back = self._goes_back, False
        if self.lines.ticket == self._wanted_ticket:
            self._wanted_ticket = None  # there it is: whoever moves on before the ids are read is not brought back
        elif goes_back:
            self._go_far_back()
        self._show_state(len(rows))
        # A page that is full has more behind it: they are read when it has been painted, which they would hold up.
        delay = TYPING if self.session.state.filter else PAINTED if len(rows) >= FOUND else 0.0
        if self._painted or not rows:
            self._read_ids_soon(keep=self._wanted_ticket, delay=delay)

    def _go_far_back(self) -> None:
        """The ticket is further down than the first page: keys wait for it, unless that would be for long."""
        header = self.session.header
        if self.lines.ids and header is not None and header.tickets < LONG:
            self._keep = self._wanted_ticket
            self._read_ids(self._keep, holds=True)
        self._wanted_ticket = None

    def _go_behind(self) -> None:
        self.read_views()
        self._poll()
        if self._loaded and not self.lines.whole:
            self._read_ids_soon(keep=self._wanted_ticket, delay=PAINTED if len(self.lines.ids) >= FOUND else 0.0)

    def read_views(self) -> None:
        """Read what else can be shown."""
        raise NotImplementedError

    def _read_ids_soon(self, keep: int | None = None, delay: float | None = None) -> None:
        """Read the ids a little later, once for all that happens until then; a long list waits longer."""
        if delay is None:
            delay = 0.0 if len(self.lines.ids) < LONG else LONG_DELAY
        self._keep = keep if keep is not None else self._keep
        if self._ids_old_since is None:
            self._ids_old_since = time.monotonic()
        if self._ids_timer is not None:
            if keep is None and self._is_overdue:
                return
            self._ids_timer.stop()
        if delay:
            self._ids_timer = self.set_timer(delay, self._ids_due)
        else:
            self._ids_due()

    @property
    def _is_overdue(self) -> bool:
        """Whether what stands there is old for so long that it is read now."""
        return self._ids_old_since is not None and time.monotonic() - self._ids_old_since > OVERDUE

    def _ids_due(self) -> None:
        # What comes in before the ids are read reads them anew: the ticket to stand on is kept until they are there.
        self._ids_timer = None
        self._read_ids(self._keep)

    def _read_ids(self, keep: int | None = None, *, holds: bool = False) -> None:
        """Read every id of the selection in order, and the rows in view afresh. With `holds` keys wait for them."""
        desk, asked, shown = self.session.desk, self._chosen, self.lines
        if asked is None:
            return
        overdue = self._is_overdue
        if overdue and self._ids_hurry and self._ids_asked is asked and keep is None:
            self._ids_again = True  # else somebody who does not stop would never see it
            return
        # Only who has a page alone, or is to stand on another ticket, waits for them.
        hurry = self._ids_hurry = overdue or not shown.whole or keep is not None
        self._ids_asked, self._ids_again = asked, False
        latest = self.next_is_wanted("ids")
        now = self.session.seconds()
        chosen = asked._replace(now=now)
        ticket, place, above = keep or shown.ticket, shown.cursor, shown.cursor - shown.scroll_offset.y
        window = shown.window
        seen: list[int] = []

        def job() -> tuple[array[int], list[QueueRow], int, int]:
            seen.append(queue.last_act(desk))  # before the rows: what comes in between counts as not seen
            ids = queue.all_ids(desk, chosen, ticket, lambda: self._chosen is asked and latest(), hurry=hurry)
            at = _index(ids, ticket, place)
            top = max(at - above, 0)
            near = ids[max(top - window, 0) : top + 2 * window]
            plain = Selection(chosen.view, user=chosen.user, now=chosen.now)
            whole = len(ids) if not chosen.where else queue.total(desk, plain)
            return ids, queue.rows(desk, near), whole, at

        def then(result: tuple[array[int], list[QueueRow], int, int]) -> None:
            if self._chosen is not asked:  # another filter, view or order since: its page stands there
                return
            ids, rows, whole, at = result
            self._ids_hurry, self._ids_old_since = False, None
            # The cursor may have gone on while the ids were read: its own ticket counts then.
            moved = keep is None and shown.ticket != ticket
            here = at if not moved or shown.ticket is None else place_of(ids, shown.ticket, shown.cursor)
            if here is None:
                # Folded away behind another of its swarm, or gone: read for it, it stays on its line as long as it can.
                self._read_ids()
                return
            self._seen_act = seen[0]
            self._keep = None
            self._ids_read(ids, rows, whole, here)
            if self._ids_again:
                self._read_ids_soon()

        self.work("ids", SCAN, job, then, holds=holds)

    def _ids_read(self, ids: array[int], rows: Sequence[QueueRow], whole: int, at: int | None) -> None:
        self._total = whole
        self._wanted_ticket = None
        self._renew_look()
        self.lines.show_ids(ids, rows, at=at)
        self._show_state(len(ids))

    @on(QueueList.RowsWanted)
    def _rows_wanted(self, message: QueueList.RowsWanted) -> None:
        desk, ids = self.session.desk, message.ids
        self.work_always("rows", LOOK, lambda: queue.rows(desk, ids), lambda rows: self.lines.update_rows(rows))

    def changed(self) -> None:
        """Somebody changed something: the lines and the ticket are read again, nothing moves under the cursor."""
        self.forget_ahead()
        if self._chosen is None or self.query_one("#queue").has_class("-failed"):
            if self.session.first is None or self._loaded:  # else the first page is on its way
                self._start_over()
            return
        if len(self.lines.ids) >= LONG:
            self._read_view()  # the numbers of a long list take longer than what others do may stay unseen
        self._read_ids_soon()
        self._read_ticket()

    def _read_view(self) -> None:
        """Read the lines in view again, each where it stands."""
        desk, ids = self.session.desk, self.lines.in_view(0)
        self.work("view", LOOK, lambda: queue.rows(desk, ids), self.lines.update_rows)

    def ticked(self) -> None:
        """Ages and clocks go on."""
        self.forget_ahead()
        self._renew_look()
        self.lines.refresh()
        if self._detail is not None:
            self._read_ticket()

    def themed(self) -> None:
        """Paint everything in the new ink."""
        super().themed()
        self._renew_look()
        self.pane.ink = self.session.ink
        self.lines.refresh()
        self.pane.refresh()
        self._paint_heading()

    def failed(self, name: str, error: BaseException) -> None:
        """An error is never an empty list."""
        if name == "ids":
            if self._ids_asked is not self._chosen:  # given up for another filter, view or order
                return
            self._ids_hurry, self._ids_old_since = False, None
        if name in ("page", "ids", "first") and not self.lines.ids:
            text = str(error) if isinstance(error, TriageError) else f"unexpected {type(error).__name__}: {error}"
            words_shown = f"The queue could not be read.\n\n{words.line(text)}\n\nr reads again"
            self.query_one("#empty", Static).update(words_shown)
            self.query_one("#queue").set_class(True, "-empty", "-failed")
            self.pane.say("")
        elif name == "detail":
            self.pane.say(words.line(str(error)), "error")
        elif name not in ("ahead", "orders"):  # nobody looks at that yet: who does is told
            super().failed(name, error)

    def _renew_look(self) -> None:
        session = self.session
        self.look.names, self.look.swarms, self.look.ink = session.names, session.swarms, session.ink
        self.look.now = session.seconds()
        self.look.soon = session.state.view == "breaching"

    def _show_state(self, count: int) -> None:
        """Empty, filtered to nothing and full look different."""
        box = self.query_one("#queue")
        empty = count == 0
        box.set_class(False, "-failed")
        box.set_class(empty, "-empty")
        if empty:
            self.query_one("#empty", Static).update(self._empty_words())
            self.pane.say("")
            self._detail = None
            if self.focused is None or self.focused is self.lines:
                self.query_one("#queue").focus()
        elif self.focused is None:
            self.lines.focus()
        self.say_status()
        self._paint_heading()

    def _empty_words(self) -> str:
        state = self.session.state
        if state.filter:
            lines = [
                f"Nothing in '{state.view}' matches {words.line(state.filter)}",
                "",
                "escape takes the filter away",
            ]
            if state.view != "all":
                lines.append("v a looks through all tickets, what is done among them")
            if may_be_number(state.filter):
                lines.append(f"#{words.line(state.filter.strip())} finds a ticket by its number")
            return "\n".join(lines)
        if state.view != "open":
            return f"Nothing in the view '{state.view}'.\n\nv chooses another view"
        header = self.session.header
        if self.session.names.version == 0:
            return FIRST
        if header is not None and not header.tickets:
            return NO_TICKET
        return "Nothing is open." + ("" if header is None else "\n\nv shows what is snoozed or resolved")


def _index(ids: array[int], ticket: int | None, otherwise: int) -> int:
    place = None if ticket is None else place_of(ids, ticket, otherwise)
    return min(otherwise, max(len(ids) - 1, 0)) if place is None else place
