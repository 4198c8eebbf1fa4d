"""What is pictured: every screen and state, with the keys that lead there, and what was done at the desk before.

A picture is text: the kind of screen, its lines once, then for each theme the runs of its styles, a letter each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from rich.color import Color, ColorType
from rich.style import Style

from tests.ui.conftest import CATALOG, swarm
from tests.ui.test_proposals import corrected
from triage.desk import acts
from triage.desk.office import Desk
from triage.ui.application import TriageApp

REST = "…"
"""In a row of keys: stand there until what waits for that has been read."""
NAMED = {
    "tab", "space", "slash", "full_stop", "question_mark", "ctrl+p", "right", "down", "enter", "escape", "left",
    "right_curly_bracket", "underscore", "minus",
}  # fmt: skip
"""The words in a row of keys that are a key by its name; others are typed."""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:1@tests
DTSTART:20270104T080000Z
DTEND:20270104T180000Z
SUMMARY:Year begins
END:VEVENT
END:VCALENDAR
"""


HEAD = "▣ "
"""Before the name of a picture's kind of screen."""


class Group(NamedTuple):
    """States that one application shows, one after the other, because starting it is the slow part.

    `states`: the keys that lead to each from the mode as it is opened; `back`: those that lead back to it, after
    escape led out of a dialogue. `given` is done at the desk before, with a folder for files. None of the
    states changes what the next one shows.
    """

    states: Mapping[str, str]
    mode: str = "desk"
    view: str = "open"
    back: Mapping[str, str] = {}
    given: Callable[[Desk, Path], object] | None = None
    on_empty: bool = False
    toasts: bool = False


def many_things_done(desk: Desk, _folder: Path) -> None:
    """A ticket of which everything is decided, and one of each that is not worked on now."""
    from datetime import timedelta

    from triage.desk.hand_over import hand_over

    later = desk.now() + timedelta(days=2)
    acts.claim(desk, [1])
    acts.link(desk, [1], "service", "closing-portal")
    acts.set_condition(desk, [1], "degraded")
    acts.set_reach(desk, [1], "site")
    acts.flag(desk, [1], "statutory", later)
    acts.told(desk, [1], "that it works again by noon")
    acts.workaround(desk, [1])
    acts.note(desk, [1], "called back\ntwice")
    acts.override(desk, [1], "P2", "contract", until=later)
    acts.assign(desk, [2], "ben")
    acts.none_fits(desk, [3])
    acts.wait(desk, [4], "customer", later)
    acts.snooze(desk, [5], later)
    acts.merge(desk, [6], 1)
    acts.resolve(desk, [7])
    hand_over(desk, [8], desk.index.support_groups and next(iter(desk.index.support_groups)), "their-rights")


def settled_before(desk: Desk, _folder: Path) -> None:
    """Tickets like the first one, settled."""
    from triage.desk.take_in import take_in
    from triage.tickets.models import IncomingTicket

    title = "Signing page dies at the end of the closing"
    tickets = [IncomingTicket("rt", f"o{n}", f"{title} {n}", title, created_at=desk.now()) for n in range(2)]
    take_in(desk, tickets, source="rt", name="before")
    ids = [row[0] for row in desk.database.execute("SELECT id FROM tickets ORDER BY id DESC LIMIT 2").fetchall()]
    acts.note(desk, ids[:1], "restarted the signing service")
    acts.resolve(desk, ids)


def proposed(desk: Desk, _folder: Path) -> None:
    """Corrections that propose something, of which the first was accepted."""
    from triage.desk.proposals import accept

    accept(desk, [corrected(desk).key])


def nobody_looks_first(desk: Desk, folder: Path) -> None:
    """A catalog that asks for auto-link: some tickets are judged blind."""
    from triage.desk.catalog import apply_catalog, load_files

    path = folder / "asks.yaml"
    policy = "policy: {auto_link: {on: true, promise: 0.6, decisions: 4, last: 6, blind_one_in: 2}} "
    path.write_text(CATALOG.read_text("utf-8").replace("policy: {} ", policy), "utf-8")
    apply_catalog(desk, load_files([path]))


def shared_out(desk: Desk, folder: Path) -> None:
    """Ben has three tickets; a calendar lies in the folder."""
    acts.assign(desk, [1, 2, 3], "ben")
    (folder / "year.ics").write_text(CALENDAR, "utf-8")


def own_views(desk: Desk, _folder: Path) -> None:
    """Two views of one's own."""
    from triage.desk.views import save_view

    save_view(desk, "portal", "open", "service:closing-portal", "clock")
    save_view(desk, "old ones", "unclaimed", "", "age")


def swarming(desk: Desk, _folder: Path) -> None:
    """Six people who cannot sign within the hour."""
    swarm(desk)


