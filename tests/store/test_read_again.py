"""Open tickets are read again when the desk has learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts, read_again, undoing
from triage.desk.checkup import database as checks
from triage.desk.learning import fit_when_due
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import Overtaken
from triage.tickets.models import Status

Maker = Callable[..., Any]
ODD = "gribble frantz quosh"
"""Words that no name of the catalog has: only what was learned tells what they are about."""


@pytest.fixture
def odd(desk: Desk, ticket: Maker, now: datetime) -> Desk:
    """Twelve tickets of one kind that no name tells, and some others, days apart: no swarm."""
    tickets = [
        ticket(
            f"{ODD} again", f"the {ODD} does it", created_at=now - timedelta(days=n), requester=f"p{n}@buyer.example"
        )
        for n in range(1, 13)
    ]
    tickets += [ticket("Lunch menu", "what is for lunch", created_at=now - timedelta(days=20 + n)) for n in range(8)]
    take_in(desk, tickets, source="file", name="a")
    return desk


def teach(desk: Desk, ids: range) -> None:
    for ident in ids:
        acts.link(desk, [ident], "service", "closing-portal")


def proposed(desk: Desk, ident: int) -> str | None:
    return detail(desk, ident).facts.service


def test_the_next_of_a_kind_is_proposed_as_the_first_were_decided(odd: Desk) -> None:
    assert proposed(odd, 12) is None and not read_again.is_due(odd)
    teach(odd, range(1, 7))
    assert proposed(odd, 12) is None and read_again.is_due(odd)
    before = {
        n: odd.database.execute("SELECT value FROM decisions WHERE ticket_id = ?", (n,)).fetchall()
        for n in range(1, 21)
    }
    found = read_again.read_again(odd)
    assert found.changed > 0
    assert {proposed(odd, ident) for ident in range(7, 13)} == {"closing-portal"}
    assert proposed(odd, 15) is None, "what has none of the words stays as it was"
    after = {
        n: odd.database.execute("SELECT value FROM decisions WHERE ticket_id = ?", (n,)).fetchall()
        for n in range(1, 21)
    }
    assert before == after, "nothing is decided by reading again"
    assert not read_again.is_due(odd) and read_again.read_again(odd).changed == 0, "once is enough"
    assert all(check.state != "wrong" for check in checks(odd.path))


def test_the_log_says_which_tickets_were_read_again_and_nobody_undoes_it(odd: Desk) -> None:
    teach(odd, range(1, 7))
    read_again.read_again(odd)
    who, text = odd.database.execute("SELECT who, detail FROM acts WHERE what = 'read again'").fetchone()
    assert who == "triage" and set(range(7, 13)) <= set(json.loads(text)["tickets"])
    assert undoing.undo(odd).tickets == [6], "undo is of one's own acts"
    assert read_again.is_due(odd), "what was unlearned is read again as well"
    for _ in range(5):
        undoing.undo(odd)
    read_again.read_again(odd)
    assert proposed(odd, 12) is None


@pytest.fixture
def fitted(odd: Desk, ticket: Maker, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same with 30 past decisions and a fit: every open ticket is to be read again, and none was yet."""
    past = [
        ticket(f"{ODD} {n}" if n % 2 else "Drucker", f"the {ODD}" if n % 2 else "the printer", status=Status.RESOLVED,
               created_at=now - timedelta(days=60 + n), confirmed={"service": "closing-portal" if n % 2 else "printing"})
        for n in range(30)
    ]  # fmt: skip
    take_in(odd, past, source="file", name="b")
    fit_when_due(odd, always=True)
    monkeypatch.setattr(read_again, "FIRST", 0)
    return odd


def test_after_a_fit_every_open_ticket_is_read_in_parts(fitted: Desk) -> None:
    assert read_again.left(fitted) == 20 and proposed(fitted, 12) is None
    first = read_again.read_again(fitted, most=8)
    assert (first.read, first.left) == (8, 12) and proposed(fitted, 12) is None, "the newest first: those are 13 to 20"
    with Desk(fitted.path) as other:  # another process goes on where this one left off
        second = read_again.read_again(other, most=8)
        assert (second.read, second.changed, second.left) == (8, 8, 4)
    assert read_again.read_again(fitted, most=8).left == 0 and not read_again.is_due(fitted)
    assert {proposed(fitted, ident) for ident in range(1, 13)} == {"closing-portal"}


def test_what_one_process_learned_another_reads_with(odd: Desk) -> None:
    with Desk(odd.path) as other:
        assert read_again.read_again(other).changed == 0
        teach(odd, range(1, 7))
        assert read_again.learn_and_read(other) > 0
    assert proposed(odd, 12) == "closing-portal"


def test_who_confirms_what_was_shown_confirms_that_or_nothing(odd: Desk) -> None:
    shown = detail(odd, 12).ticket.reading
    assert shown is not None
    teach(odd, range(1, 7))
    read_again.read_again(odd)
    with pytest.raises(Overtaken, match="ticket 12: something else is proposed meanwhile"):
        acts.confirm(odd, [12], guesses=True, shown={12: shown})
    assert "service" not in detail(odd, 12).ticket.decisions
    again = detail(odd, 12).ticket.reading
    assert again is not None
    acts.confirm(odd, [12], guesses=True, shown={12: again})
    assert detail(odd, 12).ticket.decisions["service"]["target"] == "closing-portal"


def test_what_is_decided_or_erased_is_not_read(odd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    teach(odd, range(1, 7))
    acts.confirm(odd, [7], guesses=True)
    asked: list[str] = []
    real = odd.linker.read_many
    monkeypatch.setattr(odd.linker, "read_many", lambda many: (asked.extend(m.subject for m in many), real(many))[1])
    everything = {"service", "touchpoint", "condition", "reach"} <= set(detail(odd, 7).ticket.decisions)
    found = read_again.read_again(odd)
    assert everything and found.read == len(asked) == 19


def test_the_command_reads_all_of_them(fitted: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "status", "--db", str(fitted.path)]) == 0
    assert "20 open tickets are still to be read again" in capsys.readouterr().out
    assert run(["learn", "read-again", "--db", str(fitted.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] >= 12
    assert run(["learn", "status", "--db", str(fitted.path)]) == 0
    assert "to be read again" not in capsys.readouterr().out
    assert proposed(fitted, 12) == "closing-portal"


def test_a_catalog_that_comes_in_between_leaves_nothing_unread(fitted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from triage.desk.catalog import apply_catalog, load_files

    names = fitted.path.with_name("wording.yaml")
    names.write_text("people:\n  - {id: zoe, name: Zoe Lang, role: agent}\n", encoding="utf-8")
    real, done = fitted.linker.read_many, []

    def slow(messages: Any) -> Any:
        if not done:
            done.append(True)
            with Desk(fitted.path) as other:
                apply_catalog(other, load_files([names]))
        return real(messages)

    monkeypatch.setattr(fitted.linker, "read_many", slow)
    read_again.read_again(fitted)
    assert done and read_again.is_due(fitted), "what was not written is still to be read"
    read_again.read_again(fitted)
    assert {proposed(fitted, ident) for ident in range(1, 13)} == {"closing-portal"}


def test_the_command_reads_them_before_the_first_fit_as_well(odd: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_again, "FIRST", 3)
    teach(odd, range(1, 7))
    found = read_again.read_all(odd)
    assert (found.read, found.left) == (20, 0) and not read_again.is_due(odd)
    assert {proposed(odd, ident) for ident in range(7, 13)} == {"closing-portal"}
