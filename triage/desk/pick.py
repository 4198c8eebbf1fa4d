"""Choosing from the whole catalog: fuzzy search over names and aliases, what a ticket is likely about first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from triage.desk.auto_link import blind_kinds
from triage.desk.derive import impact_of, swarm_sizes
from triage.desk.facts import is_rejected, link_of, reading_from_json
from triage.desk.office import Desk
from triage.desk.pick_pairs import WORDS, Link, PickEntry, in_order, pairs
from triage.store import tickets as ticket_store
from triage.store.tickets import StoredTicket
from triage.text import fold
from triage.tickets.models import NONE, Impact

LIMIT = 50
LATELY = 300
"""Decisions that tell what tickets are about these days."""
LATELY_COUNTS, TOGETHER_COUNTS = 0.2, 0.2
"""How much a share of those counts, and standing beside what was decided, against a probability of the linker's."""
SHOWN_COUNTS = 0.01
PAIR_RANK = 3.5
"""What of a single entry a pair stands behind: names and aliases that begin so; parts within words come after it."""
Chances = dict[Link, float]


def entries(desk: Desk) -> list[PickEntry]:
    """Every service that can be linked to, every touchpoint, and that one of the two is none of them."""
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
        touchpoint = _entry("touchpoint", entry.id, entry.name, entry.aliases, text, moment)
        found.append(replace(touchpoint, services=tuple(entry.services)))
    if not found:
        return []
    # Last where nothing was typed: one may be right where the other is not, and 0 says it of both.
    for kind, text in (("service", "It is about no service of the catalog."),
                       ("touchpoint", "It is at no touchpoint of a journey.")):  # fmt: skip
        found.append(_entry(kind, NONE, f"No {kind}", ("none of these", "nothing fits"), text, False))
    return found


def _entry(kind: str, ident: str, name: str, also: Sequence[str], description: str, moment: bool) -> PickEntry:
    folded = fold(name)
    hay = "\n".join([folded, *(fold(alias) for alias in also), ident])
    return PickEntry(kind, ident, name, tuple(also), description, moment, folded, hay)


def likely(desk: Desk, ident: int | None) -> Chances:
    """How likely each entry is what a ticket is about, by (kind, id), from nought up; for ordering, not a probability.

    What the linker found counts most; then what goes with the link of the other kind, where a person decided that;
    then what was decided lately. Of several tickets (None), and of one whose proposal is shown blind, only the last.
    """
    ticket = ticket_store.fetch(desk.database.connection, [ident])[0] if ident is not None else None
    return likely_for(desk, ticket)


def likely_for(desk: Desk, ticket: StoredTicket | None) -> Chances:
    """The same of a ticket that was fetched already."""
    connection = desk.database.connection
    found: Chances = {}
    for kind in ("service", "touchpoint"):
        lately = ticket_store.decided_lately(connection, kind, LATELY)
        for target, count in lately.items():
            found[kind, target] = LATELY_COUNTS * count / max(sum(lately.values()), 1)
    if ticket is None or blind_kinds(desk, ticket) or not ticket.reading:
        return found
    reading = reading_from_json(ticket.reading)
    for kind, candidates in (("service", reading.services), ("touchpoint", reading.touchpoints)):
        for candidate in candidates:
            key = (kind, candidate.target)
            gone = is_rejected(ticket, kind, candidate.target)
            found[key] = 0.0 if gone else found.get(key, 0.0) + candidate.probability
    for key in _together(desk, ticket):
        found[key] = found.get(key, 0.0) + TOGETHER_COUNTS
    return found


def _together(desk: Desk, ticket: StoredTicket) -> list[tuple[str, str]]:
    """What stands beside the link that a person decided: the services of a touchpoint, the touchpoints of a service."""
    index = desk.index
    touchpoint = index.touchpoints.get(link_of(ticket, "touchpoint") or "")
    services = list(touchpoint.services) if touchpoint is not None else []
    touchpoints = index.touchpoints_of.get(link_of(ticket, "service") or "", [])
    return [*(("service", each) for each in services), *(("touchpoint", each) for each in touchpoints)]


def search(
    known: Sequence[PickEntry],
    text: str,
    limit: int = LIMIT,
    chances: Mapping[Link, float] | None = None,
    shown: Collection[Link] = (),
) -> list[PickEntry]:
    """The entries that `text` may mean, best first: beginnings, words, initials, names beside it, parts, letters in
    order, near misses. A service and a touchpoint at once stand behind what is called so (pick_pairs).

    Among those that are meant alike the likelier one of `chances` comes first, and with nothing typed all of them.
    What is `shown` with a digit beside it already comes behind: nobody opens the picker to search for that.
    """
    alone = {key: chance * SHOWN_COUNTS if key in shown else chance for key, chance in (chances or {}).items()}
    wanted = fold(text).strip()
    if not wanted:
        return sorted(known, key=lambda entry: -alone.get((entry.kind, entry.id), 0.0))[:limit]
    parts = wanted.split()
    letters = "".join(wanted.split())
    scored: list[tuple[float, float, int, int, PickEntry]] = []
    for place, entry in enumerate(known):
        rank = _rank(entry, wanted, parts, letters)
        if rank is not None:
            scored.append((rank, -alone.get((entry.kind, entry.id), 0.0), len(entry.name), place, entry))
    for chance, pair in pairs(known, wanted, chances or {}, shown):
        scored.append((PAIR_RANK, -chance, len(pair.name), len(known), pair))
    scored.sort(key=lambda item: item[:4])
    found = [entry for *_, entry in scored[:limit]]
    if len(found) < 5 and len(wanted) > 2:
        found.extend(_near(known, wanted, {(entry.kind, entry.id) for entry in found}, 5 - len(found)))
    return found


def _rank(entry: PickEntry, wanted: str, parts: Sequence[str], letters: str) -> int | None:
    if entry.name_hay.startswith(wanted):
        return 0
    name, hay = WORDS.findall(entry.name_hay), WORDS.findall(entry.hay)
    if all(any(word.startswith(part) for word in name) for part in parts):
        return 1
    initials = "".join(word[0] for word in name)
    if len(wanted) > 1 and initials.startswith(wanted[0]) and in_order(letters, initials):
        return 2
    if all(any(word.startswith(part) for word in hay) for part in parts):
        return 3
    if all(part in entry.hay for part in parts):
        return 4
    return 5 if in_order(letters, entry.name_hay) else None


def _near(known: Sequence[PickEntry], wanted: str, taken: set[tuple[str, str]], limit: int) -> list[PickEntry]:
    from rapidfuzz import fuzz, process

    hits = process.extract(wanted, [entry.name_hay for entry in known], scorer=fuzz.WRatio, score_cutoff=70, limit=20)
    near = [known[place] for _, _, place in hits]
    return [entry for entry in near if (entry.kind, entry.id) not in taken][:limit]


def preview(desk: Desk, ident: int, links: Sequence[tuple[str, str]]) -> Impact:
    """The impact that a ticket would have with these links, (kind, id), confirmed; nothing is written."""
    connection = desk.database.connection
    ticket = ticket_store.fetch(connection, [ident])[0]
    sizes = swarm_sizes(connection, [ticket])
    now = desk.now()
    facts, _ = impact_of(ticket, desk.index, desk.scorer, now, sizes.get(ticket.swarm or 0, 0))
    for kind, target in links:
        value = None if target == NONE else target
        if kind == "service":
            facts = replace(facts, service=value, service_sure=True, possible_services={})
        else:
            facts = replace(facts, touchpoint=value, touchpoint_sure=True, possible_touchpoints={})
    return desk.scorer.score(facts, now)
