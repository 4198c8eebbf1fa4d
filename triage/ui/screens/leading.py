"""What a lead does from the board at once: swarms, load, undo. The rules are the desk's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.ui import words
from triage.ui.screens.asking import Step
from triage.ui.screens.planning import Planning

if TYPE_CHECKING:
    from triage.desk.board import Swarm


class Leading(Planning, part=True):
    """Acts of the board on swarms and on who has how much."""

    # Swarms ------------------------------------------------------------------------------------------

    def _wanted_swarm(self) -> Swarm | None:
        found = self.swarm_here()
        if found is None:
            self.say("stand on a swarm first: s goes there", "warning")
        return found

    def action_incident(self) -> None:
        """A person says that the swarm under the cursor is a major incident."""
        found = self._wanted_swarm()
        if found is None:
            return
        desk = self.session.desk
        name = self.session.names.services.get(found.service, found.service)

        def job() -> str:
            from triage.desk.swarms import confirm_incident, parent_of

            confirm_incident(desk, found.id)
            return f"{name} is a major incident, its parent {parent_of(desk, found.id)} (x resolves together, u undoes)"

        self._carry_out("incident", job)

    def action_resolve_swarm(self) -> None:
        """Resolve the swarm's parent and what a person confirmed of it."""
        found = self._wanted_swarm()
        if found is None:
            return
        desk = self.session.desk

        def job() -> str:
            from triage.desk.swarms import members, resolve_together

            before = len(members(desk, found.id))
            done = len(resolve_together(desk, found.id).tickets)
            rest = f"; {before - done} that nobody confirmed stay open: ⏎ opens them" if before > done else ""
            return f"resolved {done} of swarm {found.id}{rest} (u takes it back)"

        self._carry_out("resolve", job)

    def action_undo(self) -> None:
        """Take back the last act, a window or an improvement as well."""
        desk = self.session.desk

        def job() -> str:
            from triage.desk.take_back import undo

            return undo(desk)

        self._carry_out("undo", job)

    # Load --------------------------------------------------------------------------------------------

    def action_reassign(self) -> None:
        """Give open tickets of the person under the cursor to somebody else, the most urgent first."""
        found = next((line for line in (self.board.load if self.board else ()) if _of(line[0]) == self.here), None)
        if found is None:
            self.say("stand on somebody's line under Load first", "warning")
            return
        if not self._may():
            return
        who, tickets, _ = found
        people = [*self.session.names.people, *(name for name, _, _ in self.board.load if name and name != who)]  # type: ignore[union-attr]
        offers = sorted(dict.fromkeys(people))
        desk = self.session.desk

        def check(text: str) -> str:
            return "" if text.isdecimal() and 0 < int(text) <= tickets else f"a number from 1 to {tickets}"

        def given(answers: list[str]) -> None:
            to, most = answers[0], int(answers[1])

            def job() -> str:
                from triage.desk.load import reassign

                return reassign(desk, who, to, most).message

            self._carry_out("reassign", job)

        name = words.line(who) if who else "nobody"
        self._ask_all(
            [
                Step(f"Give tickets of {name} to", "a person; tab completes", offers=offers),
                Step("How many, the most urgent first", f"{name} has {tickets}", str(tickets), check),
            ],
            given,
        )


def _of(who: str | None) -> str:
    """The filter that a line of the load opens."""
    return f'agent:"{words.line(who)}"' if who else "agent:none"
