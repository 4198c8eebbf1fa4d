"""Every key, made from the commands themselves."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from triage.ui import commands
from triage.ui.commands import Keymap

KEYS, TITLES = 13, 22
BOX, AROUND = 92, 6
"""The width of the box, and what of it its border, padding and scroll bar take (dialogues.tcss)."""


class Help(ModalScreen[None]):
    """The keys of a mode, by group, and those that clash or were refused."""

    CSS_PATH: ClassVar[str] = "dialogues.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, place: str, keys: Keymap) -> None:
        super().__init__()
        self.place = place
        self.keys = keys

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll(id="box"):
            yield Static(self.text(), markup=False)

    @property
    def roomy(self) -> bool:
        """Whether titles stand in a column of their own."""
        return self.app.size.width >= 96

    def _hanging(self, said: str) -> str:
        """A text broken to the room beside the keys, what follows its first line below that."""
        indent = 2 + KEYS + (TITLES if self.roomy else 0)
        room = min(BOX, self.app.size.width * 96 // 100) - AROUND - indent
        return ("\n" + " " * indent).join(textwrap.wrap(said, max(room, 20)))

    def text(self) -> Content:
        """The keys in words."""
        parts: list[Content | tuple[str, str] | str] = []
        here = commands.at(self.place)
        for group in dict.fromkeys(command.group for command in here):
            parts.append((f"{group}\n", "$accent"))
            for command in (entry for entry in here if entry.group == group):
                if command.action == "candidate" and command.argument != "1":
                    continue
                keys = "1-9" if command.action == "candidate" else self.keys.all_shown(command.id)
                title = "Take a candidate" if command.action == "candidate" else command.title
                parts.append((f"  {keys:<{KEYS}}", "bold"))
                if self.roomy:
                    parts.append(f"{title:<{TITLES}}")
                said = command.tooltip.removesuffix(" 1") if command.action == "candidate" else command.tooltip
                said = said if self.roomy else f"{title}: {said}"
                parts.append((f"{self._hanging(said)}\n", "$grey"))
            parts.append("\n")
        if self.place == commands.DESK:
            parts.append(("Signs\n", "$accent"))
            for sign, meaning in _SIGNS:
                parts.append((f"  {sign:<14}", "bold"))
                parts.append(f"{meaning}\n")
            parts.append("\n")
        for problem in self.keys.problems:
            parts.append((f"{problem}\n", "$warning"))
        parts.append(("Other keys: [keys] in the configuration, by the ids of docs/keys.md.", "$grey"))
        return Content.assemble(*parts)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#box", VerticalScroll).scroll_relative(y=lines, animate=False)


_SIGNS = (
    ("P1?", "a P1 or P2 that rests on a link nobody has confirmed"),
    ("━━━╸┄┄", "the score; the thin part is how far it could still rise"),
    ("● ○", "confirmed, proposed; in the list ● is a mark"),
    ("◆ ★ ⧉12", "a moment of truth, a VIP, a swarm of twelve"),
    ("‹words›", "the words of the ticket that decided"),
    ("late  48m  –", "the first clock has run out, runs out in 48 minutes, there is none"),
)