def declared(desk: Desk, _folder: Path) -> None:
    """The swarm is a major incident, as a person said."""
    from triage.desk.swarms import confirm_incident

    swarm(desk)
    confirm_incident(desk, 1)


LINE = "escape escape"
TO_BEN = "tab j j j j j j j"
GROUPS: dict[str, Group] = {
    "desk": Group(
        {
            "list": "", "ticket": "tab", "unfolded": "full_stop", "marked": "space space", "filter": "slash service:",
            "filter-wrong": "slash sevrice:x", "picker": "p sign", "picker-nothing": "p zzzz", "condition": "c",
            "reach": "e", "correct": "C D", "picker-pair": "p e0", "override": "o", "override-why": "o 2",
            "override-words": "o 2 o", "assign": "A", "assign-nobody": "A jpn enter", "not-ours": "X",
            "not-ours-why": "X 1", "not-ours-whom": "X o", "not-ours-words": "X 1 o", "wait": "w", "wait-until": "w c",
            "wait-time": "w c o", "snooze": "z", "snooze-time": "z o", "snooze-wrong": "z o never enter", "note": "m",
            "merge": "M", "swarm": "S", "flag": "F", "told": "t", "views": "v", "save-view": "V", "sort": "s",
            "find": "i sign", "found": "i sign enter", "jump": "b", "part": "right_curly_bracket",
            "folded": "right_curly_bracket full_stop", "scrolled": "J", "begin": "B", "begin-catalog": "B c",
            "begin-closed": "B l", "begin-import": "B i", "help": "question_mark", "palette": "ctrl+p",
            "palette-search": "ctrl+p undo", "who": "h",
        },
        back={
            "ticket": "escape", "unfolded": "full_stop", "marked": "escape", "filter": LINE, "filter-wrong": LINE,
            "found": LINE, "part": "escape g", "folded": "full_stop escape g", "scrolled": "K",
        },
    ),
    "decided": Group(
        {
            "all": "", "ticket": "tab", "end": "tab G", "mine": "v m", "snoozed": "v z", "resolved": "v e",
            "breaching": "v b", "nothing": "v r", "override": "o", "told": "t", "flag": "F", "condition": "c",
        },
        view="all",
        back={"ticket": "escape", "end": "escape", "mine": "v a", "snoozed": "v a", "resolved": "v a", "nothing": "v a",
              "breaching": "v a"},
        given=many_things_done,
    ),
    "similar": Group({"beside": REST, "part": f"{REST} b s"}, back={"part": "escape"}, given=settled_before),
    "blind": Group({"list": "", "ticket": "tab"}, back={"ticket": "escape"}, given=nobody_looks_first),
    "own": Group({"views": "v", "forget": "v minus", "shown": "v 1"}, back={"shown": "v o"}, given=own_views),
    "toasts": Group({"warning": "9", "information": "Y"}, toasts=True),
    "board": Group(
        {
            "board": "", "side": "tab", "windows": "w", "window-new": "w n", "calendar": "w i", "trends": "t",
            "trends-weeks": "t w", "reports": "R", "report-name": "R 1", "improve": "j i", "help": "k question_mark",
            "palette": "ctrl+p",
        },
        mode="board",
        back={"side": "tab"},
    ),
    "lead": Group(
        {
            "load": f"{TO_BEN}", "reassign": f"{TO_BEN} A", "reassign-how-many": f"{TO_BEN} A mira enter",
            "reassign-wrong": f"{TO_BEN} A mira enter 9 enter", "window": "w down down enter",
            "window-when": "w n Launch enter", "window-what": "w n Launch enter enter",
            "window-why": "w n Launch enter enter closing-portal enter",
            "calendar-what": "w i year.ics enter", "improve-who": "j i Faster enter",
            "improve-wrong": "j i Faster enter nobody enter", "improve-with": "j i Faster enter jon enter",
            "improve-until": "j i Faster enter jon enter enter",
        },
        mode="board",
        back={
            **dict.fromkeys(("load", "reassign", "reassign-how-many", "reassign-wrong"), "g tab"),
            **dict.fromkeys(("improve-who", "improve-wrong", "improve-with", "improve-until"), "k"),
        },
        given=shared_out,
    ),
    "catalog": Group(
        {
            "tree": "", "entry": "right j j j tab", "open": "right j j", "find": "slash sign", "find-nothing": "slash zzzz", "health": "h",
            "proposals": "p", "versions": "v", "version": "v j k enter", "help": "question_mark", "palette": "ctrl+p",
        },
        mode="catalog",
        back={
            "entry": "tab g left", "open": "g left", "find": "escape", "find-nothing": "escape", "proposals": "escape h",
            "versions": "escape h", "version": "escape escape h",
        },
    ),
    "proposals": Group(
        {"proposals": "p", "next": "p j", "versions": "v", "version": "v j k enter"},
        mode="catalog",
        back={"proposals": "escape h", "next": "escape h", "versions": "escape h", "version": "escape escape h"},
        given=proposed,
    ),
    "empty": Group({"first": "", "begin": "B"}, on_empty=True),
    "bare-board": Group({"board": "", "windows": "w"}, mode="board", on_empty=True),
    "bare-catalog": Group(
        {"tree": "", "versions": "v"}, mode="catalog", back={"versions": "escape h"}, on_empty=True
    ),
    "swarms": Group(
        {
            "folded": "", "ticket": "tab", "workaround": "W", "swarm": "S", "inside": "S o", "join": "G S",
        },
        back={"ticket": "escape", "inside": "escape", "join": "g"},
        given=swarming,
    ),
    "incident": Group({"swarm": "s", "windows": "w"}, mode="board", back={"swarm": "tab"}, given=swarming),
    "declared": Group({"swarm": "s"}, mode="board", back={"swarm": "tab"}, given=declared),
}  # fmt: skip

