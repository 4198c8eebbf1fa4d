"""The board: where the open impact stands, what breaches next, who has how much. A cell opens the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from triage.ui import commands, words
from triage.ui.board_sheet import maps, side, swarm_opens
from triage.ui.lanes import SCAN
from triage.ui.overview_sheet import overview_sheet
from triage.ui.room import NARROW
from triage.ui.screens.base import TICK
from triage.ui.screens.leading import Leading
from triage.ui.session import Session
from triage.ui.widgets.cells import Bit, CellLines, Sheet

if TYPE_CHECKING:
    from triage.desk.board import Board, Swarm
    from triage.desk.overview import Overview

TRENDS = 60
REST = 20
"""What walks the tickets rests so many times as long as it took: a minute over a million, not felt over a thousand."""


class BoardScreen(Leading):
    """Heat maps on the left, what to look at next on the right."""

    PLACE = commands.BOARD
    CSS_PATH: ClassVar[str] = "board.tcss"
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings(commands.BOARD)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.board: Board | None = None
        self.overview: Overview | None = None
        self.trends: dict[str, list[int]] = {}
        self._walk_again = 0.0

    def body(self) -> ComposeResult:
        """Two sheets of cells."""
        with Horizontal(id="board"):
            yield CellLines(self.session.ink, id="maps")
            yield CellLines(self.session.ink, id="side")

    @property
    def maps(self) -> CellLines:
        """The heat maps."""
        return self.query_one("#maps", CellLines)

    @property
    def side(self) -> CellLines:
        """What to look at next."""
        return self.query_one("#side", CellLines)

    def on_mount(self) -> None:
        """Read the board."""
        self.maps.show(Sheet([[], [Bit("reading …", "faint")]]))
        self.maps.focus()
        self.changed()

    def acted(self) -> None:
        """After an act of the lead's own everything is read at once."""
        self._walk_again = 0.0
        self.changed()

    def look_again(self) -> None:
        """Read it again when it comes to the front."""
        super().look_again()
        self.changed()

    def changed(self) -> None:
        """Read the counts, then the trends of the services that they name."""
        desk = self.session.desk

        def job() -> Board:
            from triage.desk.board import board

            return board(desk)

        self.work("board", SCAN, job, self._read)

    def ticked(self) -> None:
        """Clocks go on."""
        self.changed()

    def _read(self, board: Board) -> None:
        self.board = board
        self.session.header = board.header
        self._paint()
        # The counts cost nothing; what walks the tickets waits until it has rested.
        if time.monotonic() >= self._walk_again:
            self._walk_again = float("inf")
            self._walk(board)

    def _walk(self, board: Board) -> None:
        desk = self.session.desk
        services = [line.service for line in board.services if line.service][:TRENDS]

        def job() -> tuple[dict[str, list[int]], Overview, float]:
            from triage.desk.board import trend
            from triage.desk.overview import overview

            began = time.monotonic()
            return trend(desk, services), overview(desk), time.monotonic() - began

        self.work("walk", SCAN, job, self._walked)

    def _walked(self, found: tuple[dict[str, list[int]], Overview, float]) -> None:
        trends, overview, took = found
        self._walk_again = time.monotonic() + REST * took
        if (trends, overview) != (self.trends, self.overview):
            self.trends, self.overview = trends, overview
            self._paint()

    def failed(self, name: str, error: BaseException) -> None:
        """An error is never an empty board."""
        if name == "walk":
            self._walk_again = time.monotonic() + TICK
        if name == "board" and self.board is None:
            text = [[], [Bit("The board could not be read.", "error")], [Bit(words.line(str(error)))]]
            self.maps.show(Sheet(text))
        else:
            super().failed(name, error)

    @on(CellLines.Resized)
    def _resized_lines(self) -> None:
        self._paint()

    def themed(self) -> None:
        """Paint in the new ink."""
        super().themed()
        self.maps.ink = self.side.ink = self.session.ink
        self._paint()

    def _paint(self) -> None:
        if self.board is None or not self.is_mounted:
            return
        session = self.session
        self.maps.show(maps(self.board, self.trends, self.maps.size.width - 2))
        width = self.side.size.width - 2
        sheet = side(self.board, session.names, session.now(), session.zone, width)
        more = overview_sheet(self.overview, session.names, session.zone, session.now(), width)
        sheet.lines += more.lines
        self.side.show(sheet)
        self.paint_bars()

    def counts(self) -> list[tuple[str, str]]:
        """P1, and the share of P1 and P2."""
        found = list(super().counts())
        if self.board is not None and self.board.share_p2 is not None:
            share = self.board.share_p2
            found.append((f"P1+P2 {share:.0f} %", "warning" if share > 20 else "dim"))
        return found

    # Keys --------------------------------------------------------------------------------------------

    @property
    def _here(self) -> CellLines:
        return self.side if self.focused is self.side else self.maps

    def action_move(self, steps: str) -> None:
        """To the next line of cells."""
        self._here.move(int(steps))

    def action_move_page(self, steps: str) -> None:
        """Ten lines of cells."""
        self._here.move(int(steps) * 10)

    def action_move_end(self, way: str) -> None:
        """The first or the last cell."""
        self._here.to_end(int(way))

    def action_sideways(self, steps: str) -> None:
        """The cell beside, or the other half of the board."""
        if not self._here.sideways(int(steps)) and not self.has_class("-narrow"):
            (self.side if int(steps) > 0 else self.maps).focus()

    def action_page(self) -> None:
        """The other half."""
        if self.has_class("-narrow"):
            self.toggle_class("-side")
            self.call_after_refresh((self.side if self.has_class("-side") else self.maps).focus)
        else:
            (self.maps if self.focused is self.side else self.side).focus()

    def action_open(self) -> None:
        """Open the queue filtered to the cell."""
        if self._here.opens:
            self._open(self._here.opens)

    @on(CellLines.Opened)
    def _opened(self, message: CellLines.Opened) -> None:
        message.stop()
        self._open(message.what)

    def _open(self, what: str) -> None:
        self.session.wanted_filter = what
        self.action_mode(commands.DESK)

    @property
    def here(self) -> str:
        """What the cell under the cursor opens."""
        return self._here.opens

    def swarm_here(self) -> Swarm | None:
        """The swarm under the cursor."""
        if self.board is None or self._here is not self.side:
            return None
        return next((swarm for swarm in self.board.swarms if swarm_opens(swarm) == self.side.opens), None)

    def action_swarms(self) -> None:
        """To the first swarm, or from one to the next."""
        swarms = self.board.swarms if self.board is not None else []
        if not swarms:
            self.say("there is no swarm")
            return
        stands = self.swarm_here()
        place = swarms.index(stands) + 1 if stands is not None else 0
        if self.has_class("-narrow"):
            self.set_class(True, "-side")
        self.side.focus()
        self.side.stand_on(swarm_opens(swarms[place % len(swarms)]))

    def action_back(self) -> None:
        """Back to the maps, then to the desk."""
        if self.focused is self.side or self.has_class("-side"):
            self.set_class(False, "-side")
            self.call_after_refresh(self.maps.focus)
        else:
            self.action_mode(commands.DESK)
