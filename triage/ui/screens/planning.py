"""What a lead plans from the board: windows, improvements; and what a lead reads: trends, reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from triage.errors import TriageError
from triage.ui import questions, words
from triage.ui.lanes import SCAN
from triage.ui.questions import Option
from triage.ui.screens.asking import Asking, Step

if TYPE_CHECKING:
    from triage.desk.overview import ComingWindow


class Planning(Asking, part=True):
    """Windows, improvements, trends and reports."""

    # Windows -----------------------------------------------------------------------------------------

    def action_windows(self) -> None:
        """The calendar of windows."""
        session = self.session
        windows: Sequence[ComingWindow] = self.overview.windows if self.overview else ()
        options = [Option("n", "+new", "New window"), Option("i", "+import", "Import a calendar (.ics)")]
        from triage.ui.overview_sheet import window_days

        options += [
            Option("", window.id, words.line(window.name), window_days(window, session.zone)) for window in windows
        ]

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
        self.ask(questions.choice("Windows", options, session.ink, note), chosen)

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
        self.ask(questions.choice(window.name, options, self.session.ink, window.reason), chosen)

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
                Step("Name of the window", "like Quarter-end closings"),
                Step("From when to when", "in the catalog's time", f"{day} 08:00 to {day} 18:00", when),
                Step("Which services or touchpoints", "ids, a comma between them; tab completes",
                 here if here in entries else "", _about(entries), entries),
                Step("Why the business needs more then", "one sentence; it stands in the score"),
            ],
            given,
        )  # fmt: skip

    def _import_windows(self) -> None:
        from triage.desk.begin import path_of, path_problem

        session = self.session
        entries = [*session.names.services, *session.names.touchpoints]

        def given(answers: list[str]) -> None:
            path, on = path_of(answers[0]), _ids(answers[1])

            def job() -> str:
                from triage.desk.windows import take_calendar

                taken = take_calendar(
                    session.desk, path, services=[word for word in on if word in session.names.services],
                    touchpoints=[word for word in on if word not in session.names.services],
                )  # fmt: skip
                left = f"; left out {len(taken.left_out)}: {'; '.join(taken.left_out[:3])}" if taken.left_out else ""
                return f"{len(taken.windows)} windows, catalog version {taken.version}{left}"

            self._carry_out("window", job)

        # Both are checked where they are typed: an answer that is wrong takes no other one with it.
        self._ask_all(
            [
                Step("Calendar file", "an .ics file on this machine", check=path_problem),
                Step("On which services or touchpoints", "ids; tab completes; an event's own categories come first",
                     check=_about(entries), offers=entries),
            ],
            given,
        )  # fmt: skip

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
        people = list(session.names.people)
        today = session.now().astimezone(session.zone).date()
        later = today + timedelta(days=90)

        def who(text: str) -> str:
            wrong = [word for word in _ids(text) if word not in people]
            return f"no person '{wrong[0]}' in the catalog; tab completes" if wrong else ""

        def until(text: str) -> str:
            try:
                passed = text.strip() and date.fromisoformat(text.strip()) < today
            except ValueError:
                return f"a day is written like {later}"
            return "that day is over" if passed else ""

        def given(answers: list[str]) -> None:
            def job() -> str:
                from triage.desk.improvements import begin

                begun = begin(
                    session.desk, answers[0], owner=answers[1], members=_ids(answers[2]),
                    due=date.fromisoformat(answers[3].strip()) if answers[3].strip() else None,
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
                Step(f"What takes this away from {words.line(name)}?", "the name of the improvement"),
                Step("Who answers for it?", "a person of the catalog; tab completes", check=who, offers=people),
                Step(
                    "Who works on it?",
                    "people, a comma between them; may stay empty",
                    check=who,
                    offers=people,
                    empty=True,
                ),
                Step("Until when?", f"a day like {later}; may stay empty", check=until, empty=True),
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

        # The first words say it; the rest is for `triage report --help`, which has room.
        options = [
            Option(str(n), name, name, re.split("[:,;.]", text)[0]) for n, (name, text) in enumerate(REPORTS.items(), 1)
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._report(name)

        note = "of the quarter that is over; a browser prints the HTML to PDF"
        self.ask(questions.choice("Reports", options, self.session.ink, note), chosen)

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

        self._ask_all([Step(f"Write {name} to", "an existing file is replaced", f"{name}.html", check)], given)


def _ids(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def _about(entries: Sequence[str]) -> Callable[[str], str]:
    """A check that a line names services and touchpoints of the catalog."""

    def check(text: str) -> str:
        wrong = [word for word in _ids(text) if word not in entries]
        return f"no service and no touchpoint '{wrong[0]}'; tab completes" if wrong else ""

    return check
