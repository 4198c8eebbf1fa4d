"""The fewest keys that settle a ticket at the desk as a person wants it settled: a search over what keys do there.

Rules of the keys (what a digit takes, what the picker finds, what enter confirms) are those of the application; what
is written here is which key does what, and `tests/ui/test_keys_per_ticket.py` presses a sample of the plans.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from typing import Any

from triage.desk import acts, correct, pick
from triage.desk.facts import facts_of, link_of, only_guesses, preselected, reading_from_json
from triage.desk.office import Desk
from triage.desk.pick_pairs import NOTHING
from triage.desk.show import Detail, detail, link_lines
from triage.store.tickets import StoredTicket
from triage.text import fold
from triage.tickets.models import NONE
from triage.ui.screens.deciding import CONDITIONS, REACHES
from triage.ui.ticket_lines import numbered

Link = tuple[str, str]
KINDS = ("service", "touchpoint")
SAID = {"condition": ("c", CONDITIONS), "reach": ("e", REACHES)}
LETTERS = {name: {option.value: option.key for option in options} for name, (_, options) in SAID.items()}
SEEN = 4
"""Entries of the picker to which one goes down rather than typing on."""


@dataclass(frozen=True)
class Move:
    """Keys, and what they write: decisions of the ticket. `ends` says that they confirm and go on."""

    keys: tuple[str, ...]
    fields: dict[str, Any]
    ends: bool = False


def wanted_of(truth: dict[str, Any]) -> dict[str, str]:
    """What must stand there in the end; condition and reach only where somebody said them."""
    links = {kind: str(truth.get(kind) or NONE) for kind in KINDS}
    return {**links, **{name: str(truth[name]) for name in SAID if truth.get(name)}}


def standing(desk: Desk, ticket: StoredTicket) -> dict[str, str]:
    """What is proposed or decided now."""
    facts = facts_of(ticket, desk.index)
    return {kind: getattr(facts, kind) or NONE for kind in KINDS} | {name: str(getattr(facts, name)) for name in SAID}


class Planner:
    """Plans for one ticket after the other on a desk whose catalog stays."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.known = pick.entries(desk)
        self.names = {(entry.kind, entry.id): entry.name for entry in self.known}

    def plan(self, ident: int, truth: dict[str, Any]) -> list[Move]:
        """The moves with the fewest keys, the last of which confirms and goes on."""
        found = detail(self.desk, ident)
        wanted = wanted_of(truth)
        order = count()
        waiting: list[tuple[int, int, StoredTicket, list[Move]]] = [(0, next(order), found.ticket, [])]
        seen: set[str] = set()
        while waiting:
            keys, _, ticket, moves = heappop(waiting)
            if moves and moves[-1].ends:
                return moves
            state = repr([link_of(ticket, kind) for kind in KINDS] + [ticket.decisions.get(name) for name in SAID])
            if state in seen:
                continue
            seen.add(state)
            for move in self._moves(found, ticket, wanted):
                after = replace(ticket, decisions={**ticket.decisions, **move.fields})
                heappush(waiting, (keys + len(move.keys), next(order), after, [*moves, move]))
        raise AssertionError(f"ticket {ident} cannot be settled as {wanted}")

    def _moves(self, found: Detail, ticket: StoredTicket, wanted: dict[str, str]) -> Iterator[Move]:
        index = self.desk.index
        shown = self._as_shown(found, ticket)
        yield from self._ends(ticket, shown, wanted)
        for name, (key, _) in SAID.items():
            if name in wanted and ticket.decisions.get(name) != wanted[name]:
                yield Move((key, LETTERS[name][wanted[name]]), {name: wanted[name]})
        nothing = {"target": NONE, "others": []}
        if all(wanted[kind] == NONE for kind in KINDS):
            yield Move(("0",), dict.fromkeys(KINDS, nothing))
        if wanted["touchpoint"] == NONE:
            yield Move(("_",), {"touchpoint": nothing})
        if wanted["service"] == NONE:
            link = ("service", NONE)
            yield from self._picked(ticket, shown, (link,), {"service": nothing}, wanted)
        targets = [(kind, wanted[kind]) for kind in KINDS if wanted[kind] not in (NONE, link_of(ticket, kind))]
        digits = {(line.kind, line.target): number for number, line in numbered(shown).items()}
        guess = any(_is_guess(line) for line in (*shown.services, *shown.touchpoints))
        for link in targets:
            fields = acts.link_fields(index, ticket, *link)
            if link in digits and not (digits[link] == 1 and guess):
                yield Move((str(digits[link]),), fields)
            yield from self._picked(ticket, shown, (link,), fields, wanted)
        decided = [link_of(ticket, kind) for kind in KINDS]
        if decided == [None, None] and targets:
            links = tuple((kind, wanted[kind]) for kind in KINDS)
            both = correct.both_fields(ticket, wanted["service"], wanted["touchpoint"])
            yield from self._picked(ticket, shown, links, both, wanted)

    def _as_shown(self, found: Detail, ticket: StoredTicket) -> Detail:
        """The ticket's pane as it would be with these decisions."""
        reading = reading_from_json(ticket.reading) if ticket.reading else None
        facts = facts_of(ticket, self.desk.index)
        lines = {
            kind: tuple(link_lines(ticket, kind, reading, getattr(facts, kind), self.desk.index, 0)) for kind in KINDS
        }
        return replace(found, ticket=ticket, facts=facts, services=lines["service"], touchpoints=lines["touchpoint"])

    def _ends(self, ticket: StoredTicket, shown: Detail, wanted: dict[str, str]) -> Iterator[Move]:
        """What confirms: enter, 1 where there is a guess, and C with what is said."""
        guesses = any(_is_guess(line) for line in (*shown.services, *shown.touchpoints))
        if guesses and (fields := self._confirmed(ticket, wanted, {}, guesses=True)):
            yield Move(("1",), fields, ends=True)
        if only_guesses(ticket, shown.facts, self.desk.index):
            return
        if fields := self._confirmed(ticket, wanted, {}, guesses=False):
            yield Move(("enter",), fields, ends=True)
        said = {
            name: wanted[name] for name in SAID if name in wanted and str(getattr(shown.facts, name)) != wanted[name]
        }
        if said and (fields := self._confirmed(ticket, wanted, said, guesses=False)):
            yield Move(("C", *_saying(said)), fields, ends=True)

    def _confirmed(
        self, ticket: StoredTicket, wanted: dict[str, str], said: dict[str, str], *, guesses: bool
    ) -> dict[str, Any] | None:
        """What confirming writes, where that settles the ticket as it is wanted."""
        facts = facts_of(ticket, self.desk.index)
        fields: dict[str, Any] = {}
        for kind in KINDS:
            target, proposed = link_of(ticket, kind), getattr(facts, kind)
            if target is None and (guesses or preselected(ticket, kind, proposed)):
                target = proposed or NONE
                fields[kind] = {"target": target, "others": []}
            if target != wanted[kind]:
                return None
        for name in SAID:
            fields[name] = said.get(name, str(getattr(facts, name)))
            if fields[name] != wanted.get(name, fields[name]):
                return None
        return fields

    def _picked(
        self, ticket: StoredTicket, shown: Detail, links: Sequence[Link], fields: dict[str, Any], wanted: dict[str, str]
    ) -> Iterator[Move]:
        """The picker: enter takes the entry, tab takes it and asks for condition and reach."""
        chosen = [line for line in (*shown.services, *shown.touchpoints) if line.chosen]
        beside = {(line.kind, line.target) for line in (*numbered(shown).values(), *chosen)}
        typed = self._letters(pick.likely_for(self.desk, ticket), beside, links)
        yield Move(("p", *typed, "enter"), fields)
        after = replace(ticket, decisions={**ticket.decisions, **fields})
        facts = facts_of(after, self.desk.index)
        said = {name: wanted[name] for name in SAID if name in wanted and str(getattr(facts, name)) != wanted[name]}
        if said and (confirmed := self._confirmed(after, wanted, said, guesses=False)):
            yield Move(("p", *typed, "tab", *_saying(said)), {**fields, **confirmed}, ends=True)

    def _letters(self, chances: dict[Link, float], beside: set[Link], links: Sequence[Link]) -> tuple[str, ...]:
        """The fewest keys to an entry: the beginning of its name or of one of its words, its initials, of a pair the
        beginnings or initials of both; then down to it where it is not the first."""
        best: tuple[str, ...] = ("",) * 99
        for text in sorted(self._typed(links), key=len):
            if len(text) >= len(best):
                break
            found = [entry.links for entry in pick.search(self.known, text, chances=chances, shown=beside)[:SEEN]]
            if tuple(links) in found:
                keys = (*text, *("down",) * found.index(tuple(links)))
                best = min(best, keys, key=len)
        return best

    def _typed(self, links: Sequence[Link]) -> set[str]:
        names = [
            NOTHING if len(links) == 2 and target == NONE else fold(self.names[kind, target]) for kind, target in links
        ]
        if len(names) == 1:
            return {text[:size] for text in (names[0], *_words(names[0]), _initials(names[0])) for size in range(9)}
        return {
            first[:one] + second[:two]
            for first in (*_words(names[0]), names[0], _initials(names[0]))
            for second in (*_words(names[1]), names[1], _initials(names[1]))
            for one in range(0 if second == NOTHING else 1, 4)
            for two in range(1, 4)
        }


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name)


