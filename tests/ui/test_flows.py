"""What the keys of the desk do, seen in the database."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import CATALOG, opened, press, screen_text, settled, told
from tests.ui.states import FAILED, opened_in
from triage.desk import acts, queue, swarms
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.ui.lanes import SCAN
from triage.ui.screens import desk_reading, desk_ticket
from triage.ui.screens.desk import DeskScreen


def decisions(desk: Desk, ticket: int) -> dict[str, Any]:
    """What people decided of a ticket."""
    return detail(desk, ticket).ticket.decisions


def the_desk(app: Any) -> DeskScreen:
    """The screen of the desk."""
    screen = app.screen_stack[0]
    assert isinstance(screen, DeskScreen)
    return screen


async def test_confirm_and_next_confirms_the_ticket_that_was_looked_at(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first, second = screen.lines.ids[0], screen.lines.ids[1]
        proposed = detail(desk, first).facts
        await press(app, pilot, "enter")
        found = decisions(desk, first)
        assert found["service"]["target"] == (proposed.service or "none")
        assert found["condition"] == str(proposed.condition)
        assert screen.lines.ticket == second


async def test_n_goes_to_the_next_that_nobody_confirmed_however_low(database: Path, desk: Desk) -> None:
    ids = [row.id for row in queue.first_page(desk, queue.selection(desk), 6)]
    acts.confirm(desk, [ids[1], ids[3]], guesses=True)
    acts.link(desk, [ids[2]], "service", "none")  # its touchpoint is still proposed
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        waiting = [ident for ident in screen.lines.ids if ident not in (ids[1], ids[3])]
        assert screen.lines.go_to_ticket(waiting[0]) or screen.lines.ticket == waiting[0]
        stands = []
        for key in ("n", "n", "n", "N"):
            await press(app, pilot, key)
            stands.append(screen.lines.ticket)
        assert stands == [*waiting[1:4], waiting[2]]
        assert queue.rows(desk, [waiting[1]])[0].priority >= 3, "the others were found before, and only they"


async def test_undo_of_many_stays_on_the_ticket_that_is_one_of_them(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        three = sorted(screen.lines.ids[:3])
        screen.lines.set_marks(three)
        await press(app, pilot, "a")
        for here in three:
            screen.lines.go_to_ticket(here)
            await press(app, pilot, "u")
            assert screen.lines.ticket == here
            await press(app, pilot, "U")
        assert {row.assignee for row in queue.rows(desk, three)} == {app.session.desk.user}


async def test_a_letter_confirms_as_well(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        first = the_desk(app).lines.ids[0]
        await press(app, pilot, "f")
        assert "service" in decisions(desk, first)


async def test_a_digit_takes_what_stands_beside_it(database: Path, desk: Desk) -> None:
    from triage.ui.ticket_lines import numbered

    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ticket
        assert ticket is not None and screen.detail is not None
        line = numbered(screen.detail)[2]
        await press(app, pilot, "2")
        assert decisions(desk, ticket)[line.kind]["target"] == line.target
        assert screen.lines.ticket == ticket


async def test_a_digit_beside_which_nothing_stands_is_told(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        await press(app, pilot, "9")
        assert "nothing stands beside 9" in told(app)
        assert ticket is not None and decisions(desk, ticket) == {}


async def test_the_picker_links_to_what_was_typed(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "p")
        await press(app, pilot, *"sig", "n", "-", "i")
        assert "would be P" in screen_text(app)
        await press(app, pilot, "enter")
        assert decisions(desk, ticket)["service"]["target"] == "identity"


async def test_nothing_fits_decides_both(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "0")
        found = decisions(desk, ticket)
        assert found["service"]["target"] == found["touchpoint"]["target"] == "none"


async def test_condition_and_reach_by_a_letter_each(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "c", "d", "e", "s")
        found = decisions(desk, ticket)
        assert (found["condition"], found["reach"]) == ("degraded", "site")


async def test_override_with_a_reason_and_back_to_the_computed_one(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "o", "5", "c")
        assert decisions(desk, ticket)["override"]["priority"] == "P5"
        assert queue.rows(desk, [ticket])[0].priority == 5
        assert the_desk(app).lines.go_to_ticket(ticket)
        await settled(app, pilot)
        await press(app, pilot, "o", "0")
        assert decisions(desk, ticket).get("override") is None


async def test_another_reason_is_asked_for_in_words(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "o", "1", "o", *"the", "space", *"board", "enter")
        assert decisions(desk, ticket)["override"]["text"] == "the board"


async def test_undo_and_redo_survive_a_restart(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "enter")
        assert decisions(desk, ticket)
    async with opened(database) as (app, pilot):
        await press(app, pilot, "u")
        assert "service" not in decisions(desk, ticket)
        assert the_desk(app).lines.ticket == ticket
        await press(app, pilot, "U")
        assert "service" in decisions(desk, ticket)


async def test_acts_work_on_all_that_are_marked_and_are_undone_as_one(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        wanted = list(screen.lines.ids[:3])
        await press(app, pilot, "space", "space", "space")
        assert "3 marked" in screen_text(app)
        await press(app, pilot, "a")
        assert [row.assignee for row in queue.rows(desk, wanted)] == ["ana"] * 3
        assert screen.lines.marks == set()
        await press(app, pilot, "asterisk")
        assert screen.lines.marks == set(wanted)
        await press(app, pilot, "escape", "u")
        assert [row.assignee for row in queue.rows(desk, wanted)] == [None] * 3


async def test_marks_survive_a_filter_and_a_refresh(database: Path) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        marked = screen.lines.ids[0]
        await press(app, pilot, "space", "slash", *"coffee", "enter")
        assert len(screen.lines.ids) == 1
        assert "1 marked" in screen_text(app)
        await press(app, pilot, "r")
        assert screen.lines.marks == {marked}


async def test_a_claim_that_somebody_else_has_is_told_and_changes_nothing(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        acts.claim(desk, [ticket])
        await press(app, pilot, "a")
        assert "ben's already" in told(app)
        assert queue.rows(desk, [ticket])[0].assignee == "ben"


async def test_resolve_takes_a_ticket_out_of_the_open_ones(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket, next_one = screen.lines.ids[0], screen.lines.ids[1]
        await press(app, pilot, "x")
        assert queue.rows(desk, [ticket])[0].status == "resolved"
        assert ticket not in screen.lines.ids
        assert screen.lines.ticket == next_one


async def test_wait_snooze_note_assign_and_release(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ticket
        assert ticket is not None

        async def on_it(*keys: str) -> None:
            assert screen.lines.go_to_ticket(ticket)
            await settled(app, pilot)
            await press(app, pilot, *keys)

        await on_it("m", *"called", "enter")
        assert decisions(desk, ticket)["notes"][0]["text"] == "called"
        await on_it("A", *"ben", "enter")
        assert queue.rows(desk, [ticket])[0].assignee == "ben"
        await on_it("l")
        assert queue.rows(desk, [ticket])[0].assignee is None
        await on_it("w", "c", "enter")
        assert queue.rows(desk, [ticket])[0].status == "waiting_customer"
        await on_it("z", "4")
        row = queue.rows(desk, [ticket])[0]
        assert row.bucket == 1 and row.snoozed_until == int(desk.now().timestamp()) + 4 * 3600


async def test_what_somebody_else_does_shows_within_two_seconds_and_the_cursor_stays(
    database: Path, desk: Desk
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first, second = screen.lines.ids[0], screen.lines.ids[1]
        screen.lines.go_to_ticket(second)
        await settled(app, pilot)
        acts.resolve(desk, [first])
        for _ in range(20):
            await pilot.pause(0.1)
            if first not in screen.lines.ids:
                break
        await settled(app, pilot)
        assert first not in screen.lines.ids
        assert screen.lines.ticket == second


async def test_filter_tells_what_is_wrong_where_it_was_typed(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "slash", *"servise:x")
        assert "did you mean 'service:'?" in screen_text(app)
        await press(app, pilot, "escape")
        assert app.session.state.filter == ""


async def test_tab_completes_a_filter_and_acts_on_nothing(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "slash", *"serv", "tab", *"clo", "tab", "enter")
        assert app.session.state.filter == "service:closing-portal"
        assert {row.service for row in queue.rows(desk, the_desk(app).lines.ids)} == {"closing-portal"}
        assert decisions(desk, ticket) == {}


async def test_filtered_to_nothing_and_empty_look_different(database: Path, tmp_path: Path) -> None:
    async with opened(database, filter="nothinghasthisword") as (app, pilot):
        assert "matches nothinghasthisword" in screen_text(app)
        await press(app, pilot, "escape")
        assert len(the_desk(app).lines.ids) == 12
    async with opened(tmp_path / "new.db") as (app, pilot):
        assert "There is no catalog and no ticket yet" in screen_text(app)
        await press(app, pilot, "a", "enter", "2", "0", "j", "G", "space", "y")
    with Desk(tmp_path / "new.db") as new:
        apply_catalog(new, load_files([CATALOG]))
    async with opened(tmp_path / "new.db") as (app, _pilot):
        assert "There is no ticket yet" in screen_text(app) and "B begin" in screen_text(app)
    async with opened(database) as (app, pilot):
        acts.resolve(desk := app.session.desk, [row[0] for row in desk.database.execute("SELECT id FROM tickets")])
        await press(app, pilot, "r")
        assert "Nothing is open" in screen_text(app) and "no ticket yet" not in screen_text(app)


async def test_a_failure_is_never_an_empty_list(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.errors import StoreError

    def fails(*_: object) -> None:
        raise StoreError("the database is locked by another process", "try again in a moment")

    async with opened(database, filter="zzz") as (app, pilot):
        monkeypatch.setattr(queue, "first_page", fails)
        await press(app, pilot, "escape")
        assert "could not be read" in screen_text(app)
        assert "locked by another process" in screen_text(app)


async def test_what_could_not_be_read_at_the_start_is_read_again(database: Path) -> None:
    read = queue.first_page
    async with opened_in(database, FAILED, "80x24", {"80x24": (80, 24)}) as (app, pilot):
        assert "locked by another process" in screen_text(app)
        with pytest.MonkeyPatch.context() as mended:
            mended.setattr(queue, "first_page", read)
            await press(app, pilot, "r")
        assert "locked" not in screen_text(app) and len(the_desk(app).lines.ids) == 12


@pytest.mark.parametrize("mode", ["desk", "board", "catalog"])
async def test_the_narrowest_terminal_says_read_only(database: Path, mode: str) -> None:
    async with opened(database, read_only=True, mode=mode, size=(60, 16)) as (app, _pilot):
        assert "read only" in screen_text(app).splitlines()[0]


def test_where_there_is_little_room_the_count_of_p1_is_there_before_all_else() -> None:
    from triage.ui.bar_pieces import _that_fit

    counts = [("open 160", "text"), ("P1 1+11?", "error"), ("breaching 3", "dim")]
    assert _that_fit(counts, 80, 12) == counts
    assert _that_fit(counts, 32, 12) == counts[:2]
    assert _that_fit(counts, 22, 12) == _that_fit(counts, 12, 12) == [counts[1]]
    assert _that_fit(counts, 9, 12) == [] and _that_fit(counts[2:], 20, 12) == []


async def test_read_only_refuses_to_decide(database: Path, desk: Desk) -> None:
    async with opened(database, read_only=True) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "a")
        assert "reading only" in told(app)
        await press(app, pilot, "f")
        assert the_desk(app).lines.ticket == ticket  # nothing was confirmed: nothing to go on from
        assert queue.rows(desk, [ticket])[0].assignee is None


async def test_eighty_columns_page_between_list_and_ticket(database: Path, desk: Desk) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ticket
        assert ticket is not None
        await press(app, pilot, "enter")
        assert "Is it about?" in screen_text(app)
        assert decisions(desk, ticket) == {}
        await press(app, pilot, "enter")
        assert "service" in decisions(desk, ticket)
        assert "Is it about?" in screen_text(app)
        await press(app, pilot, "tab")
        assert "Is it about?" not in screen_text(app)


async def test_too_small_says_so(database: Path) -> None:
    async with opened(database, size=(40, 10)) as (app, pilot):
        assert "60 columns and 16 lines" in screen_text(app)
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot)
        assert "Is it about?" in screen_text(app)


async def test_modes_by_function_keys_digits_and_brackets(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "f3")
        assert app.current_mode == "board"
        await press(app, pilot, "3")
        assert app.current_mode == "catalog"
        await press(app, pilot, "1")
        assert app.current_mode == "desk"
        await press(app, pilot, "left_square_bracket")
        assert app.current_mode == "catalog"


async def test_a_cell_of_the_board_opens_the_queue_filtered(database: Path, desk: Desk) -> None:
    async with opened(database, mode="board") as (app, pilot):
        assert "Services" in screen_text(app)
        await press(app, pilot, "j")
        what = app.screen.maps.opens  # type: ignore[attr-defined]
        assert what.startswith("service:")
        await press(app, pilot, "enter")
        assert app.current_mode == "desk"
        assert app.session.state.filter == what
        assert 0 < len(the_desk(app).lines.ids) < 12


async def test_the_catalog_shows_an_entry_and_what_refers_to_it(database: Path) -> None:
    async with opened(database, mode="catalog") as (app, pilot):
        await press(app, pilot, "slash", *"sign-in", "enter", "j", "j", "j")
        text = screen_text(app)
        assert "needed by" in text and "Closing Portal" in text


async def test_copy_says_what_it_could_do(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "y")
        assert "OSC 52" in told(app)
        assert app.clipboard


async def test_in_a_browser_nothing_is_copied_on_the_server(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.ui import clipboard
    from triage.ui.application import TriageApp

    started: list[str] = []
    monkeypatch.setattr(clipboard, "copy_by_platform", lambda text: started.append(text))
    monkeypatch.setattr(TriageApp, "is_web", True)
    async with opened(database) as (app, pilot):
        await press(app, pilot, "y")
        assert "the browser's clipboard" in told(app) and app.clipboard and not started


async def test_the_theme_changes_and_is_remembered(database: Path) -> None:
    async with opened(database) as (app, pilot):
        for name in ("light", "ansi", "dark"):
            await press(app, pilot, "T")
            assert app.theme == f"triage-{name}"
            assert app.session.state.theme == name


async def test_a_ticket_leaves_its_swarm_and_joins_it_again(database: Path, desk: Desk, swarming: list[int]) -> None:
    async with opened(database, ticket=swarming[0]) as (app, pilot):
        assert the_desk(app).lines.ticket == swarming[0]
        await press(app, pilot, "S", "l")
        assert queue.rows(desk, [swarming[0]])[0].swarm is None
        assert the_desk(app).lines.go_to_ticket(swarming[0])
        await settled(app, pilot)
        await press(app, pilot, "S", "1")
        assert queue.rows(desk, [swarming[0]])[0].swarm is not None


async def test_the_view_of_swarms_has_one_line_a_swarm_with_its_count(
    database: Path, desk: Desk, swarming: list[int]
) -> None:
    from triage.desk.pulse import swarm_sizes

    sizes = swarm_sizes(desk)
    async with opened(database) as (app, pilot):
        await press(app, pilot, "v", "s")
        assert app.session.state.view == "swarms"
        lines = the_desk(app).lines
        shown = queue.rows(desk, lines.ids)
        assert sorted(str(row.swarm) for row in shown) == sorted(map(str, sizes))
        assert all(f"⧉{sizes[row.swarm]}" in screen_text(app) for row in shown if row.swarm is not None)
        await press(app, pilot, "S", "o")
        behind = queue.rows(desk, the_desk(app).lines.ids)
        assert len(behind) == sizes[shown[0].swarm or 0]


async def test_a_lead_confirms_a_major_incident_on_the_board(database: Path, desk: Desk, swarming: list[int]) -> None:
    from triage.desk.swarms import open_swarms

    async with opened(database, mode="board") as (app, pilot):
        side = app.screen.side  # type: ignore[attr-defined]
        await press(app, pilot, "tab")
        assert side.stand_on("service:closing-portal is:swarm")
        await press(app, pilot, "m")
        assert any(line.confirmed for line in open_swarms(desk))


async def test_undo_on_the_board_brings_the_swarm_in_line_at_once(
    database: Path, desk: Desk, swarming: list[int]
) -> None:
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "s", "m")
        assert "is a major incident, its parent" in told(app)
        await press(app, pilot, "u")
        assert "undone: incident" in told(app)
        rows = desk.database.execute("SELECT parent, confirmed FROM swarms WHERE closed_at IS NULL").fetchall()
        assert rows and all(row == (None, 0) for row in rows)


@pytest.mark.parametrize("mode", ["desk", "board", "catalog"])
async def test_without_colour_everything_is_there(database: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(database, mode=mode) as (app, pilot):
        await press(app, pilot, "j", "question_mark", "escape")
        assert app._exception is None
        text = screen_text(app)
        assert {"desk": "P1?", "board": "Services", "catalog": "▾ Services"}[mode] in text


async def test_a_swarm_is_one_line_of_the_queue_and_its_tickets_are_a_key_away(
    database: Path, desk: Desk, swarming: list[int]
) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        inside = [ident for ident in lines.ids if ident in swarming]
        assert len(inside) == 1
        assert len(lines.ids) == queue.header(desk).open - len(swarming) + 1
        assert f"⧉{len(swarming)}" in screen_text(app)
        assert lines.go_to_ticket(inside[0])
        await settled(app, pilot)
        await press(app, pilot, "S", "o")
        assert set(the_desk(app).lines.ids) == set(swarming)


async def test_the_line_of_a_swarm_stays_the_ticket_that_one_works_on(
    database: Path, desk: Desk, swarming: list[int]
) -> None:
    """An act that lowers its score makes another ticket the swarm's first: the next key would have hit that one."""
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        place = next(n for n, ident in enumerate(lines.ids) if ident in swarming)
        lines.go_to(place)
        await settled(app, pilot)
        ticket, count = lines.ticket, len(lines.ids)
        assert ticket is not None
        await press(app, pilot, "c", "q")
        assert lines.ticket == ticket and len(lines.ids) == count
        await press(app, pilot, "e", "p", "r")
        assert decisions(desk, ticket)["reach"] == "person"
        assert lines.ticket == ticket and len(set(lines.ids)) == count
        await press(app, pilot, "j" if lines.cursor == 0 else "k", "r")
        shown = [ident for ident in lines.ids if ident in swarming]
        assert len(shown) == 1 and shown != [ticket]  # left alone, the line is its first ticket's again


