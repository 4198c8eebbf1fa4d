"""Choosing from the whole catalog: fuzzy search over names and aliases, and what a choice would do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.desk.derive import impact_of, swarm_sizes
from triage.desk.office import Desk
from triage.store import tickets as ticket_store
from triage.text import fold
from triage.tickets.models import NONE, Impact

LIMIT = 50


@dataclass(frozen=True, slots=True)
class PickEntry:
    """An entry that a ticket can be linked to. `hay` is what is searched, folded."""

    kind: str
    id: str
    name: str
    also: tuple[str, ...]
    description: str
    moment_of_truth: bool
    name_hay: str
    hay: str


def entries(desk: Desk) -> list[PickEntry]:
    """Every service that can be linked to and every touchpoint."""
    index = desk.index
    found = [
        _entry("service", entry.id, entry.name, entry.aliases, entry.description or "", False)
        for entry in index.services.values()
        if index.linkable(entry.id)
    ]
    for entry in index.touchpoints.values():
        place = index.places[entry.id]
        text = entry.description or entry.expectation or f"{place.journey.name}, {place.stage.name}"
        moment = bool(entry.moment_of_truth)
        found.append(_entry("touchpoint", entry.id, entry.name, entry.aliases, text, moment))
    return found


def _entry(kind: str, ident: str, name: str, also: Sequence[str], description: str, moment: bool) -> PickEntry:
    folded = fold(name)
    hay = "\n".join([folded, *(fold(alias) for alias in also), ident])
    return PickEntry(kind, ident, name, tuple(also), description, moment, folded, hay)


def search(known: Sequence[PickEntry], text: str, limit: int = LIMIT) -> list[PickEntry]:
    """The entries that `text` may mean, best first: beginnings, words, parts, letters in order, near misses."""
    wanted = fold(text).strip()
    if not wanted:
        return list(known[:limit])
    parts = wanted.split()
    letters = re.compile(".*?".join(re.escape(char) for char in wanted if not char.isspace()))
    scored: list[tuple[int, int, int, PickEntry]] = []
    for place, entry in enumerate(known):
        rank = _rank(entry, wanted, parts, letters)
        if rank is not None:
            scored.append((rank, len(entry.name), place, entry))
    scored.sort(key=lambda item: item[:3])
    found = [entry for *_, entry in scored[:limit]]
    if len(found) < 5 and len(wanted) > 2:
        found.extend(_near(known, wanted, {(entry.kind, entry.id) for entry in found}, 5 - len(found)))
    return found


def _rank(entry: PickEntry, wanted: str, parts: Sequence[str], letters: re.Pattern[str]) -> int | None:
    if entry.name_hay.startswith(wanted):
        return 0
    starts = re.split(r"[\W_]+", entry.hay)
    if all(any(word.startswith(part) for word in starts) for part in parts):
        return 1 if all(part in entry.name_hay for part in parts) else 2
    if all(part in entry.hay for part in parts):
        return 3
    return 4 if letters.search(entry.name_hay) else None


def _near(known: Sequence[PickEntry], wanted: str, taken: set[tuple[str, str]], limit: int) -> list[PickEntry]:
    from rapidfuzz import fuzz, process

    hits = process.extract(wanted, [entry.name_hay for entry in known], scorer=fuzz.WRatio, score_cutoff=70, limit=20)
    near = [known[place] for _, _, place in hits]
    return [entry for entry in near if (entry.kind, entry.id) not in taken][:limit]


def preview(desk: Desk, ident: int, kind: str, target: str) -> Impact:
    """The impact that a ticket would have with this link confirmed; nothing is written."""
    connection = desk.database.connection
    ticket = ticket_store.fetch(connection, [ident])[0]
    sizes = swarm_sizes(connection, [ticket])
    now = desk.now()
    facts, _ = impact_of(ticket, desk.index, desk.scorer, now, sizes.get(ticket.swarm or 0, 0))
    value = None if target == NONE else target
    if kind == "service":
        facts = replace(facts, service=value, service_sure=True, possible_services={})
    else:
        facts = replace(facts, touchpoint=value, touchpoint_sure=True, possible_touchpoints={})
    return desk.scorer.score(facts, now)
