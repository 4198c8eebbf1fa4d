"""Forgetting: nothing of what was erased is left in the file, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts
from triage.desk.forget import forget, term_start
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import NotFound, UsageError

Maker = Callable[..., Any]
ADDRESS = "zanzibarella@quixotic.example"


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


@pytest.fixture
def full(desk: Desk, ticket: Maker) -> Desk:
    mine = ticket("Flibbertigibbet signing page", "Wobblesome trouble, call me", requester=ADDRESS,
                  requester_name="Zanzibarella Quux", extra={"note": "Snollygoster"}, tags=("Gubbins",),
                  external_id="EXT-Zanzibarella", attachments=("Bumfuzzle.pdf",))  # fmt: skip
    other = ticket("Fwd: help", f"{ADDRESS} asked for the printer")
    take_in(desk, [mine, other, ticket("a third one")], source="file", name="a")
    acts.confirm(desk, [1])
    acts.note(desk, [1], "Widdershins said so")
    acts.told(desk, [1], "Lickety split by noon")
    acts.override(desk, [1], "P2", "other", "Cattywampus reason")
    acts.note(desk, [3], f"ask {ADDRESS.upper()}")
    return desk


WORDS = ["Flibbertigibbet", "Wobblesome", "Zanzibarella", "zanzibarella", "quixotic", "QUIXOTIC", "Snollygoster",
         "Gubbins", "Bumfuzzle", "Widdershins", "Lickety", "Cattywampus", "flibbertigibbet"]  # fmt: skip


def test_a_grep_of_the_file_finds_nothing_of_a_forgotten_requester(full: Desk) -> None:
    full.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = bytes_of(full.path)
    assert all(word.encode() in before for word in WORDS if word not in ("QUIXOTIC", "flibbertigibbet"))
    found = forget(full, requester=ADDRESS)
    assert (found.tickets, found.mentions) == (1, 2)
    after = bytes_of(full.path)
    assert [word for word in WORDS if word.encode() in after] == []


def test_numbers_stay_and_the_lesson_is_gone(full: Desk) -> None:
    lessons = full.database.execute("SELECT count(*) FROM lessons").fetchone()[0]
    service = detail(full, 1).facts.service
    forget(full, requester=ADDRESS)
    assert full.database.execute("SELECT count(*) FROM lessons").fetchone()[0] == 0 < lessons
    found = detail(full, 1)
    assert found.facts.service == service
    assert found.row.subject == "(forgotten)"
    assert found.impact.priority == "P2"
    assert len(full.linker.memory or []) == 0


def test_an_import_does_not_bring_it_back(full: Desk, ticket: Maker) -> None:
    forget(full, requester=ADDRESS)
    again = ticket("Flibbertigibbet", "again", external_id="EXT-Zanzibarella", requester=ADDRESS)
    result = take_in(full, [again], source="file", name="a")
    assert result.added == 0
    assert "forgotten" in result.rejected[0].reason


def test_other_tickets_keep_everything_but_the_address(full: Desk) -> None:
    forget(full, requester=ADDRESS)
    assert detail(full, 2).ticket.body == "(forgotten) asked for the printer"
    assert detail(full, 2).facts.service == "printing"
    assert detail(full, 3).ticket.subject == "a third one"


def test_what_is_done_and_older_than_a_term(full: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    acts.resolve(full, [3])
    monkeypatch.setenv("TRIAGE_NOW", (full.now() + timedelta(days=800)).isoformat())
    found = forget(full, before=term_start("24m", full.now()))
    assert found.tickets == 1
    assert detail(full, 3).ticket.forgotten
    assert not detail(full, 1).ticket.forgotten


def test_an_address_that_is_nowhere_is_said(full: Desk) -> None:
    with pytest.raises(NotFound):
        forget(full, requester="nobody@nowhere.example")


@pytest.mark.parametrize(("term", "day"), [("1m", "2026-10-23"), ("24m", "2024-11-23"), ("2y", "2024-11-23"),
                                           ("10d", "2026-11-13"), ("2w", "2026-11-09")])  # fmt: skip
def test_terms(desk: Desk, term: str, day: str) -> None:
    assert term_start(term, desk.now()).date().isoformat() == day


@pytest.mark.parametrize("term", ["", "m", "0m", "24", "24x", "-1m", "9999y"])
def test_terms_that_are_none(desk: Desk, term: str) -> None:
    with pytest.raises(UsageError):
        term_start(term, desk.now())


def test_nobody_can_stop_an_erasure_or_write_into_what_was_erased(full: Desk, ticket: Maker) -> None:
    """The number of a mail is its sender's to choose."""
    forged = ticket("hello", "a new matter", requester="mallory@x.example", external_id="forgotten-1")
    take_in(full, [forged], source="file", name="b")
    forget(full, requester=ADDRESS)
    erased = full.database.execute("SELECT external_id FROM tickets WHERE id = 1").fetchone()[0]
    assert erased.startswith("forgotten-1-")
    late = ticket("hello again", "another", requester="mallory@x.example", external_id=erased)
    done = take_in(full, [late], source="file", name="c")
    assert (done.added, done.updated) == (0, 0)
    subject, requester = full.database.execute("SELECT subject, requester FROM tickets WHERE id = 1").fetchone()
    assert (subject, requester) == ("(forgotten)", None)
