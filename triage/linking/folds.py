"""Which decisions are held out together when a softmax is tried on decisions that it was not fitted on.

Tickets that are nearly the same (a swarm, one person's phrasings of one wish) stand or fall together: with one of
them among the examples, the other is read more surely than any new ticket will be, and what is fitted on
such suggestions promises too much (leave-group-out, as Roberts et al. 2017, Ecography 40, for dependent rows).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from triage.linking.memory import Decision, unpack
from triage.linking.softmax import Snapshot, damped
from triage.tickets.models import NONE

ALIKE = 0.6
"""From this cosine on two tickets of one target are nearly the same. Chosen on the training halves."""
_CHUNK = 200
_WIDE = 4096
_WHOLE = 1000


def folds_of(rows: Sequence[Decision], snapshot: Snapshot, folds: int, folds_of_none: int) -> list[int]:
    """The fold of each row, 0 up to `folds` (rows labelled none: `folds_of_none`), each target spread over them.

    Rows of one target that are ALIKE, or linked by rows that are, share a fold, unless they are more than half of the
    target's: then nothing would be left to know it by. `rows` stand in a canonical order.
    """
    by_target: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        by_target[row.target].append(place)
    found = [0] * len(rows)
    for number, (target, places) in enumerate(sorted(by_target.items())):
        used = folds_of_none if target == NONE else folds
        loads = [0] * used
        alike = _groups([rows[place] for place in places], snapshot)
        groups = [group for group in alike if 2 * len(group) <= len(places)]
        kept = {place for group in groups for place in group}
        groups += [[place] for place in range(len(places)) if place not in kept]
        for group in sorted(groups, key=lambda group: (-len(group), group[0])):
            fold = min(range(used), key=lambda each: (loads[each], (each - number) % used))
            loads[fold] += len(group)
            for place in group:
                found[places[place]] = fold
    return found


def _groups(rows: Sequence[Decision], snapshot: Snapshot) -> list[list[int]]:
    """The rows of one target in groups of nearly the same ones, by chunks in order of ticket."""
    order = sorted(range(len(rows)), key=lambda place: (rows[place].ticket, place))
    groups: list[list[int]] = []
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        table = np.stack([_sketch(rows[place].terms, snapshot) for place in chunk])
        # Whole numbers, so that the sums are exact on every machine.
        near = table @ table.T >= ALIKE * _WHOLE * _WHOLE
        groups += [[chunk[each] for each in group] for group in _linked(near)]
    return groups


def _sketch(terms: bytes, snapshot: Snapshot) -> NDArray[np.float64]:
    """The ticket's weighted terms folded into fewer places with signs; the length is _WHOLE."""
    hashes, counts = unpack(terms)
    keys = np.array(hashes, dtype=np.uint32)
    if not len(keys):
        return np.zeros(_WIDE)
    places = np.minimum(np.searchsorted(snapshot.terms, keys), len(snapshot.terms) - 1)
    values = snapshot.rarity[places] * damped(np.array(counts, dtype=np.float32))
    signs = np.where(keys >> np.uint32(31), 1.0, -1.0)
    sketch: NDArray[np.float64] = np.bincount(keys % _WIDE, weights=values * signs, minlength=_WIDE).astype(np.float64)
    length = float(np.sqrt(np.square(sketch).sum())) or 1.0
    return np.rint(sketch * (_WHOLE / length))


def _linked(near: NDArray[np.bool_]) -> list[list[int]]:
    """Connected groups of a symmetric table of neighbours, in order of their first member."""
    unseen = set(range(len(near)))
    groups = []
    for first in range(len(near)):
        if first not in unseen:
            continue
        unseen.discard(first)
        group, waiting = [first], [first]
        while waiting:
            for other in np.flatnonzero(near[waiting.pop()]).tolist():
                if other in unseen:
                    unseen.discard(other)
                    group.append(other)
                    waiting.append(other)
        groups.append(sorted(group))
    return groups
