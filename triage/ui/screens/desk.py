"""The desk: the impact queue, and beside it the ticket. Look, one key, next."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from triage.desk import queue
from triage.desk.filters import completions, parse_filter
from triage.desk.queue import ORDERS, VIEWS, QueueRow, Selection
from triage.errors import TriageError
from triage.ui import commands, ticket_lines, words
from triage.ui.lanes import LOOK, READ, SCAN
from triage.ui.screens.desk_acts import DeskActs
from triage.ui.screens.dialogues import Choose
from triage.ui.session import Session
from triage.ui.start import PAGE, First, selection
from triage.ui.ticket_lines import Page
from triage.ui.widgets import columns
from triage.ui.widgets.bars import LineWidget
from triage.ui.widgets.columns import Look
from triage.ui.widgets.filter_line import FilterLine
from triage.ui.widgets.options import Option
from triage.ui.widgets.queue_list import QueueList
from triage.ui.widgets.ticket_pane import TicketPane

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.show import Detail

NARROW = 100
SAID_FOR = 6.0
TYPING = 0.15
LONG, LONG_DELAY = 20_000, 0.8
"""A list of more tickets than `LONG` is read anew this many seconds after a change, not at each."""
_VIEW_NOTES = {
    "open": "everything that asks for work", "mine": "what you have claimed", "unclaimed": "nobody's yet",
    "uncertain": "where one key changes most", "swarms": "what belongs together", "breaching": "what runs out next",
    "restored": "was out and works again", "snoozed": "put away until a time", "resolved": "done, the last first",
    "all": "every ticket",
}  # fmt: skip


class DeskScreen(DeskActs):
    """Queue and ticket. At less than 100 columns they are two pages."""

    PLACE = commands.DESK
    CSS_PATH: ClassVar[str] = "desk.tcss"
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings(commands.DESK)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.look = Look(session.names, session.seconds(), session.ink, session.swarms, user=session.desk.user)
        self._detail: Detail | None = None
        self._pending: tuple[int, int] | None = None
        self._filter_before = session.state.filter
        self._chosen: Selection | None = None
        self._said: tuple[float, str] | None = None
        self._total: int | None = None
        self._loaded = False
        self._problems: Sequence[str] = ()
        self._keep: int | None = None
        self._ids_timer: Timer | None = None
        self._unfolded: set[int] = set()
        self._wanted_ticket = session.state.ticket

    # What it is made of ------------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """The filter line, the list and the pane."""
        with Horizontal(id="line"):
            yield Static(" / ", id="slash", markup=False)
            yield FilterLine(self._completions, id="filter")
            yield Static("", id="status", markup=False)
        with Horizontal(id="desk"):
            with Vertical(id="queue"):
                yield LineWidget(id="heading")
                yield QueueList(self.look, id="list")
                yield Static("", id="empty", markup=False)
            yield TicketPane(self.session.ink, id="ticket")

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

    def on_mount(self) -> None:
        """Show the first page, which was read before Textual was."""
        super().on_mount()
        line = self.query_one(FilterLine)
        with line.prevent(Input.Changed):
            line.value = self.session.state.filter
        self.lines.focus()
        first = self.session.first
        if first is None:
            self._start_over()
        elif first.done():
            self._begin(first)
        else:
            self.say_status()
            self.pane.say("reading the queue …")
            self.work("first", LOOK, first.result, self._first)

    def _begin(self, first: object) -> None:
        try:
            self._first(first.result())  # type: ignore[attr-defined]
        except TriageError as error:
            self.failed("page", error)

    def _first(self, first: First) -> None:
        session = self.session
        session.first = None
        session.names, session.header, session.seen = first.names, first.header, first.seen
        session.swarms = first.swarms
        self._chosen = first.selection
        self._renew_look()
        self.paint_bars()
        self._page_read(first.rows)
        for notice in session.notices:
            self.say(notice, "warning")
        session.notices.clear()

    def look_again(self) -> None:
        """Back from another mode, perhaps with a filter for this one."""
        super().look_again()
        wanted = self.session.wanted_filter
        if wanted is not None:
            self.session.wanted_filter = None
            self.session.state.view = "open"
            self.set_filter(wanted)
            self.lines.focus()

    def on_descendant_focus(self) -> None:
        """The heading becomes the completions while a filter is typed, and the heading again after."""
        self.call_after_refresh(self._paint_heading)

    def on_resize(self, event: events.Resize) -> None:
        """The heading follows the width."""
        super().on_resize(event)
        self.call_after_refresh(self._paint_heading)

    # Reading the queue -----------------------------------------------------------------------------

    def _start_over(self) -> None:
        """Read the first page of the selection, then all its ids."""
        session = self.session
        if self._ids_timer is not None:
            self._ids_timer.stop()
            self._ids_timer = None
        found = parse_filter(session.state.filter, session.names)
        self._chosen = chosen = selection(session.desk, session.state, session.names, found)
        self._problems = found.problems
        self.say_status()
        desk = session.desk
        self.work("page", LOOK, lambda: queue.first_page(desk, chosen, PAGE), self._page_read)

    def _page_read(self, rows: Sequence[QueueRow]) -> None:
        keep = self._wanted_ticket if self._wanted_ticket is not None else self.lines.ticket
        self._loaded = True
        self._renew_look()
        self.lines.show_page(rows, keep=keep)
        self._show_state(len(rows))
        self._read_ids_soon(keep=self._wanted_ticket, delay=TYPING if self.session.state.filter else 0.0)

    def _read_ids_soon(self, keep: int | None = None, delay: float | None = None) -> None:
        """Read the ids a little later, once for all that happens until then; a long list waits longer."""
        if delay is None:
            delay = 0.0 if len(self.lines.ids) < LONG else LONG_DELAY
        self._keep = keep if keep is not None else self._keep
        if self._ids_timer is not None:
            self._ids_timer.stop()
        if delay:
            self._ids_timer = self.set_timer(delay, self._ids_due)
        else:
            self._ids_due()

    def _ids_due(self) -> None:
        self._ids_timer = None
        keep, self._keep = self._keep, None
        self._read_ids(keep)

    def _read_ids(self, keep: int | None = None) -> None:
        """Read every id of the selection in order, and the rows in view afresh."""
        desk, chosen, shown = self.session.desk, self._chosen, self.lines
        if chosen is None:
            return
        now = self.session.seconds()
        chosen = Selection(chosen.view, chosen.where, chosen.parameters, chosen.needs_ticket, chosen.order,
                           chosen.user, now)  # fmt: skip
        ticket, place, above, window = keep or shown.ticket, shown.cursor, shown.cursor - shown.scroll_offset.y, 0
        window = shown.window

        def job() -> tuple[array[int], list[QueueRow], int, int]:
            ids = queue.all_ids(desk, chosen)
            at = _index(ids, ticket, place)
            top = max(at - above, 0)
            near = ids[max(top - window, 0) : top + 2 * window]
            plain = Selection(chosen.view, user=chosen.user, now=chosen.now)
            whole = len(ids) if not chosen.where else queue.total(desk, plain)
            return ids, queue.rows(desk, near), whole, at

        def then(result: tuple[array[int], list[QueueRow], int, int]) -> None:
            ids, rows, whole, at = result
            # The cursor may have gone on while the ids were read: its own ticket counts then.
            moved = keep is None and shown.ticket != ticket
            self._ids_read(ids, rows, whole, None if moved else at)

        self.work("ids", SCAN, job, then)

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
        if self._chosen is not None:
            self._read_ids_soon()
            self._read_ticket()

    def ticked(self) -> None:
        """Ages and clocks go on."""
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
        if name in ("page", "ids", "first") and not self.lines.ids:
            text = str(error) if isinstance(error, TriageError) else f"unexpected {type(error).__name__}: {error}"
            words_shown = f"The queue could not be read.\n\n{words.line(text)}\n\nr reads again"
            self.query_one("#empty", Static).update(words_shown)
            self.query_one("#queue").set_class(True, "-empty", "-failed")
            self.pane.say("")
        elif name == "detail":
            self.pane.say(words.line(str(error)), "error")
        else:
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
            return f"Nothing in '{state.view}' matches {words.line(state.filter)}\n\nescape takes the filter away"
        if state.view != "open":
            return f"Nothing in the view '{state.view}'.\n\nv chooses another view"
        header = self.session.header
        if self.session.names.version == 0:
            return (
                "There is no catalog and no ticket yet.\n\n"
                "triage demo                          a company to try it on\n"
                "triage catalog apply catalog.xlsx    your services; a spreadsheet will do\n"
                "triage tickets import export.csv     tickets from your help desk\n\n"
                "What is taken in while this is open appears here by itself."
            )
        return "Nothing is open." + ("" if header is None else "\n\nv shows what is snoozed or resolved")

    # The line above the list -------------------------------------------------------------------------

    def say_status(self, done: str = "") -> None:
        """What was done last, how many of how many, in which order."""
        status = self.query_one("#status", Static)
        state = self.session.state
        if done:
            self._said = (time.monotonic(), done)
        shown = len(self.lines.ids)
        count = words.number(shown) + ("" if self.lines.whole else "+")
        of = f" of {words.number(self._total)}" if self._total is not None and self._total != shown else ""
        view = "" if state.view == "open" else f"{state.view} "
        order = f"by {state.order}" if state.order else "by impact" if state.view == "open" else ""
        parts = [f"{view}{count}{of}" if self._loaded else "reading …", order]
        fresh = self._said is not None and time.monotonic() - self._said[0] < SAID_FOR
        if fresh and self._said is not None:
            parts.insert(0, self._said[1])
        text = self._problems[0] if self._problems else " · ".join(part for part in parts if part)
        status.set_class(bool(self._problems), "-problem")
        status.set_class(fresh and not self._problems, "-done")
        status.update(words.line(text))
        if done:
            self.set_timer(SAID_FOR + 0.1, self.say_status)

    def _paint_heading(self) -> None:
        ink = self.session.ink
        heading = self.query_one("#heading", LineWidget)
        line = self.query_one(FilterLine)
        if line.has_focus:
            offers = self._completions(line.value)
            shown = "   ".join(words.line(offer.rpartition(" ")[2]) for offer in offers)
            heading.set_pieces([(f"   {shown}", ink.accent, "")])
            return
        segments = columns.heading(self.lines.columns, ink)
        heading.set_pieces([(segment.text, segment.style or ink.faint, "desk.sort") for segment in segments])

    def before_keys(self) -> str:
        """How many are marked, and how many of them the list does not show."""
        if not self.is_mounted or not self.lines.marks:
            return ""
        marks = self.lines.marks
        shown = len(marks.intersection(self.lines.ids)) if len(self.lines.ids) < 100_000 else len(marks)
        hidden = len(marks) - shown
        return f"● {len(marks)} marked" + (f", {hidden} not shown" if hidden else "")

    # Filter, views, order ----------------------------------------------------------------------------

    def _completions(self, text: str) -> list[str]:
        return completions(text, self.session.names)

    def action_filter(self) -> None:
        """Go to the filter line."""
        self._filter_before = self.session.state.filter
        self.set_class(False, "-ticket")
        line = self.query_one(FilterLine)
        line.focus()
        self.call_after_refresh(self._paint_heading)

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.session.state.filter = message.value.strip()
        self._start_over()
        self._paint_heading()

    @on(Input.Submitted, "#filter")
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._leave_filter()

    @on(FilterLine.Left)
    def _left(self, message: FilterLine.Left) -> None:
        message.stop()
        if message.undo and self.session.state.filter:
            self.set_filter("" if self.session.state.filter == self._filter_before else self._filter_before)
        self._leave_filter()

    def _leave_filter(self) -> None:
        self.lines.focus()
        self.call_after_refresh(self._paint_heading)

    def set_filter(self, text: str) -> None:
        """Filter by this line."""
        line = self.query_one(FilterLine)
        with line.prevent(Input.Changed):
            line.value = text
        self.session.state.filter = text
        self._start_over()

    def action_views(self) -> None:
        """Choose a view."""
        state = self.session.state
        letters: set[str] = set()
        options = []
        for name in VIEWS:
            key = next((char for char in name if char not in letters and char not in "jk"), "")
            letters.add(key)
            options.append(Option(key, name, name, _VIEW_NOTES.get(name, "")))

        def chosen(value: str | None) -> None:
            if value is not None:
                state.view, state.order = value, None
                self._start_over()

        self.app.push_screen(Choose("View", options, self.session.ink, current=state.view), chosen)

    def action_sort(self) -> None:
        """Choose an order."""
        state = self.session.state
        options = [Option(name[0], name, f"by {name}") for name in ORDERS]

        def chosen(value: str | None) -> None:
            if value is not None:
                state.order = None if value == "impact" and state.view == "open" else value
                self._start_over()

        self.app.push_screen(Choose("Order", options, self.session.ink, current=state.order or "impact"), chosen)

    # The ticket --------------------------------------------------------------------------------------

    @on(QueueList.Moved)
    def _moved(self, message: QueueList.Moved) -> None:
        message.stop()
        if message.ticket is None:
            self._detail = None
            self.pane.say("")
            return
        self._read_ticket()

    @on(QueueList.Marked)
    def _marks_changed(self) -> None:
        self.paint_bars()

    @on(TicketPane.Resized)
    def _pane_resized(self) -> None:
        if self._detail is not None:
            self._show_ticket(self._detail, self._lay_out(self._detail))

    def _read_ticket(self) -> None:
        ticket, desk = self.lines.ticket, self.session.desk
        if ticket is None:
            return
        if self.pane.page is None:
            self.pane.say("reading …")
        lay_out = self._lay_out

        def job() -> tuple[Detail, Page]:
            from triage.desk.show import detail

            found = detail(desk, ticket)
            return found, lay_out(found)

        self.work("detail", READ, job, lambda result: self._show_ticket(*result))

    def _lay_out(self, found: Detail) -> Page:
        size = self.session.swarms.get(found.row.swarm) if found.row.swarm is not None else None
        return ticket_lines.lay_out(
            found, self.pane.text_width, now=self.session.now(), zone=self.session.zone,
            height=self.pane.size.height, unfolded=found.row.id in self._unfolded,
            swarm=f"swarm of {size}" if size else "",
        )  # fmt: skip

    def _show_ticket(self, found: Detail, page: Page) -> None:
        if found.row.id != self.lines.ticket:
            return
        same = self.pane.page is not None and self.pane.page.ticket == page.ticket
        self._detail = found
        self.session.state.ticket = found.row.id
        self.pane.show(page, same=same)
        if self._pending and self._pending[0] == found.row.id:
            number, self._pending = self._pending[1], None
            self.action_candidate(str(number))

    @on(TicketPane.Picked)
    def _clicked_candidate(self, message: TicketPane.Picked) -> None:
        self.action_candidate(message.number)

    # What the acts ask for ----------------------------------------------------------------------------

    def targets(self) -> list[int]:
        """The marked tickets, else the one under the cursor."""
        return self.lines.targets()

    @property
    def detail(self) -> Detail | None:
        """The ticket under the cursor, where it was read already."""
        found = self._detail
        return found if found is not None and found.row.id == self.lines.ticket else None

    def go_on(self) -> None:
        """The next ticket, unless many are decided at once."""
        if not self.lines.marks:
            self.lines.move(1)

    def picked_digit(self, number: int) -> tuple[str, str] | None:
        """The candidate beside a number; asked again by itself when the ticket has been read."""
        ticket = self.lines.ticket
        if ticket is None:
            self.say("there is no ticket here", "warning")
            return None
        found = self.detail
        if found is None:
            self._pending = (ticket, number)
            return None
        line = ticket_lines.numbered(found).get(number)
        if line is None:
            self.say(f"nothing stands beside {number}; p searches the whole catalog", "warning")
            return None
        return line.kind, line.target

    def see_swarm(self, row: QueueRow) -> None:
        """Filter to the swarm's service and to what swarms."""
        self.session.state.view = "open"
        self.set_filter(f"service:{row.service} is:swarm" if row.service else "is:swarm")

    def acted(self, outcome: Outcome, rows: Sequence[QueueRow], targets: Sequence[int]) -> None:
        """Show what an act did; the list follows."""
        if self.lines.marks and set(targets) == self.lines.marks:
            self.session.last_marks = frozenset(self.lines.marks)
            self.lines.set_marks(())
        self.lines.update_rows(rows)
        one = f" {outcome.tickets[0]}" if len(outcome.tickets) == 1 else ""
        self.say_status(f"{outcome.message}{one}")
        if not targets and outcome.tickets:
            self._read_ids_soon(keep=outcome.tickets[0])
        else:
            self._read_ids_soon()
        if self.lines.ticket in outcome.tickets:
            self._read_ticket()
        self._poll()

    # Moving --------------------------------------------------------------------------------------------

    def action_confirm(self) -> None:
        """In a narrow list enter turns to the ticket; on the ticket, and beside it, it confirms."""
        if self.is_narrow and not self.on_ticket_page and not self.lines.marks:
            self.action_page()
            return
        super().action_confirm()

    @on(QueueList.Opened)
    def _opened(self) -> None:
        if self.is_narrow:
            self.set_class(True, "-ticket")
            self.pane.focus()

    def action_page(self) -> None:
        """The other page in a narrow terminal, the other pane in a wide one."""
        if self.is_narrow:
            self.toggle_class("-ticket")
            self.call_after_refresh((self.pane if self.on_ticket_page else self.lines).focus)
        elif self.focused is self.pane:
            self.lines.focus()
        else:
            self.pane.focus()

    def action_back(self) -> None:
        """Out of the ticket, then out of the marks, then out of the filter, then out of the view."""
        state = self.session.state
        if self.on_ticket_page or self.focused is self.pane:
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

    def action_scroll_ticket(self, way: str) -> None:
        """Scroll the ticket while the list keeps the keys."""
        self.pane.scroll_lines(int(way) * max(self.pane.size.height // 3, 1))

    def action_unfold(self) -> None:
        """Show the whole text, or fold it again."""
        if self._detail is not None:
            self._unfolded ^= {self._detail.row.id}
            self._show_ticket(self._detail, self._lay_out(self._detail))

    def action_mark(self) -> None:
        """Mark and go on."""
        self.lines.toggle_mark()
        if not self.on_ticket_page:
            self.lines.move(1)

    def action_mark_again(self) -> None:
        """The same tickets as for the last act."""
        if self.lines.marks or not self.session.last_marks:
            self.lines.set_marks(())
        else:
            self.lines.set_marks(self.session.last_marks)

    def action_unsure(self, way: str) -> None:
        """The next or the previous ticket that rests on an unconfirmed link."""
        desk, ids, start, step = self.session.desk, self.lines.ids, self.lines.cursor, int(way)

        def job() -> int | None:
            at = start + step
            while 0 <= at < len(ids):
                part = ids[at : at + 200] if step > 0 else ids[max(at - 199, 0) : at + 1][::-1]
                sure = {row.id: row.sure for row in queue.rows(desk, part)}
                for ident in part:
                    if not sure.get(ident, 1):
                        return int(ident)
                at += step * 200
            return None

        def then(ticket: int | None) -> None:
            if ticket is None:
                self.say("no other ticket here waits to be confirmed")
            else:
                self.lines.go_to_ticket(ticket)

        self.work("unsure", LOOK, job, then)


def _index(ids: array[int], ticket: int | None, otherwise: int) -> int:
    try:
        return ids.index(ticket) if ticket is not None else otherwise
    except ValueError:
        return min(otherwise, max(len(ids) - 1, 0))
