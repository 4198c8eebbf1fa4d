"""The palette: every command of the mode in front, by name. Made from the registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from triage.ui import commands, words
from triage.ui.screens.base import ModeScreen


class TriageCommands(Provider):
    """Commands that apply where the palette was opened."""

    def _entries(self) -> list[tuple[str, str, Callable[[], Any]]]:
        screen = self.screen
        if not isinstance(screen, ModeScreen):
            return []
        found = []
        for command in commands.at(screen.PLACE):
            keys = screen.session.keys.all_shown(command.id)
            found.append((f"{command.title}  {keys}", command.tooltip, self._runner(screen, command.id)))
        return [
            *found,
            *((words.line(title), words.line(about), run) for title, about, run in screen.palette_entries()),
        ]

    @staticmethod
    def _runner(screen: ModeScreen, ident: str) -> Callable[[], Any]:
        async def run() -> None:
            await screen.run_command(ident)

        return run

    async def discover(self) -> Hits:
        """All of them."""
        for title, tooltip, run in self._entries():
            yield DiscoveryHit(Text(title), run, text=title, help=_plain(tooltip))

    async def search(self, query: str) -> Hits:
        """Those that sound like what was typed."""
        matcher = self.matcher(query)
        for title, tooltip, run in self._entries():
            score = max(matcher.match(title), matcher.match(tooltip) * 0.8)
            if score > 0:
                yield Hit(score, Text(title), run, text=title, help=_plain(tooltip))


def _plain(text: str) -> str:
    """Text for a place that Textual reads as markup."""
    return text.replace("[", r"\[")