Cells = list[tuple[str, Style]]


def pressed(row: str) -> list[str]:
    """The keys of a row: named ones as they are, words letter by letter."""
    keys = [key for word in row.split() for key in ([word] if word in NAMED or word == REST else [*word])]
    return ["colon" if key == ":" else key for key in keys]


def cells_of(app: TriageApp) -> list[Cells]:
    """The screen as it is painted: for each line its pieces with their styles."""
    strips = app.screen._compositor.render_strips()[: app.size.height]
    return [[(segment.text, segment.style or Style()) for segment in strip] for strip in strips]


def text_of(screen: list[Cells]) -> str:
    """The screen's lines without the blanks at their ends."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in screen)


def described(text: str, style: Style) -> str:
    """A style without what is not seen: links and data for the mouse, and how blanks would be written."""
    seen = ("underline", "reverse", "strike") + (() if text.isspace() else ("bold", "dim", "italic"))
    parts = [name for name in seen if getattr(style, name)]
    written = style.color if parts or not text.isspace() else None
    for sign, colour in (("", written), ("on ", style.bgcolor)):
        if colour is not None and not colour.is_default:
            parts.append(f"{sign}{colour.name}")
    return " ".join(parts) or "plain"


def runs_of(screen: list[Cells]) -> str:
    """The styles of the screen: each gets a letter where it is first seen, each line is its runs."""
    letters: dict[str, str] = {}
    lines = []
    for line in screen:
        runs = []
        for style, pieces in groupby(line, key=lambda piece: described(*piece)):
            letter = letters.setdefault(style, _letter(len(letters)))
            runs.append(f"{letter}{sum(len(text) for text, _ in pieces)}")
        lines.append(" ".join(runs))
    legend = [f"{letter} = {style}" for style, letter in letters.items()]
    return "\n".join([*legend, *(f"{line} ×{len(list(same))}" for line, same in groupby(lines))])


def pictured(name: str, screens: dict[str, list[Cells]]) -> str:
    """A state in the three themes as text, under the name of its kind of screen.

    The words of a theme stand there where they are not those of the dark one.
    """
    dark = text_of(screens["dark"])
    parts = [f"{HEAD}{name}", dark]
    for theme, screen in screens.items():
        words = text_of(screen)
        parts.append(f"── {theme}\n" + (f"{words}\n" if words != dark else "") + runs_of(screen))
    return "\n".join(parts)


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"{_letter(number // 26 - 1)}{_letter(number % 26)}"


def _luminance(colour: Color) -> float:
    parts = [value / 255 for value in colour.get_truecolor()]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    """The contrast of a style's two colours (WCAG 2): 1 where they are the same, 21 for black on white."""
    if style.color is None or style.bgcolor is None or style.color.is_default or style.bgcolor.is_default:
        return 21.0
    low, high = sorted((_luminance(style.color), _luminance(style.bgcolor)))
    return (high + 0.05) / (low + 0.05)


def unreadable(screen: list[Cells], least: float = 3.0) -> list[str]:
    """Words whose contrast is below what WCAG 2 asks of what belongs to the interface (1.4.11)."""
    return [
        f"{contrast(style):.1f}: {text.strip()!r} {described(text, style)}"
        for line in screen
        for text, style in line
        if any(char.isalnum() for char in text) and contrast(style) < least
    ]


def foreign(screen: list[Cells]) -> set[str]:
    """Colours that are not the terminal's own sixteen."""
    colours = (
        colour
        for line in screen
        for text, style in line
        for colour in (style.color if text.strip() else None, style.bgcolor)
    )
    return {c.name for c in colours if c is not None and c.type not in (ColorType.DEFAULT, ColorType.STANDARD)}
