"""The acts that put right what is proposed wrongly: links from the catalog, condition, reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from triage.ui import words
from triage.ui.screens.deciding import CONDITIONS, REACHES, Deciding, as_shown

if TYPE_CHECKING:
    from triage.desk.acts import Outcome


class Correcting(Deciding, part=True):
    """The picker, and what is said of condition and reach while confirming."""

    @property
    def ticket_is_seen(self) -> bool:
        """Whether the ticket under the cursor is on the screen: what nobody could see is not confirmed."""
        raise NotImplementedError

    def link_all(self, links: Sequence[tuple[str, str]]) -> None:
        """Link to one entry of the catalog, or to a service and a touchpoint in one act."""
        if len(links) == 1:
            self.link(*links[0])
            return
        desk, targets = self.session.desk, dict(links)

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import correct

            return correct.link_both(desk, ids, targets["service"], targets["touchpoint"])

        self.act(do)

    def action_pick(self) -> None:
        """Open the picker; tab in it goes on to condition and reach, and confirms."""
        from triage.ui.screens.picker import Picker, read_answer

        def chosen(value: str) -> None:
            links, goes_on = read_answer(value)
            self.link_all(links)
            if goes_on:
                self._correct(linked=True)

        ids = self.targets()
        if not (answered := self._answered(chosen)):
            return
        ticket = ids[0] if len(ids) == 1 else None
        found = self.detail
        was = f"P{found.row.priority} with {found.row.score}" if found and not found.blind and ticket else ""
        self.ask(Picker(self.session, ticket, f"Link to …   {self._about()}", was, self.beside_digits()), answered)

    def action_correct(self) -> None:
        """Say condition and reach, confirm all else, go on."""
        self._correct()

    def _correct(self, *, linked: bool = False) -> None:
        """Ask for both in one dialogue; `linked` says that a link was decided a moment ago and is not shown yet.

        What is not on the screen, is proposed blind or is only a guess is not confirmed: what was said is set, and one
        stays.
        """
        from triage.ui.screens.saying import Saying

        found = self.detail
        current = (str(found.facts.condition), str(found.facts.reach)) if found else ("", "")

        def then(value: str) -> None:
            said = dict(part.split(":", 1) for part in value.split())
            ids, shown = self._meant[0] if self._meant else self.targets(), self.detail
            one = len(ids) == 1
            seen = shown is not None and [shown.row.id] == list(ids) and self.ticket_is_seen and not shown.blind
            guesses = one and shown is not None and shown.only_guesses and not linked
            confirms = not one or (seen and not guesses)
            desk = self.session.desk

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                if confirms:
                    return acts.confirm(desk, ids, shown=as_shown(shown), said=said)
                return acts.say(desk, ids, said)

            if said or confirms:
                self.act(do)
            here = self.targets() == list(ids)
            if confirms and not desk.read_only and here:
                self.go_on()
            elif shown is None and one and here and self.ticket_is_seen:
                self.action_confirm()  # as soon as it has been read, as enter does
            elif guesses and seen:
                self.say_nothing_likely(ids[0])
            elif not confirms:
                self.say("not confirmed yet: look at the ticket, then confirm", "warning")

        if answered := self._answered(then):
            self.ask(Saying(CONDITIONS, REACHES, self.session.ink, words.line(self._about()), current), answered)
