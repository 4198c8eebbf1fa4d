"""Service and touchpoint linked together: each lends the other what it is sure of.

A touchpoint needs certain services, so a ticket about it is about one of them, and the other way round.
The two lists of probabilities are treated as independent readings of one pair (service, touchpoint) and
multiplied over the pairs that the catalog allows, with some weight left to pairs that it does not: a
desk may know better than the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.linking.entries import Entries
from triage.linking.pooling import Pooled

Floats = NDArray[np.float64]
Part = tuple[NDArray[np.signedinteger[Any]], Pooled]

STRENGTH = 0.6
"""How far agreement moves the log-odds: 0 not at all, 1 as if the two readings were independent."""
_FLOOR = 0.02
_NOTICED = 1e-3


def agree(
    entries: Entries, numbers: Sequence[int], services: Part, touchpoints: Part
) -> tuple[tuple[Floats, float], tuple[Floats, float]]:
    """The probabilities of services and of touchpoints, each with its own of none, after they have met."""
    service_places, of_services = services
    touch_places, of_touch = touchpoints
    if not len(service_places) or not len(touch_places):
        return (of_services.probabilities, of_services.none), (of_touch.probabilities, of_touch.none)
    rows = {numbers[place]: row for row, place in enumerate(service_places.tolist())}
    own = of_services.probabilities
    lent_to_services = np.zeros(len(service_places))
    lent_to_touch = np.zeros(len(touch_places))
    for row in np.flatnonzero(of_touch.probabilities > _NOTICED).tolist():
        place = int(touch_places[row])
        chance = float(of_touch.probabilities[row])
        needed = [rows[number] for number in entries.services_of.get(numbers[place], ()) if number in rows]
        for rank, service in enumerate(needed):
            lent_to_services[service] += chance / (1 + rank)
            lent_to_touch[row] = max(lent_to_touch[row], float(own[service]) / (1 + 0.3 * rank))
    return (
        (_moved(own, of_services.none, lent_to_services, entries, True)),
        (_moved(of_touch.probabilities, of_touch.none, lent_to_touch, entries, False)),
    )


def _moved(own: Floats, none: float, lent: Floats, entries: Entries, services: bool) -> tuple[Floats, float]:
    """Probabilities times what the other kind lends them; none keeps its share against what was lent to all."""
    if not lent.any():
        return own, none
    factor = (_FLOOR + lent) ** STRENGTH
    moved = own * factor
    total = float(moved.sum())
    if total <= 0:
        return own, none
    if not services:
        return moved / total * (1 - none), none
    # A service that its own name does not betray may be sure through its touchpoint: none gives way to it.
    stays = none * (1 - 0.8 * min(1.0, float(lent.max())))
    return moved / total * (1 - stays), stays
