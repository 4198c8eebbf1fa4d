"""Every act of the registry, by its letter and from the palette, on one ticket and on all that are marked.

What it did is read from the database. An act that is new in the registry and has no flow here fails the first test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.events import Key

from tests.ui import test_board, test_flows, test_proposals
from tests.ui.conftest import opened, press, screen_text, settled
from tests.ui.test_flows import decisions, the_desk
from tests.ui.test_type_ahead import NAMES, at_once
from triage.desk import queue, undoing
from triage.desk.office import Desk
from triage.ui import commands
from triage.ui.palette import TriageCommands
from triage.ui.screens.desk import DeskScreen

Check = Callable[[Desk, int], object]


@dataclass(frozen=True)
class Flow:
    """What is pressed after the act's own key, what must hold of each ticket then, and letters that come before."""

    keys: Sequence[str]
    check: Check
    before: Sequence[str] = ()


def decided(name: str, value: object = None) -> Check:
    """A decision stands there; with `value` this one."""

    def check(desk: Desk, ticket: int) -> object:
        found = decisions(desk, ticket).get(name)
        found = found.get("target", found) if isinstance(found, dict) else found
        return found is not None if value is None else found == value

    return check


def stands(name: str, value: object) -> Check:
    """A column of the queue has a value."""
    return lambda desk, ticket: getattr(queue.rows(desk, [ticket])[0], name) == value


def linked(desk: Desk, ticket: int) -> bool:
    """One of the two links was decided."""
    return bool({"service", "touchpoint"} & decisions(desk, ticket).keys())


FIRST, OTHER = 2, 12
FLOWS: dict[str, Flow] = {
    "desk.confirm": Flow((), decided("service")),
    **{f"desk.candidate-{number}": Flow((), linked) for number in range(1, 4)},
    "desk.pick": Flow((*"sign-in", "enter"), decided("service", "identity")),
    "desk.none": Flow((), decided("touchpoint", "none")),
    "desk.no-touchpoint": Flow((), decided("touchpoint", "none")),
    "desk.reject": Flow((), decided("rejected")),
    "desk.condition": Flow("b", decided("condition", "bug")),
    "desk.reach": Flow("t", decided("reach", "team")),
    "desk.correct": Flow("b", decided("condition", "bug")),
    "desk.override": Flow("5c", stands("priority", 5)),
    "desk.workaround": Flow((), lambda desk, ticket: decisions(desk, ticket).get("workaround") is not None),
    "desk.flag": Flow("s", decided("flag", "safety")),
    "desk.told": Flow((*"friday", "enter"), decided("told", "friday")),
    "desk.claim": Flow((), stands("assignee", "ana")),
    "desk.release": Flow((), stands("assignee", None), before="a"),
    "desk.assign": Flow((*"ben", "enter"), stands("assignee", "ben")),
    "desk.not-ours": Flow("1r", decided("handed_over")),
    "desk.resolve": Flow((), stands("status", "resolved")),
    "desk.wait": Flow("ca", stands("status", "waiting_customer")),
    "desk.snooze": Flow("4", lambda desk, ticket: queue.rows(desk, [ticket])[0].snoozed_until),
    "desk.reopen": Flow((), stands("status", "open"), before="x"),
    "desk.note": Flow((*"called", "enter"), decided("notes")),
    "desk.merge": Flow((*str(OTHER), "enter"), stands("status", "merged")),
    "desk.swarm": Flow("1", lambda desk, ticket: queue.rows(desk, [ticket])[0].swarm is not None),
    "desk.undo": Flow((), stands("assignee", None), before="a"),
    "desk.redo": Flow((), stands("assignee", "ana"), before="au"),
}
TO_UNDO = "SELECT max(id) FROM acts WHERE undoes IS NULL AND undone_by IS NULL AND id > ? AND what != 'swarm'"
NOTHING_BESIDE = {
    f"desk.candidate-{number}" for number in range(4, 10)
}  # in so small a catalog: tests/ui/test_candidates.py
ELSEWHERE: dict[str, Callable[..., Any]] = {
    "board.incident": test_flows.test_a_lead_confirms_a_major_incident_on_the_board,
    "board.undo": test_flows.test_undo_on_the_board_brings_the_swarm_in_line_at_once,
    "board.resolve": test_board.test_a_swarm_is_resolved_as_far_as_somebody_confirmed_it,
    "board.reassign": test_board.test_a_lead_gives_somebody_s_tickets_to_another,
    "board.improve": test_board.test_an_improvement_begins_at_a_cell,
    "catalog.accept": test_proposals.test_an_accepted_proposal_is_a_version_of_the_catalog,
    "catalog.turn-down": test_proposals.test_a_proposal_is_shown_with_its_effect_and_turned_down,
    "catalog.undo": test_proposals.test_what_was_done_to_the_catalog_is_taken_back_and_stands_among_the_versions,
}


