"""`triage queue` without Click says what it says with it, and leaves everything else to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.cli import main, quick
from triage.desk.office import Desk
from triage.desk.take_in import take_in

SHORT: list[list[str]] = [
    ["queue"],
    ["queue", "--view", "unclaimed"],
    ["queue", "--view=swarms", "--json"],
    ["queue", "--limit", "1"],
    ["queue", "--limit", "0"],
    ["queue", "--limit=2", "--full"],
    ["queue", "--search", "printer is:uncertain", "--json"],
    ["queue", "--search", "nothing has this"],
    ["queue", "--json", "--limit", "1", "--limit", "2"],
]
LONG: list[list[str]] = [
    [],
    ["--version"],
    ["queue", "--help"],
    ["queue", "--limit", "-1"],
    ["queue", "--limit", "²"],
    ["queue", "--limit"],
    ["queue", "--view", "--json"],
    ["queue", "--vie", "open"],
    ["queue", "--json=yes"],
    ["queue", "--db="],
    ["queue", "--debug"],
    ["queue", "extra"],
    ["--read-only", "queue"],
    ["show", "1"],
]
WRONG: list[list[str]] = [
    ["queue", "--view", "opne"],
    ["queue", "--search", "service:nowhere"],
    ["queue", "--db", "/nowhere/at/all.db"],
    ["queue", "--db", "/"],
]


@pytest.fixture
def db(desk: Desk, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    tickets = [ticket("The signing page is down"), ticket("Drucker für Ünal druckt nicht"), ticket("printer \x1b[31m")]
    take_in(desk, tickets, source="file", name="a")
    monkeypatch.setenv("TRIAGE_DB", str(desk.path))
    return desk.path


def both(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    first = (quick.run(arguments), *capfd.readouterr())
    return first, (main.run(arguments), *capfd.readouterr())


@pytest.mark.parametrize("arguments", SHORT, ids=" ".join)
def test_what_is_plain_is_the_same_without_click(
    db: Path, arguments: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = both(capfd, arguments)
    assert short == long
    assert short[0] == 0
    monkeypatch.setattr(main, "run", lambda _: pytest.fail("it took the long way"))
    assert quick.run(arguments) == 0


@pytest.mark.parametrize("arguments", LONG, ids=" ".join)
def test_what_is_not_plain_is_left_to_click(arguments: list[str]) -> None:
    assert quick.asked(arguments) is None


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_an_error_is_said_once_and_as_ever(db: Path, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    short, long = both(capfd, arguments)
    assert short == long
    assert short[0] != 0
    assert short[1] == ""
    assert short[2]
