"""An agent's day at the desk: going on, being overtaken, what rings."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import opened, press, screen_text, settled, told
from tests.ui.test_flows import decisions, the_desk
from triage.desk import acts, queue, show
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.ui.screens.base import ModeScreen


async def test_after_a_decision_that_moved_its_ticket_enter_goes_on_where_one_was(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first, second = screen.lines.ids[0], screen.lines.ids[1]
        await press(app, pilot, "c", "r", "e", "p")
        assert screen.lines.ticket == first and screen.lines.ids[0] != first
        await press(app, pilot, "enter")
        assert decisions(desk, first)["condition"] == "request"
        assert "service" in decisions(desk, first)
        assert screen.lines.ticket == second


async def test_enter_on_a_guess_says_so_and_stays_for_the_key_that_takes_it(database: Path, desk: Desk) -> None:
    guess = 1
    text = desk.database.execute("SELECT reading FROM readings WHERE ticket_id = ?", (guess,)).fetchone()[0]
    reading = json.loads(text)
    for candidate in (reading["services"][0], reading["touchpoints"][0]):
        candidate["probability"] = 0.5
    with desk.act() as connection:
        connection.execute("UPDATE readings SET reading = ? WHERE ticket_id = ?", (json.dumps(reading), guess))
    assert detail(desk, guess).only_guesses
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        screen.lines.go_to_ticket(guess)
        await settled(app, pilot)
        await press(app, pilot, "f")
        assert f"ticket {guess}: nothing likely is proposed; 1 takes the guess" in told(app)
        assert screen.lines.ticket == guess and decisions(desk, guess) == {}
        await press(app, pilot, "1")
        assert "service" in decisions(desk, guess) and screen.lines.ticket != guess


async def test_who_walked_away_goes_on_from_there(database: Path) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "c", "r", "g", "j", "j")
        here = screen.lines.cursor
        following = screen.lines.ids[here + 1]
        await press(app, pilot, "enter")
        assert screen.lines.ticket == following


async def test_an_act_that_was_overtaken_says_so_and_overwrites_nothing(
    database: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ModeScreen, "_poll", lambda _self: None)
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        acts.set_condition(desk, [ticket], "unavailable")
        await press(app, pilot, "c", "b")
        assert "ben changed its condition meanwhile, to unavailable" in told(app)
        assert decisions(desk, ticket)["condition"] == "unavailable"


async def test_a_new_p1_rings_and_stands_in_the_title(
    database: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.ui.application import TriageApp

    rung: list[int] = []
    titles: list[str] = []
    monkeypatch.setattr(TriageApp, "bell", lambda _self: rung.append(1))
    monkeypatch.setattr(TriageApp, "title_terminal", lambda _self, text: titles.append(text))
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        before = queue.header(desk)
        quiet = next(row.id for row in queue.rows(desk, list(screen.lines.ids)) if row.priority > 1)
        screen._poll()
        await settled(app, pilot)
        assert not rung
        acts.override(desk, [quiet], "P1", "safety")
        screen._poll()
        await settled(app, pilot)
        assert len(rung) == 1
        after = queue.header(desk)
        assert after.p1 + after.p1_unsure == before.p1 + before.p1_unsure + 1
        shown = [f"{n} {word}" for n, word in ((after.p1, "P1"), (after.p1_unsure, "P1?")) if n]
        assert titles[-1] == " · ".join(["triage", *shown])
        await press(app, pilot, "G", "o", "1", "s")
        assert (
            desk.database.execute("SELECT count(*) FROM acts WHERE who = 'ana' AND what = 'override'").fetchone()[0]
            == 1
        )
        screen._poll()
        await settled(app, pilot)
        assert len(rung) == 1  # one made that P1 oneself


async def test_the_title_is_as_it_was_when_one_has_left(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from textual.drivers.headless_driver import HeadlessDriver

    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _self, data: sent.append(data))
    async with opened(database):
        pass
    titles = [piece for piece in sent if "\x1b]2;" in piece]
    assert titles[0].startswith("\x1b[22;2t\x1b]2;triage") and titles[-1] == "\x1b]2;\x07\x1b[23;2t"
    assert "".join(titles).count("\x1b[22;2t") == 1


async def test_each_timer_runs_once(database: Path) -> None:
    async with opened(database) as (app, _pilot):
        intervals: list[Any] = [timer._interval for timer in the_desk(app)._timers]
        assert intervals.count(1.0) == 1 and intervals.count(30.0) == 1
        assert screen_text(app)


async def test_an_own_view_is_saved_shown_by_its_key_and_let_go(database: Path, desk: Desk) -> None:
    from triage.desk.views import OwnView, own_views

    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        whole = len(screen.lines.ids)
        await press(app, pilot, "slash", *"coffee", "enter", "s", "a")
        await press(app, pilot, "V", *"kitchen", "enter")
        assert own_views(desk) == [OwnView("kitchen", "open", "coffee", "age", "ana")]
        await press(app, pilot, "escape", "escape")
        assert len(screen.lines.ids) == whole
        await press(app, pilot, "v", "1")
        for _ in range(40):  # the line beside the filter follows the list
            if "kitchen 1 of" in screen_text(app):
                break
            await pilot.pause(0.05)
        assert len(screen.lines.ids) == 1 and "kitchen 1 of" in screen_text(app)
        await press(app, pilot, "v", "minus", "1")
        assert own_views(desk) == []


async def test_the_palette_switches_views(database: Path, desk: Desk) -> None:
    from triage.desk.views import save_view

    save_view(desk, "kitchen", filter="coffee")
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "ctrl+p", *"view kitch")
        await pilot.pause(0.3)
        await press(app, pilot, "enter")
        for _ in range(20):
            await pilot.pause(0.05)
            if screen.session.state.filter:
                break
        assert screen.session.state.filter == "coffee"


async def test_not_ours_gives_it_to_a_group_with_a_reason(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "X", "1", "r")
        assert queue.rows(desk, [ticket])[0].assignee == "web-apps"
        assert decisions(desk, ticket)["handed_over"]["reason"] == "their-rights"
        await press(app, pilot, "u", "X", "o", *"IBM", "enter", "o", *"mainframe", "enter")
        assert queue.rows(desk, [ticket])[0].assignee == "IBM"
        assert decisions(desk, ticket)["handed_over"]["text"] == "mainframe"


async def test_a_ticket_opens_in_its_own_system_or_its_address_is_copied(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.ui import opening

    asked: list[str] = []
    monkeypatch.setattr(opening, "open_by_platform", lambda address: bool(asked.append(address)) or len(asked) < 2)
    async with opened(database) as (app, pilot):
        await press(app, pilot, "O")
        assert "no address came with rt:" in told(app) and "[links] rt =" in told(app)
        found = the_desk(app).detail
        assert found is not None
        app.session.links = {"rt": "https://rt.example/Ticket/{id}"}
        await press(app, pilot, "O")
        assert asked == [f"https://rt.example/Ticket/{found.row.external_id}"]
        assert "opened https://rt.example/Ticket/" in told(app)
        await press(app, pilot, "O")
        assert "no browser can be opened from here" in told(app)
        assert app.clipboard == asked[0]


def test_no_browser_is_started_inside_a_terminal_without_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.ui import opening

    monkeypatch.setattr(opening.sys, "platform", "linux")
    monkeypatch.setattr(opening.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert opening.opener({}) is None
    assert opening.opener({"DISPLAY": ":0"}) == ["xdg-open"]
    assert opening.open_by_platform("https://example.com", {}) is False


async def test_words_are_found_in_the_ticket_and_escape_ends_the_search(database: Path) -> None:
    async with opened(database, size=(140, 24)) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "slash", *"signing", "enter", "i", *"clos", "enter")
        assert "1 of" in screen_text(app) and "'clos'" in screen_text(app)
        ticket, first = screen.lines.ticket, screen._match
        await press(app, pilot, "n")
        assert screen._match == first + 1 and screen.lines.ticket == ticket
        await press(app, pilot, "N", "N")
        assert screen._match == len(screen._matches) - 1
        await press(app, pilot, "escape")
        assert screen._find == "" and screen.session.state.filter == "signing"
        await press(app, pilot, "i", *"elephant", "enter")
        assert "'elephant' is not in this ticket" in told(app)


async def test_a_slash_in_the_ticket_finds_there(database: Path) -> None:
    async with opened(database) as (app, pilot):
        await press(app, pilot, "tab", "slash", *"portal", "enter")
        assert the_desk(app)._find == "portal"


async def test_parts_are_gone_to_folded_for_all_tickets_and_remembered(database: Path) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        await press(app, pilot, "b", "w")
        assert screen.focused is screen.pane and screen.pane.part == "score"
        await press(app, pilot, "full_stop")
        assert "▸ Why" in screen_text(app) and screen.session.state.folded == "score"
        await press(app, pilot, "right_curly_bracket")
        assert screen.pane.part == "brief"
        await press(app, pilot, "b", "l", "j")
        assert screen.focused is screen.lines and "▸ Why" in screen_text(app)
        await press(app, pilot, "b", "w")
        assert screen.session.state.folded == ""


async def test_similar_settled_tickets_come_after_a_moment(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        rows = queue.rows(desk, list(screen.lines.ids))
        coffee = next(row.id for row in rows if row.subject == "Coffee machine leaks")
        from triage.desk.take_in import take_in
        from triage.tickets.models import IncomingTicket

        now = desk.now()
        take_in(
            desk, [IncomingTicket(source="rt", external_id="9", subject="Coffee machine leaks again", body="x",
                                  created_at=now)], source="rt", name="t",
        )  # fmt: skip
        acts.note(desk, [coffee], "called [/the] plumber")
        acts.resolve(desk, [coffee])
        fresh = queue.find(desk, "rt:9")
        screen.set_filter("coffee")
        await settled(app, pilot)
        assert screen.lines.ticket == fresh
        for _ in range(20):
            await pilot.pause(0.1)
            if screen._similar[0] == fresh:
                break
        await settled(app, pilot)
        page = screen.pane.page
        assert page is not None and "similar" in page.parts
        text = "\n".join("".join(piece for piece, _ in line) for line in page.lines)
        assert f"{coffee}" in text and "called [/the] plumber" in text


async def test_the_first_screen_takes_a_catalog_and_tickets(tmp_path: Path, database: Path) -> None:
    from tests.ui.conftest import CATALOG

    tickets = tmp_path / "export.csv"
    tickets.write_text("id,subject,body,created_at\n1,Signing page is down,x,2026-12-28\n", encoding="utf-8")
    async with opened(tmp_path / "new.db") as (app, pilot):
        assert "last year's closed tickets" in screen_text(app)
        await press(app, pilot, "B", "c", *"/nowhere", "enter")
        assert "there is no such file" in screen_text(app)
        await press(app, pilot, "escape", "B", "c")
        app.screen.query_one("Input").value = str(CATALOG)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert "catalog version 1 is in force" in told(app)
        await press(app, pilot, "B", "i")
        app.screen.query_one("Input").value = str(tickets)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert "1 tickets added" in told(app)
        screen = the_desk(app)
        assert len(screen.lines.ids) == 1 and "Signing page is down" in screen_text(app)


async def test_the_first_screen_asks_for_the_demonstration(tmp_path: Path, database: Path) -> None:
    from triage.ui.app import DEMONSTRATION

    async with opened(tmp_path / "new.db") as (app, pilot):
        await pilot.press("B")
        await settled(app, pilot)
        await pilot.press("d")
        await pilot.pause(0.1)
        assert app.return_value == DEMONSTRATION


async def test_waiting_takes_a_usual_time_by_its_letter_and_a_date_in_words(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "w", "s", "4")
        row = queue.rows(desk, [ticket])[0]
        assert (row.status, row.bucket) == ("waiting_supplier", 1)
        assert row.snoozed_until == int(desk.now().timestamp()) + 4 * 3600
        await press(app, pilot, "u")
        assert the_desk(app).lines.ticket == ticket
        await press(app, pilot, "w", "c", "o", *"2d", "enter")
        assert queue.rows(desk, [ticket])[0].snoozed_until == int(desk.now().timestamp()) + 2 * 86400


async def test_what_is_wrong_with_a_filter_is_told_in_full_below_it_on_eighty_columns(database: Path) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        await press(app, pilot, "slash", *"status:x")
        below = screen_text(app).splitlines()[2]
        assert "no status 'x'; it is one of new, open, waiting_customer" in below


async def test_the_ticket_that_the_next_key_leads_to_is_read_before_the_key(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        screen._read_ahead()
        await settled(app, pilot)
        following = screen.lines.ids[1]
        assert following in screen._ready
        asked: list[int] = []
        read = show.detail
        monkeypatch.setattr(show, "detail", lambda desk, ticket: asked.append(ticket) or read(desk, ticket))
        screen.lines.move(1)
        await settled(app, pilot)
        assert screen.detail is not None and screen.detail.row.id == following
        assert screen.pane.page is not None and screen.pane.page.ticket == following
        assert following not in asked


async def test_what_was_read_ahead_is_not_shown_when_somebody_changed_something_since(
    database: Path, desk: Desk
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        screen._read_ahead()
        await settled(app, pilot)
        following = screen.lines.ids[1]
        acts.claim(desk, [following])
        screen._poll()
        await settled(app, pilot)
        await press(app, pilot, "j")
        assert screen.detail is not None and screen.detail.row.assignee == "ben"


async def test_what_was_being_read_ahead_when_somebody_changed_something_is_not_kept(
    database: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, held, read = threading.Event(), threading.Event(), show.detail

    def slowly(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        begun.set()
        held.wait(5)
        return found

    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        following = screen.lines.ids[1]
        monkeypatch.setattr(show, "detail", slowly)
        screen.forget_ahead()  # it may have been read already
        screen._read_ahead()
        while not begun.is_set():
            await pilot.pause()
        acts.claim(desk, [following])
        screen.changed()
        held.set()
        monkeypatch.setattr(show, "detail", read)
        await settled(app, pilot)
        await press(app, pilot, "j")
        assert screen.detail is not None and screen.detail.row.assignee == "ben"


def said(screen: Any) -> str:
    """The line above the list: what was done, how many of how many."""
    return str(screen.query_one("#status").render())


async def test_what_was_put_away_says_until_when_and_what_is_taken_back_says_what_it_was(database: Path) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ids[0]
        await press(app, pilot, "e", "t")
        await press(app, pilot, "u")
        assert said(screen).startswith(f"{ticket}: undone: reach")
        await press(app, pilot, "U")
        assert said(screen).startswith(f"{ticket}: done again: reach")
        await press(app, pilot, "u")
        assert said(screen).startswith(f"{ticket}: undone: reach")  # and not: undone: undo
        await press(app, pilot, "z", "o", *"13:00", "enter")
        assert said(screen) == f"{ticket}: snoozed until Tue 13:00 · {len(screen.lines.ids)}"


async def test_a_built_in_view_drops_what_an_own_view_filtered_and_keeps_what_was_typed(database: Path) -> None:
    async with opened(database, filter="is:swarm", view="mine") as (app, pilot):
        screen, state = the_desk(app), app.session.state
        await press(app, pilot, "V", *"Late", "enter")
        assert said(screen).startswith("saved; v shows it")
        await press(app, pilot, "v", "o")
        assert (state.view, state.filter) == ("open", "")
        await press(app, pilot, "slash", *"closing", "enter", "v", "m")
        assert (state.view, state.filter) == ("mine", "closing")


@pytest.mark.parametrize("keys", [("z", "z", "escape"), ("s", "i", "g", "escape"), ("z", "z", "backspace", "backspace", "escape"),
                                  ("z", "z", "enter", "escape")])  # fmt: skip
@pytest.mark.parametrize("page", [100, 4])
async def test_a_filter_that_is_taken_back_leaves_one_where_one_stood(
    database: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], page: int
) -> None:
    from triage.ui.screens import desk_reading

    monkeypatch.setattr(desk_reading, "PAGE", page)
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        there = lines.ids[6]
        assert lines.go_to_ticket(there)
        await press(app, pilot, "slash", *keys)
        assert app.session.state.filter == "" and len(lines.ids) == 12
        assert lines.ticket == there and lines.has_focus


async def test_who_moves_on_from_there_is_not_brought_back(database: Path) -> None:
    async with opened(database) as (app, pilot):
        lines = the_desk(app).lines
        assert lines.go_to_ticket(lines.ids[6])
        await settled(app, pilot)
        for key in ("slash", "z", "z", "escape", "j"):
            await pilot.press(key)
        await settled(app, pilot)
        await pilot.pause(0.3)
        assert lines.ticket == lines.ids[7]


async def test_a_key_of_one_s_own_for_back_leaves_the_filter_line(database: Path) -> None:
    from triage.ui.commands import keymap

    async with opened(database, filter="coffee") as (app, pilot):
        app.session.keys = keymap({"app.back": "f9"})
        app.set_keymap(dict(app.session.keys.changed))
        lines = the_desk(app).lines
        await press(app, pilot, "slash", "x", "f9")
        assert (app.session.state.filter, lines.has_focus) == ("coffee", True)
        await press(app, pilot, "slash", "x", "escape")  # which everybody knows
        assert (app.session.state.filter, lines.has_focus) == ("coffee", True)


async def test_no_page_is_turned_to_where_no_ticket_is(database: Path) -> None:
    async with opened(database, size=(80, 24), filter="zzz") as (app, pilot):
        await press(app, pilot, "tab")
        assert "there is no ticket here" in told(app)
        assert "escape takes the filter away" in screen_text(app)
        assert "v a looks through all tickets" in screen_text(app) and "by its number" not in screen_text(app)


async def test_what_somebody_else_changed_while_one_was_asked_is_not_overwritten(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ids[0]
        await press(app, pilot, "c")
        acts.set_condition(desk, [ticket], "degraded")
        screen._poll()
        await settled(app, pilot)
        await press(app, pilot, "b")
        assert f"ticket {ticket}: ben changed its condition meanwhile, to degraded" in told(app)
        assert decisions(desk, ticket)["condition"] == "degraded"
        await press(app, pilot, "c", "b")  # now that one has seen it
        assert decisions(desk, ticket)["condition"] == "bug"


@pytest.mark.parametrize("question", [("m", *"called back"), ("o", "1", "o", *"called back"), ("p", *"sign-in")])
async def test_an_answer_is_for_the_ticket_that_was_asked_about_though_another_took_its_place(
    database: Path, desk: Desk, question: tuple[str, ...]
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first, second = screen.lines.ids[:2]
        await press(app, pilot, *question)
        acts.resolve(desk, [first])
        screen._poll()
        await settled(app, pilot)
        assert screen.lines.ticket == second
        await press(app, pilot, "enter")
        assert decisions(desk, second) == {}
        assert decisions(desk, first)


def footer(app: Any) -> str:
    """The line of keys."""
    return screen_text(app).rstrip().splitlines()[-1]


async def test_the_footer_names_what_its_keys_do_here(database: Path) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        assert "⏎ open" in footer(app) and "confirm" not in footer(app)
        await press(app, pilot, "enter")
        assert "⏎ confirm+next" in footer(app)
        await press(app, pilot, "escape", "space")
        assert "1 marked  ⏎ confirm+next" in footer(app)
        await press(app, pilot, "escape", "slash")
        assert footer(app).split("  ") == [" ⏎ to the list", "tab complete", "esc take back"]
        await press(app, pilot, *"zzz", "enter")
        assert "v views  / filter  u undo  ? keys  ^p commands" in footer(app)


@pytest.mark.parametrize(("width", "sign"), [(80, "be"), (160, "ben")])
async def test_the_list_says_who_has_a_ticket(database: Path, desk: Desk, width: int, sign: str) -> None:
    acts.claim(desk, [1])
    async with opened(database, size=(width, 24)) as (app, _pilot):
        line = next(text for text in screen_text(app).splitlines() if "Signing page" in text[:88])
        assert f" {sign} " in line[:89]


async def test_a_ticket_is_given_to_whom_one_sees_and_a_slip_gives_it_to_nobody(database: Path, desk: Desk) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        ticket = the_desk(app).lines.ids[0]

        def has_it() -> str | None:
            return detail(desk, ticket).row.assignee

        await press(app, pilot, "A")
        assert " · jon · " in screen_text(app)
        await press(app, pilot, *"jpn", "enter")
        assert "nobody is called 'jpn'" in screen_text(app) and has_it() is None
        await press(app, pilot, "ctrl+u", *"jo", "enter")
        assert has_it() == "jon"
        await press(app, pilot, "A", *"zoe", "enter", "enter")  # somebody whom the catalog does not know
        assert has_it() == "zoe"
        await press(app, pilot, "asterisk")
        assert "nothing was marked before" in told(app)


async def test_where_only_a_guess_is_left_the_pane_says_that_1_confirms_it(database: Path, desk: Desk) -> None:
    text = desk.database.execute("SELECT reading FROM readings WHERE ticket_id = 1").fetchone()[0]
    reading = json.loads(text)
    for candidate in (reading["services"][0], reading["touchpoints"][0]):
        candidate["probability"] = 0.5
    with desk.act() as connection:
        connection.execute("UPDATE readings SET reading = ? WHERE ticket_id = 1", (json.dumps(reading),))
    acts.link(desk, [1], "service", reading["services"][0]["target"])

    async def says() -> str:
        async with opened(database, ticket=1) as (app, _pilot):
            return next(line for line in screen_text(app).splitlines() if "Is it about?" in line)

    assert "⏎ confirms" in await says()  # condition and reach
    acts.set_condition(desk, [1], "bug")
    acts.set_reach(desk, [1], "person")
    assert "1 confirms the guess" in await says()
