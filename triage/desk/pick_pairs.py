"""A service and a touchpoint at once: what is typed begins like the one and goes on like the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from triage.tickets.models import NONE

Link = tuple[str, str]
WORDS = re.compile(r"[^\W_]+")
PAIRS, OF_EACH, LONGEST = 5, 8, 12
"""Most pairs that are offered, entries of each kind that they are made of, and letters up to which some are looked
for: who types more means a name."""
GOES_WITH, INSIDE, UNSEEN = 30.0, 0.8, 0.002
"""How much likelier a pair is that the catalog puts together, how much less so one of whose names a word within was
meant, and the chance of what nothing speaks for. Of the 112 pairs that people of the demonstration settled 94 % stand
together in the catalog, where 13 % would by chance: odds of a hundred; a catalog that says less of that has fewer."""
NOTHING = "0"
"""Stands for no touchpoint behind a service, and for no service before a touchpoint, as its key does at the desk."""


@dataclass(frozen=True, slots=True)
class PickEntry:
    """An entry that a ticket can be linked to, or a service and a touchpoint at once (`links` has both then).

    `hay` is what is searched, folded; `services` are those of a touchpoint.
    """

    kind: str
    id: str
    name: str
    also: tuple[str, ...]
    description: str
    moment_of_truth: bool
    name_hay: str
    hay: str
    services: tuple[str, ...] = ()
    parts: tuple[Link, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """What taking it links to, as (kind, id); an id may be `none`."""
        return self.parts or ((self.kind, self.id),)


NO = {
    kind: PickEntry(kind, NONE, f"no {kind}", (), f"no {kind} of the catalog fits", False, "", "")
    for kind in ("service", "touchpoint")
}


def pairs(
    known: Sequence[PickEntry], wanted: str, chances: Mapping[Link, float], shown: Collection[Link]
) -> list[tuple[float, PickEntry]]:
    """Pairs that `wanted` (folded) may mean, each with a measure of how likely it is, best first.

    `ic` is Identity with Call the officer, so is `id call`; `i0` is Identity with no touchpoint, and `0` alone says
    no touchpoint beside the services, the likeliest first. Two that have digits of their own come behind.
    """
    found: dict[tuple[Link, ...], tuple[float, PickEntry]] = {}
    for first, second in _halves(wanted):
        services = _begun(known, "service", first, chances)
        touchpoints = _begun(known, "touchpoint", second, chances) if services else []
        for one, service in services:
            for other, touchpoint in touchpoints:
                if service.id == touchpoint.id == NONE:
                    continue  # that has its key at the desk
                pair = _pair(service, touchpoint)
                chance = one * other * (GOES_WITH if service.id in touchpoint.services else 1.0)
                if all(link in shown for link in pair.links):
                    chance *= UNSEEN
                if pair.links not in found or found[pair.links][0] < chance:
                    found[pair.links] = chance, pair
    return sorted(found.values(), key=lambda item: -item[0])[:PAIRS]


def _halves(wanted: str) -> list[tuple[str, str]]:
    """Where the letters of the service end and those of the touchpoint begin."""
    if wanted == NOTHING:
        return [("", NOTHING)]
    words = wanted.split()
    if len(words) > 1:
        return [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))]
    if len(wanted) > LONGEST or set(wanted) == {NOTHING}:
        return []
    return [(wanted[:cut], wanted[cut:]) for cut in range(1, len(wanted))]


def _begun(
    known: Sequence[PickEntry], kind: str, letters: str, chances: Mapping[Link, float]
) -> list[tuple[float, PickEntry]]:
    """The likeliest few entries of a kind of which a name, its initials or a word within begins like that."""
    if letters == NOTHING:
        return [(1.0, NO[kind])]
    found: list[tuple[float, PickEntry]] = []
    for entry in known:
        if entry.kind == kind and (weight := _weight(entry, letters)):
            found.append((weight * (chances.get((kind, entry.id), 0.0) + UNSEEN), entry))
    return sorted(found, key=lambda item: -item[0])[:OF_EACH]


def _weight(entry: PickEntry, letters: str) -> float:
    words = WORDS.findall(entry.name_hay)
    initials = "".join(word[0] for word in words)
    if entry.name_hay.startswith(letters) or (initials[:1] == letters[0] and in_order(letters, initials)):
        return 1.0
    if len(letters) > 1:  # one letter is begun by too much of what entries are called beside their names
        words = WORDS.findall(entry.hay)
    return INSIDE if any(word.startswith(letters) for word in words) else 0.0


def in_order(letters: str, text: str) -> bool:
    """Whether a text has these letters one after another, with anything between."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _pair(service: PickEntry, touchpoint: PickEntry) -> PickEntry:
    about = service if touchpoint.id == NONE else touchpoint
    return PickEntry(
        "both", f"{service.id} {touchpoint.id}", f"{service.name} · {touchpoint.name}", (), about.description,
        touchpoint.moment_of_truth, "", "", parts=(("service", service.id), ("touchpoint", touchpoint.id)),
    )  # fmt: skip
