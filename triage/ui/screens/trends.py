"""Trends as plots: what came in and what was done, how urgent it was, by day or by week."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static
from textual_plotext import PlotextPlot

from triage.ui.lanes import SCAN
from triage.ui.session import Session

if TYPE_CHECKING:
    from triage.desk.trends import Step, Trends


LABELS = 8
"""The most days that are named under a plot: 80 columns have no room for more, and which were left out was chance."""


class TrendsScreen(ModalScreen[None]):
    """Two plots over the same time; d and w choose the step, escape leaves."""

    DEFAULT_CSS = """
    TrendsScreen { background: $background; }
    TrendsScreen #title, TrendsScreen #foot { height: 1; padding: 0 1; color: $grey; }
    TrendsScreen #plots { height: 1fr; }
    TrendsScreen PlotextPlot { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,t", "dismiss(None)", show=False),
        Binding("d", "step('day')", show=False),
        Binding("w", "step('week')", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """The title, the plots, the keys."""
        yield Static("Trends · reading …", id="title", markup=False)
        with Vertical(id="plots"):
            yield PlotextPlot(id="tickets")
            yield PlotextPlot(id="impact")
        yield Static("d by day   w by week   esc back", id="foot", markup=False)

    def on_mount(self) -> None:
        """Read the days first."""
        self.action_step("day")

    def action_step(self, step: Step) -> None:
        """By day or by week."""
        self.run_worker(self._read(step), exclusive=True, exit_on_error=False)

    async def _read(self, step: Step) -> None:
        import asyncio

        desk = self.session.desk

        def job() -> Trends:
            from triage.desk.trends import trends

            return trends(desk, step)

        title = self.query_one("#title", Static)
        try:
            found = await asyncio.wrap_future(self.session.lanes.submit(SCAN, job))
        except Exception as error:  # told where the plots would stand; an error is no empty plot
            from triage.ui import words

            title.update(words.line(f"Trends could not be read: {error}"))
            return
        said = "the last four weeks by day" if step == "day" else "the last quarter by week"
        title.update(f"Trends · {said} · the last {step} is not over yet")
        self._plot(found)

    def _plot(self, found: Trends) -> None:
        labels = [f"{day:%d %b}" for day in found.begins]
        places = [float(place) for place in range(1, len(labels) + 1)]
        shown = places[:: -(-len(places) // LABELS) or 1]
        tickets, impact = self.query_one("#tickets", PlotextPlot), self.query_one("#impact", PlotextPlot)
        if self.app.current_theme.ansi:  # plots know no colours of the terminal's own; their signs differ
            for plot in (tickets, impact):
                plot.theme = "clear"
                plot.plt.theme("clear")
        tickets.plt.clear_data()
        tickets.plt.title("Tickets: came in ▪, done ·")
        tickets.plt.bar(places, list(found.came), width=0.5, label="came in")
        tickets.plt.plot(places, list(found.done), label="done", marker="dot")
        impact.plt.clear_data()
        impact.plt.title("Impact that came in: points, and P1 and P2")
        impact.plt.plot(places, list(found.points), label="points", marker="braille")
        impact.plt.bar(places, list(found.high), width=0.4, label="P1 or P2", yside="right")
        for plot in (tickets, impact):
            plot.plt.xticks(shown, [labels[int(place) - 1] for place in shown])
            plot.refresh()
