"""What the desk's decisions taught: how much, how well, and making it anew from the log."""

from __future__ import annotations

from dataclasses import dataclass

from triage.desk.auto_link import AutoState, states
from triage.desk.learning import KINDS, fit_when_due, load_memory, replay
from triage.desk.office import Desk
from triage.desk.read_again import left
from triage.store import audit


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of one kind: decisions in force, distinct targets, those that said `none`."""

    kind: str
    decisions: int
    targets: int
    none: int


@dataclass(frozen=True, slots=True)
class LearnStatus:
    """The state of the learner. `snapshot` is the number of the last fit, 0 before the first."""

    kinds: list[Learned]
    snapshot: int
    fitted_on: int
    waiting: int
    fit_due: bool
    agrees_with_log: bool
    auto_link: list[AutoState]
    to_read_again: int = 0
    """Open tickets that were not yet read again after the last fit."""


def status(desk: Desk) -> LearnStatus:
    """How much was taught, and whether the memory is that of a replay of the log."""
    memory = desk.memory
    kinds = [
        Learned(
            kind, memory.count(kind), len(memory.targets.get(kind, {})), memory.targets.get(kind, {}).get("none", 0)
        )
        for kind in KINDS
    ]
    return LearnStatus(
        kinds,
        memory.number,
        memory.fitted_on,
        len(memory.recent),
        memory.fit_due,
        replay(desk).dump() == memory.dump(),
        states(desk),
        left(desk),
    )


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: the decisions that were learned, and whether the state before was the same."""

    decisions: int
    same: bool
    snapshot: int


def rebuild(desk: Desk) -> Rebuilt:
    """Make what was learned anew from the log alone: live state by replay, weights by a fit."""
    desk.writable()
    before = load_memory(desk.database)[0].dump()
    again = replay(desk)
    with desk.act() as connection:
        connection.execute("DELETE FROM learned")
        audit.record(
            connection, at=int(desk.now().timestamp() * 1000), who=desk.user, what="learn rebuild",
            detail={"decisions": len(again)},
        )  # fmt: skip
    desk.forget_learned()
    fit_when_due(desk, always=True)
    return Rebuilt(len(again), again.dump() == before, desk.memory.number)
