"""What a lead does from the board: swarms, load, windows, improvements, reports. The rules are the desk's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from triage.errors import TriageError
from triage.ui import words
from triage.ui.lanes import ACT, SCAN
from triage.ui.screens.base import ModeScreen
from triage.ui.screens.dialogues import Ask, Choose
from triage.ui.widgets.options import Option

if TYPE_CHECKING:
    from triage.desk.board import Board, Swarm
    from triage.desk.overview import ComingWindow, Overview

Step = tuple[str, str, str, Callable[[str], str] | None, Sequence[str]]
"""A question of several: title, note, what stands there already, a check that returns a problem, offers."""


class Leading(ModeScreen):
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
            title, note, value, check, offers = steps[len(answers)]
            counted = f"{title}   {len(answers) + 1} of {len(steps)}" if len(steps) > 1 else title
            self.app.push_screen(Ask(counted, note=note, value=value, check=check, offers=offers), answered)

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

        def job() -> str:
            from triage.desk.swarms import confirm_incident

            return confirm_incident(desk, found.id).message

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
            rest = f"; {before - done} that nobody confirmed stay open" if before > done else ""
            return f"resolved {done} of swarm {found.id}{rest} (u takes it back)"

        self._carry_out("resolve", job)

    def action_undo(self) -> None:
        """Take back the last act."""
        desk = self.session.desk

        def job() -> str:
            from triage.desk import acts

            return acts.undo(desk).message

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
                (f"Give tickets of {name} to", "a person; tab completes", "", None, offers),
                ("How many, the most urgent first", f"{name} has {tickets}", str(tickets), check, ()),
            ],
            given,
        )

    # Windows -----------------------------------------------------------------------------------------

    def action_windows(self) -> None:
        """The calendar of windows."""
        session = self.session
        windows: Sequence[ComingWindow] = self.overview.windows if self.overview else ()
        options = [Option("n", "+new", "New window"), Option("i", "+import", "Import a calendar (.ics)")]
        from triage.ui.overview_sheet import window_span

        options += [
            Option("", window.id, words.line(window.name), ("now  " if window.active else "")
                   + window_span(window.starts, window.ends, session.zone))
            for window in windows
        ]  # fmt: skip

        def chosen(value: str | None) -> None:
            if value is None or (value != "+new" and value != "+import" and not self._may()):
                return
            if value == "+new" and self._may():
                self._new_window()
            elif (
                value == "+import"
                and self._may()
                and self.may_name_files("n adds a window; or put it into the catalog and triage catalog apply FILE")
            ):
                self._import_windows()
            elif not value.startswith("+"):
                self._window(next(window for window in windows if window.id == value))

        note = "six weeks ahead; each change is a version of the catalog"
        self.app.push_screen(Choose("Windows", options, session.ink, note), chosen)

    def _window(self, window: ComingWindow) -> None:
        desk = self.session.desk

        def chosen(value: str | None) -> None:
            if value != "end":
                return

            def job() -> str:
                from triage.desk.windows import end

                return f"'{window.name}' is over; catalog version {end(desk, window.id)}"

            self._carry_out("window", job)

        options = [Option("e", "end", "End it now"), Option("k", "keep", "Keep it")]
        self.app.push_screen(Choose(window.name, options, self.session.ink, window.reason), chosen)

    def _new_window(self) -> None:
        session = self.session
        entries = [*session.names.services, *session.names.touchpoints]
        now: datetime = session.now()
        here = self.here.partition(" ")[0].rpartition(":")[2]

        def when(text: str) -> str:
            from triage.desk.windows import read_span

            try:
                read_span(text, now, session.zone)
            except TriageError as error:
                return str(error)
            return ""

        def about(text: str) -> str:
            wrong = [word for word in _ids(text) if word not in entries]
            return f"no service and no touchpoint '{wrong[0]}'; tab completes" if wrong else ""

        def given(answers: list[str]) -> None:
            def job() -> str:
                from triage.desk.windows import add, read_span

                starts, ends = read_span(answers[1], session.now(), session.zone)
                chosen = _ids(answers[2])
                version = add(
                    session.desk, answers[0], starts=starts, ends=ends, reason=answers[3],
                    services=[word for word in chosen if word in session.names.services],
                    touchpoints=[word for word in chosen if word not in session.names.services],
                )  # fmt: skip
                return f"window '{answers[0]}' is in catalog version {version}"

            self._carry_out("window", job)

        day = now.astimezone(session.zone).date()
        self._ask_all(
            [
                ("Name of the window", "like Quarter-end closings", "", None, ()),
                ("From when to when", "in the catalog's time", f"{day} 08:00 to {day} 18:00", when, ()),
                ("Which services or touchpoints", "ids, a comma between them; tab completes",
                 here if here in entries else "", about, entries),
                ("Why the business needs more then", "one sentence; it stands in the score", "", None, ()),
            ],
            given,
        )  # fmt: skip

    def _import_windows(self) -> None:
        session = self.session
        entries = list(session.names.services)

        def given(answers: list[str]) -> None:
            from pathlib import Path

            path, on = Path(answers[0]).expanduser(), _ids(answers[1])

            def job() -> str:
                from triage.desk.windows import take_calendar

                taken = take_calendar(
                    session.desk, path, services=[word for word in on if word in session.names.services],
                    touchpoints=[word for word in on if word not in session.names.services],
                )  # fmt: skip
                left = f"; left out {len(taken.left_out)}: {'; '.join(taken.left_out[:3])}" if taken.left_out else ""
                return f"{len(taken.windows)} windows, catalog version {taken.version}{left}"

            self._carry_out("window", job)

        self._ask_all(
            [
                ("Calendar file", "an .ics file on this machine", "", None, ()),
                ("On which services or touchpoints", "ids; an event's own categories come first", "", None, entries),
            ],
            given,
        )

    # Improvements, trends, reports -------------------------------------------------------------------

    def action_improve(self) -> None:
        """Begin an improvement on the service or touchpoint under the cursor."""
        kind, _, ident = self.here.partition(" ")[0].partition(":")
        if kind not in ("service", "touchpoint") or ident == "none" or not ident:
            self.say("stand on a service or a touchpoint first", "warning")
            return
        if not self._may():
            return
        session = self.session
        name = (session.names.services if kind == "service" else session.names.touchpoints).get(ident, ident)

        def given(answers: list[str]) -> None:
            def job() -> str:
                from triage.desk.improvements import begin

                begun = begin(
                    session.desk, answers[0], owner=answers[1],
                    services=[ident] if kind == "service" else (), touchpoints=[ident] if kind == "touchpoint" else (),
                )  # fmt: skip
                mark = begun.baseline
                return (
                    f"'{answers[0]}' begun, measured against {mark.tickets} tickets and {mark.points} points of"
                    f" {mark.days} days"
                )

            self._carry_out("improve", job)

        self._ask_all(
            [
                (f"What takes this away from {words.line(name)}?", "the name of the improvement", "", None, ()),
                ("Who answers for it?", "a person of the catalog; tab completes", "", None, list(session.names.people)),
            ],
            given,
        )

    def action_trends(self) -> None:
        """Plots over days and weeks."""
        from triage.ui.screens.trends import TrendsScreen

        self.app.push_screen(TrendsScreen(self.session))

    def action_reports(self) -> None:
        """Write a report into a file."""
        if not self.may_name_files("on the server: triage report card -o card.html"):
            return
        from triage.reports.every import REPORTS

        options = [Option(str(n), name, name, text) for n, (name, text) in enumerate(REPORTS.items(), 1)]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._report(name)

        note = "of the quarter that is over; a browser prints the HTML to PDF"
        self.app.push_screen(Choose("Reports", options, self.session.ink, note), chosen)

    def _report(self, name: str) -> None:
        from pathlib import Path

        desk = self.session.desk
        forms = {".html": "html", ".md": "md", ".csv": "csv"}

        def check(text: str) -> str:
            return "" if Path(text).suffix.lower() in forms else "its name ends in .html, .md or .csv"

        def given(answers: list[str]) -> None:
            path = Path(answers[0]).expanduser().absolute()

            def job() -> str:
                from triage.reports.every import build
                from triage.reports.render import render
                from triage.reports.save import save

                form = forms[path.suffix.lower()]
                save(render(build(desk, name), form, None), path, form)
                return f"wrote {path}"

            self.work("report", SCAN, job, self.say)

        self._ask_all([(f"Write {name} to", "an existing file is replaced", f"{name}.html", check, ())], given)


def _of(who: str | None) -> str:
    """The filter that a line of the load opens."""
    return f'agent:"{words.line(who)}"' if who else "agent:none"


def _ids(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]
