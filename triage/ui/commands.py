"""Every command of the application, once: bindings, palette, help, footer, docs/keys.md and remapping.

A command acts through the method `action_<name>` of the screens where it applies; its id is what the
configuration remaps (`[keys]`), what the help shows and what the documentation lists. Standard library
only, so that the first paint and `triage keys` pay for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DESK, BOARD, CATALOG = "desk", "board", "catalog"
MODES = (DESK, BOARD, CATALOG)

# Keys that terminals turn into others or keep to themselves: ctrl+h is backspace, ctrl+i tab, ctrl+j and
# ctrl+m enter, ctrl+[ escape; ctrl+enter and alt+arrows rarely arrive.
SWALLOWED = frozenset(
    {"ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+[", "ctrl+left_square_bracket", "ctrl+enter", "ctrl+s", "ctrl+z"}
    | {f"alt+{arrow}" for arrow in ("up", "down", "left", "right")}
)

_SHOWN = {
    "enter": "⏎", "escape": "esc", "space": "space", "question_mark": "?", "slash": "/", "asterisk": "*",
    "left_square_bracket": "[", "right_square_bracket": "]", "minus": "-", "full_stop": ".", "up": "↑",
    "down": "↓", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "left": "←", "right": "→", "pageup": "pgup", "pagedown": "pgdn", "comma": ",", "plus": "+", "underscore": "_",
}  # fmt: skip
_NAMED = {"{": "left_curly_bracket", "}": "right_curly_bracket",
          "?": "question_mark", "/": "slash", "*": "asterisk", "[": "left_square_bracket", "-": "minus",
          "]": "right_square_bracket", ".": "full_stop", ",": "comma", "+": "plus", "_": "underscore", "⏎": "enter", "esc": "escape"}  # fmt: skip  # noqa: E501


class Command(NamedTuple):
    """One thing that a person can do. `keys` in Textual's names; `short` and `rank` put it into the footer.

    `argument` is handed to the method; `places` are the modes where it applies; `writes` marks the acts
    that a desk opened for reading refuses.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    tooltip: str
    group: str
    action: str
    places: tuple[str, ...] = (DESK,)
    short: str = ""
    rank: int = 0
    argument: str = ""
    writes: bool = False

    @property
    def call(self) -> str:
        """The action as Textual's bindings name it."""
        return f"screen.{self.action}({self.argument!r})" if self.argument else f"screen.{self.action}"


def _decide(ident: str, keys: str, title: str, tooltip: str, action: str, short: str = "", rank: int = 0) -> Command:
    return Command(ident, tuple(keys.split()), title, tooltip, "Decide", action, (DESK,), short, rank, writes=True)


def _work(ident: str, keys: str, title: str, tooltip: str, action: str, short: str = "", rank: int = 0) -> Command:
    return Command(ident, tuple(keys.split()), title, tooltip, "Work", action, (DESK,), short, rank, writes=True)


def _look(
    ident: str, keys: str, title: str, tooltip: str, action: str, places: tuple[str, ...] = (DESK,),
    short: str = "", rank: int = 0, argument: str = "",
) -> Command:  # fmt: skip
    return Command(ident, tuple(keys.split()), title, tooltip, "Look", action, places, short, rank, argument)


_BESIDE = "Link to what stands beside the number 1; a guess: confirm all that stands there, and go to the next ticket"

