"""What a source says later: reopened tickets, pauses, a ticket twice in a batch, a catalog that changes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.yardstick import millions_of_additions
from triage.desk import acts, undoing
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.desk.upkeep import keep_up
from triage.errors import Overtaken
from triage.store import queue as queue_store
from triage.tickets.models import Status

Maker = Callable[..., Any]


def bring(desk: Desk, *tickets: Any, **options: Any) -> Any:
    return take_in(desk, list(tickets), source="file", name="a", **options)


def test_a_pause_ends_where_the_source_goes_on(desk: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ticket(status=Status.OPEN)
    bring(desk, first)
    acts.wait(desk, [1], "customer")
    assert detail(desk, 1).ticket.decisions["pauses"][-1][1] is None
    monkeypatch.setenv("TRIAGE_NOW", (desk.now() + timedelta(hours=2)).isoformat())
    bring(desk, ticket(external_id=first.external_id, created_at=first.created_at, status=Status.WAITING_SUPPLIER))
    found = detail(desk, 1)
    ((start, end),) = found.ticket.decisions["pauses"]
    assert end - start == 7200
    assert found.row.status == "waiting_supplier"


def test_what_the_source_changed_is_in_the_history_and_is_not_undone(desk: Desk, ticket: Maker) -> None:
    first = ticket(status=Status.OPEN)
    bring(desk, first)
    acts.resolve(desk, [1])
    again = {"external_id": first.external_id, "created_at": first.created_at}
    bring(desk, ticket(**again, status=Status.RESOLVED, updated_at=desk.now()))
    bring(desk, ticket(**again, status=Status.OPEN, updated_at=desk.now(), assignee="bo"))
    found = detail(desk, 1)
    assert (found.row.status, found.row.assignee, found.ticket.resolved_at) == ("open", "bo", None)
    assert ("import status", "resolved", "open") in [(line.what, line.before, line.after) for line in found.history]
    with pytest.raises(Overtaken, match="import"):
        undoing.undo(desk)


def test_the_first_answer_is_noted_where_the_source_tells_of_it(desk: Desk, ticket: Maker) -> None:
    first = ticket(status=Status.NEW)
    bring(desk, first)
    assert detail(desk, 1).ticket.responded_at is None
    at = desk.now() - timedelta(minutes=5)
    bring(desk, ticket(external_id=first.external_id, created_at=first.created_at, status=Status.OPEN, updated_at=at))
    assert detail(desk, 1).ticket.responded_at == at


def test_a_ticket_that_comes_twice_in_a_batch_ends_as_it_came_last(desk: Desk, ticket: Maker) -> None:
    one = ticket("The signing page is down", confirmed={"service": "closing-portal"})
    two = ticket("The printer jams", external_id=one.external_id, confirmed={"service": "printing"})
    found = bring(desk, one, two)
    assert (found.added, found.updated) == (1, 1)
    kept = detail(desk, 1)
    assert kept.row.subject == "The printer jams"
    assert kept.facts.service == "closing-portal"
    assert [line.target for line in kept.services if line.state == "confirmed"] == ["closing-portal"]
    assert queue_store.stored_counts(desk.database.connection) == queue_store.recount(desk.database.connection)


def test_a_dry_run_tells_what_the_import_then_does(desk: Desk, ticket: Maker) -> None:
    one = ticket()
    bring(desk, one)
    one.confirmed = {"service": "printing"}
    tried = bring(desk, one, dry_run=True)
    done = bring(desk, one)
    assert (tried.added, tried.updated, tried.unchanged) == (done.added, done.updated, done.unchanged) == (0, 1, 0)


def test_a_catalog_that_is_applied_meanwhile_is_read_with(
    desk: Desk, ticket: Maker, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from triage.desk import take_in as room
    from triage.desk.catalog import apply_catalog, load_files

    read = room._read

    def and_apply(*arguments: Any) -> list[str]:
        monkeypatch.setattr(room, "_read", read)
        found = read(*arguments)
        text = company.read_text(encoding="utf-8")
        company.write_text(
            text.replace("personas:", "  - {id: fax, name: Fax Gateway, criticality: 2, owner: jon}\npersonas:", 1)
        )
        with Desk(desk.path) as other:
            apply_catalog(other, load_files([company]))
        return found

    monkeypatch.setattr(room, "_read", and_apply)
    bring(desk, ticket("The fax gateway is down", "No fax gateway since noon"))
    assert detail(desk, 1).facts.service == "fax"


def test_many_that_wake_at_once_take_linear_time(desk: Desk) -> None:
    from triage.desk import derive

    woken: list[int] = []
    real = derive.queue_store
    many = list(range(20_000))

    class Queue:
        due_for_rescoring = staticmethod(lambda *_: list(range(10_000, 10_900)))
        awake = staticmethod(lambda *_: many)
        in_batches = staticmethod(lambda ids, size: (woken.extend(ids), [])[1])

    derive.queue_store = Queue  # type: ignore[assignment]
    try:
        with millions_of_additions(30):
            assert derive.rescore_due(desk, desk.now()) == 20_000
    finally:
        derive.queue_store = real
    assert sorted(woken) == many


def test_keeping_up_ends(desk: Desk, ticket: Maker) -> None:
    bring(desk, *(ticket(status=Status.OPEN) for _ in range(3)))
    keep_up(desk)
    assert keep_up(desk) == 0
