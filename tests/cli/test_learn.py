"""`triage learn`: what was taught, and a rebuild that gives the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts
from triage.desk.office import Desk
from triage.desk.take_in import take_in


@pytest.fixture
def taught(desk: Desk, ticket: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Desk:
    many = [ticket(f"toner {n}", "the printer", confirmed={"service": "printing"}) for n in range(30)]
    take_in(desk, [*many, ticket("umbrella", "lost")], source="file", name="a")
    acts.none_fits(desk, [31])
    acts.link(desk, [1], "service", "identity")
    acts.undo(desk)
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