COMMANDS: tuple[Command, ...] = (
    _decide("desk.confirm", "enter f", "Confirm and next", "Confirm all that is likely and go to the next ticket",
            "confirm", "confirm+next", 1),
    *(
        Command(f"desk.candidate-{number}", (str(number),), f"Take candidate {number}",
                _BESIDE if number == 1 else f"Link to what stands beside the number {number}", "Decide", "candidate",
                (DESK,), "other" if number == 2 else "", 2 if number == 2 else 0, str(number), True)
        for number in range(1, 10)
    ),
    _decide("desk.pick", "p", "Pick from the catalog",
            "Search the whole catalog and link to what you choose; tab goes on to C", "pick", "pick", 3),
    _decide("desk.none", "0", "Nothing fits", "Nothing in the catalog fits this ticket", "none_fits", "none", 4),
    _decide("desk.reject", "minus", "Not this", "It is not about the proposed service: never propose it here",
            "reject"),
    _decide("desk.no-touchpoint", "underscore", "No touchpoint",
            "It is at no touchpoint of a journey; the service stands", "no_touchpoint"),
    _decide("desk.condition", "c", "Condition", "Say what the condition of the service is", "condition",
            "condition", 5),
    _decide("desk.reach", "e", "Reach", "Say whom it touches", "reach", "reach", 6),
    _decide("desk.correct", "C", "Correct and confirm",
            "Say condition or reach, confirm all else, go to the next ticket", "correct"),
    _decide("desk.override", "o", "Override the priority", "Set another priority, with a reason", "override",
            "override", 8),
    _decide("desk.workaround", "W", "A workaround helps", "The condition counts one step milder", "workaround"),
    _decide("desk.flag", "F", "Flag", "A matter of safety, security, law or statute", "flag"),
    _decide("desk.told", "t", "Told otherwise", "Write down what the customer was told otherwise", "told"),
    _work("desk.claim", "a", "Claim", "Take the ticket as your own", "claim", "claim", 7),
    _work("desk.release", "l", "Let go", "Give the ticket back, so that nobody has it", "release"),
    _work("desk.assign", "A", "Assign", "Give the ticket to somebody", "assign"),
    _work("desk.not-ours", "X", "Not ours", "Give the ticket to another group, with the reason", "not_ours"),
    _work("desk.resolve", "x", "Resolve", "The ticket is done", "resolve"),
    _work("desk.wait", "w", "Wait", "Wait for the customer or a supplier", "wait"),
    _work("desk.snooze", "z", "Snooze", "Put the ticket away until a time", "snooze"),
    _work("desk.reopen", "R", "Reopen", "Take up again what was done or waited", "reopen"),
    _work("desk.note", "m", "Note", "Add a note", "note"),
    _work("desk.merge", "M", "Merge", "The ticket is the same as another one", "merge"),
    _work("desk.swarm", "S", "Swarm", "Leave the swarm, join one, or see all of its tickets", "swarm"),
    _work("desk.undo", "u", "Undo", "Take back your last act", "undo", "undo", 10),
    _work("desk.redo", "U", "Redo", "Do again what was undone last", "redo"),
    _look("desk.copy-brief", "y", "Copy the brief", "Copy the business brief to the clipboard", "copy_brief",
          short="copy", rank=9),
    _look("desk.copy-link", "Y", "Copy id and link", "Copy the ticket's number and its address", "copy_link"),
    _look("desk.open", "O", "Open in its system", "Open the ticket in the help desk that it came from", "open_own"),
    _look("desk.mark", "space", "Mark", "Mark the ticket; every act then works on all that are marked", "mark"),
    _look("desk.mark-again", "asterisk", "Mark again", "Mark the same tickets as for the last act", "mark_again"),
    _look("desk.filter", "slash", "Filter", "Filter while typing: words, service:, is: …; in the ticket find words",
          "filter", (DESK, CATALOG), "filter", 11),
    _look("desk.views", "v", "Views", "open, mine, unclaimed, uncertain, swarms, breaching, … and your own", "views"),
    _look("desk.save-view", "V", "Save this view", "Give what is shown now (view, filter, order) a name of its own",
          "save_view"),
    _look("desk.sort", "s", "Sort", "By impact, clock, age or uncertainty", "sort"),
    _look("desk.page", "tab", "List and ticket", "Go to the other side: the list or the ticket", "page",
          (DESK, BOARD, CATALOG)),
    _look("desk.unsure-next", "n", "Next to confirm",
          "The next ticket that nobody confirmed; while words are found, the next place", "unsure", argument="1"),
    _look("desk.unsure-previous", "N", "Previous to confirm",
          "The one before; while words are found, the place before", "unsure", argument="-1"),
    _look("desk.unfold", "full_stop", "Fold and unfold",
          "The whole text of the ticket; in the ticket the part where one stands, for all tickets", "unfold"),
    _look("desk.find", "i", "Find in the ticket", "Find words in the ticket; n and N go on, escape ends it", "find"),
    _look("desk.jump", "b", "Go to …", "The list, the filter, or a part of the ticket by its letter", "jump"),
    _look("desk.part-next", "right_curly_bracket", "Next part", "The next part of the ticket", "part", argument="1"),
    _look("desk.part-previous", "left_curly_bracket", "Previous part", "The part of the ticket before", "part",
          argument="-1"),
    _look("desk.ticket-down", "J", "Scroll the ticket down", "Without leaving the list", "scroll_ticket",
          argument="1"),
    _look("desk.ticket-up", "K", "Scroll the ticket up", "Without leaving the list", "scroll_ticket", argument="-1"),
    _look("desk.who", "h", "Whom to tell", "Whom to tell, with address and telephone, ready to copy", "who"),
    _look("move.down", "down j", "Down", "One line down", "move", MODES, argument="1"),
    _look("move.up", "up k", "Up", "One line up", "move", MODES, argument="-1"),
    _look("move.page-down", "pagedown ctrl+f", "Page down", "One page down", "move_page", MODES, argument="1"),
    _look("move.page-up", "pageup ctrl+b", "Page up", "One page up", "move_page", MODES, argument="-1"),
    _look("move.top", "home g", "Top", "The first line", "move_end", MODES, argument="-1"),
    _look("move.end", "end G", "End", "The last line", "move_end", MODES, argument="1"),
    _look("board.left", "left", "Left", "One cell to the left", "sideways", (BOARD, CATALOG), argument="-1"),
    _look("board.right", "right", "Right", "One cell to the right", "sideways", (BOARD, CATALOG), argument="1"),
    _look("board.open", "enter", "Open these", "Open the queue filtered to this cell", "open", (BOARD,),
          "open these", 1),
    _look("board.swarms", "s", "Swarms", "Go to the swarms, or to the next one", "swarms", (BOARD,), "swarms", 2),
    Command("board.incident", ("m",), "Major incident", "Say that the swarm under the cursor is a major incident",
            "Work", "incident", (BOARD,), "major incident", 3, writes=True),
    Command("board.resolve", ("x",), "Resolve together", "Resolve the swarm's parent and all that a person confirmed",
            "Work", "resolve_swarm", (BOARD,), writes=True),
    Command("board.reassign", ("A",), "Reassign", "Give the tickets of whom the cursor stands on to somebody else",
            "Work", "reassign", (BOARD,), writes=True),
    _look("board.windows", "w", "Windows", "The calendar of business windows: add one, end one, import some",
          "windows", (BOARD,), "windows", 4),
    _look("board.trends", "t", "Trends", "Plots over days and weeks", "trends", (BOARD,), "trends", 5),
    _look("board.reports", "R", "Reports", "The report card and the other reports, as a file", "reports", (BOARD,),
          "reports", 6),
    Command("board.improve", ("i",), "Begin an improvement", "Begin work on the service or touchpoint under the cursor",
            "Work", "improve", (BOARD,), "improve", 7, writes=True),
    Command("board.undo", ("u",), "Undo", "Take back your last act, on tickets or on the catalog", "Work", "undo",
            (BOARD,), writes=True),
    _look("catalog.open", "enter", "Open", "Open or close the branch, or go to what is referred to", "open",
          (CATALOG,), "open", 1),
    _look("catalog.tickets", "t", "Its tickets", "Open the queue filtered to this entry", "tickets", (CATALOG,),
          "its tickets", 2),
    _look("catalog.health", "h", "Health", "What should be settled in the catalog", "health", (CATALOG,),
          "health", 3),
    _look("catalog.proposals", "p", "Proposals", "What corrections propose to the catalog, each with its effect",
          "proposals", (CATALOG,), "proposals", 4),
    _look("catalog.versions", "v", "Versions", "The versions of the catalog, and what each changed", "versions",
          (CATALOG,), "versions", 12),
    Command("catalog.accept", ("a",), "Accept the proposal", "Put it into the catalog, as a new version", "Decide",
            "accept", (CATALOG,), writes=True),
    Command("catalog.turn-down", ("x",), "Turn proposal down", "It is not made again", "Decide", "turn_down",
            (CATALOG,), writes=True),
    Command("catalog.undo", ("u",), "Undo", "Take back what you did to the catalog last, as a new version", "Work",
            "undo", (CATALOG,), writes=True),
    Command("desk.begin", ("B",), "Begin", "The demonstration, a catalog, closed tickets, or tickets from a file",
            "Application", "begin", (DESK,)),
    _look("app.refresh", "r", "Refresh", "Read everything again", "reload", MODES),
    Command("app.back", ("escape",), "Back", "Back out one level: dialogue, filter, marks, ticket", "Application",
            "back", MODES),
    Command("mode.desk", ("f2",), "Desk", "The impact queue and the ticket", "Application", "mode", MODES,
            argument=DESK),
    Command("mode.board", ("f3",), "Board", "Where the impact stands", "Application", "mode", MODES, argument=BOARD),
    Command("mode.catalog", ("f4",), "Catalog", "Services, journeys, people and windows", "Application", "mode",
            MODES, argument=CATALOG),
    Command("mode.previous", ("left_square_bracket",), "Previous mode", "The mode to the left", "Application",
            "mode_step", MODES, argument="-1"),
    Command("mode.next", ("right_square_bracket",), "Next mode", "The mode to the right", "Application",
            "mode_step", MODES, argument="1"),
    *(
        Command(f"mode.digit-{number}", (str(number),), mode.capitalize(), f"Switch to the {mode.capitalize()}",
                "Application", "mode", (BOARD, CATALOG), argument=mode)
        for number, mode in enumerate(MODES, 1)
    ),
    Command("app.theme", ("T",), "Theme", "Dark, light, or the terminal's own colours", "Application", "theme", MODES),
    Command("app.help", ("question_mark", "f1"), "Keys", "Every key, in words", "Application", "help", MODES,
            "keys", 98),
    Command("app.palette", ("ctrl+p",), "Commands", "Every command, by name", "Application", "palette", MODES,
            "commands", 99),
    Command("app.quit", ("q", "ctrl+q"), "Quit", "Leave; nothing is lost", "Application", "quit", MODES),
)  # fmt: skip

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}


