"""What is proposed wrongly is put right with few keys: seen in the database, also for keys that come at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import opened, press, screen_text, told
from tests.ui.test_flows import decisions, the_desk
from tests.ui.test_type_ahead import at_once
from triage.desk import acts
from triage.desk.office import Desk
from triage.desk.show import detail


def said(desk: Desk, ticket: int) -> tuple[Any, Any]:
    """Condition and reach that a person decided."""
    found = decisions(desk, ticket)
    return found.get("condition"), found.get("reach")


def links(desk: Desk, ticket: int) -> tuple[Any, Any]:
    """Service and touchpoint that a person decided."""
    found = decisions(desk, ticket)
    return tuple((found.get(kind) or {}).get("target") for kind in ("service", "touchpoint"))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(("C", "b"), ("bug", None)), (("C", "t"), (None, "team")), (("C", "U", "s"), ("unavailable", "site")),
     (("C", "S", "u"), ("unavailable", "site")), (("C", "B", "enter"), ("bug", None)),
     (("C", "enter"), (None, None)), (("C", "down", "enter"), ("degraded", None))],
)  # fmt: skip
async def test_condition_and_reach_are_said_while_confirming(
    database: Path, desk: Desk, keys: tuple[str, ...], expected: tuple[str | None, str | None]
) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket, after = screen.lines.ids[0], screen.lines.ids[1]
        proposed = detail(desk, ticket).facts
        assert proposed.service and str(proposed.condition) == "unavailable"
        await press(app, pilot, *keys)
        wanted = expected[0] or str(proposed.condition), expected[1] or str(proposed.reach)
        assert said(desk, ticket) == wanted
        assert links(desk, ticket)[0] == proposed.service, "all else is confirmed"
        assert screen.lines.ticket == after
        await press(app, pilot, "u")
        assert said(desk, ticket) == (None, None) and links(desk, ticket) == (None, None), "it was one act"


async def test_escape_says_and_confirms_nothing(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "C", "B", "escape")
        assert decisions(desk, ticket) == {} and the_desk(app).lines.ticket == ticket


async def test_a_guess_is_not_waved_through_with_what_is_said(
    database: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("triage.desk.facts", "triage.desk.show"):
        monkeypatch.setattr(f"{place}.strength", lambda _probability: "possible")
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket = next(ident for ident in screen.lines.ids if detail(desk, ident).only_guesses)
        screen.lines.go_to_ticket(ticket)
        await press(app, pilot, "C", "b")
        assert decisions(desk, ticket) == {"condition": "bug"} and screen.lines.ticket == ticket
        assert "nothing likely is proposed" in told(app)
        await press(app, pilot, "1")
        assert links(desk, ticket)[0] is not None


async def test_what_is_not_on_the_screen_is_not_confirmed(database: Path, desk: Desk) -> None:
    async with opened(database, size=(80, 24)) as (app, pilot):
        screen = the_desk(app)
        ticket = screen.lines.ticket
        assert ticket is not None
        await press(app, pilot, "C", "b")
        assert decisions(desk, ticket) == {"condition": "bug"} and screen.lines.ticket == ticket
        assert "not confirmed yet" in told(app)
        await press(app, pilot, "enter", "C", "t")
        assert said(desk, ticket) == ("bug", "team") and links(desk, ticket)[0] is not None


async def test_marked_tickets_are_said_and_confirmed_together(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        three = [ident for ident in screen.lines.ids if not detail(desk, ident).only_guesses][:3]
        screen.lines.set_marks(three)
        await press(app, pilot, "C", "D", "s")
        assert {said(desk, ident) for ident in three} == {("degraded", "site")}
        assert all("service" in decisions(desk, ident) for ident in three)


async def test_the_picker_takes_a_service_and_a_touchpoint_at_once(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "p", *"el doc")
        assert "Electronic Signature · Sign the closing documents" in screen_text(app) and "would be P" in screen_text(
            app
        )
        await press(app, pilot, "enter")
        assert links(desk, ticket) == ("e-sign", "sign-documents")
        assert the_desk(app).lines.ticket == ticket
        await press(app, pilot, "u")
        assert links(desk, ticket) == (None, None)


async def test_nought_in_the_picker_is_no_touchpoint(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        service = detail(desk, ticket).facts.service
        await press(app, pilot, "p", "0", "enter")
        assert links(desk, ticket) == (service, "none")


async def test_tab_in_the_picker_goes_on_to_what_is_said_and_confirms(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        ticket, after = screen.lines.ids[0], screen.lines.ids[1]
        await press(app, pilot, "p", *"sign-i", "tab")
        assert "a capital sets it" in screen_text(app)
        await press(app, pilot, "B", "t")
        assert links(desk, ticket)[0] == "identity" and said(desk, ticket) == ("bug", "team")
        assert screen.lines.ticket == after


async def test_all_of_it_in_one_breath(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        screen = the_desk(app)
        first, second = screen.lines.ids[:2]
        assert not detail(desk, second).only_guesses
        await at_once(app, pilot, "p", "sign-i", "tab", "Bt", "Cd")
        assert links(desk, first)[0] == "identity" and said(desk, first) == ("bug", "team")
        assert said(desk, second) == ("degraded", str(detail(desk, second).facts.reach)), (
            "confirmed, though not yet read"
        )
        assert links(desk, second)[0] is not None and screen.lines.ticket != second


async def test_what_somebody_else_said_meanwhile_is_not_overwritten(database: Path, desk: Desk) -> None:
    async with opened(database) as (app, pilot):
        ticket = the_desk(app).lines.ticket
        assert ticket is not None
        await press(app, pilot, "C")
        acts.set_condition(desk, [ticket], "request")
        await press(app, pilot, "b")
        assert said(desk, ticket) == ("request", None) and "service" not in decisions(desk, ticket)
        assert "ben changed its condition" in told(app)
