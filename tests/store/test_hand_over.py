"""Not ours, a reply that wakes, and the address of a ticket in its own system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from triage.desk import acts, undoing
from triage.desk.address import address_of
from triage.desk.hand_over import hand_over
from triage.desk.office import Desk
from triage.desk.show import detail
from triage.desk.take_in import take_in
from triage.errors import Refused, Taken, UsageError
from triage.tickets.models import Status

Maker = Callable[..., Any]


@pytest.fixture
def one(desk: Desk, ticket: Maker) -> Desk:
    take_in(desk, [ticket("The printer is jammed", "printer", external_id="T-1")], source="file", name="one")
    return desk


def again(desk: Desk, ticket: Maker, body: str, **fields: Any) -> None:
    old = detail(desk, 1).ticket
    fresh = ticket("The printer is jammed", body, external_id="T-1", created_at=old.created_at,
                   updated_at=desk.now(), **fields)  # fmt: skip
    take_in(desk, [fresh], source="file", name="again")


def test_not_ours_gives_the_ticket_to_the_group_with_the_reason_in_one_act(one: Desk) -> None:
    hand_over(one, [1], "web-apps", "their-rights")
    found = detail(one, 1)
    assert found.row.assignee == "web-apps"
    assert found.ticket.decisions["handed_over"]["reason"] == "their-rights"
    assert found.notes[-1]["text"] == "not ours, to web-apps: their rights"
    assert len({line.act for line in found.history}) == 1
    undoing.undo(one)
    found = detail(one, 1)
    assert (found.row.assignee, found.notes, found.ticket.decisions) == (None, (), {})


def test_not_ours_needs_a_reason_that_is_one(one: Desk) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        hand_over(one, [1], "web-apps", "other", "  ")
    with pytest.raises(UsageError, match="did you mean 'their-rights'"):
        hand_over(one, [1], "web-apps", "their-right")
    with pytest.raises(Refused, match="no group"):
        hand_over(one, [1], " ", "no-fault")
    hand_over(one, [1], "web-apps", "other", "asks for a domain")
    with pytest.raises(Refused, match="web-apps's already"):
        hand_over(one, [1], "web-apps", "no-fault")


def test_a_ticket_of_a_group_may_be_claimed_and_one_of_a_person_not(one: Desk) -> None:
    one.index.support_groups["web-apps"] = SimpleNamespace(name="Web Applications")  # type: ignore[assignment]
    hand_over(one, [1], "web applications", "no-fault")
    assert detail(one, 1).row.assignee == "web-apps"
    with Desk(one.path, user="ben") as ben:
        ben.index.support_groups["web-apps"] = one.index.support_groups["web-apps"]
        acts.claim(ben, [1])
    with pytest.raises(Taken, match="ben's already"):
        acts.claim(one, [1])


def test_a_reply_wakes_what_waits_for_the_customer(one: Desk, ticket: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    acts.wait(one, [1], "customer", one.now() + timedelta(days=3))
    monkeypatch.setenv("TRIAGE_NOW", (one.now() + timedelta(hours=2)).isoformat())
    again(one, ticket, "printer\n\nIt is the one by the door.")
    found = detail(one, 1)
    assert (found.row.status, found.row.snoozed_until, found.row.bucket) == ("open", None, 0)
    ((start, end),) = found.ticket.decisions["pauses"]
    assert end - start == 7200


def test_a_reply_wakes_what_sleeps_and_the_same_text_does_not(one: Desk, ticket: Maker) -> None:
    acts.snooze(one, [1], one.now() + timedelta(days=3))
    again(one, ticket, "printer", tags=("branch",))
    assert detail(one, 1).row.bucket == 1
    again(one, ticket, "printer\n\nAny news?", tags=("branch",))
    assert (detail(one, 1).row.bucket, detail(one, 1).row.snoozed_until) == (0, None)


def test_where_the_source_says_that_it_waits_its_status_tells_the_end(one: Desk, ticket: Maker) -> None:
    again(one, ticket, "printer", status=Status.WAITING_CUSTOMER)
    again(one, ticket, "printer\n\nagent: which one?", status=Status.WAITING_CUSTOMER)
    assert detail(one, 1).row.status == "waiting_customer"


@pytest.mark.parametrize(
    ("source", "ident", "url", "expected"),
    [
        ("zendesk", "7/1", None, "https://h.example/tickets/7%2F1"),
        ("file", "7", "https://h.example/7", "https://h.example/7"),
        ("file", "7", None, None),
        ("bad", "7", None, None),
        ("file", "7", "javascript:alert(1)", None),
        ("file", "7", "file:///etc/passwd", None),
        ("file", "7", "https://h.example/a b", None),
        ("file", "7", "https://h.example/\x1b[31m", None),
        ("file", "7", "-oProxyCommand=x", None),
        ("file", "7", "https://[h", None),
    ],
)
def test_only_an_address_of_the_web_is_ever_opened(source: str, ident: str, url: str | None, expected: Any) -> None:
    templates = {"zendesk": "https://h.example/tickets/{id}", "bad": "ssh://h.example/{id}", "file": 3}
    found = address_of(SimpleNamespace(source=source, external_id=ident, url=url), templates)
    assert found == expected