@dataclass(slots=True)
class Keymap:
    """Which keys a command has, the configuration's remapping in it. `problems`: one line each."""

    keys: dict[str, tuple[str, ...]]
    changed: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def shown(self, ident: str) -> str:
        """The first key of a command as people write it; empty where it has none."""
        keys = self.keys.get(ident, ())
        return shown(keys[0]) if keys else ""

    def all_shown(self, ident: str) -> str:
        """All keys of a command as people write them."""
        return " ".join(shown(key) for key in self.keys.get(ident, ()))


def shown(key: str) -> str:
    """A key as people write it: `⏎`, `?`, `^p`, `F1`."""
    if key.startswith("ctrl+"):
        return "^" + shown(key.removeprefix("ctrl+"))
    if key in _SHOWN:
        return _SHOWN[key]
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


def named(key: str) -> str:
    """A key that a person wrote, in Textual's name for it."""
    key = key.strip()
    if key.startswith("^") and len(key) > 1:
        key = f"ctrl+{key[1:]}"
    head, plus, last = key.rpartition("+")
    if plus and last:
        return f"{head}+{_NAMED.get(last, last)}"
    return _NAMED.get(key, key if len(key) == 1 else key.lower())


def keymap(configured: Mapping[str, Any] | None = None) -> Keymap:
    """The keys that count. A remapping that clashes or names nothing is left out and told."""
    found = Keymap({command.id: command.keys for command in COMMANDS})
    wanted: dict[str, tuple[str, ...]] = {}
    for ident, value in (configured or {}).items():
        problem = _unusable(ident, value)
        if problem:
            found.problems.append(problem)
        else:
            wanted[ident] = tuple(named(part) for part in str(value).split(",") if part.strip())
    found.keys.update(wanted)
    for ident, keys in wanted.items():
        clash = _clash(found.keys, ident)
        if clash:
            found.keys[ident] = BY_ID[ident].keys
            found.problems.append(f"keys: {ident} = '{' '.join(keys)}' clashes with {clash}; it keeps its own key")
        else:
            found.changed[ident] = ",".join(keys)
    return found


