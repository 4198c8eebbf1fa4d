"""The first screen's offers: the demonstration, a catalog, last year's closed tickets, an import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from triage.desk import begin
from triage.ui import questions
from triage.ui.app import DEMONSTRATION
from triage.ui.lanes import ACT
from triage.ui.questions import Option
from triage.ui.screens.base import ModeScreen

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO, CATALOG, CLOSED, IMPORT = "demo", "catalog", "closed", "import"
OPTIONS = (
    Option("d", DEMO, "the demonstration", "a company to try it on"),
    Option("c", CATALOG, "a catalog", "a spreadsheet will do"),
    Option("l", CLOSED, "last year's closed tickets", "as confirmations"),
    Option("i", IMPORT, "tickets", "an export or a mailbox"),
)
FIRST = (
    "There is no catalog and no ticket yet.\n\n"
    "B begins:\n"
    "   d  the demonstration: a company to try it on\n"
    "   c  a catalog of your services; a spreadsheet will do\n"
    "   l  last year's closed tickets, as your agents' confirmations\n"
    "   i  tickets from your help desk or a mailbox\n\n"
    "From a shell: triage demo, triage catalog apply, triage tickets import.\n"
    "What is taken in while this is open appears here by itself."
)

NO_TICKET = (
    "There is no ticket yet.\n\n"
    "B takes in what you have:\n"
    "   l  last year's closed tickets, as your agents' confirmations\n"
    "   i  tickets from your help desk or a mailbox"
)


class Beginning(ModeScreen, part=True):
    """Asks for a file and takes it in."""

    def action_begin(self) -> None:
        """Choose what to begin with."""
        if not self.may_name_files("on the server: triage catalog apply FILE, triage tickets import FILE"):
            return
        self.ask(questions.choice("Begin with", OPTIONS, self.session.ink), self._begin_with)

    def _begin_with(self, value: str | None) -> None:
        desk = self.session.desk
        if value == DEMO:
            self.app.exit(DEMONSTRATION)
        elif value == CATALOG:
            self._ask_file("The file of the catalog", begin.CATALOGS, lambda path: begin.take_catalog(desk, path))
        elif value == CLOSED:
            self._ask_file(
                "The file of the closed tickets",
                begin.DATA,
                lambda path: begin.take_tickets(desk, path, confirmed=True),
            )
        elif value == IMPORT:
            self._ask_file("The file of the tickets", begin.DATA, lambda path: begin.take_tickets(desk, path))

    def _ask_file(self, title: str, suffixes: tuple[str, ...], take: Callable[[Path], str]) -> None:
        def then(text: str | None) -> None:
            if text is None:
                return
            path = begin.path_of(text)
            self.say(f"reading {path.name} …")
            self.work_always("begin", ACT, lambda: take(path), self._begun)

        offers = begin.offers(Path.cwd(), suffixes)
        ask = questions.line(
            title, note=", ".join(suffixes), check=begin.path_problem, offers=offers, placeholder="tab completes"
        )
        self.ask(ask, then)

    def _begun(self, message: str) -> None:
        self.say(message)
        self.action_reload()
