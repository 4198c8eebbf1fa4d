"""What decisions teach: at once, exactly undone, the same after a restart, a replay and in another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.desk import acts, undoing
from triage.desk.learning import fit_when_due, load_memory, replay
from triage.desk.office import Desk
from triage.desk.take_in import take_in
from triage.errors import TriageError
from triage.linking.message import Message
from triage.linking.snapshots import pack_fitted, unpack_fitted

Maker = Callable[..., Any]


@pytest.fixture
def six(desk: Desk, ticket: Maker) -> Desk:
    texts = ["The signing page is down", "wrong password", "blank pages", "umbrella", "deed is late", "toner"]
    take_in(desk, [ticket(text, text) for text in texts], source="file", name="six")
    return desk


STEPS: dict[str, Callable[[Desk], object]] = {
    "confirm": lambda desk: acts.confirm(desk, [1, 2]),
    "link": lambda desk: acts.link(desk, [1], "service", "identity"),
    "link back": lambda desk: acts.link(desk, [1], "service", "closing-portal"),
    "touchpoint": lambda desk: acts.link(desk, [3], "touchpoint", "sign-documents"),
    "none": lambda desk: acts.none_fits(desk, [4, 1]),
    "reject": lambda desk: acts.reject(desk, [1], "service", "identity"),
    "condition": lambda desk: acts.set_condition(desk, [2], "bug"),
    "reach": lambda desk: acts.set_reach(desk, [5], "site"),
    "undo": lambda desk: undoing.undo(desk),
    "redo": lambda desk: undoing.redo(desk),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["ana", "ben"]), st.sampled_from(list(STEPS))), max_size=14))
def test_after_any_acts_of_two_people_the_memory_is_that_of_a_replay(six: Desk, steps: list[tuple[str, str]]) -> None:
    desks = {"ana": six, "ben": Desk(six.path, user="ben")}
    try:
        for who, name in steps:
            try:
                STEPS[name](desks[who])
            except TriageError:
                continue
        last = 1 + six.database.execute("SELECT max(id) FROM acts").fetchone()[0]
        for desk in desks.values():
            desk.catch_up(last)
        expected = load_memory(six.database)[0].dump()
        loaded = sorted(map(str, load_memory(six.database)[0].decisions()))
        assert sorted(map(str, desks["ana"].memory.decisions())) == loaded
        assert sorted(map(str, desks["ben"].memory.decisions())) == loaded
        assert desks["ana"].memory.dump() == expected
        assert desks["ben"].memory.dump() == expected
        assert replay(six).dump() == expected
    finally:
        desks["ben"].close()


def test_an_undone_decision_leaves_no_trace(six: Desk) -> None:
    acts.link(six, [4], "service", "printing")
    before = six.memory.dump()
    acts.link(six, [1], "service", "identity")
    assert six.memory.dump() != before
    undoing.undo(six)
    assert six.memory.dump() == before


def test_a_lesson_keeps_no_text(six: Desk) -> None:
    acts.link(six, [4], "service", "printing")
    (row,) = six.database.execute("SELECT decision FROM lessons").fetchall()
    assert "umbrella" not in row[0]


def test_a_decision_changes_the_next_reading(six: Desk, ticket: Maker) -> None:
    message = Message(subject="umbrella", body="umbrella")
    before = {c.target: c.probability for c in six.linker.read(message).services}
    more = [ticket("umbrella stand", f"umbrella number {n}", confirmed={"service": "printing"}) for n in range(25)]
    take_in(six, more, source="file", name="more")
    after = {c.target: c.probability for c in six.linker.read(message).services}
    assert after["printing"] > before.get("printing", 0.0)


def test_what_was_fitted_survives_a_restart(six: Desk, ticket: Maker) -> None:
    more = [ticket("umbrella stand", f"umbrella number {n}", confirmed={"service": "printing"}) for n in range(30)]
    take_in(six, more, source="file", name="more")
    assert six.database.execute("SELECT count(*) FROM learned").fetchone()[0] == 1
    message = Message(subject="umbrella", body="umbrella")
    with Desk(six.path) as again:
        assert again.linker.read(message) == six.linker.read(message)
        assert again.memory.number == six.memory.number


def test_fitting_twice_gives_the_same_bytes(six: Desk, ticket: Maker) -> None:
    more = [ticket("umbrella stand", f"umbrella number {n}", confirmed={"service": "printing"}) for n in range(30)]
    take_in(six, more, source="file", name="more")
    first = pack_fitted(six.memory.fitted)
    six.forget_learned()
    assert fit_when_due(six, always=True)
    again = unpack_fitted(pack_fitted(six.memory.fitted))
    before = unpack_fitted(first)
    assert {kind: each.snapshot.weights.tobytes() for kind, each in again.items()} == {
        kind: each.snapshot.weights.tobytes() for kind, each in before.items()
    }


def test_the_first_decision_of_all_keeps_its_terms(six: Desk) -> None:
    acts.link(six, [4], "service", "printing")
    assert all(decision.terms for decision in six.memory.decisions())


def test_a_fit_estimates_the_share_of_none_from_what_comes_in_and_not_from_chosen_files(
    six: Desk, ticket: Maker
) -> None:
    take_in(
        six,
        [
            ticket(f"{number} {text}", text, external_id=f"past-{number}-{target}", confirmed={"service": target})
            for number in range(30)
            for text, target in (("The signing page is down", "closing-portal"), ("umbrella left behind", "none"))
        ],
        source="file",
        name="past",
    )
    take_in(
        six,
        [
            ticket(f"{number} signing page", "The signing page is down", external_id=f"in-{number}")
            for number in range(210)
        ],
        source="file",
        name="coming in",
    )
    assert fit_when_due(six, always=True)
    learned = six.memory.fitted["service"]
    assert learned.expected is not None
    assert learned.expected < 0.05
    again = load_memory(six.database)[0]
    assert again.fitted["service"].expected == learned.expected
