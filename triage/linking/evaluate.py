"""How well readings agree with labels: the figures of `triage eval`, nothing printed.

Definitions are those of the command line's documentation: `top1`, `top3` and `mrr` over rows not
labelled none, over the candidates; `none_precision` and `none_recall` over the decision;
`coverage_at_95` and `ece` over all rows, the shown decision with its probability, none included, ten
bins of equal width (Guo et al. 2017, On calibration of modern neural networks). Intervals are percentile
bootstraps (Efron 1979) with a fixed seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from triage.tickets.models import NONE, Candidate

T = TypeVar("T")
ROUNDS = 200
SEED = 20260901
METRICS = ("top1", "top3", "mrr", "none_precision", "none_recall", "coverage_at_95", "ece")


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled ticket and what was read: candidates best first, the decision shown, its probability.

    `decision` and `label` are ids or `none`.
    """

    label: str
    ranked: tuple[str, ...]
    decision: str
    probability: float

    @property
    def right(self) -> bool:
        """Whether the shown decision is the label."""
        return self.decision == self.label


def judge(label: str, candidates: Sequence[Candidate], none: float) -> Judged:
    """A row from the candidates of one kind and the probability that nothing fits."""
    best = candidates[0] if candidates else None
    ranked = tuple(candidate.target for candidate in candidates)
    if best is not None and best.probability > none:
        return Judged(label, ranked, best.target, best.probability)
    return Judged(label, ranked, NONE, none)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def top(rows: Sequence[Judged], places: int) -> float | None:
    """Share of rows with a label in the catalog whose label is among the first `places` candidates."""
    return _mean([float(row.label in row.ranked[:places]) for row in rows if row.label != NONE])


def mrr(rows: Sequence[Judged]) -> float | None:
    """Mean of 1 ÷ rank of the label, 0 where it is no candidate, over rows with a label in the catalog."""
    return _mean(
        [1 / (row.ranked.index(row.label) + 1) if row.label in row.ranked else 0.0 for row in rows if row.label != NONE]
    )


def none_precision(rows: Sequence[Judged]) -> float | None:
    """Of the rows for which nothing was proposed, the share labelled none; None where there are none."""
    return _mean([float(row.label == NONE) for row in rows if row.decision == NONE])


def none_recall(rows: Sequence[Judged]) -> float | None:
    """Of the rows labelled none, the share for which nothing was proposed."""
    return _mean([float(row.decision == NONE) for row in rows if row.label == NONE])


def coverage_at(rows: Sequence[Judged], precision: float = 0.95) -> float:
    """The greatest share of rows, taken from the most probable down, that is right to `precision`.

    Rows of equal probability are taken together.
    """
    ordered = sorted(rows, key=lambda row: -row.probability)
    right = 0
    best = 0
    for place, row in enumerate(ordered, start=1):
        right += row.right
        last_of_tie = place == len(ordered) or ordered[place].probability < row.probability
        if last_of_tie and right >= precision * place:
            best = place
    return best / len(rows) if rows else 0.0


def ece(rows: Sequence[Judged], bins: int = 10) -> float | None:
    """Expected calibration error: mean distance of probability and precision, by bins of equal width."""
    if not rows:
        return None
    sums = [[0.0, 0.0] for _ in range(bins)]
    for row in rows:
        place = min(bins - 1, int(row.probability * bins))
        sums[place][0] += row.probability
        sums[place][1] += row.right
    return sum(abs(expected - right) for expected, right in sums) / len(rows)


def metrics(rows: Sequence[Judged]) -> dict[str, float | None]:
    """All figures of one kind, None where no row can give one, rounded to four places."""
    figures = {
        "top1": top(rows, 1),
        "top3": top(rows, 3),
        "mrr": mrr(rows),
        "none_precision": none_precision(rows),
        "none_recall": none_recall(rows),
        "coverage_at_95": coverage_at(rows) if rows else None,
        "ece": ece(rows),
    }
    return {name: None if value is None else round(value, 4) for name, value in figures.items()}


def accuracy(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Share of (label, read value) pairs that are the same."""
    return _mean([float(label == value) for label, value in pairs])


def bootstrap(
    rows: Sequence[T],
    figures: Callable[[Sequence[T]], Mapping[str, float | None]],
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> dict[str, tuple[float, float] | None]:
    """The 95 % interval of each figure by resampling the rows; None where a figure cannot be taken.

    All figures of a round are of the same resample, so a round costs one reckoning.
    """
    generator = random.Random(seed)
    values: dict[str, list[float]] = {}
    for _ in range(rounds if rows else 0):
        for name, value in figures(generator.choices(rows, k=len(rows))).items():
            kept = values.setdefault(name, [])
            if value is not None:
                kept.append(value)
    return {name: _middle(sorted(kept)) for name, kept in values.items()}


def _middle(values: Sequence[float]) -> tuple[float, float] | None:
    if not values:
        return None
    return round(values[int(0.025 * len(values))], 4), round(values[min(len(values) - 1, int(0.975 * len(values)))], 4)


def confusion(rows: Sequence[Judged], most: int = 20) -> list[tuple[str, str, int]]:
    """The commonest mistakes as (label, decision, count), most frequent first, then by name."""
    counts = Counter((row.label, row.decision) for row in rows if not row.right)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(label, decision, count) for (label, decision), count in ordered[:most]]


def worst(rows: Sequence[Judged], most: int = 20) -> list[int]:
    """The places of the rows that were most surely wrong."""
    wrong = [place for place, row in enumerate(rows) if not row.right]
    return sorted(wrong, key=lambda place: (-rows[place].probability, place))[:most]
