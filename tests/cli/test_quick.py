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


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {"db": None, "read_only": False}),
        (["--read-only"], {"db": None, "read_only": True}),
        (["--db", "a.db"], {"db": "a.db", "read_only": False}),
        (["--read-only", "--db=a.db"], {"db": "a.db", "read_only": True}),
        (["--db", "a.db", "--db", "b.db"], {"db": "b.db", "read_only": False}),
        (["--db"], None),
        (["--db="], None),
        (["--db", "--read-only"], None),
        (["--db", "/"], None),
        (["--read-only=yes"], None),
        (["--debug"], None),
        (["--help"], None),
        (["--db", "a.db", "queue"], None),
        (["board"], None),
    ],
)
def test_the_application_opens_without_click_where_all_is_plain(
    arguments: list[str], options: dict[str, Any] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIAGE_DB", raising=False)
    assert quick.opening(arguments) == options
    if options is None:
        return
    # As Click understands the same words: both ways open the same database in the same way.
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr("triage.ui.app.run", lambda path, **named: seen.append((path, named)) or 0)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert (quick.run(arguments), main.run(arguments)) == (0, 0)
    assert len(seen) == 2 and seen[0] == seen[1]


def test_a_database_that_cannot_be_opened_is_one_line_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    first = (quick.run(["--db", str(broken)]), capsys.readouterr())
    second = (main.run(["--db", str(broken)]), capsys.readouterr())
    assert first == second and first[0] == 1 and first[1].err.count("\n") == 1
