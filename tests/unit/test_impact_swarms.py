"""Swarms: what forms one, what does not, and the rate test against figures from elsewhere."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog
from triage.impact.policy import DEFAULT
from triage.impact.swarms import (
    Swarm,
    SwarmTicket,
    _is_usual,
    _microseconds,
    _test,
    distinct_senders,
    find_swarms,
    is_machine,
    negative_binomial_tail,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # a Tuesday
INDEX = CatalogIndex(
    Catalog.model_validate(
        {
            "services": [
                {"id": "portal", "name": "Portal", "criticality": 1, "depends_on": ["identity"]},
                {"id": "identity", "name": "Sign-in", "criticality": 3},
                {"id": "printing", "name": "Printing", "criticality": 3},
            ]
        }
    )
)
MINUTE = timedelta(minutes=1)


def tickets(
    service: str, people: str, apart: timedelta = MINUTE, site: str | None = None, until: datetime = NOW
) -> list[SwarmTicket]:
    """A ticket for each letter, in the order of time, the last one at `until`; a letter is a requester."""
    first = until - apart * (len(people) - 1)
    return [
        SwarmTicket(number, first + apart * number, service, f"{letter}@x.example", site)
        for number, letter in enumerate(people)
    ]


def found(group: list[SwarmTicket], past: list[datetime] | None = None, now: datetime = NOW) -> list[Swarm]:
    return find_swarms(group, {group[0].service or "": past or []}, INDEX, DEFAULT, now)


@pytest.mark.parametrize(
    ("service", "people", "apart", "swarms"),
    [
        ("printing", "aabbc", 7, 1),
        ("printing", "abcd", 1, 0),
        ("printing", "aaabb", 1, 0),
        ("printing", "aaaaaaaaaaaaaaaaaaaa", 1, 0),
        ("printing", "abcde", 8, 0),
        ("portal", "abc", 30, 1),
        ("portal", "abc", 31, 0),
        ("portal", "aab", 1, 0),
        ("identity", "abc", 20, 1),
    ],
)
def test_floors(service: str, people: str, apart: int, swarms: int) -> None:
    assert len(found(tickets(service, people, MINUTE * apart))) == swarms


def test_no_swarm_when_so_many_are_usual() -> None:
    group = tickets("printing", "abcde", MINUTE * 5)
    usual = sorted(NOW - timedelta(days=day, minutes=5 * step) for day in range(1, 29) for step in range(-12, 25))
    assert found(group, usual) == []
    quiet = sorted(NOW - timedelta(days=day, hours=1) for day in range(1, 29))
    (swarm,) = found(group, quiet)
    assert swarm.expected is not None and swarm.expected < 1 and swarm.chance is not None and swarm.chance < 0.01


def test_a_busy_weekend_says_nothing_of_a_weekday() -> None:
    weekends = [
        NOW - timedelta(days=day, minutes=5 * step)
        for day in range(1, 29)
        for step in range(25)
        if (NOW - timedelta(days=day)).weekday() >= 5
    ]
    early = [NOW - timedelta(days=28, hours=2)]
    assert len(found(tickets("printing", "abcde"), sorted(weekends + early))) == 1


def test_no_swarm_from_a_monitoring_system_that_repeats_itself() -> None:
    alerts = [
        SwarmTicket(number, NOW - MINUTE * number, "portal", f"nagios{number % 4}@mon.example") for number in range(30)
    ]
    assert found(alerts) == []
    people = [SwarmTicket(100 + number, NOW, "portal", f"{letter}@x.example") for number, letter in enumerate("ab")]
    (swarm,) = found(alerts + people)
    assert swarm.requesters == 3


@pytest.mark.parametrize(
    ("address", "machine"),
    [("nagios@x.example", True), ("no-reply@x.example", True), ("prod-alerts2@x.example", True), ("root@db1", True),
     ("ana.root-smith@x.example", True), ("monica@x.example", False), ("albert@alerts.example", False), (None, False)],
)  # fmt: skip
def test_machines_are_known_by_their_address(address: str | None, machine: bool) -> None:
    assert is_machine(address) is machine


def test_unknown_requesters_are_one() -> None:
    group = [SwarmTicket(number, NOW - MINUTE * number, "portal") for number in range(9)]
    assert found(group) == []


def test_one_mailbox_with_many_tags_is_one_requester() -> None:
    senders = [f"Ana+{number}@x.example" for number in range(9)]
    group = [SwarmTicket(number, NOW - MINUTE * number, "portal", sender) for number, sender in enumerate(senders)]
    assert found(group) == []
    assert distinct_senders([*senders, "ana@x.example", "bo@x.example", None, None, "nagios@a", "alerts@b"]) == 4
    assert distinct_senders(["+1 714 555 0100", "+1 714 555 0101", "+@x.example", "ben"]) == 4


def test_a_swarm_goes_on_while_more_come_than_usual_and_then_ends() -> None:
    quiet = [NOW - timedelta(days=day) for day in range(28, 0, -1)]
    begun = tickets("printing", "abcdef", MINUTE * 2)
    straggler = SwarmTicket(50, NOW + MINUTE * 20, "printing", "z@x.example")
    late = SwarmTicket(51, NOW + timedelta(hours=9), "printing", "y@x.example")
    (swarm,) = find_swarms([*begun, straggler, late], {"printing": quiet}, INDEX, DEFAULT, NOW + timedelta(hours=10))
    assert 50 in swarm.tickets and 51 not in swarm.tickets and swarm.since == begun[0].created_at


def test_small_ones_of_a_site_add_up() -> None:
    group = tickets("printing", "ababa", timedelta(days=1), site="tustin")
    (swarm,) = found(group)
    assert (swarm.kind, swarm.site, swarm.requesters, swarm.candidate) == ("site", "tustin", 2, False)
    assert found(tickets("printing", "aaaaa", timedelta(days=1), site="tustin")) == []
    assert found(tickets("printing", "ababa", timedelta(days=2), site="tustin")) == []


def test_candidates_for_a_major_incident() -> None:
    assert found(tickets("portal", "abc"))[0].candidate
    assert found(tickets("identity", "abc"))[0].candidate, "the portal cannot work without it"
    assert not found(tickets("printing", "abcdefghijklmnopqrst"))[0].candidate
    assert found(tickets("printing", "abcdefghijklmnopqrstu"))[0].candidate


def test_a_ticket_is_in_one_swarm_at_most_and_the_largest_comes_first() -> None:
    group = tickets("printing", "abcdefgh", MINUTE, site="tustin") + [
        SwarmTicket(100 + number, NOW, "portal", f"{letter}@x.example") for number, letter in enumerate("abc")
    ]
    swarms = find_swarms(group, {}, INDEX, DEFAULT, NOW)
    assert [len(swarm.tickets) for swarm in swarms] == [8, 3]
    every = [ident for swarm in swarms for ident in swarm.tickets]
    assert len(every) == len(set(every))


def test_the_tail_of_the_negative_binomial() -> None:
    assert negative_binomial_tail(0, 0.5, 0.5) == 1.0
    assert negative_binomial_tail(1, 1.0, 0.5) == pytest.approx(0.5)  # geometric
    assert negative_binomial_tail(4, 1.0, 0.9) == pytest.approx(0.1**4)
    # With much past it becomes Poisson: P(X ≥ 5 | 2) = 1 - e^-2 (1 + 2 + 2 + 4/3 + 2/3).
    assert negative_binomial_tail(5, 2e7, 1e7 / (1e7 + 1)) == pytest.approx(1 - math.exp(-2) * 7, abs=1e-6)


@given(
    count=st.integers(0, 400), tickets_before=st.integers(0, 4000), windows=st.floats(0.5, 300),
    most=st.floats(1e-9, 0.9),
)  # fmt: skip
def test_what_is_called_usual_without_summing_is_usual(
    count: int, tickets_before: int, windows: float, most: float
) -> None:
    shape, success = tickets_before + 0.5, windows / (windows + 1)
    if _is_usual(count, shape, success, most):
        assert negative_binomial_tail(count, shape, success) > most


@given(
    at=st.integers(0, 28 * 24 * 60), past=st.lists(st.integers(0, 30 * 24 * 60), max_size=60), count=st.integers(1, 12),
    within=st.sampled_from([30, 60]),
)  # fmt: skip
def test_the_rate_test_is_what_its_words_say(at: int, past: list[int], count: int, within: int) -> None:
    """Against a slow one: each day before, of the same kind, as far back as the past reaches, an hour more each side."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    end, before = start + MINUTE * at, sorted(start - timedelta(days=5) + MINUTE * minute for minute in past)
    usual, windows = 0, 0.0
    for day in range(1, 29):
        latest = end - timedelta(days=day) + timedelta(hours=1)
        earliest = latest - MINUTE * within - timedelta(hours=2)
        if before and latest >= before[0] and (latest.weekday() >= 5) == (end.weekday() >= 5):
            usual += sum(earliest <= one < latest for one in before)
            windows += (within + 120) / within
    passes, expected, chance = _test(
        [_microseconds(one) for one in before], _microseconds(end), within * 60_000_000, count, 0.001
    )
    if not windows:
        assert (passes, expected, chance) == (True, None, None)
        return
    tail = negative_binomial_tail(count, usual + 0.5, windows / (windows + 1))
    assert passes == (tail <= 0.001)
    if chance is not None:
        assert chance == pytest.approx(tail) and expected == pytest.approx(usual / windows)