async def test_who_goes_on_to_a_ticket_that_is_folded_away_meanwhile_stays_on_it(
    database: Path, desk: Desk, swarming: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers were read for the ticket before: the cursor would have stood on whatever came to its line."""
    alone, begun, held, read = swarming[-1], threading.Event(), threading.Event(), queue.all_ids

    def slowly(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        begun.set()
        held.wait(5)
        return found

    swarm = desk.database.execute("SELECT swarm FROM queue WHERE ticket_id = ?", (alone,)).fetchone()[0]
    swarms.leave(desk, [alone])
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        lines = screen.lines
        lines.go_to(lines.ids.index(alone) - 1)
        await settled(app, pilot)
        swarms.join(desk, [alone], swarm)
        monkeypatch.setattr(queue, "all_ids", slowly)
        screen.changed()
        while not begun.is_set():
            await pilot.pause()
        lines.move(1)
        assert lines.ticket == alone
        held.set()
        await settled(app, pilot)
        assert lines.ticket == alone and len([ident for ident in lines.ids if ident in swarming]) == 1


async def test_a_key_that_is_half_typed_empties_no_list(database: Path) -> None:
    """No title has "condit"; on the way to `condition:` the list stays, and only who leaves the line there means it."""
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, *"/printer")
        few = list(screen.lines.ids)
        await press(app, pilot, "space")
        for key in "condition:":
            await press(app, pilot, "colon" if key == ":" else key)
            assert list(screen.lines.ids) == few and not screen._problems
        for key in "zz":
            await press(app, pilot, key)
        assert "no condition 'zz'" in screen._problems[0]
        await press(app, pilot, *["backspace"] * 5, "enter")
        assert not len(screen.lines.ids), "printer conditi"


async def test_numbers_that_were_read_for_the_filter_before_are_not_shown(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They took the place of the new filter's page until its own were read: half a second over a million tickets."""
    begun, held, paged, shown = threading.Event(), threading.Event(), threading.Event(), []
    read, read_page = queue.all_ids, queue.first_page

    def slowly(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        begun.set()
        held.wait(5)
        return found

    def page(*given: Any) -> Any:
        paged.wait(5)
        return read_page(*given)

    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        whole = len(screen.lines.ids)
        monkeypatch.setattr(queue, "all_ids", slowly)
        screen.set_filter("printer")
        while not begun.is_set():
            await pilot.pause()
        monkeypatch.setattr(queue, "all_ids", read)
        monkeypatch.setattr(queue, "first_page", page)
        monkeypatch.setattr(screen.lines, "show_ids", lambda ids, *_, **__: shown.append(len(ids)))
        screen.set_filter("")
        held.set()
        screen.session.lanes.submit(SCAN, lambda: None).result(5)
        await pilot.pause()
        await pilot.pause()
        assert not shown
        paged.set()
        await settled(app, pilot)
        assert shown == [whole]


@pytest.mark.parametrize(("view", "keys"), [("open", ("W", "s")), ("swarms", ("W",))])
async def test_a_workaround_helps_a_whole_swarm_as_one_act(
    database: Path, desk: Desk, swarming: list[int], view: str, keys: tuple[str, ...]
) -> None:
    async with opened(database, view=view, ticket=swarming[0]) as (app, pilot):
        lines = the_desk(app).lines
        place = next(n for n, ident in enumerate(lines.ids) if ident in swarming)
        lines.go_to(place)
        await settled(app, pilot)
        await press(app, pilot, *keys)
        helped = desk.database.execute("SELECT ticket_id FROM decisions WHERE field = 'workaround'").fetchall()
        assert sorted(row[0] for row in helped) == sorted(swarming)
        await press(app, pilot, "u")
    assert desk.database.execute("SELECT count(*) FROM decisions WHERE field = 'workaround'").fetchone()[0] == 0


async def test_a_workaround_can_help_one_ticket_of_a_swarm(database: Path, desk: Desk, swarming: list[int]) -> None:
    async with opened(database, ticket=swarming[0]) as (app, pilot):
        await press(app, pilot, "W", "t")
    helped = desk.database.execute("SELECT ticket_id FROM decisions WHERE field = 'workaround'").fetchall()
    assert [row[0] for row in helped] == [swarming[0]]


async def test_the_heading_has_the_columns_of_the_list_also_where_the_list_changes_its_width_alone(
    database: Path,
) -> None:
    async with opened(database) as (app, pilot):
        lines = app.screen.query_one("QueueList")
        heading = app.screen.query_one("#heading")
        assert sum(len(text) for text, _, _ in heading._pieces) == lines.scrollable_content_region.width - 1
        lines.styles.scrollbar_size_vertical = 3
        await settled(app, pilot)
        assert sum(len(text) for text, _, _ in heading._pieces) == lines.scrollable_content_region.width - 1


async def test_while_a_filter_is_typed_its_ticket_waits_for_a_pause_or_for_the_list(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_ticket, "TYPED", 60.0)
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first = screen.lines.ticket
        await press(app, pilot, "slash", *"coffee")
        assert screen.lines.ticket != first and screen.detail is None
        await press(app, pilot, "enter")
        assert screen.detail is not None and screen.detail.row.subject == "Coffee machine leaks"


async def test_what_others_do_shows_in_a_long_list_before_its_numbers_are_read(
    database: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a million tickets take more than the two seconds that it may stay unseen."""
    monkeypatch.setattr(desk_reading, "LONG", 1)
    monkeypatch.setattr(desk_reading, "LONG_DELAY", 600.0)
    async with opened(database, size=(120, 30)) as (app, pilot):
        lines = the_desk(app).lines
        other = lines.ids[2]
        acts.assign(desk, [other], "zoe")
        the_desk(app)._poll()
        await settled(app, pilot)
        row = lines.row(other)
        assert row is not None and row.assignee == "zoe"
        assert lines.cursor == 0
