"""The pictures against the registry, the screens and the dialogues: what is new and has no picture fails here."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from textual.screen import Screen

import triage.ui
from tests.ui.pictures import GROUPS, HEAD, pressed
from tests.ui.states import ELSEWHERE, STATES
from triage.ui import commands

SIZES = ("80x24", "120x40")
TAKEN = Path(__file__).parent / "__snapshots__" / "test_themes.ambr"
NO_PICTURE_OF_ITS_OWN = {"Dialogue": "what the dialogues share"}
"""Kinds of screen that are never shown, with the reason."""
OPENS_NOTHING = {
    "desk.candidate": "an act; what stands beside the numbers is in every ticket",
    "desk.copy": "says a toast, of which there are pictures",
    "desk.open": "opens a browser, and says a toast",
    "desk.mark-again": "marks, as space does",
    "desk.unsure": "goes to another ticket",
    "desk.part-previous": "goes to a part, as } does",
    "desk.ticket-up": "scrolls, as J does",
    "move.": "goes to another line",
    "board.right": "goes to another cell", "board.left": "goes to another cell",
    "board.open": "opens the queue with a filter", "catalog.open": "opens a branch, as right does",
    "catalog.tickets": "opens the queue with a filter",
    "app.refresh": "shows the same, read again",
    "app.back": "leads out of every dialogue that is pictured",
    "mode.": "the three modes have groups of their own",
    "app.theme": "every picture is in every theme",
    "app.quit": "leaves",
}  # fmt: skip
"""Commands that change nothing in the database and have no picture, by the beginning of their id, with the reason."""
OPENERS = {"ask", "_ask", "_choose", "_ask_when", "_ask_all", "_ask_file", "push_screen", "action_command_palette"}
HANDED_ON = {"title", "counted", 'f"{title} until"', "window.name"}
"""Titles that are a parameter (who gives it is looked at), or a name of the catalog."""


@cache
def taken() -> dict[str, tuple[str, str]]:
    """The pictures that lie there: by name the kind of screen, and the words in one line."""
    found = {}
    for part in re.split(r"^# name: ", TAKEN.read_text("utf-8"), flags=re.M)[1:]:
        head, _, rest = part.partition("\n")
        words = rest.partition("── dark")[0]
        kind = re.search(rf"{HEAD}(\w+)", words)
        assert kind is not None, head
        found[head.rpartition("[")[2].rstrip("]")] = (kind[1], " ".join(re.sub(r"[│╭╮╰╯─]", " ", words).split()))
    return found


@cache
def trees() -> dict[str, ast.Module]:
    """The modules of the interface."""
    root = Path(triage.ui.__path__[0])
    return {path.name: ast.parse(path.read_text("utf-8")) for path in sorted(root.rglob("*.py"))}


def called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a piece of code, with the last part of what is called."""
    for found in ast.walk(node):
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute | ast.Name):
            yield (found.func.attr if isinstance(found.func, ast.Attribute) else found.func.id), found


def opening() -> set[str]:
    """The methods of the screens that lead to a dialogue or another screen, directly or by others of theirs."""
    calls: dict[str, set[str]] = {}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                own = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
                # What is handed on is called by somebody: the name of a method is enough.
                names = {part.attr for part in own if ast.unparse(part.value) in ("self", "self.app")}
                calls.setdefault(node.name, set()).update(names)
    found = set(OPENERS)
    while (
        more := {name for name, names in calls.items() if name.startswith(("_", "action_")) and names & found} - found
    ):
        found |= more
    return found


def titles() -> Iterator[tuple[str, str, ast.expr]]:
    """The titles of the dialogues: where, and as what they are written."""
    for name, tree in trees().items():
        for callee, call in called(tree):
            of_questions = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "questions"
            if (of_questions and callee in ("choice", "line", "lines")) or callee in (
                "_choose", "_ask_when", "_ask_file", "Step"
            ):  # fmt: skip
                yield name, ast.unparse(call.args[0]), call.args[0]
            elif callee == "Picker":
                yield name, ast.unparse(call.args[2]), call.args[2]


def patterns(title: ast.expr) -> list[str]:
    """What a title looks like, as expressions: a name that is put in may be any."""
    if isinstance(title, ast.IfExp):
        return patterns(title.body) + patterns(title.orelse)
    if isinstance(title, ast.Constant):
        return [re.escape(" ".join(str(title.value).split()))]
    if isinstance(title, ast.JoinedStr):
        parts = [re.escape(part.value) if isinstance(part, ast.Constant) else ".*" for part in title.values]
        return [re.sub(r"(\\? )+", r"\\s+", "".join(parts)).strip()]
    return []


@pytest.mark.parametrize("size", SIZES)
def test_the_pictures_that_lie_there_are_those_of_the_table(size: str) -> None:
    wanted = {f"{name}-{state}-{size}" for name, group in GROUPS.items() for state in group.states}
    wanted |= {f"{state}-{size}" for state in (*STATES, *ELSEWHERE)}
    assert {name for name in taken() if name.endswith(size)} == wanted


@pytest.mark.parametrize("size", SIZES)
def test_every_kind_of_screen_has_a_picture(size: str) -> None:
    for module in pkgutil.walk_packages(triage.ui.__path__, "triage.ui."):
        importlib.import_module(module.name)
    kinds: set[str] = set()
    left: list[type] = [Screen]
    while left:
        for kind in left.pop().__subclasses__():
            left.append(kind)
            is_part = hasattr(kind, "PLACE") and not kind.PLACE
            if kind.__module__.startswith("triage.") and not is_part:
                kinds.add(kind.__name__)
    assert len(kinds) > 8
    pictured = {kind for name, (kind, _) in taken().items() if name.endswith(size)}
    assert kinds - pictured == set(NO_PICTURE_OF_ITS_OWN)


@pytest.mark.parametrize("mode", commands.MODES)
def test_every_command_that_opens_something_has_a_picture(mode: str) -> None:
    groups = [group for group in GROUPS.values() if group.mode == mode]
    keys = {key for group in groups for row in group.states.values() for key in pressed(row)}
    opens = opening()
    asking = [command for command in commands.at(mode) if f"action_{command.action}" in opens]
    assert len(asking) >= {commands.DESK: 20, commands.BOARD: 6, commands.CATALOG: 1}[mode]
    for command in commands.at(mode):
        excepted = any(command.id.startswith(ident) for ident in OPENS_NOTHING)
        if command in asking or not (command.writes or excepted):
            assert keys & set(command.keys), (
                f"{command.id} opens or shows something: picture it in tests/ui/pictures.py"
            )


def test_every_dialogue_has_a_picture() -> None:
    modes = {"DeskScreen", "BoardScreen", "CatalogScreen"}
    shown = [words for kind, words in taken().values() if kind not in modes]
    missing, found = [], 0
    for where, written, title in titles():
        wanted = patterns(title)
        if written in HANDED_ON or written.replace("'", '"') in HANDED_ON:
            continue
        assert wanted, f"{where}: the title {written} is none that can be looked for"
        for pattern in wanted:
            found += 1
            if not any(re.search(pattern, words) for words in shown):
                missing.append(f"{where}: {written}")
    assert not missing
    assert found > 35


def test_the_exceptions_are_of_commands_that_there_are() -> None:
    for ident in OPENS_NOTHING:
        assert any(command.id.startswith(ident) for command in commands.COMMANDS), ident


def test_a_title_with_a_name_in_it_is_found_with_any() -> None:
    (pattern,) = patterns(ast.parse('f"{priority}: why?"', mode="eval").body)
    assert re.search(pattern, "P2: why? wrong link") and not re.search(pattern, "P2: when?")
