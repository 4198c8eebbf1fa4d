"""What stands in the line at the top, in the line of keys and in the count beside the filter, as pieces of text.

Nothing of Textual: the first frame shows them before that is imported. A piece is (text, style, command or nothing).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from triage.ui import commands, words
from triage.ui.commands import Command
from triage.ui.ink import Ink

if TYPE_CHECKING:
    from triage.desk.queue import Header
    from triage.ui.session import Session
    from triage.ui.state import State

Pieces = list[tuple[str, Style, str]]

FILTER = "words, service: touchpoint: priority: status: agent: is:uncertain is:swarm …"
"""What stands in an empty line of the filter."""
ALWAYS = 90
"""From this rank on a command stands in the line of keys wherever one is."""


def top(session: Session, place: str, counts: Sequence[tuple[str, str]], width: int) -> Pieces:
    """triage, the modes, the counts of the mode; who, which catalog and what time it is on the right."""
    ink = session.ink
    # First, so that the narrowest terminal has it: whoever cannot decide here must know before a key is refused.
    sign = "read only " if session.desk.read_only else ""
    pieces: Pieces = [(" triage ", ink.strong, ""), (sign, ink.warning, ""), ("│ ", ink.faint, "")]
    for mode in commands.MODES:
        command = f"mode.{mode}"
        here = ink.accent + Style(bold=True, underline=True) if mode == place else ink.dim
        pieces += [
            (f"{session.keys.shown(command)} ", ink.faint, command),
            (mode.capitalize(), here, command),
            ("  ", ink.faint, ""),
        ]
    pieces.append(("│", ink.faint, ""))
    right = _right(session)
    clock = cell_len(right[-1]) + 3 if right else 0
    shown = _that_fit(counts, width - _length(pieces), clock)
    pieces += [(f"  {text}", ink.role(role), "") for text, role in shown]
    while right and _length(pieces) + cell_len(" · ".join(right)) + 2 > width:
        right.pop(0)
    if right:
        tail = " · ".join(right)
        pieces.append((" " * (width - _length(pieces) - cell_len(tail) - 1), ink.text, ""))
        pieces.append((tail + " ", ink.dim, ""))
    return pieces


def _that_fit(counts: Sequence[tuple[str, str]], room: int, clock: int) -> list[tuple[str, str]]:
    """The counts that there is room for beside the clock, in their order; that of P1 comes before all else."""
    used = 0
    kept: list[tuple[str, str]] = []
    for entry in sorted(counts, key=lambda entry: not entry[0].startswith("P1 ")):
        used += cell_len(entry[0]) + 2
        if used > room - (clock if kept or not entry[0].startswith("P1 ") else 0):
            break
        kept.append(entry)
    return [entry for entry in counts if entry in kept]


def _right(session: Session) -> list[str]:
    """Catalog, person and time; what matters most stands last."""
    # Until the queue is read nobody knows the catalog's zone, and no time is better than another place's.
    when = words.clock_time(session.now(), session.zone) if session.header is not None else ""
    catalog = words.line(session.names.catalog) + (" demo" if session.desk.is_demo else "")
    return [text for text in (catalog, words.line(session.desk.user), when) if text]


def counts(header: Header | None) -> list[tuple[str, str]]:
    """The counts of the top line: (text, role)."""
    if header is None:
        return []
    p1 = words.number(header.p1) + (f"+{header.p1_unsure}?" if header.p1_unsure else "")
    return [
        (f"open {words.number(header.open)}", "text"),
        (f"P1 {p1}", "error" if header.p1 else "dim"),
        (f"breaching {words.number(header.breaching)}", "warning" if header.breaching else "dim"),
        (f"swarms {header.swarms}", "warning" if header.swarms else "dim"),
        *([(header.auto_link, "dim")] if header.auto_link else []),
    ]


def keys(ink: Ink, entries: Sequence[tuple[str, str, Command]], width: int, before: str = "") -> Pieces:
    """The keys that matter here, as many as fit; help and the palette always. `before` is said in front of them."""
    always = [entry for entry in entries if entry[2].rank >= ALWAYS]
    room = width - 1 - sum(cell_len(key) + cell_len(word) + 3 for key, word, _ in always)
    pieces: Pieces = [(" ", ink.text, "")]
    if before:
        pieces.append((f"{before}  ", ink.mark, ""))
    for key, word, command in [entry for entry in entries if entry[2].rank < ALWAYS]:
        if _length(pieces) + cell_len(key) + cell_len(word) + 3 > room:
            break
        pieces += [(key, ink.accent, command.id), (f" {word}  ", ink.dim, command.id)]
    for key, word, command in always:
        pieces += [(key, ink.accent, command.id), (f" {word}  ", ink.dim, command.id)]
    return pieces


def opening(entries: Sequence[tuple[str, str, Command]]) -> list[tuple[str, str, Command]]:
    """The same keys where enter opens the ticket instead of confirming it: in a narrow list."""
    return [(key, "open" if entry.id == "desk.confirm" else word, entry) for key, word, entry in entries]


def found(state: State, shown: int, whole: bool, total: int | None = None, own: str = "") -> list[str]:
    """How many tickets of how many, and in which order: the two parts of the count beside the filter.

    `whole`: all of them were counted; `total`: of the view without the filter; `own`: the name of the own view.
    """
    count = words.number(shown) + ("" if whole else "+")
    of = f" of {words.number(total)}" if total is not None and total != shown else ""
    view = f"{own} " if own else "" if state.view == "open" else f"{state.view} "
    order = f"by {state.order}" if state.order else "by impact" if state.view == "open" else ""
    return [f"{view}{count}{of}", order]


def _length(pieces: Pieces) -> int:
    return sum(cell_len(text) for text, _, _ in pieces)
