"""What is painted only in part is what a whole paint would give; what is read ahead is what the next key needs."""

from __future__ import annotations

import gc
from array import array
from pathlib import Path
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tests.ui.conftest import opened, press, settled
from tests.ui.test_flows import the_desk
from triage.desk import acts, queue
from triage.desk.office import Desk
from triage.ui.screens import base
from triage.ui.screens.dialogues import Dialogue
from triage.ui.tidy import tidy
from triage.ui.widgets.queue_list import QueueList
from triage.ui.widgets.ticket_pane import TicketPane


class OnScreen:
    """The lines of a pane as the terminal has them: a line is painted again where the pane asks for it, and only there."""

    def __init__(self, pane: TicketPane) -> None:
        self.pane, self.lines, self.asked = pane, [], set[int]()  # type: ignore[var-annotated]
        self.size = pane.outer_size
        refresh = pane.refresh

        def noting(*regions: Region, **given: Any) -> TicketPane:
            self.asked.update(*(region.line_range for region in regions or (pane.outer_size.region,)))
            return refresh(*regions, **given)

        pane.refresh = noting  # type: ignore[method-assign]
        noting()

    def painted(self) -> list[Strip]:
        """What stands there now."""
        now = painted_anew(self.pane)
        self.lines = [line if y in self.asked or y >= len(self.lines) else self.lines[y] for y, line in enumerate(now)]
        self.asked.clear()
        return self.lines


def painted_anew(pane: TicketPane) -> list[Strip]:
    """The lines of the pane with nothing left of what stood there."""
    pane._strips.clear()
    return pane.render_lines(pane.outer_size.region)


@pytest.mark.parametrize("size", [(120, 24), (120, 50)])
async def test_the_pane_shows_no_line_of_another_ticket(database: Path, desk: Desk, size: tuple[int, int]) -> None:
    async with opened(database, size=size) as (app, pilot):
        screen = the_desk(app)
        pane, lines = screen.pane, screen.lines
        terminal = OnScreen(pane)
        for key in ("j", "j", ".", "j", "k", "G", "g", "part", "j", "part", "k", "scroll", "j", "find", "j", "ink"):
            if key == "part":
                screen.go_to_part("history" if size[1] < 30 else "links")
            elif key == "scroll":
                pane.scroll_lines(3)
            elif key == "find":
                screen.find_text("the")
            elif key == "ink":
                screen.action_theme()
            else:
                await press(app, pilot, key)
            await settled(app, pilot)
            kept = terminal.painted()
            assert kept == painted_anew(pane), f"after {key}"
            assert pane.page is not None
            assert pane.page.ticket == lines.ticket
            assert pane.show_vertical_scrollbar == (len(pane.page.lines) > pane.container_size.height)
            if pane.show_vertical_scrollbar:
                assert pane.vertical_scrollbar.window_virtual_size == len(pane.page.lines)
        ticket = lines.ticket
        assert ticket is not None
        before = terminal.painted()
        acts.claim(desk, [ticket])  # somebody else: the head of the page tells
        for _ in range(30):
            await pilot.pause(0.1)
            await settled(app, pilot)
            if (kept := terminal.painted()) != before:
                break
        assert kept != before
        assert kept == painted_anew(pane)


