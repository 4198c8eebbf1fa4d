"""From a key to an act: on the ticket under the cursor or on all that are marked, asked for and carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from triage.desk import queue
from triage.desk.queue import QueueRow
from triage.ui import questions, words
from triage.ui.lanes import ACT
from triage.ui.questions import Option
from triage.ui.screens.base import ModeScreen

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.show import Detail
    from triage.ui.screens.dialogues import Dialogue


class Acting(ModeScreen, part=True):
    """How acts are carried out. A mode that has tickets gives `targets`, `detail` and `acted`."""

    def targets(self) -> list[int]:
        """The tickets that an act works on."""
        raise NotImplementedError

    @property
    def detail(self) -> Detail | None:
        """The ticket under the cursor, once it was read."""
        raise NotImplementedError

    def go_on(self) -> None:
        """Stand on the next ticket."""
        raise NotImplementedError

    def acted(self, outcome: Outcome, rows: Sequence[QueueRow], targets: Sequence[int]) -> None:
        """An act was committed; `rows` are its tickets as they are now."""
        raise NotImplementedError

    def beside_digits(self) -> set[tuple[str, str]]:
        """What stands beside a number, as (kind, id)."""
        raise NotImplementedError

    def picked_digit(self, number: int) -> tuple[str, str] | None:
        """What stands beside a number; None where nothing does."""
        raise NotImplementedError

    def not_read_yet(self, then: str) -> bool:
        """Whether the one ticket that is meant is still being read; `then` is done when it has been."""
        raise NotImplementedError

    def subject_of(self, ticket: int) -> str:
        """The title of a ticket where it is known."""
        raise NotImplementedError

    def seen_act(self, ids: Sequence[int]) -> int | None:
        """The last act in the log that the person had seen of these tickets."""
        raise NotImplementedError

    def remember_place(self, ids: Sequence[int]) -> None:
        """An act on these tickets begins: note where to go on after them."""

    _meant: tuple[list[int], int | None] | None = None
    """While an answer is carried out: the tickets that it was asked about, and what had been seen of them."""

    def act(self, do: Callable[[Sequence[int]], Outcome], *, on_ids: Sequence[int] | None = None) -> None:
        """Carry out an act on what is marked, else on the ticket under the cursor, behind those before it.

        The answer of a dialogue is for the tickets that it asked about, as they were then.
        """
        meant = self._meant if on_ids is None else None
        ids = meant[0] if meant else list(self.targets() if on_ids is None else on_ids)
        desk = self.session.desk
        if not ids and on_ids is None:
            self.say("there is no ticket here", "warning")
            return

        seen = meant[1] if meant else self.seen_act(ids)
        self.remember_place(ids)

        def job() -> tuple[Outcome, list[QueueRow], list[int]]:
            with desk.having_seen(seen):
                outcome = do(ids)
            return outcome, queue.rows(desk, outcome.tickets[:200]), ids

        self.work_always("act", ACT, job, lambda result: self.acted(*result))

    def _answered(self, then: Callable[[str], None]) -> Callable[[str | None], None] | None:
        """What a dialogue about the tickets of now does with its answer; None where there are no tickets.

        Somebody else may change or settle them while it stands there: the answer is for none but them, and what it
        would overwrite is what the person had seen before the first question.
        """
        meant = self._meant
        if meant is None:
            ids = list(self.targets())
            if not ids:
                self.say("there is no ticket here", "warning")
                return None
            meant = ids, self.seen_act(ids)

        def answered(value: str | None) -> None:
            if value is None:
                return
            before, self._meant = self._meant, meant
            try:
                then(value)
            finally:
                self._meant = before

        return answered

    def _choose(
        self, title: str, options: Sequence[Option], then: Callable[[str], None], current: str = "", note: str = ""
    ) -> None:
        if answered := self._answered(then):
            self.ask(questions.choice(title, options, self.session.ink, note or self._about(), current), answered)

    def _ask(self, dialogue: Dialogue, then: Callable[[str], None]) -> None:
        if answered := self._answered(then):
            self.ask(dialogue, answered)

    def _about(self) -> str:
        ids = self._meant[0] if self._meant else self.targets()
        if len(ids) != 1:
            return f"for {len(ids)} marked tickets"
        return words.fit(f"{ids[0]}  {words.line(self.subject_of(ids[0]))}", 56).rstrip()