def _initials(name: str) -> str:
    return "".join(word[0] for word in _words(name))


def _is_guess(line: Any) -> bool:
    return line.chosen and line.state == "proposed" and not line.preselected


def _saying(said: dict[str, str]) -> tuple[str, ...]:
    """What is typed after C or tab: capitals, and the last word small."""
    letters = [LETTERS[name][value] for name, value in said.items()]
    return (*(letter.upper() for letter in letters[:-1]), letters[-1])


def carry_out(desk: Desk, ident: int, moves: Sequence[Move]) -> None:
    """What the moves write, through the acts that the keys call."""
    for move in moves:
        _acts_of(move)(desk, ident)


def _acts_of(move: Move) -> Callable[[Desk, int], object]:
    def do(desk: Desk, ident: int) -> None:
        links = {kind: move.fields[kind]["target"] for kind in KINDS if kind in move.fields}
        said = {name: move.fields[name] for name in SAID if name in move.fields}
        if len(links) == len(KINDS):
            correct.link_both(desk, [ident], links["service"], links["touchpoint"])
        for kind, target in links.items() if len(links) == 1 else ():
            acts.link(desk, [ident], kind, target)
        if move.ends:
            acts.confirm(desk, [ident], said=said)
        elif said:
            acts.say(desk, [ident], said)

    return do
