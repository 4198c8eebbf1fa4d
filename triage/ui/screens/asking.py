"""Acts that ask first: one question after the other, then a job whose outcome is said. What the board's acts share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from triage.ui import questions
from triage.ui.lanes import ACT
from triage.ui.screens.base import ModeScreen

if TYPE_CHECKING:
    from triage.desk.board import Board, Swarm
    from triage.desk.overview import Overview


class Step(NamedTuple):
    """A question of several; `value` stands there already, `check` returns a problem, `empty` lets it stay open."""

    title: str
    note: str
    value: str = ""
    check: Callable[[str], str] | None = None
    offers: Sequence[str] = ()
    empty: bool = False


class Asking(ModeScreen, part=True):
    """Acts of the board. `board` and `overview` are what was read last, `here` what the cursor's cell opens."""

    board: Board | None
    overview: Overview | None

    @property
    def here(self) -> str:
        """The filter that the cell under the cursor opens; empty where there is none."""
        raise NotImplementedError

    def swarm_here(self) -> Swarm | None:
        """The swarm that the cursor stands on."""
        raise NotImplementedError

    def _carry_out(self, name: str, job: Callable[[], str]) -> None:
        """Run an act and say what came of it; the board reads itself anew."""

        def then(message: str) -> None:
            self.say(message)
            self.acted()

        self.work_always(name, ACT, job, then)

    def acted(self) -> None:
        """Read the board again."""
        raise NotImplementedError

    def _ask_all(self, steps: Sequence[Step], then: Callable[[list[str]], None]) -> None:
        """Ask one question after the other; escape at any of them does nothing at all."""
        answers: list[str] = []

        def ask() -> None:
            step = steps[len(answers)]
            counted = f"{step.title} · {len(answers) + 1} of {len(steps)}" if len(steps) > 1 else step.title
            ask = questions.line(
                counted, note=step.note, value=step.value, check=step.check, offers=step.offers, empty=step.empty
            )
            self.ask(ask, answered)

        def answered(text: str | None) -> None:
            if text is None:
                return
            answers.append(text)
            if len(answers) < len(steps):
                ask()
            else:
                then(answers)

        ask()

    def _may(self) -> bool:
        if self.session.desk.read_only:
            self.say("this desk is read-only: nothing can be decided here", "warning")
            return False
        return True
