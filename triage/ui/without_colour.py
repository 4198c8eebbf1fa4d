"""`NO_COLOR` (https://no-color.org): no colour reaches the terminal, and everything is told apart all the same.

Textual's own filters make greys of colours, or ask for the terminal's default ones. Here colours go altogether; what
lay on a colour of its own (a cursor, a selection, a choice) is reversed instead. It stands on the theme `plain`, whose
backgrounds are the terminal's, so that nothing lies on a colour but what must be seen.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_REVERSED = Style(reverse=True)


@lru_cache(4096)
def without_colour(style: Style) -> Style:
    """The style in bold, dim, underline and reverse alone; what it opens when it is clicked stays."""
    plain = style.without_color
    if style.meta:
        plain += Style.from_meta(style.meta)
    ground = style.bgcolor
    return plain if ground is None or ground.is_default else plain + _REVERSED


class WithoutColour(LineFilter):
    """Takes the colours from what is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same texts without colours."""
        return [
            Segment(text, None if style is None else without_colour(style), control)
            for text, style, control in segments
        ]
