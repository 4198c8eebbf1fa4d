"""Auto-link: off until blind decisions prove it right, braked when they no longer do, never taken for a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triage.desk import acts, undoing
from triage.desk.auto_link import state
from triage.desk.blind import in_sample
from triage.desk.catalog import apply_catalog, load_files
from triage.desk.learning import replay
from triage.desk.office import Desk
from triage.desk.queue import header, names, rows
from triage.desk.queue import veiled as hides
from triage.desk.show import detail, detail_json, veiled
from triage.desk.take_in import take_in
from triage.store import audit

Maker = Callable[..., Any]
POLICY = "policy: {auto_link: {on: true, promise: 0.6, decisions: 4, last: 6, blind_one_in: 2}}\n"
BLIND = [f"T-{n}" for n in range(1, 200) if in_sample("file", f"T-{n}", 2)]
SHOWN = [f"T-{n}" for n in range(1, 200) if not in_sample("file", f"T-{n}", 2)]


@pytest.fixture
def asked(desk: Desk, company: Path) -> Desk:
    """A desk whose policy asks for auto-link."""
    company.write_text(company.read_text("utf-8") + POLICY, "utf-8")
    apply_catalog(desk, load_files([company]))
    return desk


def come_in(desk: Desk, ticket: Maker, names: list[str]) -> list[int]:
    """Tickets about the portal by these names; their ids."""
    tickets = [ticket("Closing Portal is down", "The closing portal is down", external_id=name) for name in names]
    take_in(desk, tickets, source="file", name="more")
    marks = ",".join("?" * len(names))
    query = f"SELECT id FROM tickets WHERE external_id IN ({marks}) ORDER BY id"
    return [row[0] for row in desk.database.execute(query, tuple(names))]


def said(desk: Desk) -> list[str]:
    query = "SELECT what FROM acts WHERE what IN ('auto-link on', 'auto-link off') ORDER BY id"
    return [row[0] for row in desk.database.execute(query)]


def service_of(desk: Desk, ident: int) -> tuple[str, str]:
    (line,) = [line for line in detail(desk, ident).services if line.chosen]
    return line.target, line.state


def proven(desk: Desk, ticket: Maker) -> list[int]:
    """Four blind decisions, each what triage would have linked."""
    ids = come_in(desk, ticket, BLIND[:4])
    for ident in ids:
        acts.link(desk, [ident], "service", "closing-portal")
    return ids


def test_nothing_is_linked_and_nothing_hidden_by_default(desk: Desk, ticket: Maker) -> None:
    ids = come_in(desk, ticket, BLIND[:4])
    for ident in ids:
        acts.link(desk, [ident], "service", "closing-portal")
    assert not state(desk, "service").on and header(desk).auto_link == ""
    assert detail(desk, come_in(desk, ticket, [BLIND[5]])[0]).blind == ()
    assert service_of(desk, come_in(desk, ticket, [SHOWN[0]])[0])[1] == "proposed"


def test_it_comes_on_when_blind_decisions_prove_it_and_says_so(asked: Desk, ticket: Maker) -> None:
    ids = come_in(asked, ticket, [*BLIND[:4], SHOWN[0]])
    for ident in ids[:3]:
        acts.link(asked, [ident], "service", "closing-portal")
    assert not state(asked, "service").on
    acts.link(asked, [ids[3]], "service", "closing-portal")
    found = state(asked, "service")
    assert (found.on, found.right, found.decisions) == (True, 4, 4)
    assert found.in_words() == "auto-link of services on: 100 % of 4 blind decisions"
    assert said(asked) == ["auto-link on"]
    assert header(asked).auto_link == "auto-link service 100 % of 4 · touchpoint off, 0 of 4"
    later = come_in(asked, ticket, [SHOWN[1]])[0]
    assert service_of(asked, later) == ("closing-portal", "auto")
    (link,) = [one for one in detail_json(detail(asked, later))["links"] if one["state"] == "auto"]
    assert link["method"].startswith("auto") and 0.6 <= link["confidence"] <= 1
    assert service_of(asked, ids[4])[1] == "proposed"  # what came in before stays a person's to decide


def test_decisions_that_saw_the_proposal_prove_nothing(asked: Desk, ticket: Maker) -> None:
    ids = come_in(asked, ticket, [*BLIND[:6], *SHOWN[:6]])
    acts.confirm(asked, ids[:3])
    acts.ask(asked, ids[3:6])
    for ident in ids[3:]:
        acts.link(asked, [ident], "service", "closing-portal")
    assert state(asked, "service").decisions == 0
    # Past decisions that come with a file were made by whoever saw whatever there was.
    past = [ticket(external_id=name, confirmed={"service": "closing-portal"}) for name in BLIND[10:16]]
    take_in(asked, past, source="file", name="past")
    assert state(asked, "service").decisions == 0


def test_the_brake(asked: Desk, ticket: Maker) -> None:
    proven(asked, ticket)
    for ident in come_in(asked, ticket, BLIND[4:7]):
        acts.link(asked, [ident], "service", "printing")
    found = state(asked, "service")
    assert (found.on, found.right, found.decisions) == (False, 3, 6)  # the last six
    assert found.in_words() == "auto-link of services off: 50 % of 6 blind decisions, 60 % were promised"
    assert said(asked) == ["auto-link on", "auto-link off"]
    detail_of = asked.database.execute("SELECT who, detail FROM acts WHERE what = 'auto-link off'").fetchone()
    assert detail_of[0] == "triage" and json.loads(detail_of[1])["right"] == 3
    assert service_of(asked, come_in(asked, ticket, [SHOWN[0]])[0])[1] == "proposed"
    undoing.undo(asked)  # the last wrong one goes, an older right one counts again
    assert state(asked, "service").on and said(asked)[-1] == "auto-link on"


def test_the_brake_when_the_catalog_no_longer_asks(asked: Desk, ticket: Maker, company: Path) -> None:
    proven(asked, ticket)
    company.write_text(company.read_text("utf-8").replace("on: true", "on: false"), "utf-8")
    apply_catalog(asked, load_files([company]))
    assert said(asked) == ["auto-link on", "auto-link off"] and header(asked).auto_link == ""
    assert service_of(asked, come_in(asked, ticket, [SHOWN[0]])[0])[1] == "proposed"


def test_changing_ones_mind_to_the_proposal_proves_nothing_and_away_from_it_does(asked: Desk, ticket: Maker) -> None:
    first, second = come_in(asked, ticket, BLIND[:2])
    acts.link(asked, [first], "service", "printing")
    acts.link(asked, [first], "service", "closing-portal")
    assert (state(asked, "service").right, state(asked, "service").decisions) == (0, 1)
    acts.link(asked, [second], "service", "closing-portal")
    assert (state(asked, "service").right, state(asked, "service").decisions) == (1, 2)
    acts.link(asked, [second], "service", "printing")
    assert (state(asked, "service").right, state(asked, "service").decisions) == (0, 2)


def test_an_automatic_link_teaches_nothing_and_is_nobodys_confirmation(asked: Desk, ticket: Maker) -> None:
    proven(asked, ticket)
    before = asked.memory.dump()
    later = come_in(asked, ticket, SHOWN[:3])
    assert asked.memory.dump() == before == replay(asked).dump()
    assert state(asked, "service").decisions == 4
    acts.confirm(asked, later[:1])
    assert service_of(asked, later[0]) == ("closing-portal", "confirmed")
    assert asked.memory.dump() != before


def test_automatic_links_are_undone_and_do_not_come_again(asked: Desk, ticket: Maker) -> None:
    proven(asked, ticket)
    one, two = come_in(asked, ticket, SHOWN[:2])
    assert audit.last_undoable(asked.database.connection, "somebody else") is None
    assert undoing.undo(asked).message == "undone: auto-link (2 tickets)"
    assert service_of(asked, one)[1] == service_of(asked, two)[1] == "proposed"
    undoing.redo(asked)
    assert service_of(asked, two)[1] == "auto"
    undoing.undo(asked)
    changed = ticket("Closing Portal is down", "Closing portal still down", external_id=SHOWN[0])
    take_in(asked, [changed], source="file", name="again")
    assert service_of(asked, one)[1] == "proposed"
    two = come_in(asked, ticket, [SHOWN[3]])[0]
    assert service_of(asked, two)[1] == "auto"
    acts.reject(asked, [two], "service", "closing-portal")
    assert all(line.state != "auto" for line in detail(asked, two).services)


def test_the_blind_sample_is_shown_by_name_and_not_by_rank(asked: Desk, ticket: Maker) -> None:
    (ident,) = come_in(asked, ticket, BLIND[:1])
    whole = detail(asked, ident)
    found = veiled(whole)
    assert found.blind == ("service", "touchpoint")
    assert [line.name for line in found.services] == sorted(line.name for line in found.services)
    assert not any(line.chosen or line.word or line.evidence or line.confidence for line in found.services)
    assert not (found.brief or found.breakdown or found.who or found.money)
    assert all(mark.term != "closing portal" for mark in found.marks)
    assert found.row.service is None and whole.row.service == "closing-portal"
    acts.ask(asked, [ident])
    assert detail(asked, ident).blind == () and veiled(detail(asked, ident)) == detail(asked, ident)


def test_beside_a_blind_kind_nothing_is_told_but_what_a_person_said(asked: Desk, ticket: Maker) -> None:
    (ident,) = come_in(asked, ticket, BLIND[:1])
    acts.link(asked, [ident], "service", "closing-portal")
    found = veiled(detail(asked, ident))
    assert found.blind == ("touchpoint",)
    assert [(line.target, line.state) for line in found.services] == [("closing-portal", "confirmed")]
    assert not any(line.evidence or line.features for line in (*found.services, *found.touchpoints))
    assert not any(line.word or line.chosen for line in found.touchpoints)


def test_a_line_of_the_queue_hides_what_was_not_said_however_sure_its_priority_is(asked: Desk, ticket: Maker) -> None:
    (ident,) = come_in(asked, ticket, BLIND[:1])
    known = names(asked)

    def hidden() -> tuple[bool, ...]:
        (row,) = rows(asked, [ident])
        return tuple(hides(row._replace(sure=1), known, kind) for kind in ("service", "touchpoint"))

    assert hidden() == (True, True)
    acts.link(asked, [ident], "service", "closing-portal")
    assert hidden() == (False, True)
    undoing.undo(asked)
    assert hidden() == (True, True)
    acts.ask(asked, [ident])
    assert hidden() == (False, False)


def test_the_sample_is_one_in_twenty_by_the_name_alone() -> None:
    names = [str(number) for number in range(20_000)]
    chosen = [name for name in names if in_sample("zendesk", name, 20)]
    assert 900 < len(chosen) < 1100
    assert chosen == [name for name in names if in_sample("zendesk", name, 20)]
    assert chosen != [name for name in names if in_sample("jira", name, 20)]
    assert not in_sample("zendesk", chosen[0], 0)
