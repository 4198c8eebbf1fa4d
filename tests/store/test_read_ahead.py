"""A second process reads ahead in large imports: the same result, and none the worse where it dies."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from triage.desk import read_ahead, take_in
from triage.desk.facts import reading_to_json
from triage.desk.office import Desk
from triage.linking.message import Message
from triage.tickets.models import IncomingTicket

Maker = Callable[..., IncomingTicket]
linux = pytest.mark.skipif(sys.platform != "linux", reason="a copy of the process is made on Linux alone")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, and a helper from a few tickets on."""
    monkeypatch.setattr(take_in, "BATCH", 5)
    monkeypatch.setattr(read_ahead, "SHARE", 0.8)
    monkeypatch.setattr(read_ahead.ReadAhead, "balance", lambda self, waited: None)
    monkeypatch.setattr(read_ahead, "MANY", 10)
    monkeypatch.setattr(read_ahead, "_possible", lambda: True)


def _tickets(make: Maker) -> list[IncomingTicket]:
    texts = ("cannot sign in", "the portal is down for all of us", "how do I export a report", "printer jammed")
    return [make(f"{texts[n % 4]} {n}", texts[n % 4], external_id=f"T-{n % 21}") for n in range(23)]


def _stored(desk: Desk) -> list[Any]:
    query = "SELECT t.external_id, t.subject, r.reading, q.score FROM tickets t JOIN readings r ON r.ticket_id = t.id"
    return desk.database.execute(query + " JOIN queue q ON q.ticket_id = t.id ORDER BY t.id").fetchall()


def _alone(desk: Desk, tickets: list[IncomingTicket]) -> list[Any]:
    return desk.linker.read_many([Message.of(ticket) for ticket in tickets])


@linux
def test_what_is_read_ahead_is_what_is_read_here(
    few: None, desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = _tickets(ticket)
    taken: list[int] = []
    kept = read_ahead.ReadAhead.take

    def take(self: read_ahead.ReadAhead) -> Any:
        found = kept(self)
        taken.append(len(found))
        return found

    monkeypatch.setattr(read_ahead.ReadAhead, "take", take)
    result = take_in.take_in(desk, tickets, source="file", name="a")
    assert taken == [0, 4, 4, 4, 1]  # two of the last three are here already
    assert (result.added, result.updated + result.unchanged) == (21, 2)
    last = {each.external_id: each for each in tickets}
    expected = {
        ident: reading_to_json(reading) for ident, reading in zip(last, _alone(desk, list(last.values())), strict=True)
    }
    assert {row[0]: row[2] for row in _stored(desk)} == expected


@linux
def test_a_helper_that_dies_is_done_without(
    few: None, desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    begin = read_ahead.ReadAhead.begin

    def killed(self: read_ahead.ReadAhead, messages: Any) -> None:
        begin(self, messages)
        if not begun and self._process is not None and self._process.pid:
            begun.append(self._process.pid)
            os.kill(self._process.pid, signal.SIGKILL)

    monkeypatch.setattr(read_ahead.ReadAhead, "begin", killed)
    assert take_in.take_in(desk, _tickets(ticket), source="file", name="a").added == 21
    assert begun and len(_stored(desk)) == 21


@linux
def test_an_interrupt_ends_the_helper_and_keeps_whole_batches(few: None, desk: Desk, ticket: Maker) -> None:
    helpers: list[Any] = []

    def stop(done: int, total: int) -> None:
        import multiprocessing

        helpers.extend(multiprocessing.active_children())
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in.take_in(desk, _tickets(ticket), source="file", name="a", progress=stop)
    assert helpers and not any(helper.is_alive() for helper in helpers)
    assert len(_stored(desk)) == 10


def test_a_small_import_and_one_with_past_decisions_are_read_here(
    desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead, "_possible", lambda: True)
    tickets = _tickets(ticket)
    with read_ahead.reading_ahead(desk, tickets) as helper:
        assert helper is None
    monkeypatch.setattr(read_ahead, "MANY", 10)
    tickets[3].confirmed = {"condition": "degraded"}
    with read_ahead.reading_ahead(desk, tickets) as helper:
        assert helper is None


def test_the_helper_is_given_what_makes_both_ready_at_once(desk: Desk) -> None:
    helper = read_ahead.ReadAhead(desk)
    helper.share = 0.9
    helper.balance(0.2)
    assert helper.share == pytest.approx(0.81)
    for _ in range(20):
        helper.balance(0.0)
    assert helper.share == 1.0
    for _ in range(20):
        helper.balance(1.0)
    assert helper.share == read_ahead.LEAST
