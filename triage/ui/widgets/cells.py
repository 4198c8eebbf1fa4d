"""Lines with cells in them that can be stood on and opened: what the board and the catalog are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from triage.ui.ink import Ink

NOTHING = ("", "·")
"""Texts of a bit that mean nothing is there: a click on one means no cell."""


@dataclass(frozen=True, slots=True)
class Bit:
    """A piece of a line: text, role, how hot (0 to 4), and what it opens (empty: nothing)."""

    text: str
    role: str = "text"
    heat: int = 0
    opens: str = ""


@dataclass(slots=True)
class Sheet:
    """Lines of bits; those that open something are its cells."""

    lines: list[list[Bit]] = field(default_factory=list)

    def cells(self) -> list[tuple[int, int]]:
        """(line, bit) of every cell, in reading order."""
        return [(y, x) for y, line in enumerate(self.lines) for x, bit in enumerate(line) if bit.opens]


class CellLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `Sheet`; a cursor goes from cell to cell. Its place is kept by what the cell opens."""

    DEFAULT_CSS = """
    CellLines { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; background: $background; }
    """

    class Opened(Message):
        """A cell was opened."""

        def __init__(self, lines: CellLines, what: str) -> None:
            super().__init__()
            self.lines, self.what = lines, what

        @property
        def control(self) -> CellLines:
            """The lines that the cell is in."""
            return self.lines

    class Moved(Message):
        """The cursor stands on another cell."""

        def __init__(self, lines: CellLines, what: str) -> None:
            super().__init__()
            self.lines, self.what = lines, what

        @property
        def control(self) -> CellLines:
            """The lines that the cell is in."""
            return self.lines

    class Resized(Message):
        """The lines must be laid out for another width."""

    def __init__(self, ink: Ink, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ink = ink
        self.sheet = Sheet()
        self.at: tuple[int, int] | None = None

    def show(self, sheet: Sheet, *, top: bool = False) -> None:
        """Show other lines; the cursor stays on what it stood on, where that is still there."""
        before = self.opens
        self.sheet = sheet
        cells = sheet.cells()
        same = [cell for cell in cells if before and sheet.lines[cell[0]][cell[1]].opens == before]
        self.at = same[0] if same else (cells[0] if cells else None)
        if self.at and not same and before and cells and self._old_line is not None and not top:
            self.at = min(cells, key=lambda cell: abs(cell[0] - (self._old_line or 0)))
        self._old_line = self.at[0] if self.at else None
        self.virtual_size = Size(self.size.width, len(sheet.lines))
        if top:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    _old_line: int | None = None

    @property
    def opens(self) -> str:
        """What the cell under the cursor opens."""
        if self.at is None or self.at[0] >= len(self.sheet.lines) or self.at[1] >= len(self.sheet.lines[self.at[0]]):
            return ""
        return self.sheet.lines[self.at[0]][self.at[1]].opens

    def move(self, lines: int) -> None:
        """To the nearest cell so many lines of cells away."""
        cells = self.sheet.cells()
        if not cells:
            self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True, immediate=True)
            return
        at = self.at or cells[0]
        rows = sorted({y for y, _ in cells})
        place = max(min(rows.index(at[0]) + lines, len(rows) - 1), 0)
        row = rows[place]
        left = self._left(*at)
        self._stand(min((cell for cell in cells if cell[0] == row), key=lambda cell: abs(self._left(*cell) - left)))

    def sideways(self, steps: int) -> bool:
        """To the cell beside this one in its line; False where there is none."""
        if self.at is None:
            return False
        beside = [x for y, x in self.sheet.cells() if y == self.at[0]]
        place = beside.index(self.at[1]) + steps
        if 0 <= place < len(beside):
            self._stand((self.at[0], beside[place]))
            return True
        return False

    def to_end(self, way: int) -> None:
        """To the first or the last cell."""
        cells = self.sheet.cells()
        if cells:
            self._stand(cells[0] if way < 0 else cells[-1])
        # Lines without a cell stand before the first and after the last: they are looked at, too.
        end = max(len(self.sheet.lines) - self.size.height, 0)
        if way < 0 or not cells or self.at is None or self.at[0] >= end:
            self.scroll_to(y=0 if way < 0 else end, animate=False, force=True, immediate=True)

    def stand_on(self, what: str) -> bool:
        """Stand on the cell that opens `what`."""
        for y, x in self.sheet.cells():
            if self.sheet.lines[y][x].opens == what:
                self._stand((y, x))
                return True
        return False

    def _stand(self, at: tuple[int, int]) -> None:
        self.at = at
        self._old_line = at[0]
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if at[0] < top or at[0] >= top + height:
            to = at[0] if at[0] < top else at[0] - height + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)
        self.refresh()
        self.post_message(self.Moved(self, self.opens))

    def _left(self, y: int, x: int) -> int:
        return sum(cell_len(bit.text) for bit in self.sheet.lines[y][:x])

    def render_line(self, y: int) -> Strip:
        """One line; the cell under the cursor lies on the cursor's colour, between brackets of its own."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self.sheet.lines):
            return Strip.blank(width, self.rich_style)
        segments = [Segment(" ", Style.null())]
        for x, bit in enumerate(self.sheet.lines[place]):
            style = self.ink.role(bit.role) + (self.ink.heat[bit.heat] if bit.heat else Style())
            if (place, x) == self.at and bit.opens:
                style += (self.ink.cursor if self.has_focus else self.ink.cursor_away) + Style(bold=True)
                text = bit.text
                if text.startswith(" "):
                    text = "▌" + text[1:]
                segments.append(Segment(text, style))
            else:
                segments.append(Segment(bit.text, style))
        return Strip(segments).adjust_cell_length(width, Style.null()).apply_style(self.rich_style)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor tells whether keys go to it."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """The lines stay until they are laid out for the new width."""
        self.virtual_size = Size(self.size.width, len(self.sheet.lines))
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """A click stands on a cell, a second opens it. What stands beside a cell and opens nothing belongs to it."""
        y = event.y + self.scroll_offset.y
        if y >= len(self.sheet.lines):
            return
        x = self._cell_at(y, event.x)
        if x is not None:
            self._stand((y, x))
            if event.chain == 2:
                self.post_message(self.Opened(self, self.sheet.lines[y][x].opens))

    def _cell_at(self, y: int, column: int) -> int | None:
        """The cell that a column of a line means: the one there, else the one whose words or figures stand there."""
        left, meant = 1, None
        for x, bit in enumerate(self.sheet.lines[y]):
            left += cell_len(bit.text)
            if bit.opens:
                meant = x
            elif bit.text.strip() in NOTHING:
                meant = None if column < left else meant
            if column < left:
                return meant
        return None


def pad(bits: Sequence[Bit], width: int) -> list[Bit]:
    """The bits with blanks behind them up to `width` cells."""
    used = sum(cell_len(bit.text) for bit in bits)
    return [*bits, Bit(" " * max(width - used, 0))]
