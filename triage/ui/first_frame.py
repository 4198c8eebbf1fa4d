"""The first frame: the queue is on the screen before Textual is imported, which takes twice as long as all before it.

It is what the desk paints first, from the same rows by the same functions, so that nothing moves when Textual paints
over it. Until then the terminal takes keys without showing them; they wait in its buffer and are carried out in their
order. Where the first frame would not be the desk's list (another mode, nothing open, a database that takes long),
nothing is painted and Textual begins alone.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from triage.ui import bar_pieces, commands, words
from triage.ui.ink import INKS
from triage.ui.room import NARROW, SMALLEST
from triage.ui.widgets.columns import Look, heading, layout, line

if TYPE_CHECKING:
    from triage.ui.session import Session
    from triage.ui.start import First

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
"""The alternate screen."""
LONGEST = 0.2
"""Seconds for which a first page is waited for: a slow one is read while Textual is imported."""
OTHERWISE = ("TEXTUAL", "TEXTUAL_DRIVER", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FILTERS", "TEXTUAL_DEVTOOLS")
"""Variables that would have Textual paint in another way, or elsewhere."""

Line = list[tuple[str, Style]]


class Handed:
    """Whether Textual has the terminal: from then on it is Textual that leaves the alternate screen."""

    def __init__(self) -> None:
        self.over = False


@contextmanager
def painted(session: Session, environ: Mapping[str, str] = os.environ) -> Iterator[Handed | None]:
    """Paint the first frame and leave the terminal to the application; None where nothing was painted.

    At the end the terminal takes keys as it did before.
    """
    text = _text(session, environ)
    if text is None:
        yield None
        return
    import termios

    where = sys.__stdin__.fileno()  # type: ignore[union-attr]  # `_text` looked
    before = termios.tcgetattr(where)
    handed = Handed()
    try:
        _without_echo(termios, where)
        _write(text)
        yield handed
    finally:
        if not handed.over:
            _write("\x1b[?7h\x1b[?25h" + LEAVE)
        with suppress(termios.error):
            termios.tcsetattr(where, termios.TCSANOW, before)


def _text(session: Session, environ: Mapping[str, str]) -> str | None:
    """The frame as the terminal is told it; None where there is none to paint."""
    state, colours = session.state, color_system(environ)
    if state.mode != commands.DESK or colours is None or any(name in environ for name in OTHERWISE):
        return None
    if sys.platform == "win32" or not all(_is_terminal(file) for file in (sys.__stdin__, sys.__stderr__)):
        return None
    width, height = shutil.get_terminal_size()
    if width < SMALLEST[0] or height < SMALLEST[1] or session.first is None:
        return None
    try:
        first = session.first.result(LONGEST)
    except TooLate:
        return None
    except Exception:  # the application meets it again, and says it
        return None
    if not first.rows:
        return None
    theme = "plain" if environ.get("NO_COLOR") else state.theme or "dark"
    rows = enumerate(frame(session, first, width, height, theme), 1)
    shown = "".join(f"\x1b[{number};1H{told(pieces, colours)}" for number, pieces in rows)
    return f"{ENTER}\x1b[?25l\x1b[?7l{shown}"


def _is_terminal(file: Any) -> bool:
    return file is not None and not file.closed and file.isatty()


def _without_echo(termios: Any, where: int) -> None:
    """Keep what is typed for Textual, as it comes: enter as enter. Interrupting stays: an import may hang."""
    attributes = termios.tcgetattr(where)
    attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
    # Stopped here, the alternate screen would be left to the shell; what would quit is no key of Textual's.
    for name in ("VSUSP", "VDSUSP", "VQUIT"):
        if hasattr(termios, name):
            attributes[6][getattr(termios, name)] = os.fpathconf(where, "PC_VDISABLE").to_bytes(1, "little")
    termios.tcsetattr(where, termios.TCSANOW, attributes)


def _write(text: str) -> None:
    file = sys.__stderr__  # where Textual paints
    if file is not None:
        with suppress(OSError, ValueError):
            file.write(text)
            file.flush()


def color_system(environ: Mapping[str, str]) -> ColorSystem | None:
    """How many colours the terminal has by what it says of itself, as Rich reads it; None for one without."""
    term = environ.get("TERM", "").strip().lower()
    if term in ("", "dumb", "unknown"):
        return None
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return ColorSystem.TRUECOLOR
    return ColorSystem.EIGHT_BIT if term.rpartition("-")[2] in ("kitty", "256color") else ColorSystem.STANDARD


def told(pieces: Line, colours: ColorSystem) -> str:
    """A line as the terminal is told it."""
    return "".join(style.render(text, color_system=colours) for text, style in pieces)


def frame(session: Session, first: First, width: int, height: int, theme: str = "dark") -> list[Line]:
    """What the desk paints first, `height` lines of `width` cells."""
    ink = INKS.get(theme, INKS["dark"])
    here = replace(session, names=first.names, header=first.header, swarms=first.swarms, ink=ink)
    pane = min(width * 45 // 100, 100) if width >= NARROW else 0
    beside: Line = [("│", ink.border), (" " * (pane - 1), ink.under)] if pane else []
    columns = layout(width - pane - 1)  # and the scrollbar
    entries = commands.footer(commands.DESK, session.keys)
    if not pane:
        entries = bar_pieces.opening(entries)
    return [
        _line(bar_pieces.top(here, commands.DESK, bar_pieces.counts(first.header), width), width, ink.panel),
        _filter(here, len(first.rows), width),
        [*_line(_pieces(heading(columns, ink)), width - pane, ink.under), *beside],
        *([*each, *beside] for each in _list(here, first, width - pane, height - 4)),
        _line(bar_pieces.keys(ink, entries, width), width, ink.panel),
    ]


def _filter(session: Session, shown: int, width: int) -> Line:
    ink, state = session.ink, session.state
    count = words.line(" · ".join(part for part in bar_pieces.found(state, shown, False) if part))
    room = max(width - 4 - cell_len(count) - 2, 0)
    typed, role = (words.line(state.filter), ink.text) if state.filter else (bar_pieces.FILTER, ink.dim)
    if len(typed) > room and not state.filter:  # Textual's input wraps its hint, a cell for the cursor behind it
        typed = typed[: room + 2].rpartition(" ")[0]
    pieces = [(" /  ", ink.accent, ""), (set_cell_size(typed, room), role, ""), (f" {count} ", ink.dim, "")]
    return _line(pieces, width, ink.under)


def _list(session: Session, first: First, width: int, window: int) -> Iterator[Line]:
    """The lines in view; the cursor stands on the ticket of the last time where it is among the first."""
    ink, rows = session.ink, first.rows
    look = Look(first.names, session.seconds(), ink, first.swarms, user=session.desk.user)
    look.soon = session.state.view == "breaching"
    columns = layout(width - 1)
    cursor = next((place for place, row in enumerate(rows) if row.id == session.state.ticket), 0)
    top = max(cursor - window + 1, 0)
    for place in range(top, top + window):
        under = ink.under
        if place == cursor:
            under += ink.cursor
        pieces = line(rows[place], columns, look, place == cursor) if place < len(rows) else []
        yield [*_line(_pieces(pieces), width - 1, under), (" ", ink.under)]


def _pieces(segments: Iterable[Segment]) -> bar_pieces.Pieces:
    return [(text, style or Style.null(), "") for text, style, _ in segments]


def _line(pieces: bar_pieces.Pieces, width: int, under: Style) -> Line:
    """Exactly `width` cells; a piece without a colour of its own takes the one under it."""
    line: Line = []
    room = width
    for text, style, _ in pieces:
        shown = text if cell_len(text) <= room else set_cell_size(text, room)
        room -= cell_len(shown)
        line.append((shown, under + style))
    if room > 0:
        line.append((" " * room, under))
    return line
