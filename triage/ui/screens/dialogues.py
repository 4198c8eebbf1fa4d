"""Small dialogues, made for the keyboard: choose one of a few, or type a line. Escape leaves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from triage.ui import words
from triage.ui.ink import Ink
from triage.ui.questions import Option
from triage.ui.widgets.options import OptionLines


class Dialogue(ModalScreen[str | None]):
    """A box in the middle; its answer is a word, or None where the person left."""

    CSS_PATH: ClassVar[str] = "dialogues.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(self, title: str, note: str = "") -> None:
        super().__init__()
        self.heading = words.line(title)
        self.note = words.line(note)
        self.then: Callable[[str | None], None] | None = None
        self._left = False

    def compose(self) -> ComposeResult:
        """Title, note, and what the dialogue is for."""
        with Vertical(id="box"):
            yield Static(self.heading, id="title", markup=False)
            if self.note:
                yield Static(self.note, id="note", markup=False)
            yield from self.content()
            yield Static("", id="problem", markup=False)

    def content(self) -> ComposeResult:
        """The widgets between title and problem."""
        yield from ()

    @property
    def takes_keys(self) -> bool:
        """Whether keys have somewhere to go already: a line to type in must have the focus first."""
        return self.focused is not None

    def key(self, event: events.Key) -> bool:
        """Carry out a key before the bindings; False where it is none of this dialogue's own."""
        return False

    def dismiss(self, result: str | None = None) -> AwaitComplete:
        """Leave with an answer, once. Who asked hears it before the next key is looked at."""
        if self._left or not self.is_current:
            return AwaitComplete()
        self._left = True
        then, self.then = self.then, None
        left = super().dismiss(None)
        if then is not None:
            then(result)
        return left

    def tell(self, problem: str) -> None:
        """Say what is wrong, where it was typed; an empty line takes it back."""
        line = self.query_one("#problem", Static)
        line.update(words.line(problem))
        line.set_class(bool(problem), "-on")

    def on_click(self, event: events.Click) -> None:
        """A click beside the box leaves."""
        if event.widget is self:
            self.dismiss(None)


class Choose(Dialogue):
    """Choose one of a few: its letter takes it at once, arrows and enter do as well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab,ctrl+n", "move(1)", show=False),
        Binding("up,shift+tab,ctrl+p", "move(-1)", show=False),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, title: str, options: Sequence[Option], ink: Ink, note: str = "", current: str = "") -> None:
        super().__init__(title, note)
        self.options = list(options)
        self.ink = ink
        self.current = current

    def content(self) -> ComposeResult:
        """The choices."""
        yield OptionLines(self.options, self.ink, id="options")

    def on_mount(self) -> None:
        """Stand on what counts now."""
        lines = self.query_one(OptionLines)
        lines.cursor = next((n for n, option in enumerate(self.options) if option.value == self.current), 0)

    @property
    def takes_keys(self) -> bool:
        """A letter needs nothing but the choices, an arrow their lines."""
        return self.is_mounted

    def key(self, event: events.Key) -> bool:
        """The letter of a choice takes it; j and k move where no choice has them."""
        for option in self.options:
            if option.key and event.character == option.key:
                self.dismiss(option.value)
                return True
        if event.character in ("j", "k"):
            self.action_move("1" if event.character == "j" else "-1")
            return True
        return False

    def action_move(self, steps: str | int) -> None:
        """Move the cursor."""
        self.query_one(OptionLines).move(int(steps))

    def action_take(self) -> None:
        """Take the choice under the cursor."""
        chosen = self.query_one(OptionLines).chosen
        self.dismiss(chosen.value if chosen else None)

    @on(OptionLines.Taken)
    def _taken(self, message: OptionLines.Taken) -> None:
        self.dismiss(self.options[message.place].value)


OFFERED = 12


class Ask(Dialogue):
    """Type a line. `check` gives what is wrong with it, or nothing; `offers` stand below and are completed with tab."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False, priority=True)]

    def __init__(
        self, title: str, *, note: str = "", value: str = "", placeholder: str = "",
        check: Callable[[str], str] | None = None, offers: Sequence[str] = (), empty: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(title, note)
        self.value, self.placeholder, self.check, self.empty = value, placeholder, check, empty
        self.offers = [words.line(offer) for offer in offers]
        self._told_of: str | None = None

    def content(self) -> ComposeResult:
        """The line."""
        from textual.suggester import SuggestFromList

        suggester = SuggestFromList(self.offers, case_sensitive=False) if self.offers else None
        yield Input(self.value, placeholder=self.placeholder, suggester=suggester, max_length=2000)
        if self.offers:
            yield Static(self._offered(self.value), id="offers", markup=False)

    def _offered(self, typed: str) -> str:
        """The offers in which what was typed stands, as many as a line holds."""
        wanted = typed.strip().lower()
        fitting = [offer for offer in dict.fromkeys(self.offers) if wanted in offer.lower()]
        return words.fit(" · ".join(fitting[:OFFERED]), 60).rstrip()

    def action_complete(self) -> None:
        """Take the offer that begins like what was typed."""
        line = self.query_one(Input)
        start = line.value.lower()
        offer = next((offer for offer in self.offers if offer.lower().startswith(start)), None)
        if offer:
            line.value = offer
            line.cursor_position = len(offer)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        # A line that came in one piece with its enter is looked at before the messages of its letters are.
        if self.query_one(Input).value != self._told_of:
            self.tell("")
            self._told_of = None
        if self.offers:
            self.query_one("#offers", Static).update(self._offered(message.value))

    def key(self, event: events.Key) -> bool:
        """Enter gives the line as it is now: what was typed before it is in it."""
        if event.key != "enter":
            return False
        self.submit()
        return True

    def submit(self) -> None:
        """Answer with the line, unless something is wrong with it."""
        self._told_of = self.query_one(Input).value
        text = self._told_of.strip()
        if not text and not self.empty:
            self.tell("type something, or press escape")
            return
        problem = self.check(text) if self.check else ""
        if problem:
            self.tell(problem)
        else:
            self.dismiss(text)


class Tell(Dialogue):
    """A few lines to read; enter or y copies them where the caller says so."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "dismiss('copy')", show=False), Binding("q,space", "dismiss(None)", show=False),
    ]  # fmt: skip

    @property
    def takes_keys(self) -> bool:
        """There is nothing to type."""
        return self.is_mounted

    def __init__(self, title: str, lines: Sequence[str], note: str = "") -> None:
        super().__init__(title, note)
        self.lines = [words.line(line) for line in lines]

    def content(self) -> ComposeResult:
        """The lines."""
        yield Static("\n".join(self.lines), markup=False)
