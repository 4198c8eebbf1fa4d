"""Another policy tried on the past: what moves, as of when, agreement, and every mistake of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts
from triage.desk.backtest import backtest, policy_of_file
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import InputError, UsageError

Maker = Callable[..., Any]
POLICY = "reach: {team: 9}\npriorities: {P3: 30}\n"


@pytest.fixture
def past(desk: Desk, ticket: Maker, now: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One ticket for a team, decided an hour after it came; one overridden; one done; one too old."""
    monkeypatch.setenv("TRIAGE_NOW", (now - timedelta(days=3)).isoformat())
    start = now - timedelta(days=3, hours=1)
    made = [ticket("printer", "", created_at=start) for _ in range(3)]
    old = ticket("printer", "", created_at=now - timedelta(days=120))
    take_in(desk, [*made, old], source="file", name="past")
    for ident in (1, 2, 3):
        acts.link(desk, [ident], "service", "printing")
        acts.link(desk, [ident], "touchpoint", "none")
        acts.set_condition(desk, [ident], "unavailable")
        acts.set_reach(desk, [ident], "team")
    acts.override(desk, [2], "P3", "politics")
    acts.resolve(desk, [3])
    monkeypatch.setenv("TRIAGE_NOW", now.isoformat())
    return desk


def test_bands_tops_shares_and_agreement(past: Desk, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY, encoding="utf-8")
    before = past.database.execute("SELECT * FROM queue").fetchall()
    found = backtest(past, policy_of_file(past, file)).as_json()
    # Medium and unavailable 18, a team 6, an hour of three days' tolerance 0: 24, then 27; never by the clock of today.
    assert {one["score_before"] for one in found["top"]} == {24}
    assert {one["score"] for one in found["top"]} == {27}
    assert (found["tickets"], found["changed_score"], found["moved_up"], found["moved_down"]) == (3, 3, 0, 0)
    found = backtest(past, {"reach": {"team": 10}, "priorities": {"P3": 28}}).as_json()
    assert found["moved_up"] == 3 and found["bands"] == [{"before": "P4", "after": "P3", "tickets": 3}]
    assert found["overrides"] == {"tickets": 1, "agreement_before": 0.0, "agreement_after": 1.0}
    assert found["p1_p2_share"] == {"before": 0.0, "after": 0.0}
    assert past.database.execute("SELECT * FROM queue").fetchall() == before
    assert backtest(past, {}, days=200).comparison.tickets == 4
    assert backtest(past, {}, days=1).comparison.tickets == 0
    with pytest.raises(UsageError):
        backtest(past, {}, days=0)


def test_the_command(past: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"policy": {"reach": {"team": 10}, "priorities": {"P3": 28}}}', encoding="utf-8")
    command = ["backtest", "--policy", str(file), "--db", str(past.path)]
    assert run([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["priorities"]["P3"] == {"before": 0, "after": 3}
    assert run(command) == 0
    out = capsys.readouterr().out
    assert "moved: P4 → P3: 3" in out and "P1 and P2 together: 0.0% now, 0.0% then" in out
    assert run([*command, "--days", "1"]) == 0
    assert "no ticket came in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("reach:\n  teem: 8\n", "policy.yaml:2: policy.reach.teem: unknown key; did you mean 'team'?"),
        ("reach:\n  team: 8\n  site: 7\n", "policy.yaml:3: policy.reach.site"),
        ("policy:\n  priorities:\n    P1: many\n", "policy.yaml:3: policy.priorities.P1"),
        ("policy: 7\n", "policy.yaml:1: policy: is not a mapping"),
        ("- 1\n", "policy.yaml: is not a mapping"),
        ("", "policy.yaml: is empty"),
        ("reach: [\n", "policy.yaml:"),
        ("reach: {all: 90}\n", "add up to"),
    ],
)
def test_every_mistake_of_the_file_has_its_line(past: Desk, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        policy_of_file(past, file)
    assert any(told in line for line in caught.value.lines()), caught.value.lines()


def test_a_file_that_is_not_there_and_a_catalog_that_says_nothing(past: Desk, tmp_path: Path, company: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        policy_of_file(past, tmp_path / "none.yaml")
    with pytest.raises(InputError, match="is a folder"):
        policy_of_file(past, tmp_path)
    with pytest.raises(InputError, match="gives no policy"):
        policy_of_file(past, company)
