"""What lists and panes share in painting: the style under all lines, asked of the stylesheet once a paint."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


class OneStyleUnder(ScrollView):
    """A window of lines; `under` is the style under all of them."""

    _under: Style | None = None

    @property
    def under(self) -> Style:
        """The style that every line of a paint stands on."""
        return self._under or self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of the window."""
        self._under = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._under = None