def _unusable(ident: str, value: Any) -> str | None:
    if ident not in BY_ID:
        import difflib

        hint = difflib.get_close_matches(str(ident), BY_ID, 1, 0.5)
        return f"keys: there is no command '{ident}'" + (f"; did you mean '{hint[0]}'?" if hint else "")
    if not isinstance(value, str) or not value.strip():
        return f'keys: {ident} needs a key, like "f5" or "ctrl+e"'
    for part in value.split(","):
        if named(part) in SWALLOWED:
            return f"keys: {ident} = '{part.strip()}' never arrives: terminals keep that key; choose another"
    return None


def _clash(keys: Mapping[str, tuple[str, ...]], ident: str) -> str | None:
    """The command that has one of these keys already at a place where both apply."""
    mine = BY_ID[ident]
    for other in COMMANDS:
        if other.id != ident and set(other.places) & set(mine.places) and set(keys[other.id]) & set(keys[ident]):
            return other.id
    return None


def at(place: str) -> list[Command]:
    """The commands that apply in a mode."""
    return [command for command in COMMANDS if place in command.places]


def bindings(place: str) -> list[Any]:
    """Textual's bindings of a mode: one id a command, so that the keymap can change them."""
    from textual.binding import Binding

    return [
        Binding(
            ",".join(command.keys), command.call, command.title, show=False, tooltip=command.tooltip, id=command.id
        )
        for command in at(place)
    ]  # fmt: skip


