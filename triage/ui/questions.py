"""What is asked of a person: dialogues, made from here so that their widgets are imported when the first one opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from triage.ui.ink import Ink
    from triage.ui.screens.dialogues import Ask, Choose, Tell


class Option(NamedTuple):
    """A choice: the key that takes it at once (may be empty), its value, its words, a note beside it."""

    key: str
    value: str
    label: str
    note: str = ""


def choice(title: str, options: Sequence[Option], ink: Ink, note: str = "", current: str = "") -> Choose:
    """A dialogue that chooses one of a few."""
    from triage.ui.screens.dialogues import Choose

    return Choose(title, options, ink, note, current)


def line(
    title: str, *, note: str = "", value: str = "", placeholder: str = "",
    check: Callable[[str], str] | None = None, offers: Sequence[str] = (), empty: bool = False,
) -> Ask:  # fmt: skip
    """A dialogue in which a line is typed; what its parts mean is said at `Ask`."""
    from triage.ui.screens.dialogues import Ask

    return Ask(title, note=note, value=value, placeholder=placeholder, check=check, offers=offers, empty=empty)


def lines(title: str, said: Sequence[str], note: str = "") -> Tell:
    """A dialogue of lines to read."""
    from triage.ui.screens.dialogues import Tell

    return Tell(title, said, note)
