"""Every act of the desk: from a key to a function of `triage.desk.acts`, on one ticket or on all marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from triage.desk import queue
from triage.desk.queue import QueueRow
from triage.ui import clipboard, times, words
from triage.ui.lanes import ACT, LOOK
from triage.ui.screens.base import ModeScreen
from triage.ui.screens.dialogues import Ask, Choose, Tell
from triage.ui.widgets.options import Option

if TYPE_CHECKING:
    from triage.desk.acts import Outcome
    from triage.desk.show import Detail
    from triage.desk.swarms import SwarmLine

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
COMPUTED = "computed"


class DeskActs(ModeScreen):
    """The acts. A mode that has tickets gives `targets`, `detail` and `acted`."""

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

    def picked_digit(self, number: int) -> tuple[str, str] | None:
        """What stands beside a number; None where nothing does."""
        raise NotImplementedError

    def act(self, do: Callable[[Sequence[int]], Outcome], *, on_ids: Sequence[int] | None = None) -> None:
        """Carry out an act on what is marked, else on the ticket under the cursor, behind those before it."""
        ids = list(self.targets() if on_ids is None else on_ids)
        desk = self.session.desk
        if not ids and on_ids is None:
            self.say("there is no ticket here", "warning")
            return

        def job() -> tuple[Outcome, list[QueueRow], list[int]]:
            outcome = do(ids)
            return outcome, queue.rows(desk, outcome.tickets[:200]), ids

        self.work_always("act", ACT, job, lambda result: self.acted(*result))

    def _choose(
        self, title: str, options: Sequence[Option], then: Callable[[str], None], current: str = "", note: str = ""
    ) -> None:
        if not self.targets():
            self.say("there is no ticket here", "warning")
            return

        def answered(value: str | None) -> None:
            if value is not None:
                then(value)

        self.app.push_screen(Choose(title, options, self.session.ink, note or self._about(), current), answered)

    def _ask(self, dialogue: Ask, then: Callable[[str], None]) -> None:
        if not self.targets():
            self.say("there is no ticket here", "warning")
            return

        def answered(value: str | None) -> None:
            if value is not None:
                then(value)

        self.app.push_screen(dialogue, answered)

    def _about(self) -> str:
        ids = self.targets()
        if len(ids) != 1:
            return f"for {len(ids)} marked tickets"
        found = self.detail
        subject = found.ticket.subject if found and found.row.id == ids[0] else ""
        return words.fit(f"{ids[0]}  {words.line(subject)}", 56).rstrip()

    # Deciding --------------------------------------------------------------------------------------

    def action_confirm(self) -> None:
        """Confirm all that is proposed, go to the next."""
        desk = self.session.desk
        ids = self.targets()

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.confirm(desk, ids)

        self.act(do, on_ids=ids or None)
        if ids:
            self.go_on()

    def action_candidate(self, number: str) -> None:
        """Link to the candidate that has this number."""
        found = self.picked_digit(int(number))
        if found is not None:
            self.link(*found)

    def link(self, kind: str, target: str) -> None:
        """Link to a catalog entry."""
        desk = self.session.desk

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.link(desk, ids, kind, target)

        self.act(do)

    def action_pick(self) -> None:
        """Open the picker."""
        from triage.ui.screens.picker import Picker

        ids = self.targets()
        if not ids:
            self.say("there is no ticket here", "warning")
            return

        def answered(value: str | None) -> None:
            if value is not None:
                kind, _, target = value.partition(":")
                self.link(kind, target)

        ticket = ids[0] if len(ids) == 1 else None
        self.app.push_screen(Picker(self.session, ticket, f"Link to …   {self._about()}"), answered)

    def action_none_fits(self) -> None:
        """Nothing in the catalog fits."""
        desk = self.session.desk

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.none_fits(desk, ids)

        self.act(do)

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
                    self._ask(Ask(f"{priority}: why?"), lambda text: carry_out(priority, reason, text))
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
        """A workaround helps, or none does any more."""
        desk, found = self.session.desk, self.detail
        on = not (found and found.facts.workaround)
        known = found.known_error if found and on else None

        def do(ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.workaround(desk, ids, known, on=on)

        self.act(do)

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
            Ask("What was the customer told otherwise?", note=self._about(), value=words.line(value), empty=True), then
        )

    # Working ---------------------------------------------------------------------------------------

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

        def then(who: str) -> None:
            known = {name.lower(): ident for ident, name in self.session.names.people.items()}
            name = known.get(who.lower(), who)

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.assign(desk, ids, name)

            self.act(do)

        people = self.session.names.people
        offers = [self.session.desk.user, *people, *people.values()]
        self._ask(Ask("Assign to", note=self._about(), offers=offers, placeholder="a name; tab completes"), then)

    def action_wait(self) -> None:
        """Wait for somebody, until a time or until they answer."""
        desk, now, zone = self.session.desk, self.session.now(), self.session.zone

        def then(whom: str) -> None:
            def until(text: str) -> None:
                at = times.read(text, now, zone) if text else None

                def do(ids: Sequence[int]) -> Outcome:
                    from triage.desk import acts

                    return acts.wait(desk, ids, whom, at)

                self.act(do)

            self._ask(
                Ask(f"Waiting for the {whom}: until when?", note="empty: until they answer; 2d, 17:30, 2026-12-29",
                    check=self._time_problem, empty=True), until,
            )  # fmt: skip

        options = (
            Option("c", "customer", "the customer", "SLA and promise clocks stop"),
            Option("s", "supplier", "a supplier", "the clocks run on"),
        )
        self._choose("Wait for", options, then)

    def _time_problem(self, text: str) -> str:
        if not text:
            return ""
        at = times.read(text, self.session.now(), self.session.zone)
        if at is None:
            return f"'{words.line(text)}' is not a time; write 90m, 3h, 2d, 17:30 or 2026-12-29"
        return "" if at > self.session.now() else "that time has passed"

    def action_snooze(self) -> None:
        """Put it away until a time."""
        desk, zone = self.session.desk, self.session.zone
        usual = times.usual(self.session.now(), zone)

        def until(text: str) -> None:
            at = times.read(text, self.session.now(), zone) or next(
                (moment for letter, _, moment in usual if letter == text), None
            )
            if at is None:
                return

            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.snooze(desk, ids, at)

            self.act(do)

        def then(letter: str) -> None:
            if letter == "o":
                self._ask(Ask("Snooze until", note="90m, 3h, 2d, 17:30, 2026-12-29", check=self._time_problem), until)
            else:
                until(letter)

        options = [
            Option(letter, letter, label, words.clock_time(at, zone, self.session.now())) for letter, label, at in usual
        ]
        self._choose("Snooze", [*options, Option("o", "o", "another time")], then)

    def action_note(self) -> None:
        """Add a note."""
        desk = self.session.desk

        def then(text: str) -> None:
            def do(ids: Sequence[int]) -> Outcome:
                from triage.desk import acts

                return acts.note(desk, ids, text)

            self.act(do)

        self._ask(Ask("Note", note=self._about()), then)

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

        self._ask(Ask("Merge into the ticket with the number", note=self._about(), check=check), then)

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

        self.work("swarms", ACT, job, show)

    def see_swarm(self, row: QueueRow) -> None:
        """Show the tickets of a swarm."""
        raise NotImplementedError

    def action_undo(self) -> None:
        """Take back the last act."""

        def do(_ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.undo(self.session.desk)

        self.act(do, on_ids=())

    def action_redo(self) -> None:
        """Do again what was undone last."""

        def do(_ids: Sequence[int]) -> Outcome:
            from triage.desk import acts

            return acts.redo(self.session.desk)

        self.act(do, on_ids=())

    # Copying ---------------------------------------------------------------------------------------

    def copy(self, what: str, text: str) -> None:
        """Copy by the terminal and by the platform; say what that could do."""
        self.app.copy_to_clipboard(clipboard.safe(text))
        self.work(
            "copy", LOOK, lambda: clipboard.copy_by_platform(text), lambda tool: self.say(clipboard.told(what, tool))
        )

    def action_copy_brief(self) -> None:
        """Copy the brief."""
        if self.detail is None:
            self.say("the ticket is still being read", "warning")
        else:
            self.copy("the brief", self.detail.brief)

    def action_copy_link(self) -> None:
        """Copy the number and the address in its own system."""
        if self.detail is None:
            self.say("the ticket is still being read", "warning")
            return
        ticket = self.detail.ticket
        text = f"{ticket.id} {ticket.source}:{ticket.external_id}" + (f" {ticket.url}" if ticket.url else "")
        self.copy("the number" + (" and the link" if ticket.url else ""), words.line(text))

    def action_who(self) -> None:
        """Whom to tell, with address and telephone."""
        found = self.detail
        if found is None:
            self.say("the ticket is still being read", "warning")
            return
        lines = [
            " · ".join(part for part in (contact.name, contact.role, contact.email, contact.phone) if part)
            for contact in found.who
        ] or ["the catalog names nobody for this"]

        def answered(value: str | None) -> None:
            if value == "copy":
                self.copy("whom to tell", "\n".join(lines))

        self.app.push_screen(Tell("Whom to tell", lines, "⏎ copies, escape closes"), answered)