def footer(place: str, keys: Keymap) -> list[tuple[str, str, Command]]:
    """(key, word, command) of the keys that matter most in a mode, in order."""
    ranked = sorted((command for command in at(place) if command.rank), key=lambda command: command.rank)
    found = []
    for command in ranked:
        key = "2-9" if command.id == "desk.candidate-2" and keys.keys[command.id] == ("2",) else keys.shown(command.id)
        found.append((key, command.short or command.title.lower(), command))
    return found


def documentation() -> str:
    """docs/keys.md, made from the commands."""
    lines = [
        "# The keys", "",
        "This page is made from the commands themselves (`triage/ui/commands.py`). `?` or `F1` shows the same in the",
        "application, `ctrl+p` finds every command by name, and each can be given another key in the",
        "configuration file by its id:", "", "```toml", "[keys]", '"desk.claim" = "f5"', '"desk.resolve" = "x,f8"',
        "```", "",
        "A key that another command has where both apply is reported at the start and not taken. Keys that terminals",
        "keep for themselves (`ctrl+h i j m [`, `ctrl+enter`, `alt+arrow`) are refused.", "",
    ]  # fmt: skip
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += [f"## {group}", "", "| key | does | where | id |", "|---|---|---|---|"]
        for command in (entry for entry in COMMANDS if entry.group == group):
            keys = " ".join(f"`{shown(key)}`" for key in command.keys)
            where = "everywhere" if set(command.places) == set(MODES) else ", ".join(command.places)
            lines.append(f"| {keys} | **{command.title}**: {command.tooltip} | {where} | `{command.id}` |")
        lines.append("")
    return "\n".join(lines)


def problems(commands: Iterable[Command] = COMMANDS) -> list[str]:
    """Clashes among the commands as they are written: there are none, and a test holds it to that."""
    keys = {command.id: command.keys for command in commands}
    return [f"{command.id} and {clash}" for command in commands if (clash := _clash(keys, command.id))]


if __name__ == "__main__":
    from pathlib import Path

    (Path(__file__).parents[2] / "docs" / "keys.md").write_text(documentation(), encoding="utf-8")
