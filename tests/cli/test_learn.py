"""`triage learn`: what was taught, and a rebuild that gives the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts, undoing
from triage.desk.office import Desk
from triage.desk.take_in import take_in


@pytest.fixture
def taught(desk: Desk, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Desk:
    many = [ticket(f"toner {n}", "the printer", confirmed={"service": "printing"}) for n in range(30)]
    take_in(desk, [*many, ticket("umbrella", "lost")], source="file", name="a")
    acts.none_fits(desk, [31])
    acts.link(desk, [1], "service", "identity")
    undoing.undo(desk)
    monkeypatch.setenv("TRIAGE_DB", str(desk.path))
    return desk


def test_status(taught: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    service = next(kind for kind in found["kinds"] if kind["kind"] == "service")
    assert (service["decisions"], service["targets"], service["none"]) == (31, 2, 1)
    assert (found["snapshot"], found["agrees_with_log"]) == (1, True)
    assert run(["learn", "status"]) == 0
    assert "equals a replay" in capsys.readouterr().out


def test_rebuild_gives_the_same_state(taught: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = taught.memory.dump()
    assert run(["learn", "rebuild", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["same"] and found["decisions"] == 32
    with Desk(taught.path) as again:
        assert again.memory.dump() == before


def test_proposals_are_made_accepted_and_turned_down(
    desk: Desk, ticket: Callable[..., Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_DB", str(desk.path))
    words = ["snorkel", "marzipan"]
    many = [
        ticket(f"The {words[n % 2]} again", f"please look at the {words[n % 2]} today {n}",
               confirmed={"service": ["printing", "identity"][n % 2]})
        for n in range(12)
    ]  # fmt: skip
    take_in(desk, many, source="file", name="a")
    assert run(["learn", "proposals", "--json"]) == 0
    found = {each["phrase"].lower(): each for each in json.loads(capsys.readouterr().out)}
    snorkel = next(each for phrase, each in found.items() if "snorkel" in phrase)
    marzipan = next(each for phrase, each in found.items() if "marzipan" in phrase)
    assert (snorkel["target"], snorkel["change"], snorkel["worse"]) == ("printing", "alias", [])
    assert len(snorkel["better"]) >= 3
    assert run(["learn", "accept", snorkel["key"]]) == 0
    assert run(["learn", "reject", marzipan["key"]]) == 0
    capsys.readouterr()
    assert any("snorkel" in alias.lower() for alias in desk.index.services["printing"].aliases)
    assert run(["learn", "proposals", "--json"]) == 0
    left = {each["key"] for each in json.loads(capsys.readouterr().out)}
    assert not left & {snorkel["key"], marzipan["key"]}
    assert run(["learn", "accept", "ffffff"]) == 1
    assert "no proposal 'ffffff'" in capsys.readouterr().err
