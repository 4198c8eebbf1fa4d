"""What the list of the desk shows: filter, view and order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from triage.desk.queue import ORDERS, VIEWS, QueueRow
from triage.ui.screens.desk_reading import DeskReading
from triage.ui.screens.dialogues import Choose
from triage.ui.widgets.filter_line import FilterLine
from triage.ui.widgets.options import Option

if TYPE_CHECKING:
    pass

_VIEW_NOTES = {
    "open": "everything that asks for work", "mine": "what you have claimed", "unclaimed": "nobody's yet",
    "uncertain": "where one key changes most", "swarms": "what belongs together", "breaching": "what runs out next",
    "restored": "was out and works again", "snoozed": "put away until a time", "resolved": "done, the last first",
    "all": "every ticket",
}  # fmt: skip


class DeskFilter(DeskReading):
    """Filter, views and orders."""

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

    def see_swarm(self, row: QueueRow) -> None:
        """Filter to the swarm's service and to what swarms."""
        self.session.state.view = "open"
        self.set_filter(f"service:{row.service} is:swarm" if row.service else "is:swarm")
