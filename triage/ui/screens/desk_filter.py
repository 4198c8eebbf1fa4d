"""What the list of the desk shows: filter, view and order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from textual import events, on
from textual.widgets import Input

from triage.desk import queue
from triage.desk.queue import ORDERS, VIEWS, QueueRow, veiled
from triage.desk.views import OwnView, problem_of
from triage.ui import questions
from triage.ui.lanes import ACT, LOOK
from triage.ui.questions import Option
from triage.ui.screens.desk_reading import FOUND, DeskReading
from triage.ui.start import PAGE, selection
from triage.ui.widgets.filter_line import FilterLine

_VIEW_NOTES = {
    "open": "everything that asks for work", "mine": "what you have claimed", "unclaimed": "nobody's yet",
    "uncertain": "where one key changes most", "swarms": "what belongs together", "breaching": "what runs out next",
    "restored": "was out and works again", "snoozed": "put away until a time", "resolved": "done, the last first",
    "all": "every ticket",
}  # fmt: skip


_OWN, _SAVE, _FORGET = "own:", "+", "-"


def described(view: OwnView) -> str:
    """What a view shows, in a line."""
    order = f"by {view.order}" if view.order else ""
    base = "" if view.view == "open" and (view.filter or order) else view.view
    return " · ".join(part for part in (base, view.filter, order) if part)


class DeskFilter(DeskReading, part=True):
    """Filter, views and orders."""

    def action_filter(self) -> None:
        """Go to the filter line; in the ticket find words there, as readers of text do."""
        if self.focused is self.pane:
            self.action_find()
        else:
            self.run_filter()

    def run_filter(self) -> None:
        """Go to the filter line."""
        self._filter_before, self._filter_changed = self.session.state.filter, False
        self._stood = self.lines.ticket or self._stood
        self.set_class(False, "-ticket")
        self.set_focus(self.query_one(FilterLine))
        self.call_after_refresh(self._paint_heading)

    @property
    def takes_keys(self) -> bool:
        """A key in the list waits for the page that was asked for; the filter line waits for none."""
        return super().takes_keys or isinstance(self.focused, FilterLine)

    def key(self, event: events.Key) -> bool:
        """Leave the filter line before the next key is looked at."""
        back = event.key == "escape" or (event.key in self.session.keys.keys["app.back"] and not event.is_printable)
        if not isinstance(self.focused, FilterLine) or not (back or event.key in ("enter", "down")):
            return super().key(event)
        self.leave_filter(undo=back)
        return True

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._filter_typed(self.query_one(FilterLine).value)  # the message may be older than what stands there

    def _filter_typed(self, text: str) -> None:
        if text.strip() != self.session.state.filter:
            self.session.state.filter, self._filter_changed = text.strip(), True
            self._start_over()
        self._paint_heading()

    def leave_filter(self, undo: bool = False) -> None:
        """Back to the list, to what the line says; `undo` takes back what was typed since, or the filter itself.

        What was typed is taken back with what it did: one stands again where one stood.
        """
        self._filter_typed(self.query_one(FilterLine).value)
        if undo and self._filter_changed:
            self._go_back_to(self._stood)
            self.set_filter(self._filter_before)
        elif undo and self.session.state.filter:
            self.set_filter("")
        self.set_focus(self.lines)
        if self._ticket_timer is not None:  # it waited for the next letter
            self._read_ticket()
        self.tidy_soon()
        if self._half_typed:  # what was typed is meant as it stands now
            self._start_over()
        self.call_after_refresh(self._paint_heading)

    def _is_typed(self) -> bool:
        return isinstance(self.focused, FilterLine)

    def set_filter(self, text: str) -> None:
        """Filter by this line."""
        if not text and self.lines.ticket is None:  # nothing matched: one stands where one stood before
            self._go_back_to(self._stood)
        line = self.query_one(FilterLine)
        with line.prevent(Input.Changed):
            line.value = text
        self.session.state.filter = text
        self._start_over()

    def show_view(self, view: OwnView) -> None:
        """Show a view with its own filter and order; a built-in one keeps the filter, unless an own view brought it."""
        state, left = self.session.state, self.own_view()
        own = view.name not in VIEWS
        brought = left is not None and bool(left.filter)
        state.view, state.order = view.view, view.order
        if own or brought:
            self.set_filter(view.filter)
        else:
            self._start_over()
        self.paint_bars()

    def read_views(self, then: Callable[[list[OwnView]], None] | None = None) -> None:
        """Read the own views of this desk, for the line above the list and for the palette."""
        desk = self.session.desk

        def job() -> list[OwnView]:
            from triage.desk.views import own_views

            return own_views(desk)

        def came(found: list[OwnView]) -> None:
            self.own_views = found
            self.say_status()
            if then is not None:
                then(found)

        self.work("views", LOOK, job, came, holds=then is not None)

    def action_views(self) -> None:
        """Choose a view, built in or one's own."""
        self.read_views(self._offer_views)

    def _offer_views(self, own: list[OwnView]) -> None:
        letters: set[str] = set()
        options = []
        for name in VIEWS:
            key = next((char for char in name if char not in letters and char not in "jk"), "")
            letters.add(key)
            options.append(Option(key, name, name, _VIEW_NOTES.get(name, "")))
        for number, view in enumerate(own, 1):
            key = str(number) if number < 10 else ""
            options.append(Option(key, f"{_OWN}{view.name}", view.name, described(view)))
        options.append(Option("+", _SAVE, "save what is shown", "view, filter and order under a name"))
        if own:
            options.append(Option("-", _FORGET, "let one go", "an own view; its tickets stay"))

        def chosen(value: str | None) -> None:
            if value == _SAVE:
                self.action_save_view()
            elif value == _FORGET:
                self._offer_to_forget(own)
            elif value is not None and value.startswith(_OWN):
                self.show_view(next(view for view in own if view.name == value.removeprefix(_OWN)))
            elif value is not None:
                self.show_view(OwnView(value, value))

        mine = self.own_view()
        current = f"{_OWN}{mine.name}" if mine else self.session.state.view
        self.ask(questions.choice("View", options, self.session.ink, current=current), chosen)

    def _offer_to_forget(self, own: list[OwnView]) -> None:
        desk = self.session.desk
        options = [
            Option(str(number) if number < 10 else "", view.name, view.name, described(view))
            for number, view in enumerate(own, 1)
        ]

        def chosen(value: str | None) -> None:
            if value is None:
                return

            def job() -> None:
                from triage.desk.views import forget_view

                forget_view(desk, value)

            def gone(_none: None) -> None:
                self.say_status(f"the view {value} is gone")
                self.read_views()

            self.work_always("views", ACT, job, gone)

        self.ask(questions.choice("Let which view go?", options, self.session.ink), chosen)

    def action_save_view(self) -> None:
        """Give what is shown now a name."""
        desk, state = self.session.desk, self.session.state
        shown = (state.view, state.filter, state.order)

        def then(name: str | None) -> None:
            if name is None:
                return

            def job() -> OwnView:
                from triage.desk.views import save_view

                return save_view(desk, name, *shown)

            def saved(view: OwnView) -> None:
                self.say_status(f"saved; {self.session.keys.shown('desk.views')} shows it")
                self.read_views()

            self.work_always("views", ACT, job, saved)

        mine = self.own_view()
        note = described(OwnView("", *shown))
        ask = questions.line(
            "Save this view as",
            note=note,
            value=mine.name if mine else "",
            check=problem_of,
            offers=[view.name for view in self.own_views],
            placeholder="a name",
        )
        self.ask(ask, then)

    def palette_entries(self) -> list[tuple[str, str, Callable[[], Any]]]:
        """The views for the palette: title, what it is, what shows it."""
        built_in = [OwnView(name, name) for name in VIEWS]
        return [
            (
                f"View: {view.name}",
                _VIEW_NOTES.get(view.name, "") or described(view),
                partial(self.show_view, view),
            )
            for view in (*built_in, *self.own_views)
        ]

    def action_sort(self) -> None:
        """Choose an order. The first page of each is read while one chooses: the list is there with the choice."""
        state = self.session.state
        options = [Option(name[0], name, f"by {name}") for name in ORDERS]
        pages: dict[str, list[QueueRow]] = {}
        session, since = self.session, self._forgotten

        def in_order(name: str) -> str | None:
            return None if name == "impact" and state.view == "open" else name

        wanted = {name: selection(session.desk, replace(state, order=in_order(name)), session.names) for name in ORDERS}

        answered = threading.Event()

        def job() -> None:
            limit = FOUND if wanted["impact"].search is not None else PAGE
            for name, order in wanted.items():
                if answered.is_set():  # what is read now waits behind this
                    return
                pages[name] = queue.first_page(session.desk, order, limit)

        def chosen(value: str | None) -> None:
            answered.set()
            if value is not None:
                state.order = in_order(value)
                self._start_over(pages.get(value) if since == self._forgotten else None)

        self.work("orders", LOOK, job, lambda _nothing: None)
        self.ask(questions.choice("Order", options, self.session.ink, current=state.order or "impact"), chosen)

    def see_swarm(self, row: QueueRow) -> None:
        """Filter to the swarm's service, unless it is not shown yet, and to what swarms."""
        self.session.state.view = "open"
        told = row.service and not veiled(row, self.session.names, "service")
        self.set_filter(f"service:{row.service} is:swarm" if told else "is:swarm")
