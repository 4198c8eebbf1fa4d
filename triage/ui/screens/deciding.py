"""The acts that decide what a ticket is about and what it weighs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from triage.ui import questions, words
from triage.ui.questions import Option
from triage.ui.screens.acting import Acting

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.show import Detail

CONDITIONS = (
    Option("u", "unavailable", "unavailable", "it cannot be used"),
    Option("d", "degraded", "degraded", "slow, or only in part"),
    Option("b", "bug", "bug", "it does something wrong"),
    Option("q", "question", "question", "how do I"),
    Option("r", "request", "request", "a standard request: access, reset, new laptop"),
    Option("x", "restored", "restored", "it was out and works again"),
)
REACHES = (
    Option("p", "person", "person", "one"),
    Option("t", "team", "team", "two to ten"),
    Option("s", "site", "site", "eleven to a hundred, or a whole site"),
    Option("g", "segment", "segment", "more than a hundred, or a key account"),
    Option("a", "all", "all", "more than half of its users"),
)
REASONS = (
    Option("l", "wrong-link", "wrong link"),
    Option("r", "wrong-reach", "wrong reach"),
    Option("c", "contract", "contract"),
    Option("s", "safety", "safety"),
    Option("p", "politics", "politics"),
    Option("o", "other", "other", "in a few words"),
)
FLAGS = (
    Option("s", "safety", "safety"),
    Option("e", "security", "security"),
    Option("l", "legal", "legal"),
    Option("t", "statutory", "statutory", "a request with a due time by law"),
    Option("n", "none", "none of these"),
)
COMPUTED, CONFIRM = "computed", "confirm"


class Deciding(Acting, part=True):
    """Links, condition, reach, priority, flags."""

    def action_confirm(self) -> None:
        """Confirm all that is likely, go to the next."""
        desk = self.session.desk
        ids = self.targets()
        if self.not_read_yet(CONFIRM):
            return
        shown = self.detail
        if shown is not None and shown.blind and list(ids) == [shown.row.id]:
            self.act(self._ask_for_proposal)
            return
        if shown is not None and shown.only_guesses and list(ids) == [shown.row.id]:
            self.say_nothing_likely(shown.row.id)  # and stay: 1 takes the guess, without going back for it
            return

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.confirm(desk, ids, shown=as_shown(shown))

        self.act(do, on_ids=ids or None)
        if ids and not desk.read_only:
            self.go_on()

    def say_nothing_likely(self, ticket: int) -> None:
        """Say why enter confirms nothing here, and what does."""
        from triage.desk.acts import nothing_likely

        self.say(str(nothing_likely(ticket)), "warning")

    def _ask_for_proposal(self, ids: Sequence[int]) -> Outcome:
        from triage.desk import acts

        return acts.ask(self.session.desk, ids)

    def action_candidate(self, number: str) -> None:
        """Link to the candidate that has this number; 1 confirms a guess with all that stands beside it."""
        shown = self.detail
        lines = (*shown.services, *shown.touchpoints) if shown is not None and not shown.blind else ()
        if number == "1" and any(line.chosen and line.state == "proposed" and not line.preselected for line in lines):
            self._confirm_guesses()
            return
        found = self.picked_digit(int(number))
        if found is not None:
            self.link(*found)

    def _confirm_guesses(self) -> None:
        desk, shown = self.session.desk, self.detail

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.confirm(desk, ids, guesses=True, shown=as_shown(shown))

        self.act(do)
        self.go_on()

    def link(self, kind: str, target: str) -> None:
        """Link to a catalog entry."""
        desk = self.session.desk

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.link(desk, ids, kind, target)

        self.act(do)

    def action_none_fits(self) -> None:
        """Nothing in the catalog fits."""
        desk = self.session.desk

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.none_fits(desk, ids)

        self.act(do)

    def action_no_touchpoint(self) -> None:
        """No touchpoint fits, whatever the service is."""
        self.link("touchpoint", "none")

    def action_reject(self) -> None:
        """It is not about what is proposed."""
        found, desk = self.detail, self.session.desk
        line = next((entry for entry in (*found.services, *found.touchpoints) if entry.chosen), None) if found else None
        if line is None:
            self.say("nothing is proposed that could be rejected", "warning")
            return

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.reject(desk, ids, line.kind, line.target)

        self.act(do)

    def action_condition(self) -> None:
        """Set the condition."""
        desk = self.session.desk

        def then(value: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.set_condition(desk, ids, value)

            self.act(do)

        current = str(self.detail.facts.condition) if self.detail else ""
        self._choose("Condition", CONDITIONS, then, current)

    def action_reach(self) -> None:
        """Set the reach."""
        desk = self.session.desk

        def then(value: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.set_reach(desk, ids, value)

            self.act(do)

        current = str(self.detail.facts.reach) if self.detail else ""
        self._choose("Whom does it touch?", REACHES, then, current)

    def action_override(self) -> None:
        """Set another priority: which, why, and in words where the reason is another one."""
        desk = self.session.desk

        def carry_out(priority: str, reason: str, text: str | None) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.override(desk, ids, priority, reason, text)

            self.act(do)

        def reasoned(priority: str) -> Callable[[str], None]:
            def then(reason: str) -> None:
                if reason == "other":
                    self._ask(questions.line(f"{priority}: why?"), lambda text: carry_out(priority, reason, text))
                else:
                    carry_out(priority, reason, None)

            return then

        def chosen(priority: str) -> None:
            if priority == COMPUTED:
                self.act(self._end_override)
            else:
                self._choose(f"{priority}: why?", REASONS, reasoned(priority))

        levels = [Option(str(level), f"P{level}", f"P{level}") for level in range(1, 6)]
        levels.append(Option("0", COMPUTED, "the computed one", "end the override"))
        current = f"P{self.detail.row.priority}" if self.detail else ""
        self._choose("Priority", levels, chosen, current)

    def _end_override(self, ids: Sequence[int]) -> Outcome:
        from triage.desk import acts

        return acts.end_override(self.session.desk, ids)

    def action_workaround(self) -> None:
        """A workaround helps, or none does any more: the ticket, what is marked, or the whole swarm."""
        desk, found = self.session.desk, self.detail
        on = not (found and found.facts.workaround)
        known = found.known_error if found and on else None

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.workaround(desk, ids, known, on=on)

        swarm = found.row.swarm if found is not None and self.targets() == [found.row.id] else None
        size = self.session.swarms.get(swarm, 0) if swarm is not None else 0
        if swarm is None or size < 2:
            self.act(do)
            return

        def all_of_it(_ids: Sequence[int]) -> Outcome:
            from triage.desk import swarms

            return swarms.workaround(desk, swarm, known, on=on)

        if self.session.state.view == "swarms":  # there a line is a swarm
            self.act(all_of_it)
            return
        options = (
            Option("t", "ticket", "this ticket"),
            Option("s", "swarm", "the whole swarm", f"{words.number(size)} tickets"),
        )
        title = "A workaround helps" if on else "No workaround helps any more"
        self._choose(title, options, lambda value: self.act(all_of_it if value == "swarm" else do))

    def action_flag(self) -> None:
        """Flag it."""
        desk = self.session.desk

        def then(value: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.flag(desk, ids, value)

            self.act(do)

        current = self.detail.flags[0] if self.detail and self.detail.flags else "none"
        self._choose("A matter of", FLAGS, then, current)

    def action_told(self) -> None:
        """What the customer was told otherwise."""
        desk = self.session.desk

        def then(text: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.told(desk, ids, text)

            self.act(do)

        value = self.detail.facts.told_otherwise if self.detail else None
        self._ask(
            questions.line(
                "What was the customer told otherwise?", note=self._about(), value=words.line(value), empty=True
            ),
            then,
        )


def as_shown(found: Detail | None) -> dict[int, str]:
    """The reading that the pane shows: what is confirmed is that and no other."""
    return {found.row.id: found.ticket.reading} if found is not None and found.ticket.reading else {}
