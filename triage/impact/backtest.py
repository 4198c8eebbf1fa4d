"""What another policy, or another catalog, would have done to tickets of the past.

Pure: two scorers and a list of facts with the moment at which each is looked at. `triage backtest` and
`triage catalog plan` show what comes out of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Generic, TypeVar

from triage.impact.score import Scorer
from triage.tickets.models import PRIORITIES, Facts

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Moved(Generic[Id]):
    """A ticket under both: its scores and its priorities."""

    ticket: Id
    score_before: int
    score_after: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison(Generic[Id]):
    """Two ways of scoring over the same tickets. Priorities are the computed ones: floor, else points (in
    `compare_pairs` those in force, where that was asked for).

    `bands` counts tickets by (before, after); `top` those that move most, by priority and then by score;
    `overrides` how many tickets a person set another priority for, and with how many of them each agrees.
    """

    tickets: int
    moved_up: int
    moved_down: int
    changed_score: int
    bands: dict[tuple[str, str], int]
    top: tuple[Moved[Id], ...]
    overrides: int
    agreed_before: int
    agreed_after: int

    def count(self, priority: str, after: bool) -> int:
        """How many tickets have this priority before or after."""
        return sum(number for pair, number in self.bands.items() if pair[after] == priority)

    def urgent_share(self, after: bool) -> float:
        """The share of P1 and P2 together, 0 to 1; 0 where there are no tickets."""
        if not self.tickets:
            return 0.0
        return (self.count("P1", after) + self.count("P2", after)) / self.tickets

    def agreement(self, after: bool) -> float | None:
        """The share of overrides that the scoring would have made by itself; None without any."""
        if not self.overrides:
            return None
        return (self.agreed_after if after else self.agreed_before) / self.overrides

    def table(self) -> list[tuple[str, int, int]]:
        """Priority, how many before, how many after."""
        return [(word, self.count(word, False), self.count(word, True)) for word in PRIORITIES]


def compare(
    tickets: Iterable[tuple[Id, Facts, datetime]], before: Scorer, after: Scorer, top: int = 10
) -> Comparison[Id]:
    """Score every ticket both ways, each at its own moment, and say what moved."""
    return compare_pairs(((ident, facts, facts, now) for ident, facts, now in tickets), before, after, top)


def compare_pairs(
    tickets: Iterable[tuple[Id, Facts, Facts, datetime]],
    before: Scorer,
    after: Scorer,
    top: int = 10,
    *,
    in_force: bool = False,
) -> Comparison[Id]:
    """The same where another catalog reads the tickets otherwise: each comes with its facts under both.

    With `in_force` a priority is the one that the queue shows: a ticket with an override does not move.
    """
    bands: Counter[tuple[str, str]] = Counter()
    moved: list[Moved[Id]] = []
    overrides = agreed_before = agreed_after = 0
    for ident, old, new, now in tickets:
        first, second = before.verdict(old, now), after.verdict(new, now)
        was, becomes = (first.priority, second.priority) if in_force else (first.computed, second.computed)
        bands[was, becomes] += 1
        if first.outcome.score != second.outcome.score or was != becomes:
            moved.append(Moved(ident, first.outcome.score, second.outcome.score, was, becomes))
        if old.override is not None:
            overrides += 1
            agreed_before += first.computed == old.override.priority
            agreed_after += second.computed == old.override.priority
    return Comparison(
        tickets=bands.total(),
        moved_up=sum(number for (was, now_is), number in bands.items() if now_is < was),
        moved_down=sum(number for (was, now_is), number in bands.items() if now_is > was),
        changed_score=sum(one.score_before != one.score_after for one in moved),
        bands=dict(bands),
        top=tuple(nlargest(top, moved, key=_how_far)),
        overrides=overrides,
        agreed_before=agreed_before,
        agreed_after=agreed_after,
    )


def _how_far(one: Moved[Id]) -> tuple[int, int]:
    return abs(int(one.after[1]) - int(one.before[1])), abs(one.score_after - one.score_before)
