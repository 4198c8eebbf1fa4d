"""The line at the top (modes, counts, who and when) and the line of keys at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from triage.ui.commands import Command
from triage.ui.themes import Ink


class LineWidget(Widget):
    """One line made of pieces; some of them do something when they are clicked."""

    DEFAULT_CSS = "LineWidget { height: 1; background: $panel; }"

    class Pressed(Message):
        """A piece was clicked."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pieces: list[tuple[str, Style, str]] = []

    def set_pieces(self, pieces: Sequence[tuple[str, Style, str]]) -> None:
        """(text, style, command id or nothing), painted when they changed."""
        if list(pieces) != self._pieces:
            self._pieces = list(pieces)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        strip = Strip([Segment(text, style) for text, style, _ in self._pieces if text])
        return strip.adjust_cell_length(self.size.width, Style.null()).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Tell which piece was clicked."""
        at = 0
        for text, _, command in self._pieces:
            at += cell_len(text)
            if event.x < at:
                if command:
                    self.post_message(self.Pressed(command))
                return


class TopLine(LineWidget):
    """triage, the modes, the counts of the mode; who, which catalog and what time it is on the right."""

    def show(
        self, ink: Ink, modes: Sequence[tuple[str, str, bool, str]], counts: Sequence[tuple[str, str]],
        right: Sequence[str], sign: str = "",
    ) -> None:  # fmt: skip
        """`modes`: (key, name, whether it is this one, command); `counts`: (text, role); `right`: texts by weight.

        `sign` stands first, so that the narrowest terminal has it.
        """
        start = [(" triage ", ink.strong, ""), (sign, ink.warning, ""), ("│ ", ink.faint, "")]
        pieces: list[tuple[str, Style, str]] = start
        for key, name, here, command in modes:
            pieces.append((f"{key} ", ink.faint, command))
            pieces.append((name, ink.accent + Style(bold=True, underline=True) if here else ink.dim, command))
            pieces.append(("  ", ink.faint, ""))
        pieces.append(("│", ink.faint, ""))
        width = self.size.width
        clock = cell_len(right[-1]) + 3 if right else 0
        for text, role in counts:
            if _length(pieces) + len(text) + 2 + clock > width:
                break
            pieces.append((f"  {text}", ink.role(role), ""))
        shown = list(right)  # what matters most stands last
        while shown and _length(pieces) + cell_len(" · ".join(shown)) + 2 > width:
            shown.pop(0)
        if shown:
            tail = " · ".join(shown)
            pieces.append((" " * (width - _length(pieces) - cell_len(tail) - 1), ink.text, ""))
            pieces.append((tail + " ", ink.dim, ""))
        self.set_pieces(pieces)


ALWAYS = 90
"""From this rank on a command stands in the line of keys wherever one is."""


class KeyLine(LineWidget):
    """The keys that matter here, as many as fit; help and the palette always."""

    def show(self, ink: Ink, keys: Sequence[tuple[str, str, Command]], before: str = "") -> None:
        """`before` is said in front of the keys, like the number of marked tickets."""
        always = [entry for entry in keys if entry[2].rank >= ALWAYS]
        room = self.size.width - 1 - sum(cell_len(key) + cell_len(word) + 3 for key, word, _ in always)
        pieces: list[tuple[str, Style, str]] = [(" ", ink.text, "")]
        if before:
            pieces.append((f"{before}  ", ink.mark, ""))
        for key, word, command in [entry for entry in keys if entry[2].rank < ALWAYS]:
            if _length(pieces) + cell_len(key) + cell_len(word) + 3 > room:
                break
            pieces += [(key, ink.accent, command.id), (f" {word}  ", ink.dim, command.id)]
        for key, word, command in always:
            pieces += [(key, ink.accent, command.id), (f" {word}  ", ink.dim, command.id)]
        self.set_pieces(pieces)


def _length(pieces: Sequence[tuple[str, Style, str]]) -> int:
    return sum(cell_len(text) for text, _, _ in pieces)
