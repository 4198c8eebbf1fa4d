"""The picker: type a few letters, see what fits in the whole catalog and what it would do, take it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from triage.text import fold
from triage.ui import words
from triage.ui.lanes import READ, SCAN
from triage.ui.questions import Option
from triage.ui.screens.dialogues import Dialogue
from triage.ui.session import Session
from triage.ui.widgets.options import OptionLines

if TYPE_CHECKING:
    from triage.desk.pick_pairs import PickEntry


class Search(NamedTuple):
    """What was searched for, in what, how likely each entry is for the ticket, and what was found."""

    text: str
    entries: list[PickEntry]
    chances: dict[tuple[str, str], float]
    found: list[PickEntry]


HINT = "⏎ takes it · tab takes it, asks for condition and reach, and confirms"
GOES_ON = "then"
"""The last word of an answer after which condition and reach are asked for."""


def read_answer(value: str) -> tuple[list[tuple[str, str]], bool]:
    """The links of an answer, as (kind, id), and whether the person goes on to condition and reach."""
    parts = value.split()
    pairs = [part.partition(":") for part in parts if part != GOES_ON]
    return [(kind, target) for kind, _, target in pairs], parts[-1] == GOES_ON


class Picker(Dialogue):
    """Gives `service:ID`, `touchpoint:ID` or both, and `then` behind it where tab took it (`read_answer`).

    Reads and searches in a lane; typing never waits.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "go_on", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    class Found(Message):
        """A search or a preview came back."""

        def __init__(self, then: Callable[[Any], None], result: Any) -> None:
            super().__init__()
            self.then, self.result = then, result

    def __init__(
        self, session: Session, ticket: int | None, title: str, was: str = "", shown: Collection[tuple[str, str]] = ()
    ) -> None:
        super().__init__(title, HINT)
        self.session = session
        self.ticket = ticket
        self.was, self.shown = was, shown
        self.entries: list[PickEntry] | None = None
        self.found: list[PickEntry] = []
        self.chances: dict[tuple[str, str], float] = {}
        self._shown: str | None = None  # what was typed when `found` was searched for
        self._take = False
        self._goes_on = False

    def content(self) -> ComposeResult:
        """What is typed, what fits, what is under the cursor."""
        yield Input(placeholder="a few letters of a service, a touchpoint, or both; 0 is none")
        yield OptionLines([], self.session.ink, fill=True, id="found")
        yield Static("reading the catalog …", id="about", markup=False)

    def on_mount(self) -> None:
        """Read the catalog once."""
        self._search("")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._search(message.value)

    def _search(self, text: str) -> None:
        desk, known, ticket, chances, shown = self.session.desk, self.entries, self.ticket, self.chances, self.shown

        def job() -> Search:
            from triage.desk import pick

            if known is not None:
                return Search(text, known, chances, pick.search(known, text, chances=chances, shown=shown))
            entries, fresh = pick.entries(desk), pick.likely(desk, ticket)
            return Search(text, entries, fresh, pick.search(entries, text, chances=fresh, shown=shown))

        self._later("search", SCAN, job, self._show)

    def _later(self, name: str, lane: str, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        async def carry() -> None:
            try:
                result = await asyncio.wrap_future(self.session.lanes.submit(lane, job))
            except Exception as error:  # told in the dialogue's own line
                self.post_message(self.Found(self._failed, error))
                return
            self.post_message(self.Found(then, result))

        self.run_worker(carry, name=name, group=name, exclusive=True, exit_on_error=False)  # type: ignore[arg-type]

    def _failed(self, error: BaseException) -> None:
        self._take = False
        self.tell(str(error))

    @on(Found)
    def _came(self, message: Found) -> None:
        message.stop()
        message.then(message.result)

    def _show(self, result: Search) -> None:
        self._shown, self.entries, self.chances, self.found = result
        options = [
            Option(
                "",
                _answer(entry),
                entry.name + (" ◆" if entry.moment_of_truth else ""),
                _note(entry, result.text),
            )
            for entry in self.found
        ]
        self.query_one(OptionLines).set_options(options)
        if not options:
            self._take = False
        if not self.entries:
            self.query_one("#about", Static).update("there is no catalog yet")
        elif not options:
            self.query_one("#about", Static).update("nothing in the catalog sounds like that; 0 in the list says so")
        elif self._take and self._shown == self.query_one(Input).value:
            self.take()
        else:
            self._describe()

    def _describe(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        about = words.line(entry.description)
        self.query_one("#about", Static).update(about)
        ticket, desk = self.ticket, self.session.desk
        if ticket is None:
            return

        def job() -> tuple[PickEntry, str]:
            from triage.desk import pick

            impact = pick.preview(desk, ticket, entry.links)
            was = self.was
            return entry, f"would be {impact.priority} with {impact.score} points" + (f", is {was}" if was else "")

        def then(result: tuple[PickEntry, str]) -> None:
            if result[0] is self._entry():
                self.query_one("#about", Static).update(f"{result[1]}\n{about}")

        self._later("preview", READ, job, then)

    def _entry(self) -> PickEntry | None:
        place = self.query_one(OptionLines).cursor
        return self.found[place] if place < len(self.found) else None

    def action_move(self, steps: str | int) -> None:
        """Move the cursor."""
        self.query_one(OptionLines).move(int(steps))
        self._describe()

    @property
    def takes_keys(self) -> bool:
        """After enter nothing more is for the picker: it waits for what was typed to be found."""
        return super().takes_keys and not self._take

    def key(self, event: events.Key) -> bool:
        """Enter takes the entry under the cursor: of what was typed, not of what was searched for before it."""
        if event.key != "enter":
            return False
        self._goes_on = False
        self._take_typed()
        return True

    def action_go_on(self) -> None:
        """Tab takes the entry and goes on to condition and reach."""
        self._goes_on = True
        self._take_typed()

    def _take_typed(self) -> None:
        if self._shown == self.query_one(Input).value:
            self.take()
        else:
            self._take = True

    def take(self) -> None:
        """Give the entry under the cursor."""
        self._take = False
        if entry := self._entry():
            self.dismiss(_answer(entry) + (f" {GOES_ON}" if self._goes_on else ""))

    @on(OptionLines.Taken)
    def _taken(self, message: OptionLines.Taken) -> None:
        message.stop()
        self.dismiss(_answer(self.found[message.place]))


def _answer(entry: PickEntry) -> str:
    return " ".join(f"{kind}:{target}" for kind, target in entry.links)


def _note(entry: PickEntry, typed: str) -> str:
    """What an entry is and what else it is called, first the names that were meant."""
    wanted = fold(typed).split()
    also = sorted(entry.also, key=lambda name: not any(part in fold(name) for part in wanted))[:3]
    if entry.kind == "both":
        return "service and touchpoint"
    return entry.kind + (f"  {', '.join(also)}" if also else "")