async def test_the_next_page_is_read_before_it_is_gone_to(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        row = queue.rows(desk, [lines.ids[0]])[0]
        asked: list[int] = []

        def take(message: QueueList.RowsWanted) -> None:
            asked.extend(message.ids)
            lines.update_rows(row._replace(id=ident) for ident in message.ids)

        lines.post_message = lambda message: (  # type: ignore[method-assign,assignment]
            take(message) if isinstance(message, QueueList.RowsWanted) else QueueList.post_message(lines, message)
        )
        lines.show_ids(array("I", range(1000, 2000)))
        page = lines.window - 1
        for place in (page, 2 * page, 3 * page, 2 * page, 600):
            lines.go_to(place)
            await pilot.pause(0.05)
            near = lines.in_view(lines.window)
            assert all(lines.row(ident) is not None for ident in near), f"at {place}"
        assert len(asked) == len(set(asked))
        assert (
            len(asked) <= 2 * 5 * lines.window
        )  # two stretches of the list, each the view and two pages on both sides


async def test_the_border_of_the_pane_tells_whether_it_has_the_keys(database: Path) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        edges = []
        for widget in (screen.lines, screen.pane, screen.lines):
            widget.focus()
            await settled(app, pilot)
            edges.append({next(iter(line)).style for line in painted_anew(screen.pane)})
        assert [len(edge) for edge in edges] == [1, 1, 1]
        assert edges[0] == edges[2] != edges[1]


async def test_dialogues_that_were_closed_leave_nothing_in_memory(database: Path) -> None:
    async with opened(database) as (app, pilot):
        for _ in range(3):
            await press(app, pilot, "s", "escape", "question_mark", "escape")
        tidy()
        widgets = [found for found in gc.get_objects() if isinstance(found, Widget)]
        of_widgets = {id(widget._styles_cache) for widget in widgets}
        left = [found for found in gc.get_objects() if isinstance(found, StylesCache) and id(found) not in of_widgets]
        assert not left
        assert not [widget for widget in widgets if isinstance(widget, Dialogue) and widget.app is app]


async def test_after_a_dialogue_it_is_tidied_once_while_nobody_waits(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[int] = []
    monkeypatch.setattr(base, "TIDY", 0.05)
    monkeypatch.setattr(base, "tidy", lambda: tidied.append(1))
    async with opened(database) as (app, pilot):
        await press(app, pilot, "s", "escape")
        await pilot.pause(0.3)
        assert tidied == [1]


async def test_the_page_of_an_order_is_read_while_one_chooses(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "s")
        asked: list[object] = []
        read = queue.first_page
        monkeypatch.setattr(queue, "first_page", lambda *given: asked.append(given) or read(*given))
        await press(app, pilot, "n")
        assert screen.session.state.order == "newest" and not asked
        assert list(screen.lines.ids) == list(queue.all_ids(screen.session.desk, screen._chosen))


async def test_the_page_of_an_order_is_read_again_when_something_changed_while_one_chose(
    database: Path, desk: Desk
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "s")
        last = queue.first_page(desk, queue.selection(desk, order="newest"), 1)[0].id
        acts.resolve(desk, [last])
        screen._poll()
        await settled(app, pilot)
        await press(app, pilot, "n")
        assert last not in screen.lines.ids and screen.lines.ids[0] != last


async def test_kept_lines_are_painted_as_they_are(database: Path) -> None:
    """Textual keeps in a strip what it made of it: another one for the same line is made into bytes anew."""
    async with opened(database, size=(120, 16), view="all") as (app, _pilot):
        for shown in (the_desk(app).lines, the_desk(app).pane):
            assert shown.show_vertical_scrollbar
            first = shown.render_lines(shown.outer_size.region)
            again = shown.render_lines(shown.outer_size.region)
            assert [one is other for one, other in zip(first, again, strict=True)] == [True] * len(first)


async def test_a_line_is_whole_while_its_scrollbar_is_coming(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(database, size=(120, 16), view="all") as (app, pilot):
        pane = the_desk(app).pane
        page = pane.page
        assert page is not None and len(page.lines) > 16
        pane.say("reading …")
        await settled(app, pilot)
        assert not pane.show_vertical_scrollbar
        painted, paint = [], pane.render_lines

        def noting(crop: Region) -> list[Strip]:
            strips = paint(crop)
            painted.append((crop.width, {strip.cell_length for strip in strips}))
            return strips

        monkeypatch.setattr(pane, "render_lines", noting)
        pane.show(page)
        await settled(app, pilot)
        assert pane.show_vertical_scrollbar
        # Before its scrollbar is laid out the pane is asked for all of its width; then a cell less will do.
        width = pane.outer_size.width
        assert painted[0] == (width, {width})
