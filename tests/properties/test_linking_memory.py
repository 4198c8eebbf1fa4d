"""The live state of the learner depends on what stands, never on what was done and undone on the way."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from triage.linking.memory import Decision, Memory, pack

decisions = st.builds(
    Decision,
    ticket=st.integers(1, 5),
    kind=st.sampled_from(["service", "touchpoint", "condition", "reach"]),
    target=st.sampled_from(["none", "a", "b"]),
    terms=st.dictionaries(st.integers(0, 2**32 - 1), st.integers(1, 255), max_size=4).map(pack),
    features=st.just(()) | st.just((("lex:a", 1234),)),
    blind=st.booleans(),
    who=st.sampled_from(["ana", "ben", "mira"]),
    imported=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(decisions, max_size=14), st.data())
def test_learning_and_forgetting_leave_no_trace(acts: list[Decision], data: st.DataObject) -> None:
    """Several people's acts, some undone later in any order: equal to a log without the undone acts."""
    undone = data.draw(st.sets(st.integers(0, len(acts) - 1), max_size=len(acts)) if acts else st.just(set()))
    order = data.draw(st.permutations(sorted(undone)))
    live = Memory()
    for decision in acts:
        live.learn(decision)
    for place in order:
        assert live.forget(acts[place])
    replayed = Memory()
    for place, decision in enumerate(acts):
        if place not in undone:
            replayed.learn(decision)
    assert live.dump() == replayed.dump()
    assert live.targets == replayed.targets
    for decision in acts[:3]:
        hashes, counts = [1, 2, 3], [8, 8, 8]
        assert live.recent.nearest(decision.kind, hashes, counts) == replayed.recent.nearest(
            decision.kind, hashes, counts
        )


@settings(max_examples=80, deadline=None)
@given(st.lists(decisions, max_size=10), st.data())
def test_forgetting_between_learning(acts: list[Decision], data: st.DataObject) -> None:
    """Undo may come between other people's acts, and the same decision may be made again."""
    live, standing = Memory(), []
    for decision in acts:
        live.learn(decision)
        standing.append(decision)
        if standing and data.draw(st.booleans()):
            gone = standing.pop(data.draw(st.integers(0, len(standing) - 1)))
            live.forget(gone)
    replayed = Memory()
    for decision in standing:
        replayed.learn(decision)
    assert live.dump() == replayed.dump()


@settings(max_examples=60, deadline=None)
@given(st.lists(decisions, max_size=10))
def test_a_dump_is_loaded_again(acts: list[Decision]) -> None:
    memory = Memory()
    for decision in acts:
        memory.learn(decision)
    again = Memory.load(memory.dump())
    assert again.dump() == memory.dump()
    assert len(again) == len(memory)
