"""Swarms: found when many come, left and joined by people, confirmed and resolved together."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from triage.cli.main import run
from triage.desk import acts, swarms, undoing
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import Refused

Maker = Callable[..., Any]


@pytest.fixture
def outage(desk: Desk, ticket: Maker, now: datetime) -> Desk:
    tickets = [
        ticket(f"Signing page is down {n}", "The closing portal is down", created_at=now - timedelta(minutes=3 * n))
        for n in range(1, 9)
    ]
    take_in(desk, tickets, source="file", name="a")
    return desk


def test_an_outage_is_one_swarm(outage: Desk) -> None:
    (line,) = swarms.open_swarms(outage)
    assert (line.service, line.tickets, line.requesters) == ("closing-portal", 8, 8)
    assert line.candidate and not line.confirmed
    found = detail(outage, 1)
    assert found.row.swarm == line.id
    assert "RE:T+" in found.row.vector


def test_who_repeats_themselves_adds_one_requester_to_a_swarm(desk: Desk, ticket: Maker, now: datetime) -> None:
    people = ["ana@a.example", "ben@b.example", "eli@c.example"]
    loud = ["nagios@d.example", "prod-alerts@d.example"] * 5 + [None] * 6 + ["ana+2@a.example"]
    tickets = [
        ticket(f"down {n}", "The closing portal is down", requester=sender, created_at=now - timedelta(minutes=n))
        for n, sender in enumerate([*people, *loud], 1)
    ]
    take_in(desk, tickets, source="file", name="a")
    (line,) = swarms.open_swarms(desk)
    assert (line.tickets, line.requesters) == (20, 5), "three people, all machines, all that are unknown"
    assert {detail(desk, number).row.vector.split("/")[3] for number in range(1, 21)} == {"RE:T+3"}


def test_one_noisy_requester_is_none(desk: Desk, ticket: Maker, now: datetime) -> None:
    tickets = [
        ticket(f"down {n}", "The closing portal is down", requester="loud@buyer.example",
               created_at=now - timedelta(minutes=n)) for n in range(12)
    ]  # fmt: skip
    take_in(desk, tickets, source="file", name="a")
    assert swarms.open_swarms(desk) == []


def test_a_ticket_that_left_stays_out_and_undo_brings_it_back(outage: Desk) -> None:
    number = swarms.open_swarms(outage)[0].id
    swarms.leave(outage, [1])
    assert detail(outage, 1).row.swarm is None
    swarms.update_swarms(outage)
    assert detail(outage, 1).row.swarm is None
    undoing.undo(outage)
    swarms.update_swarms(outage)
    assert detail(outage, 1).row.swarm == number


def test_a_ticket_that_joined_stays_in(outage: Desk, ticket: Maker) -> None:
    take_in(outage, [ticket("printer", "no toner")], source="file", name="b")
    ident = outage.database.execute("SELECT max(id) FROM tickets").fetchone()[0]
    number = swarms.open_swarms(outage)[0].id
    swarms.join(outage, [ident], number)
    swarms.update_swarms(outage)
    assert detail(outage, ident).row.swarm == number


def test_an_incident_is_confirmed_by_a_person_and_resolved_with_what_was_confirmed(outage: Desk) -> None:
    number = swarms.open_swarms(outage)[0].id
    with pytest.raises(Refused):
        swarms.resolve_together(outage, number)
    swarms.confirm_incident(outage, number)
    assert swarms.open_swarms(outage)[0].confirmed
    acts.confirm(outage, [3, 4])
    outcome = swarms.resolve_together(outage, number)
    assert len(outcome.tickets) == 3
    assert detail(outage, 3).ticket.status == "resolved"
    assert detail(outage, 5).ticket.status == "new"


def test_a_swarm_ends_when_its_tickets_are_done(outage: Desk) -> None:
    acts.resolve(outage, list(range(1, 9)))
    swarms.update_swarms(outage)
    assert swarms.open_swarms(outage) == []


def test_the_view_of_swarms_has_one_line_a_swarm(outage: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    path = ["--db", str(outage.path)]
    assert run(["queue", "--view", "swarms", "--json", *path]) == 0
    shown = json.loads(capsys.readouterr().out)
    (line,) = shown["tickets"]
    (swarm,) = swarms.open_swarms(outage)
    assert (shown["total"], line["swarm"], line["swarm_tickets"]) == (1, swarm.id, swarm.tickets)
    run(["queue", "--json", *path])
    first = next(one for one in json.loads(capsys.readouterr().out)["tickets"] if one["swarm"])
    assert line["id"] == first["id"] and "swarm_tickets" not in first
    run(["queue", "--view", "swarms", *path])
    assert f"{swarm.tickets} tickets: " in capsys.readouterr().out


def test_who_leaves_a_swarm_of_another_service_leaves_it_smaller(outage: Desk, ticket: Maker, now: datetime) -> None:
    other = ticket("Branch printing is down", "The printer prints nothing", created_at=now - timedelta(minutes=4))
    take_in(outage, [other], source="file", name="b")
    acts.link(outage, [9], "service", "printing")
    (line,) = swarms.open_swarms(outage)
    swarms.join(outage, [9], line.id)
    assert swarms.swarm_of(outage, line.id).tickets == 9
    swarms.leave(outage, [9])
    assert swarms.swarm_of(outage, line.id).tickets == 8
