"""What the bench counts is what is pressed: a sample of its plans is pressed in the application."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import keys_per_ticket


@pytest.mark.slow
def test_the_keys_that_are_counted_settle_the_tickets_in_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("TRIAGE_NOW", "")  # taken back behind the test: the bench goes through the tickets' own times
    found = keys_per_ticket.measure(most=24, every=2)  # asserts for each ticket what stands in the database then
    pressed = [one for one in found.settled if one.pressed]
    assert len(pressed) == 12 and any(len(one.wrong) > 1 for one in pressed)
    assert all(len(one.keys) == 1 for one in found.settled if not one.wrong)
    assert found.figures()["more_than_five"] == {}