def test_every_act_of_the_registry_has_a_flow() -> None:
    writing = {command.id for command in commands.COMMANDS if command.writes}
    assert writing == {*FLOWS, *NOTHING_BESIDE, *ELSEWHERE}
    for ident, flow in ELSEWHERE.items():
        pressed = f'"{commands.BY_ID[ident].keys[0]}"'
        assert pressed in inspect.getsource(flow), f"{flow.__name__} does not press {pressed}"


async def by_letter(app: Any, pilot: Any, ident: str) -> None:
    """Press the command's plain letter."""
    keys = commands.BY_ID[ident].keys
    app._driver.send_message(Key(key := next((key for key in keys if len(key) == 1), keys[0]), NAMES.get(key, key)))


async def from_palette(app: Any, pilot: Any, ident: str) -> None:
    """Carry out what the palette offers under the command's title."""
    command = commands.BY_ID[ident]
    provider = TriageCommands(app.screen)
    runs = [run for title, _, run in provider._entries() if title.startswith(f"{command.title}  ")]
    assert len(runs) == 1, command.title
    await runs[0]()


@pytest.mark.parametrize(
    ("start", "marked"),
    [
        pytest.param(by_letter, False, id="letter-one"),
        pytest.param(from_palette, True, id="palette-marked", marks=pytest.mark.slow),
        pytest.param(by_letter, True, id="letter-marked", marks=pytest.mark.slow),
        pytest.param(from_palette, False, id="palette-one", marks=pytest.mark.slow),
    ],
)
async def test_every_act_does_what_it_says(
    database: Path,
    desk: Desk,
    swarming: list[int],
    start: Callable[..., Any],
    marked: bool,
) -> None:
    ids = [FIRST, FIRST + 1] if marked else [FIRST]
    begin = desk.database.execute("SELECT max(id) FROM acts").fetchone()[0]
    async with opened(database, view="all", size=(100, 18)) as (app, pilot):
        mine = app.session.desk
        screen = the_desk(app)
        for ident, flow in FLOWS.items():
            assert screen.lines.go_to_ticket(FIRST)
            for key in flow.before:
                screen.lines.set_marks(ids if marked else ())
                await press(app, pilot, key)
                screen.lines.go_to_ticket(FIRST)
            screen.lines.set_marks(ids if marked else ())
            if flow.before or ident == "desk.confirm" or "candidate" in ident:
                await settled(app, pilot)
            await start(app, pilot, ident)
            await at_once(app, pilot, *flow.keys)
            assert app.screen is screen, f"{ident}: {app.screen} is still open"
            for ticket in ids:
                assert flow.check(desk, ticket), f"{ident}: {decisions(desk, ticket)} {queue.rows(desk, [ticket])}"
            while desk.database.execute(TO_UNDO, (begin,)).fetchone()[0]:
                undoing.undo(mine)
            screen._poll()
            await settled(app, pilot)


async def test_a_number_beside_which_nothing_stands_writes_nothing(database: Path, desk: Desk) -> None:
    before = desk.database.execute("SELECT max(id) FROM acts").fetchone()[0]
    async with opened(database) as (app, pilot):
        for ident in sorted(NOTHING_BESIDE):
            await by_letter(app, pilot, ident)
    assert desk.database.execute("SELECT max(id) FROM acts").fetchone()[0] == before


async def test_the_mouse_alone_opens_the_palette_and_carries_out_an_act(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        row = app.size.height - 1
        line = "".join(segment.text for segment in app.screen._compositor.render_strips()[row])
        await pilot.click(offset=(line.index("commands"), row))
        await settled(app, pilot)
        assert isinstance(app.screen, CommandPalette)
        row = 0
        for _ in range(40):
            lines = screen_text(app).splitlines()
            row = next((n for n, text in enumerate(lines) if "Nothing fits" in text), 0)
            if row:
                break
            await pilot.pause(0.05)
        await pilot.click(offset=(lines[row].index("Nothing"), row))
        for _ in range(40):
            await settled(app, pilot)
            if decisions(desk, ticket):
                break
            await pilot.pause(0.05)
        assert isinstance(app.screen, DeskScreen)
        assert decisions(desk, ticket)["service"]["target"] == "none"
