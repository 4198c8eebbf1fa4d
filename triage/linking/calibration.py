"""What a probability may be called. Per cent are honest only once enough decisions have tested them."""

from __future__ import annotations

ENOUGH_DECISIONS = 300
LIKELY = 0.75
POSSIBLE = 0.35


def word(probability: float, decisions: int) -> str:
    """How a probability is shown: `likely`, `possible` or `weak` below a few hundred decisions, else per cent."""
    if decisions >= ENOUGH_DECISIONS:
        return f"{round(100 * probability)} %"
    return strength(probability)


def strength(probability: float) -> str:
    """`likely`, `possible` or `weak`; below *likely* nothing is preselected."""
    if probability >= LIKELY:
        return "likely"
    return "possible" if probability >= POSSIBLE else "weak"
