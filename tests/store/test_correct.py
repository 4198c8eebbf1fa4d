"""What is wrong in several things is put right in one act: what it writes, that it is undone as one, and what it refuses."""

from __future__ import annotations

import pytest

from triage.desk import acts, correct, pick, undoing
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import NotFound, UsageError


@pytest.fixture
def one(desk: Desk, ticket) -> int:  # type: ignore[no-untyped-def]
    """A ticket that nobody decided anything of."""
    take_in(desk, [ticket()], source="file", name="t")
    return int(desk.database.execute("SELECT max(id) FROM tickets").fetchone()[0])


def decided(desk: Desk, ident: int) -> dict[str, object]:
    """What people decided, links by their target alone."""
    found = detail(desk, ident).ticket.decisions
    return {name: value.get("target") if isinstance(value, dict) else value for name, value in found.items()}


def entries_of(desk: Desk) -> tuple[str, str]:
    """A service and a touchpoint of the catalog."""
    known = pick.entries(desk)
    return next(e.id for e in known if e.kind == "service"), next(e.id for e in known if e.kind == "touchpoint")


def test_both_links_are_one_act_and_undone_as_one(desk: Desk, one: int) -> None:
    service, touchpoint = entries_of(desk)
    acts.reject(desk, [one], "service", service)
    before = decided(desk, one)
    outcome = correct.link_both(desk, [one], service, touchpoint)
    found = decided(desk, one)
    assert (found["service"], found["touchpoint"]) == (service, touchpoint)
    assert not found.get("rejected")
    assert outcome.message == f"linked to service:{service} and touchpoint:{touchpoint}"
    undoing.undo(desk)
    assert decided(desk, one) == before


def test_both_links_with_none_and_with_what_is_not_there(desk: Desk, one: int) -> None:
    service, _ = entries_of(desk)
    correct.link_both(desk, [one], service, "none")
    assert decided(desk, one)["touchpoint"] == "none"
    with pytest.raises(NotFound, match="no touchpoint 'nowhere'"):
        correct.link_both(desk, [one], service, "nowhere")


def test_what_is_said_while_confirming_is_one_act_with_it(desk: Desk, one: int) -> None:
    outcome = acts.confirm(desk, [one], guesses=True, said={"condition": "question", "reach": "site"})
    found = decided(desk, one)
    assert (found["condition"], found["reach"]) == ("question", "site") and "service" in found
    assert outcome.message == "condition question, reach site, confirmed"
    undoing.undo(desk)
    assert not {"condition", "reach", "service", "touchpoint"} & {k for k, v in decided(desk, one).items() if v}


def test_what_cannot_be_said_is_refused_and_nothing_is_confirmed(desk: Desk, one: int) -> None:
    with pytest.raises(UsageError, match="'sitee' is not a reach"):
        acts.confirm(desk, [one], guesses=True, said={"reach": "sitee"})
    with pytest.raises(UsageError, match="'service' cannot be said"):
        acts.say(desk, [one], {"service": "x"})
    assert "reach" not in decided(desk, one)
