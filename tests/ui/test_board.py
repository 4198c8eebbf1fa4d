"""A lead at the board: shares out, ends and begins windows, resolves a swarm, begins an improvement, reads the trends."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.ui.conftest import opened, press, screen_text, settled, told
from tests.ui.replay import problems
from tests.ui.states import READS, made
from triage.desk import acts, browse
from triage.desk import board as boards
from triage.desk.office import Desk
from triage.ui.screens.trends import TrendsScreen

READ_FOR_REAL = {"board": boards.board, "catalog": browse.outline}


async def test_the_second_half_shows_money_age_overrides_windows_and_words(database: Path, desk: Desk) -> None:
    acts.override(desk, [1], "P4", "politics")
    async with opened(database, mode="board", size=(160, 90)) as (_app, _):
        text = screen_text(_app)
    for said in ("At risk", "Age of what is open", "under 4 hours", "Load by group", "Overrides", "politics 1",
                 "Windows", "Criticality to agree", "Words that the catalog does not know", "Sites"):  # fmt: skip
        assert said in text, said


async def test_a_lead_gives_somebody_s_tickets_to_another(database: Path, desk: Desk) -> None:
    acts.assign(desk, [1, 2, 3], "ben")
    async with opened(database, mode="board") as (app, pilot):
        app.screen.side.focus()
        assert app.screen.side.stand_on('agent:"ben"')
        await press(app, pilot, "A", *"mira", "enter", "backspace", *"2", "enter")
        assert "assigned to mira" in told(app)
        await press(app, pilot, "u")
    rows = dict(desk.database.execute("SELECT assignee, count(*) FROM queue GROUP BY 1").fetchall())
    assert rows["ben"] == 3 and "mira" not in rows
    said = [row[0] for row in desk.database.execute("SELECT what FROM acts ORDER BY id DESC LIMIT 2")]
    assert said == ["undo", "assign"]


async def test_reassigning_wants_a_person_s_line_and_a_number_that_is_there(database: Path, desk: Desk) -> None:
    acts.assign(desk, [1], "ben")
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "A")
        assert "stand on somebody's line" in told(app)
        app.screen.side.focus()
        app.screen.side.stand_on('agent:"ben"')
        await press(app, pilot, "A", *"mira", "enter", "9", "enter")
        assert "a number from 1 to 1" in screen_text(app)
        await press(app, pilot, "escape")
    assert desk.database.execute("SELECT assignee FROM queue WHERE ticket_id = 1").fetchone()[0] == "ben"


async def test_a_swarm_is_resolved_as_far_as_somebody_confirmed_it(
    database: Path, desk: Desk, swarming: list[int]
) -> None:
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "s", "m")
        parent = desk.database.execute("SELECT parent FROM swarms WHERE closed_at IS NULL").fetchone()[0]
        other = next(ticket for ticket in swarming if ticket != parent)
        acts.link(desk, [other], "service", "closing-portal")
        await press(app, pilot, "r", "s", "x")
        assert f"resolved 2 of swarm 1; {len(swarming) - 2} that nobody confirmed stay open" in told(app)
        done = desk.database.execute("SELECT ticket_id FROM queue WHERE status = 'resolved'").fetchall()
        assert {row[0] for row in done} == {parent, other}
        await press(app, pilot, "u")
        assert not desk.database.execute("SELECT 1 FROM queue WHERE status = 'resolved'").fetchall()


async def test_a_window_is_added_and_ended_from_the_board(database: Path, desk: Desk) -> None:
    async with opened(database, mode="board") as (app, pilot):
        before = desk.index.version
        await press(app, pilot, "w", "n", *"Launch", "enter")
        line = app.screen.query_one("Input")
        line.value = "now to 2027-01-15"
        await press(app, pilot, "enter")
        app.screen.query_one("Input").value = "closing-portal"
        await press(app, pilot, "enter", *"Everybody looks.", "enter")
        assert "is in catalog version" in told(app)
        await press(app, pilot, "w")
        assert "Launch" in screen_text(app)
        await press(app, pilot, "down", "down")
        options = app.screen.query_one("#options").options
        place = next(place for place, option in enumerate(options) if option.label == "Launch")
        await press(app, pilot, *["down"] * (place - 2), "enter", "e")
        assert "'Launch' is over" in told(app)
        with Desk(database) as again:
            assert again.index.version == before + 2
            assert again.index.windows["launch"].reason == "Everybody looks."
            ended = again.index.windows["launch"].ends
        await press(app, pilot, "u")
        with Desk(database) as again:
            assert again.index.windows["launch"].ends > ended
        await press(app, pilot, "u")
    with Desk(database) as again:
        assert "launch" not in again.index.windows


async def test_an_improvement_begins_at_a_cell(database: Path) -> None:
    async with opened(database, mode="board") as (app, pilot):
        assert app.screen.maps.stand_on("service:closing-portal")
        await press(app, pilot, "i", *"No more timeouts", "enter", *"jo", "enter")
        assert "no person 'jo'" in screen_text(app)
        await press(app, pilot, "n", "enter", *"ana", "enter", *"2027-03-31", "enter")
        assert "begun, measured against" in told(app)
        with Desk(database) as again:
            (entry,) = [each for each in again.index.improvements.values() if each.name == "No more timeouts"]
        assert (entry.services, entry.owner, entry.phase) == (["closing-portal"], "jon", "define")
        assert entry.members == ["ana"] and str(entry.due) == "2027-03-31"
        await press(app, pilot, "u")
    with Desk(database) as again:
        assert all(each.name != "No more timeouts" for each in again.index.improvements.values())
    assert problems(database) == []


async def test_trends_by_day_and_by_week(database: Path) -> None:
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "t")
        assert isinstance(app.screen, TrendsScreen)
        assert "four weeks by day" in screen_text(app) and "came in" in screen_text(app)
        await press(app, pilot, "w")
        assert "quarter by week" in screen_text(app)
        await press(app, pilot, "escape")
        assert app.current_mode == "board" and not isinstance(app.screen, TrendsScreen)


@pytest.mark.parametrize(
    ("name", "begins"), [("card.html", "<!doctype html>"), ("card.md", "# "), ("card.csv", "\ufeff")]
)
async def test_a_report_is_written_from_the_board(database: Path, tmp_path: Path, name: str, begins: str) -> None:
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "R", "1")
        app.screen.query_one("Input").value = str(tmp_path / name)
        await press(app, pilot, "enter")
        assert "wrote" in told(app)
    assert (tmp_path / name).read_text("utf-8").lower().startswith(begins)


@pytest.mark.parametrize(
    ("mode", "keys", "instead"),
    [("board", ("R",), "triage report"), ("board", ("w", "i"), "n adds a window"), ("desk", ("B",), "catalog apply")],
)
async def test_behind_a_proxy_nobody_names_files_of_the_server(
    database: Path, mode: str, keys: tuple[str, ...], instead: str
) -> None:
    async with opened(database, mode=mode) as (app, pilot):
        app.session.files = False
        await press(app, pilot, *keys)
        assert "files of the server are not reachable here" in told(app) and instead in told(app)
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("keys", [("i",), ("A",), ("w", "n"), ("w", "i")])
async def test_who_only_looks_is_told_so(database: Path, desk: Desk, keys: tuple[str, ...]) -> None:
    acts.assign(desk, [1], "ben")
    before = desk.database.execute("SELECT max(id) FROM acts").fetchone()
    async with opened(database, mode="board", read_only=True) as (app, pilot):
        if keys == ("i",):
            app.screen.maps.stand_on("service:closing-portal")
        if keys == ("A",):
            app.screen.side.focus()
            app.screen.side.stand_on('agent:"ben"')
        await press(app, pilot, *keys)
        assert "read-only" in told(app)
    assert desk.database.execute("SELECT max(id) FROM acts").fetchone() == before


async def test_a_click_on_a_figure_means_its_cell_and_a_second_opens_it(database: Path) -> None:
    async with opened(database, mode="board") as (app, pilot):
        maps = app.screen.maps
        row = next(
            y for y, line in enumerate(maps.sheet.lines) if any(bit.opens.startswith("touchpoint:") for bit in line)
        )
        bits = maps.sheet.lines[row]
        place = next(x for x, bit in enumerate(bits) if bit.opens.startswith("touchpoint:"))
        column = 1 + sum(cell_len(bit.text) for bit in bits[: place + 1]) + 3
        await pilot.click(maps, offset=(column, row))
        await settled(app, pilot)
        assert maps.opens == bits[place].opens
        await pilot.click(maps, offset=(column, row), times=2)
        await settled(app, pilot)
        assert app.current_mode == "desk" and app.session.wanted_filter in (None, bits[place].opens)
        assert bits[place].opens in screen_text(app)


async def test_a_wrong_word_while_importing_a_calendar_takes_no_answer_with_it(database: Path, tmp_path: Path) -> None:
    calendar = tmp_path / "plan.ics"
    calendar.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:l@c\r\nSUMMARY:Campaign\r\n"
        "DTSTART:20270104T090000Z\r\nDTEND:20270106T170000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    async with opened(database, mode="board") as (app, pilot):
        await press(app, pilot, "w", "i")
        app.screen.query_one("Input").value = str(tmp_path / "none.ics")
        await press(app, pilot, "enter")
        assert "there is no such file" in screen_text(app)
        app.screen.query_one("Input").value = str(calendar)
        await press(app, pilot, "enter")
        app.screen.query_one("Input").value = "closing-portl"
        await press(app, pilot, "enter")
        assert "no service and no touchpoint" in screen_text(app)
        app.screen.query_one("Input").value = "closing-portal"
        await press(app, pilot, "enter")
        assert "1 windows" in told(app)
        await press(app, pilot, "w")
        assert "Campaign" in screen_text(app) and "Mon 04 Jan" in screen_text(app)


@pytest.mark.parametrize("mode", ["board", "catalog"])
async def test_what_could_not_be_read_says_so_and_is_read_again(database: Path, mode: str) -> None:
    with made(database, f"{mode}-failed") as app:
        async with app.run_test(size=(120, 30)) as pilot:
            await settled(app, pilot)
            assert f"The {mode} could not be read." in screen_text(app)
            assert "locked by another process" in screen_text(app)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(READS[mode], READ_FOR_REAL[mode])
                await press(app, pilot, "r")
            assert "could not be read" not in screen_text(app)
            assert "Closing Portal" in screen_text(app)
