"""The line where a filter is typed: completed with tab, its problems told where they were made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.suggester import Suggester
from textual.widgets import Input

from triage.ui.bar_pieces import FILTER


class _Completions(Suggester):
    """The first completion, shown behind the cursor."""

    def __init__(self, complete: Callable[[str], list[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """The rest of the word, where it begins as typed."""
        return next((text for text in self.complete(value) if text.startswith(value) and text != value), None)

    def _get_suggestion(self, requester: DOMNode, value: str) -> Any:
        # A callable in place of Textual's coroutine: of one that is superseded before its turn none is ever made,
        # which Python would tell of on the screen.
        return partial(super()._get_suggestion, requester, value)


class FilterLine(Input, inherit_css=False):
    """An input of one line. The screen takes the keys that leave it: escape, enter and down.

    Textual's own rules of an input are of boxes with borders; reading them would take longer than all of the desk's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = Input.COMPONENT_CLASSES
    DEFAULT_CSS = """
    FilterLine { width: 100%; height: 1; color: $foreground; background: $background; scrollbar-size-horizontal: 0;
        pointer: text; }
    FilterLine > .input--cursor { background: $input-cursor-background; color: $input-cursor-foreground;
        text-style: $input-cursor-text-style; }
    FilterLine > .input--selection { background: $input-selection-background; color: $input-selection-foreground; }
    FilterLine > .input--placeholder, FilterLine > .input--suggestion { color: $grey; }
    FilterLine:focus { background-tint: $foreground 5%; }
    FilterLine:ansi { background: ansi_default; color: ansi_default; }
    FilterLine:ansi > .input--placeholder, FilterLine:ansi > .input--suggestion { text-style: dim; }
    FilterLine:ansi > .input--cursor { background: ansi_white; color: ansi_black; }
    """

    def __init__(self, complete: Callable[[str], list[str]], **kwargs: str) -> None:
        super().__init__(
            placeholder=FILTER,
            suggester=_Completions(complete), select_on_focus=False, max_length=500, **kwargs,  # type: ignore[arg-type]
        )  # fmt: skip
        self._complete = complete
        self.cursor_blink = False  # calm, and nothing is written while nothing happens

    def action_complete(self) -> None:
        """Take the first completion."""
        found = self._complete(self.value)
        if found:
            self.value = found[0] if found[0].endswith(":") else f"{found[0]} "
            self.cursor_position = len(self.value)
