"""The dialogue that asks for condition and reach at once, and then for no more."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.widgets import Static

from triage.ui.ink import Ink
from triage.ui.questions import Option
from triage.ui.screens.dialogues import Choose
from triage.ui.widgets.options import OptionLines

HINT = "a letter sets it, confirms all, goes on · ⏎ as it is\na capital sets it and stays for the other"
BETWEEN = Option("", "between", "whom does it touch?")


class Saying(Choose):
    """Gives what was said, as `condition:VALUE reach:VALUE`, each only where it was said.

    A small letter is the last word, a capital waits for another. No letter may stand for both a condition and a reach.
    """

    def __init__(
        self, conditions: Sequence[Option], reaches: Sequence[Option], ink: Ink, note: str, current: tuple[str, str]
    ) -> None:
        self.groups = {"condition": tuple(conditions), "reach": tuple(reaches)}
        self.now = dict(zip(self.groups, current, strict=True))
        self.said: dict[str, str] = {}
        self._moved = False
        super().__init__("Condition or reach, then confirm", self._marked(), ink, note, current[0])

    def content(self) -> ComposeResult:
        """The choices, and what a letter does."""
        yield from super().content()
        yield Static(HINT, id="about", markup=False)

    def _marked(self) -> list[Option]:
        """Both groups, with a mark before what counts."""
        lists = []
        for name, options in self.groups.items():
            counts = self.said.get(name, self.now[name])
            lists.append([
                option._replace(label=("● " if option.value == counts else "○ ") + option.label) for option in options
            ])  # fmt: skip
        return [*lists[0], BETWEEN, *lists[1]]

    def _stand_on(self, name: str) -> None:
        counts = self.said.get(name, self.now[name])
        values = [option.value for option in self.options]
        first = self.groups[name][0].value
        self.query_one(OptionLines).cursor = values.index(counts if counts in values else first)
        self._moved = False

    def key(self, event: events.Key) -> bool:
        """A letter sets and ends, a capital sets and stays, j and k move."""
        typed = event.character or ""
        for name, options in self.groups.items():
            for option in options:
                if typed == option.key:
                    self._end({name: option.value})
                    return True
                if typed == option.key.upper():
                    self._stay(name, option.value)
                    return True
        return super().key(event)

    def _stay(self, name: str, value: str) -> None:
        self.said[name] = value
        self.options = self._marked()
        self.query_one(OptionLines).set_options(self.options)
        self._stand_on("reach" if name == "condition" else "condition")

    def _end(self, last: dict[str, str]) -> None:
        said = {**self.said, **last}
        self.dismiss(" ".join(f"{name}:{said[name]}" for name in self.groups if name in said))

    def _value_at(self, place: int) -> dict[str, str]:
        value = self.options[place].value
        return {name: value for name, options in self.groups.items() if value in [each.value for each in options]}

    def action_move(self, steps: str | int) -> None:
        """Move the cursor, over the line between the groups."""
        lines = self.query_one(OptionLines)
        lines.move(int(steps))
        if self.options[lines.cursor] is BETWEEN:
            lines.move(1 if int(steps) > 0 else -1)
        self._moved = True

    def action_take(self) -> None:
        """Confirm: with what the cursor was moved to, else with what was said."""
        self._end(self._value_at(self.query_one(OptionLines).cursor) if self._moved else {})

    @on(OptionLines.Taken)
    def _clicked(self, message: OptionLines.Taken) -> None:
        message.stop()
        if self.options[message.place] is not BETWEEN:
            self._end(self._value_at(message.place))
