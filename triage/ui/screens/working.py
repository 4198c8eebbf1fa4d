"""The acts of working: who has a ticket, what becomes of it, what belongs together; undo and redo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from triage.desk.queue import QueueRow
from triage.ui import questions, times, words
from triage.ui.lanes import ACT, LOOK
from triage.ui.questions import Option
from triage.ui.screens.acting import Acting

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.swarms import SwarmLine


ELSEWHERE, ANOTHER, ANSWERED = "another group", "another time", "until they answer"
NOT_OURS = (
    Option("s", "their-service", "their service"),
    Option("r", "their-rights", "only they may do it"),
    Option("p", "their-supplier", "their supplier's"),
    Option("n", "no-fault", "nothing is broken"),
    Option("o", "other", "other", "in a few words"),
)


class Working(Acting, part=True):
    """Claim, assign, resolve, wait, snooze, note, merge, swarm, undo."""

    def _simple(self, name: str) -> None:
        desk = self.session.desk

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            done: Outcome = getattr(acts, name)(desk, ids)
            return done

        self.act(do)

    def action_claim(self) -> None:
        """Take it."""
        self._simple("claim")

    def action_release(self) -> None:
        """Give it back."""
        self._simple("release")

    def action_resolve(self) -> None:
        """It is done."""
        self._simple("resolve")

    def action_reopen(self) -> None:
        """Take it up again."""
        self._simple("reopen")

    def action_assign(self) -> None:
        """Give it to somebody."""
        desk = self.session.desk
        people = self.session.names.people
        insisted = ""

        def check(text: str) -> str:
            from triage.desk.named import nobody_called, whom

            nonlocal insisted
            if whom(text, people, desk.user) is not None or text == insisted:
                return ""
            insisted = text
            return f"{words.line(nobody_called(text, people, desk.user))}; enter again takes it as it is"

        def then(who: str) -> None:
            from triage.desk.named import whom

            name = whom(who, people, desk.user) or who

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.assign(desk, ids, name)

            self.act(do)

        self._ask(
            questions.line(
                "Assign to", note=self._about(), check=check, offers=[desk.user, *people, *people.values()],
                placeholder="a name, or how it begins; tab completes",
            ),
            then,
        )  # fmt: skip

    def action_not_ours(self) -> None:
        """Give it to another group: which, and why."""
        desk = self.session.desk
        groups = self.session.names.groups
        found = self.detail
        # Whose service is proposed tells which: it waits, as the proposal does, where that is shown blind.
        service = found.facts.service if found is not None and "service" not in found.blind else None

        def carry_out(group: str, reason: str, text: str | None) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk.hand_over import hand_over

                return hand_over(desk, ids, group, reason, text)

            self.act(do)

        def why(group: str) -> None:
            def then(reason: str) -> None:
                if reason == "other":
                    self._ask(
                        questions.line(f"Not ours, to {group}: why?"), lambda text: carry_out(group, reason, text)
                    )
                else:
                    carry_out(group, reason, None)

            self._choose(f"Not ours, to {groups.get(group, group)}: why?", NOT_OURS, then)

        def chosen(value: str) -> None:
            if value == ELSEWHERE:
                self._ask(questions.line("To whom?", note=self._about(), placeholder="the name of a group"), why)
            else:
                why(value)

        def offer(likely: str | None) -> None:
            keys = "123456789" + "abcdefghilmnpqrstuvwxyz"
            options = [
                Option(key, ident, name, "supports the service" if ident == likely else "")
                for key, (ident, name) in zip(keys, groups.items(), strict=False)
            ]
            self._choose("Not ours: whose?", [*options, Option("o", ELSEWHERE, "another group")], chosen, likely or "")

        def job() -> str | None:
            from triage.desk.hand_over import likely_group

            return likely_group(desk, service)

        self.work("groups", LOOK, job, offer, holds=True)

    def action_wait(self) -> None:
        """Wait for somebody, until a time or until they answer."""
        desk = self.session.desk

        def then(whom: str) -> None:
            def until(at: datetime | None) -> None:
                def do(ids: Sequence[int]) -> Outcome:
                    from triage.desk import acts

                    return acts.wait(desk, ids, whom, at)

                self.act(do)

            self._ask_when(f"Waiting for the {whom}", until, Option("a", ANSWERED, "until they answer"))

        options = (
            Option("c", "customer", "the customer", "SLA and promise clocks stop"),
            Option("s", "supplier", "a supplier", "the clocks run on"),
        )
        self._choose("Wait for", options, then)

    def action_snooze(self) -> None:
        """Put it away until a time."""
        desk = self.session.desk

        def until(at: datetime | None) -> None:
            if at is None:
                return

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.snooze(desk, ids, at)

            self.act(do)

        self._ask_when("Snooze", until)

    def _ask_when(self, title: str, then: Callable[[datetime | None], None], *first: Option) -> None:
        """Ask for a usual time, or for one in words; None for what `first` offers instead of a time."""
        zone = self.session.zone
        usual = times.usual(self.session.now(), zone)

        def typed(text: str) -> None:
            then(times.read(text, self.session.now(), zone))

        def chosen(value: str) -> None:
            if value == ANOTHER:
                note = "90m, 3h, 2d, 17:30, 2026-12-29"
                self._ask(questions.line(f"{title} until", note=note, check=self._time_problem), typed)
            else:
                then(next((moment for letter, _, moment in usual if letter == value), None))

        options = [
            Option(letter, letter, label, words.clock_time(at, zone, self.session.now())) for letter, label, at in usual
        ]
        self._choose(title, [*first, *options, Option("o", ANOTHER, "another time")], chosen)

    def _time_problem(self, text: str) -> str:
        at = times.read(text, self.session.now(), self.session.zone)
        if at is None:
            return f"'{words.line(text)}' is not a time; write 90m, 3h, 2d, 17:30 or 2026-12-29"
        return "" if at > self.session.now() else "that time has passed"

    def action_note(self) -> None:
        """Add a note."""
        desk = self.session.desk

        def then(text: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.note(desk, ids, text)

            self.act(do)

        self._ask(questions.line("Note", note=self._about()), then)

    def action_merge(self) -> None:
        """The same as another ticket, which goes on alone."""
        desk = self.session.desk

        def check(text: str) -> str:
            return "" if text.isascii() and text.isdigit() and len(text) < 19 else "type the number of a ticket"

        def then(text: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.merge(desk, ids, int(text))

            self.act(do)

        self._ask(questions.line("Merge into the ticket with the number", note=self._about(), check=check), then)

    def action_swarm(self) -> None:
        """Leave the swarm or see it; join one where the ticket is in none."""
        desk, found = self.session.desk, self.detail
        if found is None or not self.targets():
            self.say("there is no ticket here", "warning")
            return
        inside = found.row.swarm

        def job() -> list[SwarmLine]:
            from triage.desk.swarms import open_swarms

            return open_swarms(desk)

        def show(lines: list[SwarmLine]) -> None:
            names = self.session.names.services
            if inside is not None:
                mine = next((line for line in lines if line.id == inside), None)
                about = mine.why if mine else ""
                options = [Option("l", "leave", "leave it", "a matter of its own"),
                           Option("o", "open", "open its tickets")]  # fmt: skip
            else:
                about = self._about()
                options = [
                    Option(str(n), str(line.id), names.get(line.service, line.service), f"{line.tickets} tickets")
                    for n, line in enumerate(lines[:9], 1)
                ]
            if not options:
                self.say("there is no swarm to join")
                return
            self._choose("Swarm" if inside is not None else "Join a swarm", options, then, note=about)

        def then(value: str) -> None:
            if value == "open":
                self.see_swarm(found.row)
                return

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import swarms

                return swarms.leave(desk, ids) if value == "leave" else swarms.join(desk, ids, int(value))

            self.act(do)

        self.work("swarms", ACT, job, show, holds=True)

    def see_swarm(self, row: QueueRow) -> None:
        """Show the tickets of a swarm."""
        raise NotImplementedError

    def action_undo(self) -> None:
        """Take back the last act."""

        def do(_ids: Sequence[int]) -> Outcome:
            from triage.desk import undoing

            return undoing.undo(self.session.desk)

        self.act(do, on_ids=())

    def action_redo(self) -> None:
        """Do again what was undone last."""

        def do(_ids: Sequence[int]) -> Outcome:
            from triage.desk import undoing

            return undoing.redo(self.session.desk)

        self.act(do, on_ids=())
