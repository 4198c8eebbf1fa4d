"""The decisions made since the last snapshot, and which of them a ticket is nearest to.

One confirmation counts at once through its likeness to the next ticket: the cosine of hashed terms, weighted by
inverse document frequency among these decisions alone. Decisions stand in flat arrays, a row of terms each; what
depends on all of them (rarity, norms) is made when it is next asked for, and kept until a decision comes or goes.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from triage.linking.memory import Decision

_COMMON = 0.3
"""What a term weighs that every decision has."""
_SPARSE = 4
"""Rows are moved together once more than one in so many has been taken out."""


class _Asked(NamedTuple):
    """The arrays that answer a question: for each term where its holders begin, which rows hold it, with what
    count times weight; of each row the norm and the target."""

    bounds: list[int]
    rows: NDArray[Any]
    values: NDArray[Any]
    norms: NDArray[Any]
    rarity: list[float]
    codes: NDArray[Any]
    targets: tuple[str, ...]


class _Kind:
    """The decisions of one kind. Terms are numbered as they come; a row that was taken out counts nothing."""

    def __init__(self) -> None:
        self.rows: dict[Decision, int] = {}
        self.terms: dict[int, int] = {}
        self.holders = array("q")
        self.places = array("q")
        self.counts = array("d")
        self.starts = array("q")
        self.owners: list[Decision | None] = []

    def add(self, decision: Decision, hashes: Sequence[int], counts: Sequence[int]) -> None:
        """Take a decision in as the last row."""
        self.rows[decision] = len(self.owners)
        self.owners.append(decision)
        self.starts.append(len(self.places))
        terms = self.terms
        for term in hashes:
            place = terms.setdefault(term, len(terms))
            if place == len(self.holders):
                self.holders.append(0)
            self.holders[place] += 1
            self.places.append(place)
        self.counts.extend(counts)

    def remove(self, decision: Decision) -> None:
        """Take a decision out; its row stays behind until enough of them have gone."""
        row = self.rows.pop(decision)
        self.owners[row] = None
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.places)
        for place in self.places[self.starts[row] : end]:
            self.holders[place] -= 1
        if (len(self.owners) - len(self.rows)) * _SPARSE > len(self.owners):
            self._move_together()

    def _move_together(self) -> None:
        kept = [(decision, *_row(self, row)) for decision, row in self.rows.items()]
        names = {place: term for term, place in self.terms.items()}
        self.__init__()  # type: ignore[misc]
        for decision, places, counts in kept:
            self.add(decision, [names[place] for place in places], counts)

    def asked(self, total: int) -> _Asked | None:
        """The arrays for questions, with rarities among `total` decisions of all kinds; None where none stands."""
        import numpy as np

        standing = [(row, owner) for row, owner in enumerate(self.owners) if owner is not None]
        if not standing:
            return None
        holders = np.frombuffer(self.holders, dtype=np.int64) if self.holders else np.empty(0, np.int64)
        rarity = np.log((total + 2) / (1.0 + holders)) + _COMMON
        places = np.array(self.places, dtype=np.int64)
        values = np.array(self.counts) * rarity[places]
        bounds = np.append(np.array(self.starts, dtype=np.int64), len(places))
        rows = np.array([row for row, _ in standing])
        sizes = bounds[rows + 1] - bounds[rows]
        keep = np.zeros(len(self.owners), dtype=bool)
        keep[rows] = True
        chosen = np.repeat(keep, np.diff(bounds))
        places, values = places[chosen], values[chosen]
        owned = np.repeat(np.arange(len(rows)), sizes)
        norms = np.sqrt(np.bincount(owned, weights=values * values, minlength=len(rows)))
        order = np.argsort(places, kind="stable")
        ends = np.cumsum(np.bincount(places, minlength=len(self.terms)))
        targets = tuple(sorted({owner.target for _, owner in standing}))
        code = {target: number for number, target in enumerate(targets)}
        codes = np.array([code[owner.target] for _, owner in standing], dtype=np.int64)
        return _Asked([0, *ends.tolist()], owned[order], values[order], norms, rarity.tolist(), codes, targets)


def _row(kind: _Kind, row: int) -> tuple[list[int], list[int]]:
    end = kind.starts[row + 1] if row + 1 < len(kind.starts) else len(kind.places)
    span = slice(kind.starts[row], end)
    return list(kind.places[span]), [int(count) for count in kind.counts[span]]


class Recent:
    """The decisions since the last snapshot, by their terms: what makes one confirmation count at once."""

    def __init__(self) -> None:
        self._counts: dict[Decision, int] = {}
        self._kinds: dict[str, _Kind] = {}
        self._asked: dict[str, _Asked | None] = {}

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __contains__(self, decision: Decision) -> bool:
        return decision in self._counts

    def __iter__(self) -> Iterator[Decision]:
        for decision, count in self._counts.items():
            yield from [decision] * count

    def add(self, decision: Decision) -> None:
        """Takes a decision in."""
        from triage.linking.memory import unpack

        self._counts[decision] = self._counts.get(decision, 0) + 1
        if self._counts[decision] > 1:
            return
        self._kinds.setdefault(decision.kind, _Kind()).add(decision, *unpack(decision.terms))
        self._asked.clear()

    def remove(self, decision: Decision) -> None:
        """Takes a decision out."""
        self._counts[decision] -= 1
        if self._counts[decision]:
            return
        del self._counts[decision]
        self._kinds[decision.kind].remove(decision)
        self._asked.clear()

    def nearest(self, kind: str, hashes: Sequence[int], counts: Sequence[int]) -> dict[str, float]:
        """Target to the cosine of its most similar decision, terms weighted by their rarity among these."""
        mine = self._kinds.get(kind)
        if mine is None or not mine.rows:
            return {}
        if kind not in self._asked:
            self._asked[kind] = mine.asked(len(self._counts))
        asked = self._asked[kind]
        if asked is None:
            return {}
        import numpy as np

        unknown = math.log(len(self._counts) + 2) + _COMMON
        own = 0.0
        rows, values = [], []
        bounds, rarity, terms = asked.bounds, asked.rarity, mine.terms
        for term, count in zip(hashes, counts, strict=True):
            place = terms.get(term)
            if place is None:
                own += (unknown * count) ** 2
                continue
            weight = rarity[place] * count
            own += weight * weight
            start, end = bounds[place], bounds[place + 1]
            if end > start:
                rows.append(asked.rows[start:end])
                values.append(asked.values[start:end] * weight)
        if not rows:
            return {}
        # Only the rows that share a term are gone through, so a common word costs more than a rare one.
        products = np.bincount(np.concatenate(rows), weights=np.concatenate(values), minlength=len(asked.norms))
        similar = np.zeros(len(products))
        np.divide(products, asked.norms * math.sqrt(own), out=similar, where=products > 0)
        best = np.zeros(len(asked.targets))
        np.maximum.at(best, asked.codes, similar)
        return {target: value for target, value in zip(asked.targets, best.tolist(), strict=True) if value > 0}
