"""A view with each swarm as one line: its ticket that comes first, and how many stand behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.desk.queue import QueueRow


@dataclass(frozen=True, slots=True)
class FoldedLine:
    """The first ticket of a swarm in the order of the view, and how many tickets of the view are its swarm's."""

    row: QueueRow
    tickets: int


def folded(rows: Iterable[QueueRow]) -> list[FoldedLine]:
    """The rows, in their order, with one line a swarm; a row without a swarm is a line of its own."""
    first: dict[tuple[str, int], QueueRow] = {}
    count: dict[tuple[str, int], int] = {}
    for row in rows:
        key = ("ticket", row.id) if row.swarm is None else ("swarm", row.swarm)
        first.setdefault(key, row)
        count[key] = count.get(key, 0) + 1
    return [FoldedLine(row, count[key]) for key, row in first.items()]
