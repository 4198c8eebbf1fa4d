"""What lists and panes share in painting: lines that are kept, over one style that is asked for once a paint.

Textual works out for each line of a widget its border, padding, tint and filters. These widgets have a border at the
left at most, so a line that was painted once is on the screen again as it is, rendered already.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget


class OneStyleUnder(ScrollView):
    """A window of lines; `under` is the style under all of them, `edge` their left border while they are painted.

    `render_line` gives a line with its edge. Give the same strip for the same line: Textual keeps in it what it made.
    """

    _under: Style | None = None
    edge: tuple[Segment, ...] = ()

    def set_length(self, lines: int) -> None:
        """Have so many lines. The screen is laid out anew only where that brings a scrollbar or takes one away."""
        size = Size(self.scrollable_content_region.width, lines)
        if self.show_vertical_scrollbar == self._needs_bar(lines):
            self.set_reactive(OneStyleUnder.virtual_size, size)
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.window_virtual_size = lines
        else:
            self.virtual_size = size

    def _needs_bar(self, lines: int) -> bool:
        return self.styles.overflow_y == "scroll" or lines > self.container_size.height

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Leave a scrollbar alone that a layout does not change: Textual painted it again after each."""
        is_same = (self._size, self._container_size) == (size, size - self.styles.gutter.totals)
        if is_same and self.show_vertical_scrollbar == self._needs_bar(self.virtual_size.height):
            return self._container_size != container_size
        return super()._size_updated(size, virtual_size, container_size, layout)

    @property
    def under(self) -> Style:
        """The style that every line of a paint stands on."""
        return self._under or self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the window."""
        self._under = self.rich_style
        try:
            if self.styles.border_left[0]:
                # Textual draws it, of one line and one cell.
                self.edge = tuple(super().render_lines(Region(0, 0, 1, 1))[0])
            background, filters = self.background_colors[1], self.get_line_filters()
            whole = self.region.width
            # A scrollbar that is coming and not laid out: lines are a cell short for it, and Textual would drop them.
            is_short = self.show_vertical_scrollbar and not self.vertical_scrollbar.region
            strips = []
            for y in crop.line_range:
                strip = self.render_line(y)
                if is_short:
                    strip = strip.extend_cell_length(whole, self._under)
                for each in filters:
                    strip = strip.apply_filter(each, background)
                strips.append(strip)
        finally:
            self._under, self.edge = None, ()
        if crop.column_span != (0, whole):
            return [strip.crop(*crop.column_span) for strip in strips]
        return strips


Box = TypeVar("Box", bound=Widget)


def covered(box: Box) -> Box:
    """Spare the painting of a box that its children cover: Textual renders each of its lines, to throw them away."""
    setattr(box, "BLANK", True)  # noqa: B010 Textual has it of classes, which cost more to make than this saves
    return box


def strip_of(pieces: Iterable[Segment], width: int, under: Style) -> Strip:
    """A line of exactly `width` cells whose pieces lie on `under`; a colour of their own stays."""
    segments = [Segment(text, under if style is None else under + style) for text, style, _ in pieces]
    length = sum(cell_len(text) for text, _, _ in segments)
    if length < width:
        segments.append(Segment(" " * (width - length), under))
    elif length > width:
        return Strip(segments, length).adjust_cell_length(width, under)
    return Strip(segments, width)
